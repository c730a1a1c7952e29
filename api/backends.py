"""Where jobs are done: in worker processes, or in threads of this process."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final, Protocol

import anyio
import anyio.to_thread

from api import frames, logs
from api.jobs import Job, Reply
from api.problems import AGAIN, Problem
from api.settings import PREFIX, Settings
from api.tasks import ours, perform
from detector.errors import UnspunError
from detector.results import ModelInfo, Scorer

_LOG: Final = logging.getLogger("unspun")
#: Starts a worker.
WORKER_COMMAND: Sequence[str] = (sys.executable, "-P", "-m", "api.worker")
#: Between two attempts to start a worker again.
_RESTART_SECONDS: Final = 1.0
_STARTING_SECONDS: Final = 120.0
#: For numpy in a worker: the other cores belong to the other workers.
ONE_THREAD: Final = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


class Backend(Protocol):
    """What the app needs of the place where jobs are done. Jobs are done in the order in which they come."""

    @property
    def info(self) -> ModelInfo: ...

    @property
    def modes(self) -> Mapping[str, Any]: ...

    @property
    def size(self) -> int:
        """Jobs that are done at the same time."""

    @property
    def ready(self) -> bool: ...

    @property
    def restarts(self) -> int: ...

    async def run(self, job: Job) -> Reply:
        """The reply, once it is there. Raises Problem where there is none in time."""


class Threads:
    """The backend of an app inside another program: a detector that is loaded already, in threads of this process."""

    restarts: Final = 0
    ready: Final = True

    def __init__(self, detector: Scorer, settings: Settings) -> None:
        self._detector = detector
        self._settings = settings
        self._limiter = anyio.CapacityLimiter(settings.workers)

    @property
    def info(self) -> ModelInfo:
        return self._detector.info

    @property
    def modes(self) -> Mapping[str, Any]:
        modes = self._detector.about["modes"]
        assert isinstance(modes, Mapping)
        return modes

    @property
    def size(self) -> int:
        return self._settings.workers

    async def run(self, job: Job) -> Reply:
        return await anyio.to_thread.run_sync(perform, self._detector, self._settings, job, limiter=self._limiter)


class _Lost(Exception):
    """A worker has gone."""


class _Worker:
    """One process, its pipes, and what it said of itself."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdin
        assert process.stdout
        self._process = process
        self._stdin, self._stdout = process.stdin, process.stdout
        self.about: dict[str, Any] = {}
        self.reason = "is gone"

    @classmethod
    async def started(cls, command: Sequence[str], settings: Settings) -> _Worker:
        """A process that has loaded the model. Raises UnspunError."""
        try:
            process = await asyncio.create_subprocess_exec(
                *command,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                limit=sys.maxsize,  # replies are read whole, and a pause would hide that the worker has ended
                env=_environment(),
                start_new_session=True,  # a signal to the server's group is the server's alone
            )
        except OSError as error:
            raise UnspunError(f"A scoring process could not be started: {error.strerror}.") from None
        worker = cls(process)
        try:
            async with asyncio.timeout(_STARTING_SECONDS):
                worker.about, _ = await worker._exchange(frames.pack(settings.for_workers()))
        except (_Lost, TimeoutError):
            await worker.killed()
            raise UnspunError("A scoring process could not be started.") from None
        except BaseException:
            await worker.killed()
            raise
        if "error" in worker.about:
            await worker.killed()
            raise UnspunError(worker.about["error"])
        return worker

    @property
    def gone(self) -> bool:
        """Whether the other end of the pipe is closed, which is known before the process's exit code is."""
        return self._stdout.at_eof()

    async def perform(self, job: Job) -> Reply:
        """The reply. Raises _Lost."""
        return frames.to_reply(*await self._exchange(frames.from_job(job)))

    async def _exchange(self, frame: bytes) -> tuple[dict[str, Any], bytes]:
        try:
            self._stdin.write(frame)
            await self._stdin.drain()
            described, size = frames.lengths(await self._stdout.readexactly(frames.HEAD))
            about, body = await self._stdout.readexactly(described), await self._stdout.readexactly(size)
        except (asyncio.IncompleteReadError, ConnectionError):
            raise _Lost from None
        return frames.loads(about), body

    async def finished(self) -> None:
        """Let it end by itself."""
        self._stdin.close()
        try:
            async with asyncio.timeout(_RESTART_SECONDS):
                await self.ended()
        except TimeoutError:
            await self.killed()

    async def ended(self) -> None:
        await self._process.wait()

    def kill(self, reason: str) -> None:
        self.reason = reason
        if self._process.returncode is None:
            self._process.kill()

    async def killed(self) -> None:
        self.kill("was stopped")
        await self.ended()


