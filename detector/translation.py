"""Witnesses of machine translation: how a paragraph uses the small words, and how well words fit their neighbours.

None depends on a translator or knows a language: a translation keeps the small words of the text it came from, puts
`of` where English puts nouns side by side, and sets words beside each other that are seldom seen together.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from detector.batch import Batch
from detector.features import LOG2_TOKENS
from detector.lexicon import BOUNDARY, DIGIT, F32, FIRST_WORD, I32, NAME, NUMBER, UNKNOWN, Lexicon, special_id
from detector.ngrams import bigram_keys, trigram_keys

F64 = npt.NDArray[np.float64]
I64 = npt.NDArray[np.int64]

#: Classes of small words. A word is of the first class that names it.
CLASSES: Final[dict[str, tuple[str, ...]]] = {
    "the": ("the",),
    "a": ("a", "an"),
    "possessive": ("my", "your", "his", "her", "its", "our", "their", "whose"),
    "determiner": (
        "this", "these", "those", "some", "any", "no", "each", "every", "all", "both", "another", "other", "such", "many",
        "much", "more", "most", "less", "few", "several", "own", "same",
    ),
    "of": ("of",),
    "to": ("to",),
    "in": ("in",),
    "preposition": (
        "on", "at", "by", "for", "with", "about", "against", "between", "among", "into", "through", "during", "before",
        "after", "above", "below", "from", "over", "under", "within", "without", "toward", "towards", "onto", "upon",
        "across", "around", "along", "until", "since", "like", "as", "than",
    ),
    "particle": ("up", "down", "out", "off", "away", "back"),
    "subject": ("i", "he", "she", "we", "they"),
    "object": ("me", "him", "us", "them"),
    "it": ("it",),
    "you": ("you",),
    "reflexive": ("myself", "yourself", "himself", "herself", "itself", "ourselves", "themselves"),
    "that": ("that",),
    "which": ("which", "who", "whom"),
    "question": ("what", "when", "where", "why", "how", "whether"),
    "be": ("be", "is", "are", "was", "were", "been", "being", "am"),
    "have": ("have", "has", "had", "having"),
    "do": ("do", "does", "did"),
    "modal": ("will", "would", "can", "could", "may", "might", "must", "shall", "should", "cannot"),
    "not": ("not", "never", "nor"),
    "short": (
        "don't", "doesn't", "didn't", "isn't", "aren't", "wasn't", "weren't", "can't", "couldn't", "won't", "wouldn't",
        "shouldn't", "haven't", "hasn't", "hadn't", "i'm", "i've", "i'll", "i'd", "you're", "you've", "you'll", "he'd",
        "we're", "we've", "we'll", "they're", "they've", "it'll", "she'd", "they'd", "that'll", "you'd", "we'd",
    ),
    "and": ("and",),
    "or": ("or", "but"),
    "clause": ("because", "if", "although", "though", "while", "so", "then", "however", "thus", "therefore"),
    "there": ("there", "here"),
    "adverb": ("also", "too", "very", "just", "only", "even", "still", "already", "again", "now"),
    "'s": ("'s",),
}  # fmt: skip
_NAMES: Final = tuple(CLASSES)
# Behind those, in the same numbering: words of content, other words, numbers, marks; and what is no token.
_CONTENT, _OTHER, _NUMBER, _MARK, _NONE = range(len(_NAMES), len(_NAMES) + 5)
_KINDS: Final = _NONE + 1
_SMALL: Final = len(_NAMES)

#: Two words that would stand together this often by chance (log2) and never do are an unseen pair.
_EXPECTED_AT_LEAST: Final = 1.0
#: What a rate over few pairs is drawn towards zero by.
_SHRINK: Final = 4.0


def _codes(*names: str) -> list[int]:
    return [_NAMES.index(name) for name in names]


#: What cannot stand right behind what.
_ARTICLES: Final = _codes("the", "a", "possessive")
_CLASHES: Final[dict[str, tuple[list[int], list[int]]]] = {
    "article_clash": (
        _ARTICLES,
        [
            *_ARTICLES,
            *_codes("of", "to", "in", "preposition", "subject", "object", "it", "you", "reflexive", "that", "which"),
            *_codes("question", "be", "have", "do", "modal", "not", "short", "and", "or", "clause", "there"),
            _MARK,
        ],
    ),
    "preposition_clash": (
        _codes("of", "in", "preposition"),
        [*_codes("of", "to", "subject", "be", "have", "do", "modal", "short", "and", "or"), _MARK],
    ),
    "auxiliary_clash": (_codes("be", "have", "do", "modal"), _codes("be", "do", "modal", "short", "which", "of", "or")),
}
#: Pairs that say how nouns are joined and verbs are built.
_FRAMES: Final[dict[str, tuple[list[int], list[int]]]] = {
    "content_content": ([_CONTENT], [_CONTENT]),
    "content_of": ([_CONTENT], _codes("of")),
    "of_the": (_codes("of"), _codes("the")),
    "of_content": (_codes("of"), [_CONTENT]),
    "the_content": (_codes("the"), [_CONTENT]),
    "in_the": (_codes("in", "preposition"), _codes("the")),
    "content_to": ([_CONTENT], _codes("to")),
    "to_content": (_codes("to"), [_CONTENT]),
    "be_content": (_codes("be", "have", "modal"), [_CONTENT]),
    "subject_be": (_codes("subject", "it", "you"), _codes("be", "have", "do", "modal", "short")),
    "subject_content": (_codes("subject", "it", "you"), [_CONTENT]),
    "mark_content": ([_MARK], [_CONTENT]),
    "content_mark": ([_CONTENT], [_MARK]),
    "mark_subject": (
        [_MARK, *_codes("and", "or", "that", "which", "clause", "question")],
        _codes("subject", "it", "you"),
    ),
    "mark_be": ([_MARK, *_codes("and", "or")], _codes("be", "have", "do", "modal")),
}
_PAIRED: Final = {**_CLASHES, **_FRAMES}


def _member(left: list[int], right: list[int]) -> npt.NDArray[np.bool_]:
    """Which kinds of pairs (kinds squared,) a frame is made of."""
    out = np.zeros((_KINDS, _KINDS), np.bool_)
    out[np.ix_(left, right)] = True
    return out.ravel()


_MEMBERS: Final = tuple(_member(left, right) for left, right in _PAIRED.values())
_STOPS: Final = np.array([special_id(mark) for mark in ".!?"], np.int32)
#: Natural logarithm of the share of tokens of a rare word: one in a million.
_RARE: Final = -13.8
TRANSLATION_NAMES: Final = (
    *(f"rate_{name}" for name in _NAMES),
    "small_words", "content_words", "other_words", "numbers", "marks", "unknown_words", "names",
    *_PAIRED,
    "fit_behind", "fit_before", "fit_beside", "unseen_behind", "unseen_before", "unseen_beside", "unseen_three",
    "repeated", "doubled", "usual", "usual_content", "rare_words", "sentence_words",
)  # fmt: skip


@lru_cache(maxsize=4)
def _classes(lexicon: Lexicon) -> I32:
    """Class (ids,) of each id."""
    codes = np.where(lexicon.is_content, _CONTENT, _OTHER).astype(np.int32)
    codes[:FIRST_WORD] = _MARK
    codes[DIGIT : NUMBER + 1] = _NUMBER
    codes[[UNKNOWN, NAME]] = _OTHER
    codes[BOUNDARY] = _NONE
    for code, words in reversed(list(enumerate(CLASSES.values()))):
        ids = [special_id(word) or lexicon.index.get(word) for word in words]
        codes[[id_ for id_ in ids if id_ is not None]] = code
    return codes


def translation_features(batch: Batch, lexicon: Lexicon) -> F32:
    """Features (paragraphs, len(TRANSLATION_NAMES)) of all paragraphs of a batch."""
    count = len(batch.bounds)
    lengths = batch.bounds[:, 1] - batch.bounds[:, 0]
    owner = np.repeat(np.arange(count), lengths)
    places = np.arange(len(owner)) + np.repeat(batch.bounds[:, 0] - (np.cumsum(lengths) - lengths), lengths)
    codes = _classes(lexicon)[batch.ids]
    here, after = codes[places], codes[places + 1]
    ids, ids_after, ids_third = batch.ids[places], batch.ids[places + 1], batch.ids[places + 2]

    kinds = _table(owner, here, count, _KINDS)
    words = np.maximum(kinds.sum(axis=1) - kinds[:, _MARK] - kinds[:, _NONE], 1.0)
    pairs = here * _KINDS + after
    framed = (owner[np.flatnonzero(member[pairs])] for member in _MEMBERS)
    named = np.column_stack([_sums(owner, ids == special, count) for special in (UNKNOWN, NAME)])
    rates = np.column_stack([
        kinds[:, :_SMALL],
        kinds[:, :_SMALL].sum(axis=1),
        kinds[:, [_CONTENT, _OTHER, _NUMBER, _MARK]],
        named,
        *(np.bincount(own, minlength=count) for own in framed),
    ]) / words[:, None]  # fmt: skip
    share = lexicon.log_share[ids]
    is_word = ids >= FIRST_WORD
    content = here == _CONTENT
    contents = np.maximum(kinds[:, _CONTENT], 1.0)
    stops = np.maximum(_sums(owner, np.isin(ids, _STOPS), count), 1.0)
    columns = [
        rates,
        _two_words(owner, ids, ids_after, count, lexicon),
        _three_words(owner, ids, ids_after, ids_third, count, lexicon),
        1.0 - _distinct(owner[content], ids[content], count) / contents,
        _sums(owner, (ids == ids_after) & is_word, count) / words,
        _sums(owner, np.where(is_word, share, 0.0), count) / np.maximum(_sums(owner, is_word, count), 1.0),
        _sums(owner, np.where(content, share, 0.0), count) / contents,
        _sums(owner, is_word & (share < _RARE), count) / words,
        np.log(words / stops),
    ]
    return np.column_stack(columns).astype(np.float32)


def _two_words(owner: I64, ids: I32, ids_after: I32, count: int, lexicon: Lexicon) -> F64:
    """How much more often than by chance a content word stands behind, before and beside its neighbour; shares unseen.

    Behind and before a word that is none of content, beside one that is.
    """
    content, content_after = lexicon.is_content[ids], lexicon.is_content[ids_after]
    known = (ids != UNKNOWN) & (ids_after != UNKNOWN) & (ids_after != BOUNDARY)
    kept = np.flatnonzero((content | content_after) & known)
    side = np.where(content[kept], np.where(content_after[kept], 2, 1), 0)
    owner, ids, ids_after = owner[kept], ids[kept], ids_after[kept]
    levels = lexicon.ngrams.log2_counts(bigram_keys(ids, ids_after)).astype(np.float32)
    shares = lexicon.log_share[ids] + lexicon.log_share[ids_after]
    expected = np.maximum(shares / np.float32(np.log(2)) + np.float32(LOG2_TOKENS), 0)
    ties = np.clip(levels - expected, -10, 12)
    total = np.bincount(owner * 3 + side, ties, count * 3).reshape(count, 3)
    may = expected >= _EXPECTED_AT_LEAST
    unseen = may & (levels == 0)
    return np.column_stack([
        total / (_table(owner, side, count, 3) + _SHRINK),
        _table(owner[unseen], side[unseen], count, 3) / (_table(owner[may], side[may], count, 3) + _SHRINK),
    ])  # fmt: skip


def _three_words(owner: I64, ids: I32, ids_after: I32, ids_third: I32, count: int, lexicon: Lexicon) -> F64:
    """Share (count,) of the threes of words with a content word that were never counted."""
    content = lexicon.is_content[ids] | lexicon.is_content[ids_after] | lexicon.is_content[ids_third]
    words = (ids >= FIRST_WORD) & (ids_after >= FIRST_WORD) & (ids_third >= FIRST_WORD)
    kept = np.flatnonzero(content & words)
    levels = lexicon.ngrams.log2_counts(trigram_keys(ids[kept], ids_after[kept], ids_third[kept]))
    return _sums(owner[kept], levels == 0, count) / (np.bincount(owner[kept], minlength=count) + _SHRINK)


def _table(owner: I64, kind: I64 | I32, count: int, kinds: int) -> F64:
    """How many of each kind each owner has: (count, kinds)."""
    return np.bincount(owner * kinds + kind, minlength=count * kinds).reshape(count, kinds).astype(np.float64)


def _sums(owner: I64, values: npt.NDArray[Any], count: int) -> F64:
    return np.asarray(np.bincount(owner, values, count), np.float64)


def _distinct(owner: I64, ids: I32, count: int) -> F64:
    """How many different ids each owner has."""
    keys = np.sort(owner * np.int64(1 << 20) + ids)
    return np.asarray(np.bincount(keys[np.diff(keys, prepend=-1) > 0] >> 20, minlength=count), np.float64)
