"""The lexical choice model: how well would each word fit this slot, given its neighbours?

A slot is a content word that has candidates. Its context vector comes from the words around it and from the other
content words of its paragraph, never from the word itself; the score of a word is its output vector times the
context vector, plus a bias: near log P(word | context). Trained on clean text alone (detector/training/choice_training.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from detector.batch import sums_by_owner
from detector.exact import MOST, product

F32 = npt.NDArray[np.float32]
I32 = npt.NDArray[np.int32]

#: Slots that go through the network at once.
CHUNK = MOST
#: Slots whose candidates are scored at once: each takes 25 kB of output vectors.
SCORED_AT_ONCE = 32


class _Place(NamedTuple):
    """A place near a slot: how far from it, and its rows of the first layer, (width, hidden)."""

    offset: int
    weights: F32


@dataclass(frozen=True)
class Table:
    """A vector for each word: int8 rows (words, width), and what each is multiplied by, float32 (words,).

    It stays as it lies in the model's file, where processes share it; a batch needs few of its rows.
    """

    rows: npt.NDArray[np.int8]
    scale: F32

    @property
    def width(self) -> int:
        """Length of a vector."""
        return int(self.rows.shape[1])

    def vectors(self, words: npt.NDArray[np.integer], width: int | None = None) -> F32:
        """The words' vectors (..., width), or the first `width` elements of them."""
        vectors = self.rows[words, :width].astype(np.float32)
        vectors *= self.scale[words][..., None]
        return vectors


@dataclass(frozen=True)
class ChoiceModel:
    """embed: of words in a context; out: of words in a slot; bias (words,); first, second, last: (weights (in, out), bias (out,))."""

    near: int
    reach: int
    far_width: int
    embed: Table
    out: Table
    bias: F32
    first: tuple[F32, F32]
    second: tuple[F32, F32]
    last: tuple[F32, F32]

    @classmethod
    def from_arrays(
        cls, arrays: Mapping[str, npt.NDArray[np.generic]], near: int, reach: int, far_width: int
    ) -> ChoiceModel:
        """From the arrays of a model file. Raises ValueError where a table is not of int8."""

        def table(name: str) -> Table:
            if arrays[name].dtype != np.int8:
                raise ValueError(name)
            return Table(np.asarray(arrays[name], np.int8), arrays[f"{name}_scale"].astype(np.float32))

        def layer(name: str) -> tuple[F32, F32]:
            weights = arrays[f"{name}.weight"].astype(np.float32).T
            return np.ascontiguousarray(weights), arrays[f"{name}.bias"].astype(np.float32)

        embed, out, bias = table("embed"), table("out"), arrays["bias"].astype(np.float32)
        return cls(near, reach, far_width, embed, out, bias, layer("first"), layer("second"), layer("last"))

    def contexts(self, ids: I32, counted: npt.NDArray[np.bool_], bounds: I32, slots: I32) -> F32:
        """Context vectors (slots, width).

        ids: (tokens,) of all paragraphs, at least `reach` BOUNDARY ids before, between and after them;
        counted: (tokens,), the content words, which make a paragraph's topic; bounds: (paragraphs, 2), start and end
        in ids; slots: positions in ids of counted words, in ascending order.
        """
        parts = np.flatnonzero(counted)
        paragraph = (np.searchsorted(bounds[:, 0], parts, side="right") - 1).astype(np.int32)
        topic_weights = self.first[0][-self.embed.width :]
        topics = product(sums_by_owner(self.embed.vectors(ids[parts]), paragraph, len(bounds)), topic_weights)
        owner = np.searchsorted(bounds[:, 0], slots, side="right") - 1
        own, own_row = self._given(ids[slots], topic_weights)  # which is no part of its slot's topic
        count = np.bincount(paragraph, minlength=len(bounds)).astype(np.float32)[owner, None]
        given = [self._given(ids[slots + place.offset], place.weights) for place in self._places]
        out = np.empty((len(slots), self.out.width), np.float32)
        room = np.empty((CHUNK, len(self.first[1])), np.float32)
        for at in range(0, len(slots), CHUNK):
            now = slice(at, min(at + CHUNK, len(slots)))
            spare = room[: now.stop - at]
            hidden = topics.take(owner[now], axis=0)
            hidden -= own.take(own_row[now], axis=0, out=spare, mode="clip")
            hidden /= count[now]
            for table, rows in given:
                hidden += table.take(rows[now], axis=0, out=spare, mode="clip")
            hidden = _relu(hidden, self.first[1])
            hidden += _relu(product(hidden, self.second[0]), self.second[1])
            out[now] = product(hidden, self.last[0])
        out += self.last[1]
        return out

    @cached_property
    def _places(self) -> tuple[_Place, ...]:
        """The places around a slot, in the order of the first layer's rows; the topic's rows come after them."""
        places, at = [], 0
        for offset in (*range(-self.reach, 0), *range(1, self.reach + 1)):
            width = self.embed.width if abs(offset) <= self.near else self.far_width
            places.append(_Place(offset, self.first[0][at : at + width]))
            at += width
        return tuple(places)

    def _given(self, words: I32, weights: F32) -> tuple[F32, npt.NDArray[np.intp]]:
        """What words (slots,) at one place give to the first layer: a row (hidden,) for each distinct word, and which
        row is whose. The layer is linear up to there, and a few hundred words make up most of a text."""
        there = np.zeros(len(self.bias), np.bool_)
        there[words] = True
        distinct = np.flatnonzero(there)
        row = np.empty(len(self.bias), np.intp)
        row[distinct] = np.arange(len(distinct))
        return product(self.embed.vectors(distinct, len(weights)), weights), row[words]

    def scores(self, contexts: F32, words: I32) -> F32:
        """Scores of words (slots, n), which fit the slots better the higher they are. Id 0 gives any number."""
        out = np.empty((*words.shape, 1), np.float32)
        shape = (SCORED_AT_ONCE, words.shape[1], self.out.width)
        gathered, vectors = np.empty(shape, np.int8), np.empty(shape, np.float32)
        for at in range(0, len(words), SCORED_AT_ONCE):
            listed = words[at : at + SCORED_AT_ONCE]
            n = len(listed)
            self.out.rows.take(listed, axis=0, out=gathered[:n], mode="clip")  # the default mode is slow
            vectors[:n] = gathered[:n]
            np.matmul(vectors[:n], contexts[at : at + n, :, None], out=out[at : at + n])
        return out[:, :, 0] * self.out.scale.take(words) + self.bias.take(words)


def _relu(x: F32, bias: F32) -> F32:
    x += bias
    return np.maximum(x, 0.0, out=x)