class Processes:
    """Worker processes, each doing one job at a time; one that dies or takes too long is replaced."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._idle: asyncio.Queue[_Worker] = asyncio.Queue()
        self._workers: set[_Worker] = set()
        self._keepers: list[asyncio.Task[None]] = []
        self._about: dict[str, Any] = {}
        self.restarts = 0

    async def start(self) -> None:
        """Start every worker. Raises UnspunError."""
        workers = await asyncio.gather(*(self._add() for _ in range(self.size)))
        self._keepers = [asyncio.create_task(self._keep(worker)) for worker in workers]

    async def stop(self) -> None:
        """End the workers; what is still under way is given up."""
        for keeper in self._keepers:
            keeper.cancel()
        await asyncio.gather(*self._keepers, return_exceptions=True)
        await asyncio.gather(*(worker.finished() for worker in self._workers))

    @property
    def info(self) -> ModelInfo:
        return ModelInfo(self._about["name"], self._about["version"])

    @property
    def modes(self) -> Mapping[str, Any]:
        modes: Mapping[str, Any] = self._about["modes"]
        return modes

    @property
    def size(self) -> int:
        return self._settings.workers

    @property
    def ready(self) -> bool:
        return bool(self._workers)

    async def run(self, job: Job) -> Reply:
        for _ in range(2):  # scoring changes nothing, so it may be done again
            with suppress(_Lost):
                return await self._once(job)
        raise ours()

    async def _once(self, job: Job) -> Reply:
        worker = await self._free()
        try:
            async with asyncio.timeout(self._settings.score_seconds):
                reply = await worker.perform(job)
        except TimeoutError:
            worker.kill("took too long")
            seconds = self._settings.score_seconds
            raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, f"This takes longer than {seconds:g} seconds.") from None
        except _Lost:
            worker.kill("is gone")
            raise
        except BaseException:  # cancelled: the reply that is still to come belongs to nobody
            worker.kill("was interrupted")
            raise
        self._idle.put_nowait(worker)
        return reply

    async def _free(self) -> _Worker:
        """A worker without a job, and not one that died waiting for it. Raises Problem."""
        try:
            async with asyncio.timeout(self._settings.score_seconds):
                while (worker := await self._idle.get()).gone:
                    worker.kill("is gone")
        except TimeoutError:
            raise Problem(
                HTTPStatus.SERVICE_UNAVAILABLE, "No scoring process was free in time.", headers=AGAIN
            ) from None
        return worker

    async def _add(self) -> _Worker:
        worker = await _Worker.started(WORKER_COMMAND, self._settings)
        self._about = worker.about
        self._workers.add(worker)
        self._idle.put_nowait(worker)
        return worker

    async def _keep(self, worker: _Worker) -> None:
        """Put another worker in the place of this one when it ends, of itself or killed, and so on."""
        while True:
            await worker.ended()
            self._workers.discard(worker)
            self.restarts += 1
            _LOG.warning("a scoring process is replaced", extra=logs.fields(reason=worker.reason))
            worker = await self._another()

    async def _another(self) -> _Worker:
        while True:
            try:
                return await self._add()
            except UnspunError as error:
                _LOG.error("a scoring process could not be started", extra=logs.fault(error))
                await asyncio.sleep(_RESTART_SECONDS)


def _environment() -> dict[str, str]:
    """This process's, with which a worker finds the same packages, but for the settings: there are secrets in it."""
    inherited = {name: value for name, value in os.environ.items() if not name.upper().startswith(PREFIX)}
    home = str(Path(__file__).parent.parent)
    paths = [home, *filter(None, [os.environ.get("PYTHONPATH")])]
    return {**ONE_THREAD, **inherited, "PYTHONPATH": os.pathsep.join(paths)}
