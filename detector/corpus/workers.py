"""Batches done by several processes, in order, with a bounded number under way. One that dies is replaced."""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import sys
from collections import deque
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from typing import Any, Final, cast

from detector.corpus.batches import Batch, Item, alone
from detector.corpus.records import Raw
from detector.corpus.scoring import Done, Work
from detector.errors import UnspunError
from detector.results import Failure

#: For numpy, before it is imported: the other cores belong to the other workers.
ONE_THREAD: Final[Mapping[str, str]] = dict.fromkeys(
    ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"), "1"
)

#: Whether a worker is a copy of the first process, and shares what that has loaded. Elsewhere forking is not safe, or not
#: possible.
FORKED: Final = sys.platform == "linux"

# So many batches for each worker are read and not yet written, so that all have work where one takes long; but no more
# once they have so many bytes of input.
_BATCHES_EACH: Final = 4
_BYTES_AHEAD: Final = 32_000_000
#: So many deaths without a batch done in between say that it is the machine, and not a record.
_DEATHS: Final = 8
_ENDING_SECONDS: Final = 0.2
_DIED: Final = "The process that scored the record died, again and again."


def cores() -> int:
    """How many this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def finished(batches: Iterator[Batch], work: Work, count: int) -> Generator[tuple[Batch, Done], None, None]:
    """Each batch with what was made of it, in order. Raises UnspunError where workers die again and again.

    With one worker, everything happens in this process. A record that kills its worker is a failure, `worker_died`; the
    rest of its batch is done. work: where processes cannot be forked, it is pickled.
    """
    return _alone(batches, work) if count == 1 else _Pool(work, count).finished(batches)


def _alone(batches: Iterator[Batch], work: Work) -> Generator[tuple[Batch, Done], None, None]:
    for batch in batches:
        yield batch, work(batch)
        del batch  # it may be large: it goes before the next one is read


@dataclass
class _Task:
    batch: Batch
    done: Done | None = None
    deaths: int = 0


class _Lost(Exception):
    """A worker has gone."""


class _Worker:
    """A process that does one batch at a time."""

    def __init__(self, work: Work, others: Sequence[_Worker]) -> None:
        context: Any = multiprocessing.get_context("fork" if FORKED else "spawn")
        self.connection, theirs = context.Pipe()
        ours = [self.connection, *(other.connection for other in others)] if FORKED else []
        self._process = context.Process(target=_serve, args=(theirs, work, ours), daemon=True)
        self._process.start()
        theirs.close()
        self.task: _Task | None = None

    def begin(self, task: _Task) -> None:
        self.task = task
        with suppress(OSError):  # it has gone, which shows when its reply is read
            self.connection.send(task.batch)

    def end(self) -> Done:
        """What it made of its batch. Raises _Lost, or the UnspunError that it met."""
        self.task = None
        try:
            reply = self.connection.recv()
        except (EOFError, OSError):
            raise _Lost from None
        if isinstance(reply, UnspunError):
            raise reply
        assert isinstance(reply, Done)
        return reply

    def kill(self) -> None:
        self._process.kill()
        self._process.join()
        self.connection.close()

    def death(self) -> str:
        """How it ended."""
        self._process.join(_ENDING_SECONDS)  # its end of the connection goes a moment before it does
        self.kill()
        code = self._process.exitcode or 0
        return f"signal {-code}" if code < 0 else f"exit code {code}"


def _serve(connection: Connection, work: Work, ours: Sequence[Connection]) -> None:
    """A worker: batches in, what is made of them out, until the other end is closed, however that came about.

    ours: the other ends, of which a forked process has copies. They would stay open when the first process is killed.
    """
    for other in ours:
        other.close()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Control-C at a terminal goes to every process; the first one decides
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    with suppress(EOFError, OSError):
        try:
            while True:
                connection.send(work(connection.recv()))
        except UnspunError as error:
            connection.send(error)


class _Pool:
    def __init__(self, work: Work, count: int) -> None:
        # What is written to is no longer shared, so the garbage collector must not touch what is.
        gc.collect()
        gc.freeze()
        self._work = work
        self._workers: list[_Worker] = []
        self._count = count
        self._deaths = 0

    def finished(self, batches: Iterator[Batch]) -> Generator[tuple[Batch, Done], None, None]:
        """Each batch with what was made of it, in order."""
        under_way: deque[_Task] = deque()  # in order, from the oldest that has not been handed on
        waiting: deque[_Task] = deque()  # those of them that no worker has yet
        more = True
        try:
            for _ in range(self._count):
                self._workers.append(_Worker(self._work, self._workers))
            while more or under_way:
                self._hand_out(waiting)
                while under_way and (done := under_way[0].done):
                    yield under_way.popleft().batch, done
                full = sum(task.batch.size for task in under_way) >= _BYTES_AHEAD
                if more and not full and len(under_way) < _BATCHES_EACH * self._count:
                    batch = next(batches, None)
                    more = batch is not None
                    if batch is not None:
                        under_way.append(_Task(batch))
                        waiting.append(under_way[-1])
                    self._collect(waiting, 0)
                elif under_way:
                    self._collect(waiting, None)
        finally:
            for worker in self._workers:
                worker.kill()

    def _hand_out(self, waiting: deque[_Task]) -> None:
        for worker in self._workers:
            if waiting and not worker.task:
                worker.begin(waiting.popleft())

    def _collect(self, waiting: deque[_Task], seconds: float | None) -> None:
        """Take what is done, and wait for it so long (None: as long as it takes)."""
        busy = {worker.connection: worker for worker in self._workers if worker.task}
        for connection in wait(list(busy), seconds):
            worker = busy[cast(Connection, connection)]
            task = worker.task
            assert task
            try:
                task.done = worker.end()
                self._deaths = 0
            except _Lost:
                task.deaths += 1
                if task.deaths > 2:  # each of its records alone was survived
                    self._deaths = _DEATHS
                self._workers[self._workers.index(worker)] = self._instead_of(worker)
                if task.deaths == 2:  # once may have been chance
                    task.batch = task.batch._replace(items=self._survivable(task.batch.items))
                waiting.appendleft(task)

    def _survivable(self, items: list[Item]) -> list[Item]:
        """The records, each tried alone; instead of one that kills its worker a failure, with what is kept of it where
        finding that does not kill another."""
        worker = _Worker(self._work, self._workers)
        survivable = []
        try:
            for item in items:
                failure = Failure(None, item.raw.line, "worker_died", _DIED)
                for raw in (item.raw, item.raw._replace(failure=failure)):
                    worker.begin(_Task(alone(item._replace(raw=raw))))
                    try:
                        worker.end()
                        break
                    except _Lost:
                        worker = self._instead_of(worker)
                else:
                    raw = Raw(item.raw.line, {}, failure=failure)
                if raw is item.raw:
                    self._deaths = 0
                survivable.append(item._replace(raw=raw))
        finally:
            worker.kill()
        return survivable

    def _instead_of(self, worker: _Worker) -> _Worker:
        how = worker.death()
        self._deaths += 1
        if self._deaths > _DEATHS:
            raise UnspunError(
                f"The scoring processes end again and again, the last one with {how}. If memory is short, take fewer "
                "--workers."
            )
        return _Worker(self._work, [other for other in self._workers if other is not worker])
