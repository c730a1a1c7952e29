"""Spinners that look words up in WordNet, read from Debian's files by nltk's reader."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final

from detector.training.families.family import DataMissing
from detector.training.families.inflection import Tagger
from detector.training.families.spinner import WordFamily
from detector.training.wordnet import FOLDER, INSTALL, wordnet

_LETTERS: Final = {"NOUN": "n", "VERB": "v", "ADJ": "a", "ADV": "r"}
_DIGITS: Final = {"1": "NOUN", "2": "VERB", "3": "ADJ", "4": "ADV", "5": "ADJ"}
#: Share of a random spinner's draws that take a hypernym, and a sense of another part of speech.
HYPERNYMS: Final = 0.12
OTHER_POS: Final = 0.15


@cache
def tagger(folder: Path = FOLDER) -> Tagger:
    """A tagger with the counts of WordNet's sense-tagged texts. Raises DataMissing."""
    index = folder / "index.sense"
    if not index.exists():
        raise DataMissing(f"WordNet's sense index is not in {folder}: {INSTALL}")
    counts: Counter[tuple[str, str]] = Counter()
    with index.open(encoding="utf-8") as lines:
        for line in lines:
            key, _, _, count = line.split()
            lemma, _, rest = key.partition("%")
            counts[lemma, _DIGITS[rest[0]]] += int(count)
    return Tagger(counts)


@cache
def senses(lemma: str, pos: str) -> tuple[tuple[str, ...], ...]:
    """Per sense, most frequent first, the other lemmas of a lemma's synset."""
    return tuple(_others(synset, lemma) for synset in wordnet().synsets(lemma.replace(" ", "_"), _LETTERS[pos]))


def _others(synset: Any, lemma: str) -> tuple[str, ...]:
    names = (name.replace("_", " ") for name in synset.lemma_names())
    return tuple(name for name in names if name != lemma and name.islower() and name.count(" ") < 3)


class WordNetFirst(WordFamily):
    """Takes the first other word of the most frequent sense that has one."""

    name = "wordnet_first"

    def substitutes(self, lemma: str, pos: str) -> Sequence[tuple[str, float]]:
        """At most one substitute."""
        return next(([(names[0], 1.0)] for names in senses(lemma, pos) if names), [])

    def lemmas(self) -> Iterable[str]:
        """All single lower-case words of WordNet."""
        return sorted({name for name in wordnet().all_lemma_names() if name.isalpha() and name.islower()})


class WordNetRandom(WordNetFirst):
    """Takes any word of any sense, now and then a more general one or another part of speech."""

    name = "wordnet_random"

    def substitutes(self, lemma: str, pos: str) -> Sequence[tuple[str, float]]:
        """All synonyms, hypernyms and synonyms of the word as other parts of speech."""
        weighted = list(_spread(senses(lemma, pos), 1.0))
        general = _hypernyms(lemma, pos)
        weighted += _spread(general, HYPERNYMS)
        for other in _LETTERS:
            if other != pos:
                weighted += _spread(senses(lemma, other), OTHER_POS / 3)
        return weighted


def _spread(groups: Sequence[tuple[str, ...]], mass: float) -> Iterable[tuple[str, float]]:
    filled = [group for group in groups if group]
    for group in filled:
        for name in group:
            yield name, mass / len(filled) / len(group)


@cache
def _hypernyms(lemma: str, pos: str) -> tuple[tuple[str, ...], ...]:
    synsets = wordnet().synsets(lemma.replace(" ", "_"), _LETTERS[pos])[:3]
    return tuple(_others(hypernym, lemma) for synset in synsets for hypernym in synset.hypernyms())
