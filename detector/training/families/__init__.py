"""Spinner families: the tools of the trade, rebuilt as small classes, to make training pairs with."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from detector.training.families.family import DataMissing, Family

T = TypeVar("T")


def training_families(tortured: Path | None, allow_missing: bool = False) -> list[Family]:
    """The families that pairs for training are made with.

    tortured: the list of tortured phrases (tab-separated); None leaves its family out. Raises
    FileNotFoundError, with the command that helps, where a dictionary is not installed; with
    allow_missing that is a line on standard error, and the family is left out. Roget's always is:
    the package that brings it is not one that this one may ask for.
    """
    try:  # the dictionaries come with the `train` extra, which scoring does without
        from detector.training.families.apertium import ApertiumSpanish
        from detector.training.families.embedding import Embedding
        from detector.training.families.inflection import Tagger
        from detector.training.families.mixed import Mixed
        from detector.training.families.moby import Moby
        from detector.training.families.roget import Roget
        from detector.training.families.stock import Stock
        from detector.training.families.tortured import Tortured
        from detector.training.families.wordnet import WordNetFirst, WordNetRandom, tagger
        from detector.training.wordnet import wordnet
    except ImportError as error:
        raise DataMissing(f"{error.name} is not installed: pip install 'unspun[train]'") from None

    def optional(make: Callable[[], T], may_miss: bool = allow_missing) -> T | None:
        try:
            return make()
        except FileNotFoundError as error:
            if not may_miss:
                raise
            print(f"left out: {error}", file=sys.stderr)
            return None

    counted = optional(tagger)
    shared = counted or Tagger({})
    has_wordnet = counted is not None and optional(wordnet) is not None
    words = [
        *((WordNetFirst(shared), WordNetRandom(shared)) if has_wordnet else ()),
        Moby(shared),
        optional(lambda: Roget(shared), True),
        Embedding(shared),
        Tortured(shared, tortured) if tortured else None,
    ]
    present = [family for family in words if family is not None]
    stock = Stock(shared)
    apertium = optional(ApertiumSpanish)
    return [*present, stock, Mixed(present, stock), *([apertium] if apertium else ())]
