"""A spinner with several dictionaries: what stands for a word is looked up in one of them at a time."""

from __future__ import annotations

import random
from collections.abc import Sequence

from detector.training.families.spinner import Draft, Slot, SlotFamily


class Mixed(SlotFamily):
    """Two of the given families per text, and a stock of phrases."""

    name = "mixed"

    def __init__(self, families: Sequence[SlotFamily], stock: SlotFamily) -> None:
        self._families = families
        self._stock = stock

    def slots(self, draft: Draft, rng: random.Random) -> list[Slot]:
        """The slots of all three; where they compete for a word, chance decides."""
        pair = rng.sample(self._families, 2)
        return [slot for family in (*pair, self._stock) for slot in family.slots(draft, rng)]
