"""What goes through a corpus run: a raw record as it was read, and what it turns out to be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, NamedTuple

from detector.results import Failure

#: What a source's records are, and so how a raw one is understood.
Kind = Literal["jsonl", "csv", "tsv", "parquet", "txt", "html", "warc"]

#: In these, a record is a text with what is known of it, and has no columns.
PAGES: Final[frozenset[Kind]] = frozenset({"txt", "html", "warc"})

DocumentId = str | int | float


@dataclass(frozen=True)
class Wanted:
    """Which columns of the input matter: those with the text and the id, and those kept in the output, in order.

    Where text or id is None, the names that are usual are tried.
    """

    text: str | None = None
    id: str | None = None
    kept: tuple[str, ...] = ()


class Raw(NamedTuple):
    """One record, cheap to hand to another process. line: its number in its source, from 1. data: a line's or a file's
    bytes, a table row's values by column (those wanted), an archived page with what is known of it. name: what a file is
    called. failure: why it cannot be scored, where that is known already; data then has what could be read."""

    line: int
    data: bytes | Mapping[str, Any]
    name: str | None = None
    failure: Failure | None = None

    @property
    def size(self) -> int:
        """About how many bytes it has: batches are cut by it."""
        if isinstance(self.data, bytes):
            return len(self.data)
        return sum(len(value) for value in self.data.values() if isinstance(value, str | bytes))


class Record(NamedTuple):
    """A record that can be scored. kept: the values of those kept columns that it has."""

    id: DocumentId
    line: int
    text: str
    kept: Mapping[str, Any]


class Unscorable(NamedTuple):
    """A record that cannot be scored, and why. kept: as far as it was understood, without its text."""

    failure: Failure
    kept: Mapping[str, Any]
