"""Records cut into batches by their position alone, so that a run which goes on cuts as an uninterrupted one does."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from detector.corpus.inputs import Source
from detector.corpus.reading import records
from detector.corpus.records import Kind, Raw, Wanted
from detector.errors import UnspunError
from detector.results import CALL_BYTES, CALL_TEXTS

# A batch ends with the record that passes either bound.
BATCH_BYTES: Final = CALL_BYTES
BATCH_RECORDS: Final = CALL_TEXTS


class Place(NamedTuple):
    """Where a run stands: all sources before `source` (its index) are done, and so many `records` of it.

    bytes: of these records, about. seen: a digest of them where they came through standard input, which cannot be looked at
    beforehand.
    """

    source: int = 0
    records: int = 0
    bytes: int = 0
    seen: str | None = None


BEGINNING: Final = Place()


class Item(NamedTuple):
    """A record, with the name and the kind of its source."""

    source: str
    kind: Kind
    raw: Raw


class Batch(NamedTuple):
    """Records that are scored together. size: their bytes, about. end: where the run stands after them."""

    items: list[Item]
    size: int
    end: Place


def alone(item: Item) -> Batch:
    """One record as a batch, to find out about it."""
    return Batch([item], item.raw.size, BEGINNING)


def batches(sources: Sequence[Source], wanted: Wanted, start: Place = BEGINNING) -> Iterator[Batch]:
    """Everything from `start` on, in order. A batch may hold the end of one source and the beginning of the next.

    Raises UnspunError where standard input is not the one that was read up to `start`.
    """
    items: list[Item] = []
    size = 0
    for item, end in _items(sources, wanted, start):
        items.append(item)
        size += item.raw.size
        if size >= BATCH_BYTES or len(items) >= BATCH_RECORDS:
            yield Batch(items, size, end)
            items, size = [], 0
            del item  # it may be large: it goes before the next one is read
    if items:
        yield Batch(items, size, end)


def _items(sources: Sequence[Source], wanted: Wanted, start: Place) -> Iterator[tuple[Item, Place]]:
    """The records after `start`, each with where the run stands after it."""
    for index, source in enumerate(sources[start.source :], start.source):
        done = start.records if index == start.source else 0
        digest = None if source.path else hashlib.sha256()
        number = size = 0
        for number, raw in enumerate(records(source, wanted), 1):
            size += raw.size
            if digest:
                digest.update(_fingerprint(raw))
            if number > done:
                yield (
                    Item(source.name, source.kind, raw),
                    Place(index, number, size, digest.hexdigest() if digest else None),
                )
            elif number == done and digest and digest.hexdigest() != start.seen:
                raise UnspunError(_OTHER_INPUT)
        if number < done:
            raise UnspunError(_OTHER_INPUT)


_OTHER_INPUT: Final = (
    "What comes through standard input now does not begin with what the earlier run has read. Send the same again, "
    "or begin anew with --restart."
)


def _fingerprint(raw: Raw) -> bytes:
    data = raw.data or repr(raw.failure)
    data = data if isinstance(data, bytes) else repr(data).encode("utf-8", "backslashreplace")
    return hashlib.sha256(data).digest()
