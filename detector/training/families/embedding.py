"""A spinner that takes neighbours in a word-vector space, as adversarial word swappers do."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Final

import numpy as np
import numpy.typing as npt

from detector.training.families.content import is_content
from detector.training.families.frequency import ranks, vectors
from detector.training.families.inflection import Tagger, readings
from detector.training.families.spinner import WordFamily

#: Words that have neighbours, and are neighbours: the most frequent ones that the dictionary knows.
WORDS: Final = 30_000
#: How many of a word's neighbours are looked at, and how alike they are at least.
NEIGHBOURS: Final = 16
SIMILARITY: Final = 0.66


class Embedding(WordFamily):
    """Swaps a word for one of its nearest neighbours of the same part of speech."""

    name = "embedding"

    def __init__(self, tagger: Tagger) -> None:
        super().__init__(tagger)
        self._near: dict[str, list[tuple[str, float]]] = {}

    @cached_property
    def _space(self) -> tuple[list[str], dict[str, int], npt.NDArray[np.float32]]:
        """Lemmas, their rows, and unit vectors (lemmas, 50)."""
        known = ranks()
        lemmas: list[str] = []
        for word in known:
            if is_content(word) and any(reading.lemma == word for reading in readings(word)):
                lemmas.append(word)
                if len(lemmas) == WORDS:
                    break
        space = np.asarray(vectors()[[known[word] for word in lemmas]], np.float32)
        space /= np.linalg.norm(space, axis=1, keepdims=True)
        return lemmas, {word: row for row, word in enumerate(lemmas)}, space

    def neighbours(self, lemma: str) -> list[tuple[str, float]]:
        """(lemma, similarity) of the nearest lemmas, best first."""
        found = self._near.get(lemma)
        if found is None:
            lemmas, rows, space = self._space
            row = rows.get(lemma)
            if row is None:
                return []
            similarity = space @ space[row]
            similarity[row] = -1.0
            top = np.argpartition(similarity, -NEIGHBOURS)[-NEIGHBOURS:]
            top = top[np.argsort(-similarity[top])]
            found = [(lemmas[i], float(similarity[i])) for i in top if similarity[i] >= SIMILARITY]
            self._near[lemma] = found
        return found

    def substitutes(self, lemma: str, pos: str) -> Sequence[tuple[str, float]]:
        """Neighbours that can be the part of speech, the nearest taken most often."""
        return [
            (name, similarity**12)
            for name, similarity in self.neighbours(lemma)
            if self._tagger.share(name, pos) > 0.25
        ]

    def lemmas(self) -> Iterable[str]:
        """All lemmas of the space."""
        return self._space[0]
