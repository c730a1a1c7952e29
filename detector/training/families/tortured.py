"""What real spinners made of known phrases, learnt from a public list of tortured phrases.

The list pairs a phrase that stood in a paper with the one expected there (*profound learning*,
*deep learning*). Word by word alignment (IBM model 1 with a preference for the diagonal)
turns it into a dictionary of what spinners emit: deep -> profound.
"""

from __future__ import annotations

import csv
import math
import random
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

import lemminflect
from nltk.stem.porter import PorterStemmer

from detector.training.families.content import is_content
from detector.training.families.inflection import Reading, Tagger, inflect, readings
from detector.training.families.moby import listed
from detector.training.families.phrases import PhraseTable
from detector.training.families.spinner import Draft, Slot, WordFamily

ITERATIONS: Final = 8
#: How strongly a word is expected to keep its place in the phrase.
DIAGONAL: Final = 3.0
#: A link counts if it takes this share of its emitted word.
SHARPNESS: Final = 0.5
#: A pair is kept if its links weigh this much (two phrases, or one in many papers), if the two are all
#: that differs in a phrase, or if a thesaurus confirms it.
SUPPORT: Final = 3.0
#: Weight of an emission that was seen for another form of the word.
OTHER_FORM: Final = 0.5

_NOTE: Final = re.compile(r"\[[^\]]*\]|\bsee https?:\S+|[\\\"]")
_WORD: Final = re.compile(r"[a-z]+")


class Phrase(NamedTuple):
    """A listed phrase: content words expected and found there, and the number of papers that have it."""

    expected: tuple[str, ...]
    found: tuple[str, ...]
    papers: int


def read_list(path: Path) -> Iterator[tuple[str, str, int]]:
    """(expected, tortured, papers) of each usable line; alternatives give a line each."""
    with path.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE):
            if "unclear" in row["expected"] or row["condition"] == "UNCERTAIN":
                continue
            for expected in re.split(r" [|/] ", _NOTE.sub(" ", row["expected"])):
                expected = " ".join(expected.split())
                if expected and re.fullmatch(r"[a-z' -]+", expected) and re.fullmatch(r"[a-z' -]+", row["tortured"]):
                    yield expected, row["tortured"], int(row["papers"] or 0)


@cache
def _stem(word: str) -> str:
    stem: str = _STEMMER.stem(word)
    return stem


_STEMMER: Final = PorterStemmer()


def _phrases(path: Path) -> list[Phrase]:
    """Phrases with the words that stand unchanged on both sides taken out."""
    found = []
    for expected, tortured, papers in read_list(path):
        sides = [[w for w in _WORD.findall(side) if is_content(w)] for side in (expected, tortured)]
        shared = {_stem(w) for w in sides[0]} & {_stem(w) for w in sides[1]}
        before, after = (tuple(w for w in side if _stem(w) not in shared) for side in sides)
        if before and after and abs(len(before) - len(after)) <= 2:
            found.append(Phrase(before, after, papers))
    return found


def _align(phrases: Sequence[Phrase]) -> dict[tuple[str, str], float]:
    """P(emitted stem | original stem), by expectation maximisation."""
    chance: dict[tuple[str, str], float] = defaultdict(lambda: 1.0)
    for _ in range(ITERATIONS):
        counts: dict[tuple[str, str], float] = defaultdict(float)
        totals: dict[str, float] = defaultdict(float)
        for phrase in phrases:
            for before, after, share in _links(phrase, chance):
                counts[_stem(before), _stem(after)] += share
                totals[_stem(before)] += share
        # The small constant keeps a pair seen once from being certain.
        chance = defaultdict(float, {pair: n / (totals[pair[0]] + 0.5) for pair, n in counts.items()})
    return chance


def _links(phrase: Phrase, chance: Mapping[tuple[str, str], float]) -> Iterator[tuple[str, str, float]]:
    """(original, emitted, share) of each link of a phrase; the shares of an emitted word add up to 1."""
    for j, after in enumerate(phrase.found):
        place = (j + 0.5) / len(phrase.found)
        weights = [
            chance[_stem(before), _stem(after)] * math.exp(-DIAGONAL * abs((i + 0.5) / len(phrase.expected) - place))
            for i, before in enumerate(phrase.expected)
        ]
        whole = sum(weights)
        if whole:
            for before, weight in zip(phrase.expected, weights, strict=True):
                yield before, after, weight / whole


