"""A counted entrance: at most so many inside at once, everyone else is turned away at the door."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


class Full(Exception):
    """There is no place left."""


class Turnstile:
    """Belongs to one event loop; needs no lock there."""

    def __init__(self, places: int) -> None:
        self._places = places
        self.inside = 0

    @contextmanager
    def enter(self) -> Iterator[None]:
        """Hold a place for the length of the block. Raises Full."""
        if self.inside == self._places:
            raise Full
        self.inside += 1
        try:
            yield
        finally:
            self.inside -= 1
