"""Grammar slips that a swap leaves beside the odd word: *a individual*, *to solitude them*, *accountable of*.

No grammar is written down, only small classes of function words; what fits what is told by n-gram counts. A slip is
reported where all of this holds:
- the word hardly ever stood where it stands, although both parts are frequent;
- it is usual once its neighbour is mended, or no word of its class can stand here at all;
- a substitute of the word is usual here;
- this swap explains the place better than a slip of the pen does, a learner's or anyone's: the substitute fits the whole
  context far better than the word would with the slip mended.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from detector.batch import Batch
from detector.choice import ChoiceModel
from detector.features import Slots
from detector.lexicon import Lexicon
from detector.rules.reading import Reading
from detector.rules.rule import Rule
from detector.rules.slips import KINDS, Slips, far_verbs
from detector.rules.tokens import TokenHit

RULES: Final[tuple[Rule, ...]] = (
    Rule(
        "article",
        "grammar",
        "a or an",
        "The article does not fit the sound of the word after it, but that of a word that the word may have replaced.",
        ("She is a individual who never forgets a name.", "They reached an contract with the union on Friday."),
    ),
    Rule(
        "doubled-determiner",
        "grammar",
        "Two determiners",
        "Two determiners stand before one noun.",
        ("She praised the its quiet harbour.", "He told a the story of his village."),
    ),
    Rule(
        "agreement",
        "grammar",
        "Number",
        "Singular and plural do not go together, but would with a word that the word may have replaced.",
        ("She asked this queries at the end of the talk.", "Our inhabitants has grown by a third since the war."),
    ),
    Rule(
        "part-of-speech",
        "grammar",
        "Part of speech",
        "A noun stands where a verb must, or a verb where a noun must; a word that it may have replaced would fit.",
        ("Guards used force to solitude them from their families.", "The agency will assistance the families."),
    ),
    Rule(
        "countability",
        "grammar",
        "Countable or not",
        "Something is counted that English does not count; a word that it may have replaced would fit.",
        ("It was a cinematography of great beauty.", "The council came to a discretion that nobody liked."),
    ),
    Rule(
        "preposition",
        "grammar",
        "Preposition",
        "The word never takes this preposition, but a word that it may have replaced does.",
        ("He was found accountable of murder.", "They were blamed of stealing a car."),
    ),
)

#: How much better (nats) a substitute must fit the context than the word would with the slip mended.
GAIN_OVER_MENDED: Final = 2.0
#: The same for an article, about which writers err less often than swaps do.
ARTICLE_GAIN_OVER_MENDED: Final = 1.0
#: Substitutes that are suggested; what the slip of the pen would be comes after them.
MOST_SUBSTITUTES: Final = 4

_EXPECTED: Final = "; “{best}” would be expected."
_MESSAGES: Final = {
    "article": "The article of “{found}” does not fit the word" + _EXPECTED,
    "agreement": "Singular and plural do not go together in “{found}”" + _EXPECTED,
    "part-of-speech": "“{found}” has a noun for a verb, or a verb for a noun" + _EXPECTED,
    "countability": "“{found}” counts what English does not count" + _EXPECTED,
    "preposition": "The preposition in “{found}” does not go with the word" + _EXPECTED,
    "doubled-determiner": "“{found}” are two determiners where one can stand.",
}


def find(batch: Batch, lexicon: Lexicon, found: Slots, choice: ChoiceModel) -> list[TokenHit]:
    """The slips at the batch's slots, in order, apart from each other. found: the witnesses of just these slots."""
    if not len(batch.slots):
        return []
    text = Reading(batch, lexicon, found, choice)
    hits = [*_doubled(text), *_far(text)]
    for kind in KINDS:
        hits += _explained(text, kind(text))
    return _apart(hits)


def _explained(text: Reading, slips: Slips) -> list[TokenHit]:
    """The slips that a swap explains."""
    explicable = slips.usual.any(axis=1)
    slips = slips._replace(
        rows=slips.rows[explicable], usual=slips.usual[explicable], instead=slips.instead[explicable]
    )
    fit, ranked = text.found.fit[slips.rows, 1:], text.found.ranked[slips.rows]
    mended = text.mended(slips.rows, slips.before, slips.instead)
    gain = ARTICLE_GAIN_OVER_MENDED if slips.rule == "article" else GAIN_OVER_MENDED
    fits = slips.usual & (fit - mended[:, None] >= gain)
    out = []
    for i in np.flatnonzero(fits.any(axis=1)).tolist():
        row = slips.rows[i]
        same = np.isin(ranked[i], text.forms(int(text.word[row])))  # another form of the word would be no swap
        beaten = fit[i][same].max(initial=-np.inf)
        words = ranked[i, fits[i] & ~same & (fit[i] >= beaten + gain)].tolist()
        if not words:
            continue
        at = int(text.batch.slots[row])
        first, last = at - slips.before, at + slips.after
        before, after = text.batch.ids[first:at].tolist(), text.batch.ids[at + 1 : last + 1].tolist()
        options = [[*before, word, *after] for word in words[:MOST_SUBSTITUTES]]
        if slips.instead[i].tolist() != text.batch.ids[first : last + 1].tolist():
            options.append(slips.instead[i].tolist())
        out.append(_hit(text, first, last, slips.rule, options))
    return out


def _far(text: Reading) -> list[TokenHit]:
    """*The effects on victims was*. The subject fits well, so that the mended verb comes first."""
    out = []
    for slip in far_verbs(text):
        between = text.batch.ids[slip.subject + 1 : slip.verb].tolist()
        subject, verb = text.batch.ids[[slip.subject, slip.verb]].tolist()
        options = [[subject, *between, slip.other], *([word, *between, verb] for word in slip.subjects)]
        out.append(_hit(text, slip.subject, slip.verb, "agreement", options))
    return out


def _doubled(text: Reading) -> list[TokenHit]:
    """*the its*: both determiners before a word that is judged. *the a cappella choir* is none."""
    rows = (
        text.among(text.far_left, "the a our my his these") & text.among(text.left, "the a an its these") & text.lower
    )
    rows &= (text.left != text.far_left) & ~text.among(text.word, "priori posteriori cappella la")
    out = []
    for row in np.flatnonzero(rows).tolist():
        at = int(text.batch.slots[row])
        options = [[int(text.left[row])], [int(text.far_left[row])]]
        out.append(_hit(text, at - 2, at - 1, "doubled-determiner", options))
    return out


def _hit(text: Reading, first: int, last: int, rule: str, options: list[list[int]]) -> TokenHit:
    replacements = tuple(" ".join(map(text.lexicon.word, option)) for option in options)
    return TokenHit(first, last, rule, replacements, _MESSAGES[rule])


def _apart(hits: list[TokenHit]) -> list[TokenHit]:
    """In order; of those that overlap, the first."""
    out: list[TokenHit] = []
    taken: set[int] = set()
    for hit in hits:
        tokens = range(hit.first, hit.last + 1)
        if taken.isdisjoint(tokens):
            taken.update(tokens)
            out.append(hit)
    return sorted(out)
