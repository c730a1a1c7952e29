"""Names that a swap has altered: *Unified Countries* for *United Nations*.

A name is a row of capitalised words inside a sentence, or between quotation marks. Its neighbouring words are looked up,
two by two, in a table of the pairs that stand in names of the training documents. A pair that is not known, and becomes
a well-known one when substitutes take the place of one of its words or both, was probably altered: how probably is a
weighted sum of witnesses. The weights were fitted on spun paragraphs, to tell the swapped names from all others.
"""

from __future__ import annotations

import re
import sys
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from detector.features import LOG2_TOKENS
from detector.lexicon import FIRST_WORD, Lexicon
from detector.ngrams import U64, bigram_keys
from detector.rules.rule import Hit, Rule
from detector.rules.tokens import in_case_of

Places = Sequence[tuple[int, int]]
I64 = npt.NDArray[np.int64]
F64 = npt.NDArray[np.float64]
_Mask = npt.NDArray[np.bool_]

ALTERED_NAME: Final = Rule(
    "altered-name",
    "names",
    "Altered name",
    "A name that is hardly anyone's, made of substitutes for words of a well-known one.",
    ("He spoke to the Unified Countries about it.", "They flew to Novel York in May."),
)
RULES: Final[tuple[Rule, ...]] = (ALTERED_NAME,)

_WORD: Final = r"[A-Z][^\W\d_]++"
#: What may stand between two words of a name, and the number by which keys know it.
LINKS: Final = {"": 0, "of": 1, "of the": 2}
_ROW: Final = rf"{_WORD}(?: (?:of the |of )?{_WORD})+(?![\w-])"
#: A name inside a sentence, where a capital tells something.
INSIDE: Final = re.compile(rf"(?<=[a-z,;] )[\"“‘']?({_ROW})")
#: A name, or a word with a capital that begins none: so that no word is looked at twice.
_NAME: Final = re.compile(rf"(?P<name>{_ROW})|{_WORD}")
_QUOTES: Final = frozenset("\"“”‘’'«»")
_SMALL: Final = re.compile(r"\b(?!and|for|from|the|with)[a-z]{3,}")
_LARGE: Final = re.compile(r"\b[A-Z][a-z]{3,}")
#: A longer row of capitals is a title or a list.
MOST_WORDS: Final = 5

_WORD_BITS, _LINK_BITS, _LEVEL_BITS = np.uint64(17), np.uint64(2), np.uint64(4)
_WORD_MASK: Final = np.uint64((1 << 17) - 1)
#: Above all keys.
_NO_KEY: Final = np.uint64(2**64 - 1)
_HIGHEST: Final = 15
#: Level of pairs that are looked for where both words were altered, and how many substitutes of each are tried.
STRONG: Final = 5
TRIED: Final = 8
#: A word that stands in known names more often than this share of its occurrences is at home there, like *Thomas*.
AT_HOME: Final = 0.3
#: Sum of the witnesses above which a name is told, and above which another name is suggested beside the best one.
BAR: Final = 1.0
BESIDE: Final = 0.0
MOST_SUGGESTIONS: Final = 3
#: A frequent word stands in names hardly ever where that is 2**9 times rarer than it is: *difficult*.
FREQUENT: Final = 10
HARDLY_EVER: Final = 9
#: Level from which a name is well enough known for the text to have altered it in all places.
KNOWN_WELL: Final = 3

#: Columns of the witnesses.
LEVEL, PLACE, RETURNS = 1, 4, 5
#: Weights of the witnesses: where one word was altered, and where both were.
ONE_WORD: Final = np.array([0.8, 0.64, -0.12, -0.38, -0.52, -0.21, -0.45, -5.23])
TWO_WORDS: Final = np.array([-1.47, 0.71, -0.19, 0.0, -0.96, -0.83, -0.87, -3.43])


def pair_keys(one: npt.NDArray[Any], link: npt.NDArray[Any], other: npt.NDArray[Any]) -> U64:
    """Keys of pairs of words, ids below 2**17, that a link joins; those that begin with the same word and link lie
    side by side."""
    slot = (one.astype(np.uint64) << _LINK_BITS) | link.astype(np.uint64)
    return (slot << _WORD_BITS) | other.astype(np.uint64)


