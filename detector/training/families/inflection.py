"""Inflected words to lemma and tag, and back: a spinner's own, crude idea of grammar.

Tags are those of the Penn treebank, parts of speech NOUN, VERB, ADJ, ADV. A word that can
be several parts of speech is told apart by the words beside it, no parser involved:
spinners do not parse either.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from functools import cache
from typing import Final, NamedTuple

import lemminflect


class Cue(Enum):
    """What the neighbours say about a slot."""

    NONE = "none"
    BASE = "base"  # after to, a modal, do
    DETERMINED = "determined"  # after a determiner, before something else than a word
    MODIFIER = "modifier"  # after a determiner, before a word
    SUBJECT = "subject"  # after a pronoun that can only be a subject
    BE = "be"
    HAVE = "have"
    PREPOSITION = "preposition"


class Reading(NamedTuple):
    """One way to take an inflected word."""

    lemma: str
    pos: str
    tag: str


_LEFT: Final = {
    **dict.fromkeys(
        "to will would shall should can could may might must cannot do does did don't doesn't didn't won't wouldn't"
        " can't couldn't shouldn't let's".split(),
        Cue.BASE,
    ),
    **dict.fromkeys("a an the this that these those my your his her its our their every each no some any".split(),
                    Cue.DETERMINED),
    **dict.fromkeys("i we they you he she who".split(), Cue.SUBJECT),
    **dict.fromkeys("is are was were be been being am isn't aren't wasn't weren't get got".split(), Cue.BE),
    **dict.fromkeys("have has had having haven't hasn't hadn't".split(), Cue.HAVE),
    **dict.fromkeys(
        "of in on at by for with about against between into through during from over under without as".split(),
        Cue.PREPOSITION,
    ),
}  # fmt: skip

#: How much likelier a cue makes a tag; 1 where nothing is said.
_ODDS: Final[dict[Cue, dict[str, float]]] = {
    Cue.BASE: {"VB": 30, "VBP": 0, "VBD": 0.02, "VBZ": 0.02, "VBN": 0.1, "NN": 0.5},
    Cue.DETERMINED: {"VB": 0.01, "VBP": 0.01, "VBD": 0.01, "VBZ": 0.01, "JJ": 0.3, "VBN": 0.3, "VBG": 0.3, "RB": 0.1},
    Cue.MODIFIER: {"VB": 0.01, "VBP": 0.01, "VBD": 0.01, "VBZ": 0.02, "JJ": 3, "NNS": 0.5},
    Cue.SUBJECT: {"VBP": 10, "VBD": 10, "VBZ": 10, "NN": 0.1, "NNS": 0.1, "JJ": 0.3},
    Cue.BE: {"VBN": 8, "VBG": 8, "JJ": 3, "VB": 0.02, "VBP": 0.02, "VBD": 0.02, "VBZ": 0.02},
    Cue.HAVE: {"VBN": 20, "VBD": 0.05, "VB": 0.02, "VBP": 0.02, "VBZ": 0.02},
    Cue.PREPOSITION: {"VB": 0.02, "VBP": 0.02, "VBD": 0.05, "VBZ": 0.02, "VBG": 2, "NN": 2, "NNS": 2},
    Cue.NONE: {"VB": 0.5, "VBP": 0.5, "VBN": 0.5},
}  # fmt: skip
#: Without counts: a word that can be a noun mostly is one.
_PRIOR: Final = {"NOUN": 2.0, "VERB": 1.0, "ADJ": 1.5, "ADV": 1.0}


def cue(left: str, right_is_word: bool) -> Cue:
    """The cue that the word to the left gives (lower case, "" for none)."""
    found = _LEFT.get(left, Cue.NONE)
    return Cue.MODIFIER if found is Cue.DETERMINED and right_is_word else found


@cache
def readings(word: str) -> tuple[Reading, ...]:
    """All ways to take a lower-case word that the dictionary knows; () for an unknown word."""
    found = []
    for pos, lemmas in lemminflect.getAllLemmas(word).items():
        if pos in _PRIOR:
            for lemma in lemmas:
                inflections = dict(lemminflect.getAllInflections(lemma, pos))
                if "VBD" in inflections:  # a participle is listed only where it differs from the past tense
                    inflections.setdefault("VBN", inflections["VBD"])
                found += [Reading(lemma, pos, tag) for tag, forms in inflections.items() if word in forms]
    return tuple(found)


class Tagger:
    """Picks the likeliest reading of a word in its slot.

    counts: how often each (lemma, part of speech) is seen; may be empty.
    """

    def __init__(self, counts: Mapping[tuple[str, str], int]) -> None:
        self._counts = counts
        self._shares: dict[tuple[str, str], float] = {}
        self._best: dict[tuple[str, Cue], Reading | None] = {}

    def weight(self, word: str, reading: Reading) -> float:
        """Prior weight of a reading; the base form of a noun is hardly ever its plural."""
        weight = self._counts.get((reading.lemma, reading.pos), 0) + 0.3 * _PRIOR[reading.pos]
        return weight * 0.05 if reading.tag == "NNS" and word == reading.lemma else weight

    def share(self, lemma: str, pos: str) -> float:
        """Share of a base form's occurrences that are this part of speech, 0 where it never is."""
        key = lemma, pos
        if key not in self._shares:
            self._shares[key] = self._share(lemma, pos)
        return self._shares[key]

    def _share(self, lemma: str, pos: str) -> float:
        weights = {r.pos: self.weight(lemma, r) for r in readings(lemma) if r.lemma == lemma and r.tag != "NNS"}
        return weights.get(pos, 0.0) / sum(weights.values()) if weights else 0.0

    def best(self, word: str, at: Cue) -> Reading | None:
        """The likeliest reading of a lower-case word in a slot; None for an unknown word."""
        key = word, at
        if key not in self._best:
            odds = _ODDS[at]
            self._best[key] = max(
                readings(word),
                key=lambda reading: self.weight(word, reading) * odds.get(reading.tag, 1.0),
                default=None,
            )
        return self._best[key]


@cache
def inflect(phrase: str, tag: str) -> str:
    """A lemma, or a phrase with its head, in the form that a tag asks for.

    The head is the first word of a verb phrase and the last word (or the one before
    *of*) of a noun phrase.
    """
    if tag in ("NN", "VB", "VBP", "JJ", "RB"):
        return phrase
    words = phrase.split(" ")
    if tag.startswith("V"):
        head = 0
    elif "of" in words[1:]:
        head = words.index("of") - 1
    else:
        head = len(words) - 1
    if any(reading.tag == tag and reading.lemma != words[head] for reading in readings(words[head])):
        return phrase  # a synonym that has this form already: meals, glasses
    known = lemminflect.getAllInflections(words[head]).get(tag)
    if known:
        words[head] = known[0]
    elif tag in ("JJR", "RBR", "JJS", "RBS"):
        words.insert(0, "more" if tag.endswith("R") else "most")
    else:
        words[head] = (lemminflect.getInflection(words[head], tag) or (words[head],))[0]
    return " ".join(words)
