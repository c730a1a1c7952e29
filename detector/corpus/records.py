"""What goes through a corpus run: a raw record as it was read, and what it turns out to be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from detector.results import Failure

#: What a source's records are, and so how a raw one is understood.
Kind = Literal["jsonl", "csv", "tsv", "parquet", "txt", "html", "warc"]

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
    """One record, cheap to hand to another process. line: its number in its source, from 1. data: a line's bytes, a
    table row's values by column (those wanted), a file's or a reply's bytes; a Failure where reading itself failed.
    name: what it is called where it carries no id (a file's path, a page's address)."""

    line: int
    data: bytes | Mapping[str, Any] | Failure
    name: str | None = None

    @property
    def size(self) -> int:
        """About how many bytes it has: batches are cut by it."""
        if isinstance(self.data, bytes):
            return len(self.data)
        if isinstance(self.data, Failure):
            return 0
        return sum(len(value) for value in self.data.values() if isinstance(value, str | bytes))


class Record(NamedTuple):
    """A record that can be scored. kept: the values of the kept columns, None where the record has none."""

    id: DocumentId
    line: int
    text: str
    kept: Mapping[str, Any]
