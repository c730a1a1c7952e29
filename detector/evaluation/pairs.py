"""The held-out pairs that training put aside: clean paragraphs and their spun copies, with what was changed."""

from __future__ import annotations

import gzip
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple

#: The subset of the pairs that no part of the model was fitted or calibrated on.
HELD_OUT = "test"


class Pair(NamedTuple):
    """One text of the pairs file. `family` is None for clean text; a change is (start, end, original)."""

    id: str
    register: str
    family: str | None
    noise: str | None
    rate: float
    text: str
    changes: tuple[tuple[int, int, str], ...] = ()


def read_pairs(path: Path, subset: str = HELD_OUT) -> list[Pair]:
    """Read the texts of one subset from a gzipped file of JSON lines, in a fixed, shuffled order."""
    marker = f'"{subset}"'
    pairs: list[Pair] = []
    for line in _lines(path):
        if marker not in line:
            continue  # spares parsing the training texts
        record = json.loads(line)
        if record["subset"] == subset:
            changes = tuple((int(start), int(end), str(original)) for start, end, original in record["changes"])
            fields = {name: record[name] for name in ("register", "family", "noise", "text")}
            pairs.append(Pair(id=str(record["id"]), rate=record["rate"] or 0.0, changes=changes, **fields))
    return sorted(pairs, key=lambda pair: (shuffled(pair.id), pair.id))


def clean(pairs: Iterable[Pair]) -> list[Pair]:
    """The paragraphs as their authors wrote them."""
    return [pair for pair in pairs if pair.family is None and pair.noise is None]


def by_register(pairs: Iterable[Pair]) -> dict[str, list[Pair]]:
    """The pairs of each register, names in alphabetical order."""
    parts: dict[str, list[Pair]] = defaultdict(list)
    for pair in pairs:
        parts[pair.register].append(pair)
    return dict(sorted(parts.items()))


def balanced(pairs: Sequence[Pair], n: int) -> list[Pair]:
    """The first `n` pairs when the registers take turns."""
    turns = [(turn, name, pair) for name, part in by_register(pairs).items() for turn, pair in enumerate(part)]
    return [pair for _, _, pair in sorted(turns, key=lambda one: one[:2])[:n]]


def shuffled(key: str) -> int:
    """A number that orders keys the same way in every run and has nothing to do with their alphabet."""
    return int.from_bytes(blake2b(key.encode(), digest_size=8).digest(), "big")


def _lines(path: Path) -> Iterator[str]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        yield from lines
