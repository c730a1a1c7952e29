"""Definite slips that a swap leaves beside the odd word itself: each a rule with an id, found by a module of its own.

rule         what a rule is, and what it finds
catalogue    all of them, in the order in which people read of them
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from detector.rules.catalogue import CATEGORIES as CATEGORIES
    from detector.rules.catalogue import MEASURED as MEASURED
    from detector.rules.catalogue import RULES as RULES

__all__ = ["CATEGORIES", "MEASURED", "RULES"]


def __getattr__(name: str) -> object:
    # Lazily, so that one rule's module can be imported without all the others.
    if name in __all__:
        from detector.rules import catalogue

        return getattr(catalogue, name)
    raise AttributeError(f"module 'detector.rules' has no attribute {name!r}")
