"""The kinds of slips a swap leaves beside the odd word, each told by small classes of function words and by counts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

import numpy as np

from detector.lexicon import FIRST_WORD, I32
from detector.rules.inflection import bars_a, bars_an, verb_forms
from detector.rules.reading import ACROSS, LEFT, RIGHT, Mask, Reading, Rows

_MODALS: Final = "will would can could should must may might shall cannot"
_DETERMINERS: Final = "the a an his their its my our your this"
_OBJECTS: Final = "them him us me it the a an his her their its my our your this these those"
_SUBJECTS: Final = "they we he she who"
_PLURAL: Final = "these those many several few numerous two three four five six"
_SINGULAR: Final = "a an this each every another"
_PREPOSITIONS: Final = "of to for with from on in at by about into upon over against"
_NUMBERS: Final = (("was", "were"), ("is", "are"), ("has", "have"))


class Slips(NamedTuple):
    """Slips of one kind at slots rows (n,), most of which no swap explains.

    usual: (n, ranked), substitutes that are usual in the slot. before, after: how many tokens beside the word are
    underlined with it. instead: (n, 1 + before + after) their ids with the slip mended, as they stand where it can't be.
    """

    rule: str
    rows: Rows
    usual: Mask
    before: int
    after: int
    instead: I32


def _article(text: Reading) -> Slips:
    """*a individual*, *an merchandise*."""
    a, an = text.members("a"), text.members("an")
    # *Group A admitted*; and an abbreviation is read letter by letter, or is not: its spelling does not tell.
    slots, capital = text.batch.slots, text.batch.capital
    rows = ~capital[slots - 1] | text.after_end(text.far_left)
    rows &= ~capital[slots] | (text.batch.ends[slots] - text.batch.starts[slots] > 3)
    chosen = text.explicable(rows & text.among(text.left, "a an"), LEFT, 3)
    if not (len(a) and len(an)):
        chosen = chosen[:0]
    other = np.where(np.isin(text.left[chosen], a), an, a).astype(np.int32)
    own, level = text.own[chosen, LEFT], text.pairs(other, text.word[chosen])
    kept = (level >= 4) & (level - own >= 4)
    # Rare words are not counted after either; that of names says nothing.
    for i in np.flatnonzero((level < 4) & (own == 0) & ~capital[slots[chosen]]).tolist():
        kept[i] = (bars_an if other[i] in a else bars_a)(text.lexicon.word(int(text.word[chosen[i]])))
    chosen, other = chosen[kept], other[kept]
    instead = np.column_stack([other, text.word[chosen]])
    return Slips("article", chosen, text.usual(chosen, LEFT, 3), 1, 0, instead)


def _singular_after_plural(text: Reading) -> Slips:
    """*these method*."""
    return _number(text, _PLURAL, "a an another every")


def _plural_after_singular(text: Reading) -> Slips:
    """*a schemes*."""
    return _number(text, _SINGULAR, "these those many several few two")


def _number(text: Reading, there: str, other: str) -> Slips:
    """A noun after one of the words `there` that is far more usual after `other` words."""
    rows = text.among(text.left, there) & (text.own[:, LEFT] <= 3) & text.ends_phrase & text.lower
    rows &= ~(text.among(text.left, "this each") & text.among(text.right, _OBJECTS + " to"))  # *this bridges the gap*
    chosen = text.explicable(rows, LEFT, 3)
    level = text.after(other, text.word[chosen])
    chosen = chosen[(level >= 5) & (level - text.after(there, text.word[chosen]) >= 5)]
    form = _best_form(text, chosen)
    chosen, form = chosen[form > 0], form[form > 0]  # what has no other number is no noun
    substitutes = text.found.ranked[chosen]
    usual = text.usual(chosen, LEFT, 3) & (text.after(there, substitutes) >= text.after(other, substitutes))
    return Slips("agreement", chosen, usual, 1, 0, np.column_stack([text.left[chosen], form]))


def _best_form(text: Reading, rows: Rows) -> I32:
    """The form (n,) of the word that was counted most often after the word on the left; 0 where none was."""
    best = np.zeros(len(rows), np.int32)
    for i, row in enumerate(rows.tolist()):
        forms = text.forms(int(text.word[row]))
        levels = text.pairs(text.left[row], forms)
        if levels.max(initial=0) >= 2:
            best[i] = forms[levels.argmax()]
    return best


def _verb_number(text: Reading) -> Slips:
    """*The inquiries was*: the subject right before the verb, at the start of a sentence."""
    turned = np.zeros(len(text.lexicon.log_share), np.int32)  # the verb's other number
    for pair in _NUMBERS:
        both = text.members(pair)
        if len(both) == 2:
            turned[both] = both[::-1]
    rows = text.among(text.left, "the these those this his her its their our my") & text.after_end(text.far_left)
    chosen = text.explicable(rows & (turned[text.right] > 0) & (text.own[:, RIGHT] <= 2), RIGHT, 3)
    other = turned[text.right[chosen]]
    kept = text.pairs(text.word[chosen], other) - text.own[chosen, RIGHT] >= 4
    chosen, other = chosen[kept], other[kept]
    instead = np.column_stack([text.word[chosen], other])
    return Slips("agreement", chosen, text.usual(chosen, RIGHT, 3), 0, 1, instead)


def _counted(text: Reading) -> Slips:
    """*many information*, *a cinematography*: a noun that is never counted, nor plural, though it is frequent."""
    rows = text.among(text.left, "many few several numerous two three four five these those a an") & text.lower
    chosen = text.explicable(rows & text.ends_phrase & (text.own[:, LEFT] <= 3), LEFT, 4)
    word = text.word[chosen]
    level = text.after("the this his their of in with for", word) - 6
    kept = (level >= 2) & (level >= text.own[chosen, LEFT]) & (level >= text.after("a an every another each one", word))
    kept &= level >= text.after("many several few these those two three", word)
    kept &= text.before(word, "is was has") - text.before(word, "are were have") >= 2
    chosen = chosen[kept]
    return _unmendable("countability", text, chosen, text.usual(chosen, LEFT, 4))


def _verb_after_modal(text: Reading) -> Slips:
    """*will assistance*."""
    chosen = _never_there(text, _MODALS)
    chosen = chosen[text.after("the", text.word[chosen]) >= 5]
    return _of_another_class(text, chosen, text.usual(chosen, LEFT, 4), must_be_verb=True)


def _verb_after_subject(text: Reading) -> Slips:
    """*we appearance that*."""
    chosen = _never_there(text, _SUBJECTS)
    chosen = chosen[text.lexicon.is_function[text.right[chosen]] & ~text.among(text.far_left[chosen], "be")]
    chosen = chosen[text.after("the", text.word[chosen]) >= 5]
    return _of_another_class(text, chosen, text.usual(chosen, LEFT, 4), must_be_verb=True)


def _verb_before_object(text: Reading) -> Slips:
    """*to solitude them*."""
    rows = text.among(text.left, "to") & text.among(text.right, _OBJECTS) & (text.own[:, ACROSS] == 0) & text.lower
    rows &= text.lexicon.log_share[text.word] > -13.8  # some hundred times in what was counted
    chosen = text.explicable(rows, ACROSS, 2)
    chosen = chosen[(text.after("the", text.word[chosen]) >= 4) & (text.after(_MODALS, text.word[chosen]) == 0)]
    usual = text.usual(chosen, ACROSS, 2) & (text.after(_MODALS, text.found.ranked[chosen]) >= 3)
    return _of_another_class(text, chosen, usual, must_be_verb=True, after=1)


def _noun_after_determiner(text: Reading) -> Slips:
    """*the investigate of*."""
    chosen = _never_there(text, _DETERMINERS)
    chosen = chosen[np.isin(text.right[chosen], [*text.members("of"), *text.marks(".,;:")])]
    chosen = chosen[text.after("to will can they we would who", text.word[chosen]) >= 4]
    return _of_another_class(text, chosen, text.usual(chosen, LEFT, 4), must_be_verb=False)


def _never_there(text: Reading, words: str) -> Rows:
    """Slots after one of the words, after none of which the word ever stood though both are frequent."""
    rows = text.among(text.left, words) & (text.own[:, LEFT] == 0) & text.lower
    chosen = text.explicable(rows, LEFT, 4)
    chosen = chosen[text.chance(text.left[chosen], text.word[chosen]) >= 3]
    return np.asarray(chosen[text.after(words, text.word[chosen]) == 0])


def _of_another_class(text: Reading, rows: Rows, usual: Mask, must_be_verb: bool, after: int = 0) -> Slips:
    """A noun where a verb must be, or the other way round. Where another form of it could stand there, that explains
    it; a noun that has the forms of a verb may be one, and a word in -ing may be anything."""
    kept = np.ones(len(rows), np.bool_)
    for i, row in enumerate(rows.tolist()):
        word = text.lexicon.word(int(text.word[row]))
        form_fits = (text.pairs(text.left[row], text.forms(int(text.word[row]))) >= 5).any()
        may_be_verb = must_be_verb and len(text.members(verb_forms(word)))
        kept[i] = not (word.endswith("ing") or form_fits or may_be_verb)
    return _unmendable("part-of-speech", text, rows[kept], usual[kept], after)


def _preposition(text: Reading) -> Slips:
    """*accountable of*."""
    chosen = text.explicable(text.among(text.right, _PREPOSITIONS) & (text.own[:, RIGHT] <= 2), RIGHT, 4)
    chosen = chosen[text.chance(text.word[chosen], text.right[chosen]) >= 5]
    others = text.members(_PREPOSITIONS)
    levels = text.pairs(text.word[chosen][:, None], others)
    own = text.own[chosen, RIGHT]
    kept = levels.max(axis=1, initial=0) - own >= np.where(own > 0, 6, 5)
    chosen, levels = chosen[kept], levels[kept]
    other = others[levels.argmax(axis=1)] if len(chosen) else np.zeros(0, np.int32)
    chance = text.chance(text.right[chosen][:, None], text.found.ranked[chosen])
    usual = text.usual(chosen, RIGHT, 4) & (text.found.levels[chosen, 1:, RIGHT] - chance >= 2)
    instead = np.column_stack([text.word[chosen], other])
    return Slips("preposition", chosen, usual, 0, 1, instead)


def _unmendable(rule: str, text: Reading, rows: Rows, usual: Mask, after: int = 0) -> Slips:
    """Nothing but another word would do: the word, with the one before it, as it stands."""
    tokens = text.batch.slots[rows][:, None] + np.arange(-1, 1 + after)
    return Slips(rule, rows, usual, 1, after, text.batch.ids[tokens])


#: In what overlaps, the first that is found counts.
KINDS: Final[tuple[Callable[[Reading], Slips], ...]] = (
    _article,
    _counted,
    _singular_after_plural,
    _plural_after_singular,
    _verb_number,
    _verb_before_object,
    _verb_after_modal,
    _verb_after_subject,
    _noun_after_determiner,
    _preposition,
)


class FarVerb(NamedTuple):
    """*The effects on victims was*: token positions of the subject and of the verb; the verb's other number; what would
    go with the verb as it stands."""

    subject: int
    verb: int
    other: int
    subjects: tuple[int, ...]


_JOINING: Final = "and or but that which who what how is was are were be been has have had will would can could"


def far_verbs(text: Reading) -> list[FarVerb]:
    """A plural subject at the start of a sentence, a preposition, a noun of one to three words, and a singular verb that
    goes with a substitute of the subject. The words fit the context well: only their number tells."""
    ids, slots = text.batch.ids, text.batch.slots
    determined = text.among(text.left, "the these those his her its their our my")
    begins = text.after_end(np.where(determined, text.far_left, text.left))
    begins &= text.among(text.right, "of in on for to from with by between")
    out = []
    for reach in (3, 4, 5):
        verbs = ids[np.minimum(slots + reach, len(ids) - 1)]
        for row in np.flatnonzero(begins & text.among(verbs, "was is has")).tolist():
            at, verb = int(slots[row]), int(verbs[row])
            between = ids[at + 2 : at + reach]
            other = text.members(dict(_NUMBERS)[text.lexicon.word(verb)])
            named = text.batch.capital[at + 1 : at + reach].any()  # *Voices in Harmony was founded*
            if named or (between < FIRST_WORD).any() or text.among(between, _JOINING).any() or not len(other):
                continue
            subjects = _subjects(text, row, verb, int(other[0]))
            if subjects:
                out.append(FarVerb(at, at + reach, int(other[0]), subjects))
    return out


def _subjects(text: Reading, row: int, verb: int, other: int) -> tuple[int, ...]:
    """Substitutes of the subject, or other forms of them, that go with the verb; none where the subject itself does."""
    word = text.word[row]
    level = text.pairs(word, other)
    if level < 4 or level - text.pairs(word, verb) < 4 or text.after("these those many", text.word[[row]]) < 4:
        return ()
    out: list[int] = []
    for substitute in text.found.ranked[row][text.found.ranked[row] > 0].tolist():
        forms = np.append(text.forms(substitute), np.int32(substitute))
        level = text.pairs(forms, verb)
        usual = (level >= 4) & (level - text.pairs(forms, other) >= 2) & (text.pairs(text.left[row], forms) >= 3)
        out += forms[usual][:1].tolist()
    return tuple(out[:2])
