"""Short articles from templates: a corpus that was written for the tests."""

from __future__ import annotations

import random
from collections.abc import Iterator

_WHO = (
    "the teacher|a young doctor|the city council|my neighbour|the old farmer|a group of students|the manager|our team"
)
_DID = "bought|repaired|described|visited|painted|examined|finished|discovered|protected|organised|changed|improved"
_KIND = "large|small|beautiful|important|difficult|strange|cheap|expensive|quiet|famous|modern|broken"
_WHAT = "house|garden|machine|bridge|car|project|picture|market|kitchen|engine|story|problem|road|boat|library|plan"
_WHEN = "last week|in the morning|after the meeting|during the winter|before lunch|every summer|at the end of the day"
_WHY = (
    "because the weather was good|because people wanted to help|although it took many hours|in order to save money|"
    "so that the children could learn|while the others waited outside|because the price was low"
)


def articles(count: int, seed: int = 0) -> Iterator[str]:
    """Articles of two to four paragraphs of 30 to 80 words."""
    rng = random.Random(seed)
    for _ in range(count):
        yield "\n\n".join(" ".join(_sentence(rng) for _ in range(rng.randint(3, 5))) for _ in range(rng.randint(2, 4)))


def _sentence(rng: random.Random) -> str:
    who, did, kind, what, when, why = (rng.choice(part.split("|")) for part in (_WHO, _DID, _KIND, _WHAT, _WHEN, _WHY))
    article = "an" if kind[0] in "aeiou" else "a"
    return f"{who[0].upper()}{who[1:]} {did} {article} {kind} {what} {when} {why}."
