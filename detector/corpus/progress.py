"""What is told on standard error while a run goes on: a bar where that is a terminal, and what could not be scored."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from typing import Any, Final

from detector.corpus.batches import Place
from detector.corpus.compressed import SUFFIXES
from detector.corpus.inputs import Source
from detector.corpus.rows import Failed
from detector.corpus.scoring import Done

#: So many failures are named; the others are counted, and every one is a row of the output.
NAMED: Final = 20
# How many bytes of records a byte of such a file holds, about. The time left is guessed by it, nothing else.
_COMPRESSED: Final = 4
_TABLE: Final = 2


class Display:
    """A bar with records, rate and time left, on a terminal; the first few failures by name, anywhere."""

    def __init__(self, sources: Sequence[Source], start: Place, records: int, tell: Callable[[str], None]) -> None:
        self._expected = [_expected(source) for source in sources]
        self._before = [0]
        for expected in self._expected:
            self._before.append(self._before[-1] + expected)
        self._tell = tell
        self._records = self._at_first = records
        self._started = time.monotonic()
        self._failed = 0
        self._bar = _bar(self._before[-1], self._bytes(start)) if sys.stderr.isatty() else None

    def advance(self, place: Place, done: Done) -> None:
        """A batch more is done, up to `place`."""
        for entry in done.failed:
            self._failed += 1
            if self._failed <= NAMED:
                self._say(described(entry))
        self._records += done.tally.records
        if self._bar is not None:
            rate = (self._records - self._at_first) / max(time.monotonic() - self._started, 1e-3)
            self._bar.set_description_str(f"{self._records:,} records, {rate:,.0f}/s", refresh=False)
            self._bar.update(self._bytes(place) - self._bar.n)

    def complete(self) -> None:
        """All is done, whatever was guessed of how much there is."""
        if self._bar is not None:
            self._bar.update(self._before[-1] - self._bar.n)

    def close(self) -> None:
        if self._bar is not None:
            self._bar.close()
        if self._failed > NAMED:
            self._tell(f"... and {self._failed - NAMED:,} more; every one is a row of status error")

    def _say(self, message: str) -> None:
        if self._bar is not None:
            self._bar.clear()
        self._tell(message)

    def _bytes(self, place: Place) -> int:
        if place.source >= len(self._expected):
            return self._before[-1]
        return self._before[place.source] + min(place.bytes, self._expected[place.source])


def described(entry: Failed) -> str:
    """Which record, and why."""
    return f"{entry.source}:{entry.failure.line}: {entry.failure.message}"


def _expected(source: Source) -> int:
    """Bytes of records, about; 0 where they cannot be known."""
    if source.path is None:
        return 0
    factor = _COMPRESSED if source.path.suffix.lower() in SUFFIXES else _TABLE if source.kind == "parquet" else 1
    return source.path.stat().st_size * factor


def _bar(total: int, done: int) -> Any:
    try:
        from tqdm import tqdm
    except ModuleNotFoundError:
        return None
    tqdm.monitor_interval = 0  # its thread would be one when a process is forked
    form = "{percentage:3.0f}%|{bar}| {desc} [{elapsed}<{remaining}]" if total else "{desc} [{elapsed}]"
    return tqdm(total=total or None, initial=done, bar_format=form, dynamic_ncols=True, file=sys.stderr)
