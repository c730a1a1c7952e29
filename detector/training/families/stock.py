"""The stock phrases of spinning tools: *on the grounds that* for *because*, *exercise center* for *gym*."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Final

from detector.training.families.inflection import Tagger, inflect
from detector.training.families.phrases import PhraseTable
from detector.training.families.spinner import Draft, Slot, WordFamily

_SECTIONS: Final = {"NOUN": "nouns", "VERB": "verbs", "ADJ": "adjectives", "ADV": "adverbs"}


@cache
def _stock() -> Mapping[str, Mapping[str, list[str]]]:
    text = files("detector.training.families").joinpath("stock.json").read_text(encoding="utf-8")
    sections: Mapping[str, Mapping[str, list[str]]] = json.loads(text)
    return sections


def _phrases() -> Iterator[tuple[str, Iterable[tuple[str, float]]]]:
    """Fixed phrases, and compound nouns in both numbers; the first replacement is the commonest."""
    for phrase, replacements in _stock()["phrases"].items():
        yield phrase, _weighted(replacements)
    for noun, replacements in _stock()["nouns"].items():
        if " " in noun:
            for tag in ("NN", "NNS"):
                yield inflect(noun, tag), [(inflect(new, tag), weight) for new, weight in _weighted(replacements)]


def _weighted(replacements: Sequence[str]) -> list[tuple[str, float]]:
    return [(new, 1.0 / (rank + 1)) for rank, new in enumerate(replacements)]


class Stock(WordFamily):
    """Swaps stock phrases and the everyday words that every spinner's list begins with."""

    name = "stock"

    def __init__(self, tagger: Tagger) -> None:
        super().__init__(tagger)
        self._table = PhraseTable(_phrases())

    def slots(self, draft: Draft, rng: random.Random) -> list[Slot]:
        """Phrases, and words."""
        return [*self._table.slots(draft), *super().slots(draft, rng)]

    def substitutes(self, lemma: str, pos: str) -> Sequence[tuple[str, float]]:
        """The listed replacements."""
        return _weighted(_stock()[_SECTIONS[pos]].get(lemma, ()))

    def lemmas(self) -> Iterable[str]:
        """All single words of the list."""
        return sorted({word for section in _SECTIONS.values() for word in _stock()[section] if " " not in word})
