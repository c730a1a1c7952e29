"""The way from the event loop to the feedback store: a queue, threads, and faults told as Problems."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from datetime import datetime
from http import HTTPStatus
from typing import Final, TypeVar, TypeVarTuple

import anyio
import anyio.to_thread

from api import logs
from api.problems import AGAIN, Problem
from api.store import Record, Store, StoreError, Verdict
from api.turnstile import Full, Turnstile

A = TypeVarTuple("A")
T = TypeVar("T")

_LOG: Final = logging.getLogger("unspun")
#: Requests that speak to the database at a time, and those that may wait for their turn.
_THREADS: Final = 8
_WAITING: Final = 64
#: Seconds after which a check of the database is given up, and for which its outcome holds.
_PATIENCE: Final = 5.0
_FRESH: Final = 1.0
#: An export is sent in pieces of about this many bytes.
_PIECE: Final = 65_536


class Desk:
    """The way from the event loop to the store: so many threads, so many in the queue, and faults told as Problems."""

    def __init__(self, store: Store, judged: Callable[[Verdict], None]) -> None:
        """judged: called with each verdict that was kept."""
        self._store = store
        self._judged = judged
        self._door = Turnstile(_THREADS + _WAITING)
        self._threads = anyio.CapacityLimiter(_THREADS)
        self._checker = anyio.CapacityLimiter(1)
        self._check: asyncio.Task[bool] | None = None
        self._check_began = 0.0

    async def keep(self, records: Sequence[Record]) -> None:
        """On return the records are on the disk. Raises Problem."""
        await self._queue(self._store.add, records)
        for record in records:
            self._judged(record.verdict)

    async def check(self) -> None:
        """Raises Problem where the database does not answer. Whoever asks meanwhile or soon after hears the same."""
        now = asyncio.get_running_loop().time()
        if self._check is None or (self._check.done() and now >= self._check_began + _FRESH):
            self._check, self._check_began = asyncio.create_task(self._answers()), now
        # A thread cannot be stopped: one that hangs is waited for no longer, and no other is sent after it.
        await asyncio.wait([self._check], timeout=self._check_began + _PATIENCE - now)
        if not (self._check.done() and self._check.result()):
            raise _unanswered()

    async def delete(self, id: str) -> bool:
        """Whether there was such a record. Raises Problem."""
        return await self._queue(self._store.delete, id)

    async def delete_before(self, moment: datetime) -> int:
        """How many records were older. Raises Problem."""
        return await self._queue(self._store.delete_before, moment)

    async def export(self, after: datetime | None) -> AsyncIterator[bytes]:
        """JSON lines in pieces. Raises Problem, here where the first piece cannot be had, or later between pieces."""
        pieces = _pieces(self._store.export(after))
        first = await self._queue(next, pieces, b"")

        async def stream() -> AsyncIterator[bytes]:
            piece = first
            while piece:
                yield piece
                # Not through the door: what has begun is not cut off because others came.
                piece = await self._call(next, pieces, b"")

        return stream()

    async def _answers(self) -> bool:
        """Not through the door, and in a thread of its own: anyone may ask, and much feedback is no fault."""
        try:
            await self._call(self._store.check, limiter=self._checker)
        except Problem:
            return False
        return True

    async def _queue(self, call: Callable[[*A], T], *arguments: *A) -> T:
        try:
            with self._door.enter():
                return await self._call(call, *arguments)
        except Full:
            raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, "Too much feedback is waiting.", headers=AGAIN) from None

    async def _call(self, call: Callable[[*A], T], *arguments: *A, limiter: anyio.CapacityLimiter | None = None) -> T:
        try:
            return await anyio.to_thread.run_sync(call, *arguments, limiter=limiter or self._threads)
        except StoreError as error:
            _LOG.error("the feedback database failed", extra=logs.fields(error=error.kind))
            raise _unanswered() from None


def _unanswered() -> Problem:
    return Problem(HTTPStatus.SERVICE_UNAVAILABLE, "The feedback database does not answer.", headers=AGAIN)


def _pieces(records: Iterable[Record]) -> Iterator[bytes]:
    """JSON lines, whole ones, in pieces of about _PIECE bytes."""
    piece = bytearray()
    for record in records:
        piece += json.dumps(record.to_dict()).encode() + b"\n"
        if len(piece) >= _PIECE:
            yield bytes(piece)
            piece.clear()
    if piece:
        yield bytes(piece)