class Names:
    """Pairs of words that stand in names, and how many documents each stands in.

    packed: uint64 (pairs,), ascending: the key of a pair, and in the last four bits its level, 1 +
    floor(log2(documents)). capitals: uint8 (ids,), in which share of its occurrences each word has a capital inside a
    sentence, 255 for all.
    """

    def __init__(self, packed: U64, capitals: npt.NDArray[np.uint8]) -> None:
        self.packed, self.capitals = packed, capitals
        keys, levels = packed >> _LEVEL_BITS, (packed & np.uint64(_HIGHEST)).astype(np.int8)
        one, other = keys >> (_WORD_BITS + _LINK_BITS), keys & _WORD_MASK
        backward = pair_keys(other, (keys >> _WORD_BITS) & np.uint64(3), one)
        order = np.argsort(backward, kind="stable")
        self._slots = (_Slots(keys, levels), _Slots(backward[order], levels[order]))
        self._keys, self._levels = np.append(keys, _NO_KEY), np.append(levels, np.int8(0))
        self._strong = np.append(keys[levels >= STRONG], _NO_KEY)
        documents = np.exp2(levels - 0.5)
        #: In about how many documents each word stands in a known name, log2 (ids,).
        self.uses: F64 = np.log2(
            1 + sum(np.bincount(x.astype(np.int64), documents, len(capitals)) for x in (one, other))
        )

    @classmethod
    def of(cls, keys: U64, documents: I64, capitals: npt.NDArray[np.uint8]) -> Names:
        """The table of distinct pairs (n,) that were seen in so many documents (n,), at least 1."""
        levels = np.minimum(1 + np.log2(documents).astype(np.uint64), np.uint64(_HIGHEST))
        return cls(np.sort((keys << _LEVEL_BITS) | levels), capitals)

    def levels_of(self, keys: U64) -> npt.NDArray[np.int8]:
        """Levels of pairs, 0 where they are not known, in the shape of the keys."""
        at = np.searchsorted(self._keys, keys)
        return np.where(self._keys[at] == keys, self._levels[at], np.int8(0))

    def are_strong(self, keys: U64) -> _Mask:
        """Whether pairs are known at STRONG, at least."""
        return np.asarray(self._strong[np.searchsorted(self._strong, keys)] == keys)

    def slots(self, side: int, word: I64, link: I64) -> tuple[I64, npt.NDArray[np.int8]]:
        """How many pairs each word (n,) stands in with a link (n,), as the first word where side is 0, as the last where
        it is 1; and the highest level of one of them."""
        return self._slots[side].of(pair_keys(word, link, np.zeros_like(word)))

    def partners(self, side: int, word: int, link: int) -> tuple[I64, npt.NDArray[np.int8]]:
        """The words (n,) that a word stands in pairs with, and the pairs' levels (n,)."""
        return self._slots[side].words(pair_keys(np.array(word), np.array(link), np.array(0)))


class _Slots:
    """keys: ascending; what stands in the last place of those that begin alike."""

    def __init__(self, keys: U64, levels: npt.NDArray[np.int8]) -> None:
        self._keys, self._levels = keys, levels
        first = np.flatnonzero(np.diff(keys >> _WORD_BITS, prepend=np.uint64(0)))
        self._starts = np.append(keys[first] & ~_WORD_MASK, _NO_KEY)
        self._sizes = np.append(np.diff(first, append=len(keys)), 0)
        self._highest = np.append(np.maximum.reduceat(levels, first) if len(first) else levels, np.int8(0))

    def of(self, starts: U64) -> tuple[I64, npt.NDArray[np.int8]]:
        """How many keys begin like each of these (n,), and the highest level of one of them."""
        at = np.searchsorted(self._starts, starts)
        there = self._starts[at] == starts
        return self._sizes[at] * there, self._highest[at] * there

    def words(self, start: U64) -> tuple[I64, npt.NDArray[np.int8]]:
        """The last places of the keys that begin like this one, and their levels."""
        first, last = np.searchsorted(self._keys, [start, start + np.uint64(1 << 17)])
        return (self._keys[first:last] & _WORD_MASK).astype(np.int64), self._levels[first:last]


