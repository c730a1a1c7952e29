"""`python -m api.load`: a server with two workers under load, beside the library and a route that does nothing.

One process of raw sockets asks, so that asking costs little of the cores that are measured.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path
from statistics import median, quantiles
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

import uvicorn
from fastapi import FastAPI, Request

from api.backends import ONE_THREAD
from api.protocol import ServiceProtocol
from api.server import listen
from api.settings import Settings
from detector import Detector
from detector.benchmark import PARAGRAPH_WORDS, processor, recombined, sentences
from detector.results import SKIPS

WORDS: Final = 500
CLIENTS: Final = 64
_ARTICLES: Final = 200
_SERVER: Final = (sys.executable, "-m", "detector", "serve", "--port", "0")
_BARE: Final = (sys.executable, "-m", "api.load", "--bare")
_ALONE: Final = 300


class Answers(NamedTuple):
    """What came back. seconds: of each answer, in the order of arrival; statuses: how many of each, 0 for none."""

    statuses: Counter[int]
    seconds: dict[int, list[float]]
    elapsed: float

    @property
    def rate(self) -> float:
        """Answers of status 200 a second."""
        return self.statuses[200] / self.elapsed

    def percentile(self, percent: int, status: int = 200) -> float:
        """Seconds within which so many of the answers came."""
        return quantiles(self.seconds[status], n=100, method="inclusive")[percent - 1]


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; returns 1 where a bar is missed."""
    parser = argparse.ArgumentParser(prog="python -m api.load", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60, help="of load; default: 60")
    parser.add_argument("--workers", type=int, default=2, help="scoring processes; default: 2")
    parser.add_argument("--requests", type=int, default=0, help="for the memory: so many more; default: none")
    parser.add_argument("--bare", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.bare:
        _serve_nothing()
        return 0
    return asyncio.run(_measure(options.seconds, options.workers, options.requests))


async def _measure(seconds: float, workers: int, requests: int) -> int:
    os.environ.update(ONE_THREAD)  # in every process that is started from here, the library's as the service's
    articles = _articles()
    bodies = [json.dumps({"text": article}).encode() for article in articles]
    print(f"machine          {processor()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    print(f"articles         {WORDS} words each, {workers} workers")
    library, single = _library(articles, workers, min(seconds, 10))
    print(f"Detector.score   {library:.0f} articles/s in {workers} processes; {1000 * single:.1f} ms for one alone")
    with _running(_BARE) as (address, _):
        bare = await asked(address, bodies, CLIENTS, seconds=min(seconds, 10))
        print(f"bare FastAPI     {bare.rate:.0f} requests/s for a constant, {CLIENTS} clients")
    missed = []

    def bar(name: str, kept: bool) -> str:
        if not kept:
            missed.append(name)
        return "kept" if kept else "MISSED"

    with _running((*_SERVER, "--workers", str(workers))) as (address, process):
        alone = await asked(address, bodies, 1, requests=_ALONE)
        typical = median(alone.seconds[200])
        print(
            f"one client       {1000 * typical:.1f} ms for an article, {typical / single:.2f} x Detector.score "
            f"(bar 3: {bar('latency', typical <= 3 * single)})"
        )
        load = await asked(address, bodies, CLIENTS, seconds=seconds)
        errors = load.statuses.total() - load.statuses[200]
        longest = 2 * CLIENTS / load.rate
        print(
            f"{CLIENTS} clients       {load.rate:.0f} articles/s for {load.elapsed:.0f} s, "
            f"{load.rate / library:.2f} x Detector.score (bar 0.6: {bar('throughput', load.rate >= 0.6 * library)}); "
            f"errors {errors} (bar 0: {bar('errors', errors == 0)})"
        )
        print(
            f"                 p50 {1000 * load.percentile(50):.0f} ms, p99 {1000 * load.percentile(99):.0f} ms "
            f"(bar {1000 * longest:.0f}: {bar('p99', load.percentile(99) < longest)})"
        )
        flood = await asked(address, bodies, 10 * CLIENTS, seconds=min(seconds, 10))
        others = {status: count for status, count in flood.statuses.items() if status not in (200, 503)}
        print(
            f"{10 * CLIENTS} clients      {flood.rate:.0f} articles/s, {flood.statuses[503] / flood.elapsed:.0f} refused/s "
            f"in {1000 * flood.percentile(50, 503):.0f} ms (p99 {1000 * flood.percentile(99, 503):.0f} ms), "
            f"other answers {others} (bar none: {bar('overload', not others)})"
        )
        after = await asked(address, bodies, CLIENTS, seconds=2)
        errors = after.statuses.total() - after.statuses[200]
        print(
            f"right after      {after.rate:.0f} articles/s, errors {errors} (bar 0: {bar('recovery', errors == 0)}), "
            f"p99 {1000 * after.percentile(99):.0f} ms"
        )
        if requests:
            before = _megabytes(process.pid)
            await asked(address, bodies, CLIENTS, requests=requests)
            now = _megabytes(process.pid)
            kept = abs(now - before) <= before / 10
            print(
                f"memory           {before:.0f} MB, after {requests} requests {now:.0f} MB (bar 10 %: {bar('memory', kept)})"
            )
    return 1 if missed else 0


async def asked(
    address: str, bodies: Sequence[bytes], clients: int, *, seconds: float = float("inf"), requests: int = sys.maxsize
) -> Answers:
    """Ask from so many connections at once, each for its next article as soon as it has an answer."""
    url = urlsplit(address)
    host, port = str(url.hostname), int(url.port or 80)
    messages = [_message(host, body) for body in bodies]
    answers = Answers(Counter(), {}, 0.0)
    began = time.perf_counter()
    left = iter(range(requests))

    async def client(number: int) -> None:
        reader, writer = await asyncio.open_connection(host, port)
        while time.perf_counter() < began + seconds and next(left, None) is not None:
            sent = time.perf_counter()
            writer.write(messages[(number + answers.statuses.total()) % len(messages)])
            try:
                status = await _status(reader)
            except (asyncio.IncompleteReadError, ConnectionError):
                status = 0
            answers.statuses[status] += 1
            answers.seconds.setdefault(status, []).append(time.perf_counter() - sent)
            if status == 0:
                reader, writer = await asyncio.open_connection(host, port)
            elif status == 503:
                await asyncio.sleep(_PAUSE)
        writer.close()

    await asyncio.gather(*(client(number) for number in range(clients)))
    return answers._replace(elapsed=time.perf_counter() - began)


#: A client that was refused waits a moment, though not the second it is asked for.
_PAUSE: Final = 0.1


def _message(host: str, body: bytes) -> bytes:
    head = f"POST /v1/score HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


async def _status(reader: asyncio.StreamReader) -> int:
    """Read one answer, give its status."""
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    length = int(head.partition(b"\r\ncontent-length:")[2].partition(b"\r\n")[0])
    await reader.readexactly(length)
    return int(head.split(b" ", 2)[1])


def _articles() -> list[str]:
    """Articles of WORDS words, of the sentences of the sample texts."""
    parts = WORDS // PARAGRAPH_WORDS
    paragraphs = recombined(sentences([]), _ARTICLES * parts, random.Random(1))
    return ["\n\n".join(paragraphs[i : i + parts]) for i in range(0, len(paragraphs), parts)]


def _library(articles: Sequence[str], processes: int, seconds: float) -> tuple[float, float]:
    """Articles a second in so many processes at once, each article in a call of its own; seconds for one, alone."""
    with ProcessPoolExecutor(processes, get_context("spawn")) as pool:
        list(pool.map(_scored, [articles] * processes, [0.5] * processes))  # all of them started and warm
        (alone,) = pool.map(_scored, [articles], [min(seconds, 3)])
        counts = list(pool.map(_scored, [articles] * processes, [seconds] * processes))
    return sum(len(times) for times in counts) / seconds, median(alone)


def _scored(articles: Sequence[str], seconds: float) -> list[float]:
    """Seconds for each article scored in that time, as the service scores it."""
    detector = _loaded()
    times: list[float] = []
    end = time.perf_counter() + seconds
    while (now := time.perf_counter()) < end:
        detector.score(articles[len(times) % len(articles)], skip=SKIPS)
        times.append(time.perf_counter() - now)
    return times


_detectors: list[Detector] = []


def _loaded() -> Detector:
    if not _detectors:
        _detectors.append(Detector.load())
    return _detectors[0]


@contextmanager
def _running(command: Sequence[str]) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """A server, and where it listens."""
    environment = {**os.environ, "UNSPUN_DATABASE": "", "UNSPUN_LOG_LEVEL": "warning"}
    process = subprocess.Popen(command, stderr=subprocess.PIPE, env=environment)
    try:
        assert process.stderr
        yield json.loads(process.stderr.readline())["url"], process
    finally:
        process.terminate()
        process.wait()


def _serve_nothing() -> None:
    """The same server, with one route that reads the body and answers a constant."""
    app = FastAPI()

    @app.post("/v1/score")
    async def constant(request: Request) -> Any:
        await request.body()
        return {"status": "ok"}

    config = uvicorn.Config(app, http=ServiceProtocol, ws="none", access_log=False, log_level="warning")
    listener = listen(Settings(port=0))
    print(json.dumps({"url": f"http://127.0.0.1:{listener.getsockname()[1]}/"}), file=sys.stderr, flush=True)
    uvicorn.Server(config).run(sockets=[listener])


def _megabytes(pid: int) -> float:
    """Resident memory of a process and its children."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    return sum(_resident(process) for process in [str(pid), *children])


def _resident(pid: str) -> float:
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


if __name__ == "__main__":
    sys.exit(main())