class _Lexicon(NamedTuple):
    """What is emitted: for a word as it stands, and for the lemma of a word that inflects alike."""

    words: dict[str, dict[str, float]]
    lemmas: dict[tuple[str, str], dict[str, float]]


@cache
def _lexicon(path: Path) -> _Lexicon:
    phrases = _phrases(path)
    chance = _align(phrases)
    support: dict[tuple[str, str], float] = defaultdict(float)
    for phrase in phrases:
        for before, after, share in _links(phrase, chance):
            if share > SHARPNESS:
                support[before, after] += share * (1.0 + math.log1p(phrase.papers) / 3.0)
    certain = {(p.expected[0], p.found[0]) for p in phrases if len(p.expected) == len(p.found) == 1}
    words: dict[str, dict[str, float]] = defaultdict(dict)
    lemmas: dict[tuple[str, str], dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for (before, after), weight in support.items():
        if weight < SUPPORT and (before, after) not in certain and not _related(before, after):
            continue
        words[before][after] = weight
        tags = {(reading.pos, reading.tag): reading.lemma for reading in readings(after)}
        for lemma, pos, tag in readings(before):
            other = tags.get((pos, tag))
            if other is not None and other != lemma:
                lemmas[lemma, pos][other] += weight
    return _Lexicon(dict(words), {key: dict(emitted) for key, emitted in lemmas.items()})


def _related(before: str, after: str) -> bool:
    """Whether a thesaurus knows a pair, in whatever inflection."""
    lemmas = {reading.lemma for reading in readings(before)} | {before}
    others = {reading.lemma for reading in readings(after)} | {after}
    return any(a in listed(b) or b in listed(a) for a in lemmas for b in others)


class Tortured(WordFamily):
    """Emits what real spinners were caught emitting."""

    name = "tortured"

    def __init__(self, tagger: Tagger, path: Path) -> None:
        """path: the list, tab-separated with the columns tortured, expected, papers and condition."""
        super().__init__(tagger)
        self._lexicon = _lexicon(path)
        phrases: dict[str, list[tuple[str, float]]] = defaultdict(list)
        for expected, tortured, papers in read_list(path):
            if " " in expected:
                phrases[expected].append((tortured, 1.0 + papers))
        self._phrases = PhraseTable(phrases.items())

    def slots(self, draft: Draft, rng: random.Random) -> list[Slot]:
        """Listed phrases as a whole, and single words."""
        return [*self._phrases.slots(draft), *super().slots(draft, rng)]

    def inflected(self, word: str, reading: Reading) -> Iterable[tuple[str, float]]:
        """What was found for this very form, and what was found for others, inflected like it."""
        yield from self._lexicon.words.get(word, {}).items()
        for new, weight in super().inflected(word, reading):
            yield new, OTHER_FORM * weight

    def substitutes(self, lemma: str, pos: str) -> Sequence[tuple[str, float]]:
        """Emitted lemmas, most frequent first."""
        return sorted(self._lexicon.lemmas.get((lemma, pos), {}).items(), key=lambda item: (-item[1], item[0]))

    def lemmas(self) -> Iterable[str]:
        """All lemmas with an emission."""
        return sorted({lemma for lemma, _ in self._lexicon.lemmas})


def induce(path: Path) -> dict[str, dict[str, float]]:
    """Original word -> emitted word -> weight, lower case, single words; inflected variants included.

    The weights of an original add up to 1. path: as for `Tortured`.
    """
    lexicon = _lexicon(path)
    table: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for word, emitted in lexicon.words.items():
        for new, weight in emitted.items():
            table[word][new] += weight
    for (lemma, pos), emitted in lexicon.lemmas.items():
        for tag, forms in lemminflect.getAllInflections(lemma, pos).items():
            for new, weight in emitted.items():
                other = inflect(new, tag)
                if other != forms[0]:
                    table[forms[0]][other] += OTHER_FORM * weight
    return {word: {new: w / sum(emitted.values()) for new, w in emitted.items()} for word, emitted in table.items()}