class _Pairs(NamedTuple):
    """Neighbouring words (n,) of the names of texts: ids, link, the number of the text, where each word begins, where
    the second ends, whether the two are all that stands between quotation marks."""

    one: I64
    link: I64
    other: I64
    text: I64
    start: I64
    middle: I64
    end: I64
    quoted: I64

    def at(self, rows: npt.NDArray[Any]) -> _Pairs:
        return _Pairs(*(column[rows] for column in self))

    def keys(self) -> U64:
        return pair_keys(self.one, self.link, self.other)


class _Renamed(NamedTuple):
    """What pairs may have been: the number of the pair (n,), ids of its words, the sum of the witnesses."""

    pair: I64
    one: I64
    other: I64
    score: F64

    @classmethod
    def joined(cls, found: Sequence[_Renamed]) -> _Renamed:
        return cls(*(np.concatenate(column) for column in zip(*found, strict=True)))


def find(text: str, places: Places, lexicon: Lexicon, names: Names) -> list[Hit]:
    """The altered names of a document, in order. places: the ranges of its paragraphs."""
    return find_all([text], [places], lexicon, names)[0]


def find_all(texts: Sequence[str], places: Sequence[Places], lexicon: Lexicon, names: Names) -> list[list[Hit]]:
    """The same of many documents at once, which is faster."""
    hits: list[list[Hit]] = [[] for _ in texts]
    found = [row for number, text in enumerate(texts) for row in _pairs(number, text, lexicon)]
    if not found:
        return hits
    pairs = _Pairs(*np.array(found, np.int64).T)
    known = names.levels_of(pairs.keys()) > 0
    if known.all():
        return hits
    unknown = pairs.at(~known)
    # A word that makes a known name with its other neighbour is no substitute.
    sure = np.concatenate([_places(pairs.text, at)[known] for at in (pairs.start, pairs.middle)])
    may_be = np.column_stack([~np.isin(_places(unknown.text, at), sure) for at in (unknown.start, unknown.middle)])
    options = _Renamed.joined([_renamed(unknown, may_be, names, lexicon), _in_document(unknown, pairs, names, lexicon)])
    headings: dict[tuple[int, tuple[int, int]], bool] = {}
    for number, hit in _hits(texts, unknown, options, lexicon):
        place = places[number][bisect_right(places[number], (hit.start, sys.maxsize)) - 1]
        if (number, place) not in headings:
            headings[number, place] = _is_heading(texts[number], *place)
        if not headings[number, place]:
            hits[number].append(hit)
    return [sorted(own) for own in hits]


def _places(text: I64, at: I64) -> I64:
    return (text << 32) | at


def _pairs(number: int, text: str, lexicon: Lexicon) -> Iterator[tuple[int, ...]]:
    """The fields of _Pairs of each pair of words of the vocabulary, one of which has substitutes."""
    for match in _NAME.finditer(text):
        if match["name"] is None:
            continue
        at, end = match.span()
        words = match[0].split(" ")
        before = text[max(at - 2, 0) : at]
        quoted = False
        if not _QUOTES.isdisjoint(before):
            if _QUOTES.isdisjoint(text[end : end + 2]):
                continue
            quoted = len(words) == 2
        elif not (before[1:] == " " and (before[0].islower() or before[0] in ",;")):
            if words[0] != "The":  # any other word at the beginning of a sentence may be a plain one
                continue
            at += len("The ")
            del words[0]
        if len(words) > 2 and sum(word[0].isupper() for word in words) > MOST_WORDS:
            continue
        last = began = 0
        link = ""
        for word, id_ in zip(words, lexicon.ids(words), strict=True):
            if word[0].isupper():
                if last >= FIRST_WORD and id_ >= FIRST_WORD and (lexicon.is_content[last] or lexicon.is_content[id_]):
                    yield last, LINKS[link], id_, number, began, at, at + len(word), quoted
                last, began, link = id_, at, ""
            else:
                link = f"{link} {word}" if link else word
            at += len(word) + 1


def _renamed(unknown: _Pairs, may_be: _Mask, names: Names, lexicon: Lexicon) -> _Renamed:
    """The known pairs that unknown ones become when words that may be altered (n, 2) are replaced by substitutes."""
    words = np.column_stack([unknown.one, unknown.other])
    at_home = names.uses[words] >= np.log2(AT_HOME) + _log2_occurrences(words, lexicon)
    odd = may_be & lexicon.is_content[words] & ~at_home
    keys = bigram_keys(unknown.one.astype(np.int32), unknown.other.astype(np.int32))
    usual = np.minimum(lexicon.ngrams.log2_counts(keys), 6)
    capital = names.capitals[words] / 255
    found = [_one_renamed(side, words, unknown.link, odd, usual, capital, names, lexicon) for side in (0, 1)]
    found.append(_both_renamed(words, unknown.link, odd, usual, capital, names, lexicon))
    return _Renamed.joined(found)


def _log2_occurrences(words: npt.NDArray[Any], lexicon: Lexicon) -> F64:
    """How often words stood in the documents that were counted."""
    return np.asarray(LOG2_TOKENS + lexicon.log_share[words] * np.log2(np.e), np.float64)


def _in_document(unknown: _Pairs, pairs: _Pairs, names: Names, lexicon: Lexicon) -> _Renamed:
    """Names that a document makes likely: a known one that it has too, or has its odd one for in quotation marks, again
    and again.

    Only for frequent words that hardly ever stand in names. What the document has too has a substitute in their place.
    What it does not have need only have a word there that has substitutes in common with the odd one, but one that
    stands in hardly any other name.
    """
    words = np.column_stack([unknown.one, unknown.other])
    often = _log2_occurrences(words, lexicon)
    odd = (often > FREQUENT) & (names.uses[words] < often - HARDLY_EVER)
    odd &= np.all(lexicon.is_content[words], axis=1, keepdims=True)
    found = [_Renamed(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0))]
    beside = tuple(_beside(pairs, side) for side in (0, 1))
    for row, side in np.argwhere(odd).tolist():
        now, stays = int(words[row, side]), int(words[row, 1 - side])
        link = int(unknown.link[row])
        there = beside[side][int(unknown.text[row]), link, stays]
        quoted = there[now]
        if len(there) == 1 and quoted < 2:
            continue
        was, levels = names.partners(1 - side, stays, link)
        substitutes = lexicon.candidates[now][lexicon.candidates[now] > 0]
        likely = np.isin(was, list(there)) & (np.isin(was, substitutes) | (lexicon.candidates[was] == now).any(axis=1))
        if quoted > 1:
            bound = (levels >= KNOWN_WELL) & (levels > names.uses[was] - 0.5)
            likely |= bound & (np.isin(lexicon.candidates[was], substitutes).sum(axis=1) > 1)
        was = was[likely]
        stay = np.full_like(was, stays)
        one, other = (was, stay) if side == 0 else (stay, was)
        found.append(_Renamed(np.full_like(was, row), one, other, np.full(len(was), BAR + 0.1)))
    return _Renamed.joined(found)


def _beside(pairs: _Pairs, side: int) -> dict[tuple[int, int, int], dict[int, int]]:
    """By the number of a text, a link and the word that stays: the words that the text has beside it, the first of a pair
    where side is 0, and how often all that stands between quotation marks is the two."""
    changing, staying = (pairs.one, pairs.other) if side == 0 else (pairs.other, pairs.one)
    out: dict[tuple[int, int, int], dict[int, int]] = {}
    columns = (pairs.text, pairs.link, staying, changing, pairs.quoted)
    for text, link, stays, now, quoted in zip(*(column.tolist() for column in columns), strict=True):
        there = out.setdefault((text, link, stays), {})
        there[now] = there.get(now, 0) + quoted
    return out


def _one_renamed(
    side: int, words: I64, link: I64, odd: _Mask, usual: npt.NDArray[Any], capital: F64, names: Names, lexicon: Lexicon
) -> _Renamed:
    """One word of the pairs, the first where side is 0, replaced."""
    size, highest = names.slots(1 - side, words[:, 1 - side], link)
    # The best that a pair can be: what does not reach the bar is not looked up.
    fixed = np.column_stack([
        np.ones(len(words)), highest, names.uses[words[:, side]], np.log2(np.maximum(size, 1)),
        np.zeros(len(words)), np.zeros(len(words)), usual, capital[:, side],
    ])  # fmt: skip
    rows = np.flatnonzero(odd[:, side] & (fixed @ ONE_WORD > BAR))
    options = lexicon.candidates[words[rows, side]].astype(np.int64)
    stays = np.broadcast_to(words[rows, 1 - side, None], options.shape)
    one, other = (options, stays) if side == 0 else (stays, options)
    levels = names.levels_of(pair_keys(one, link[rows, None], other))
    row, place = np.nonzero(levels * (options > 0))
    pair = rows[row]
    now, was = words[pair, side], options[row, place]
    back = lexicon.candidates[was] == now[:, None]
    returns = np.where(back.any(axis=1), back.argmax(axis=1), back.shape[1])
    witnesses = fixed[pair]
    witnesses[:, LEVEL] = levels[row, place]
    witnesses[:, PLACE], witnesses[:, RETURNS] = np.log2(1 + place), np.log2(1 + returns)
    return _Renamed(pair, one[row, place], other[row, place], witnesses @ ONE_WORD)


def _both_renamed(
    words: I64, link: I64, odd: _Mask, usual: npt.NDArray[Any], capital: F64, names: Names, lexicon: Lexicon
) -> _Renamed:
    """Both words of the pairs replaced."""
    rows = np.flatnonzero(odd.all(axis=1))
    options = lexicon.candidates[words[rows], :TRIED].astype(np.int64)  # (rows, 2, TRIED)
    one, other = options[:, 0, :, None], options[:, 1, None, :]
    keys = pair_keys(one, link[rows, None, None], other)
    row, i, j = np.nonzero(names.are_strong(keys) & (one > 0) & (other > 0))
    pair = rows[row]
    witnesses = (
        np.ones(len(row)),
        names.levels_of(keys[row, i, j]),
        names.uses[words[pair]].sum(axis=1),
        np.zeros(len(row)),
        np.log2(1 + i),
        np.log2(1 + j),
        usual[pair],
        capital[pair].max(axis=1),
    )
    return _Renamed(pair, options[row, 0, i], options[row, 1, j], np.column_stack(witnesses) @ TWO_WORDS)


def _hits(texts: Sequence[str], unknown: _Pairs, options: _Renamed, lexicon: Lexicon) -> Iterator[tuple[int, Hit]]:
    """The likeliest of the pairs that share words, each with the number of its text."""
    order = np.argsort(-options.score, kind="stable")
    order = order[options.score[order] > BESIDE]
    best: dict[int, float] = {}
    ways: dict[int, dict[str, None]] = {}
    for pair, one, other, score in zip(*(column[order].tolist() for column in options), strict=True):
        was = ((int(unknown.one[pair]), one), (int(unknown.other[pair]), other))
        if not any(now != then and is_spelling(lexicon.word(now), lexicon.word(then)) for now, then in was):
            best.setdefault(pair, score)
            text = texts[unknown.text[pair]]
            first, link, last = _split(text[unknown.start[pair] : unknown.end[pair]])
            way = in_case_of(first, lexicon.word(one)) + link + in_case_of(last, lexicon.word(other))
            ways.setdefault(pair, {})[way] = None
    taken: set[tuple[int, int]] = set()
    for pair, score in best.items():  # the likeliest first
        number, start, middle, end = (int(column[pair]) for column in unknown[3:7])
        if score > BAR and not taken & {(number, start), (number, middle)}:
            taken |= {(number, start), (number, middle)}
            suggestions = tuple(ways[pair])[:MOST_SUGGESTIONS]
            message = f"“{texts[number][start:end]}” is no known name; it may stand for “{suggestions[0]}”."
            yield number, Hit(start, end, ALTERED_NAME.id, suggestions, message)


def _split(name: str) -> tuple[str, str, str]:
    """The first word, what links it to the last one, and that."""
    first, last = name.split(" ", 1)[0], name.rsplit(" ", 1)[1]
    return first, name[len(first) : len(name) - len(last)], last


def is_spelling(a: str, b: str) -> bool:
    """Whether two words are forms or spellings of one: *Defence* and *Defense*, *Fort* and *Forts*."""
    a, b = sorted((a, b), key=len)
    same = next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), len(a))
    if same >= min(4, len(a)):
        return True
    return a[same + 1 :] == b[same + 1 :] or a[same:] == b[same + 1 :]


def _is_heading(text: str, start: int, end: int) -> bool:
    """Whether hardly a word of the paragraph begins with a small letter, so that a capital tells nothing."""
    return len(_LARGE.findall(text, start, end)) > 5 * len(_SMALL.findall(text, start, end))
