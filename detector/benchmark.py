"""`unspun benchmark`: speed on one core and on two, beside a small neural encoder; cold start; memory.

Every figure is of this run, on this machine: what is compared runs in turns, so that a busy machine slows both.
"""

from __future__ import annotations

import json
import os
import platform
import random
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median
from typing import Final

from detector.corpus.workers import ONE_THREAD
from detector.errors import InputError
from detector.evaluation import encoder
from detector.files import read_text

PARAGRAPH_WORDS: Final = 100
#: Paragraphs of one document, and of the input of the runs that are timed.
_DOCUMENT_PARAGRAPHS: Final = 10
_TIMED_PARAGRAPHS: Final = 30_000
_DISTINCT_PARAGRAPHS: Final = 2_000
_ENCODED_PARAGRAPHS: Final = 128
_ROUNDS: Final = 5
_CORPUS_ROUNDS: Final = 3
#: Bytes of input that `unspun corpus` is given to see whether its memory grows.
_SIZES: Final = {"10 kB": 10_000, "2 MB": 2_000_000, "20 MB": 20_000_000}
_MEMORY_WORKERS: Final = (1, 2, 3)
_SAMPLED_EVERY: Final = 0.05

_SENTENCE: Final = re.compile(r"\S.*?[.!?][\"”’)]*(?=\s|$)", re.DOTALL)
_SAMPLES: Final = Path(__file__).parent.parent / "data" / "samples"
_CORPUS: Final = (sys.executable, "-m", "detector", "corpus", "--restart")

# Runs a command in a child of its own, so that the peak is that command's and not that of an earlier one.
_PEAK: Final = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True, stderr=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


def measure(files: Sequence[Path]) -> Iterator[str]:
    """Yield the lines of the report. Call before numpy is imported, which reads the number of threads only once.

    Raises InputError where the files cannot be read or hold no sentences.
    """
    paragraphs = recombined(sentences(files), _DISTINCT_PARAGRAPHS, random.Random(1))
    cores = _cores()
    os.environ.update(ONE_THREAD)
    _keep_to(cores[:1])
    yield f"machine              {processor()}, Python {platform.python_version()}, {len(cores)} of its cores"
    if os.environ.get("OPENBLAS_CORETYPE"):
        yield f"                     (OPENBLAS_CORETYPE={os.environ['OPENBLAS_CORETYPE']})"
    yield f"cold start to score  {median(_cold_start(paragraphs[0]) for _ in range(_ROUNDS)):.2f} s"
    yield f"loaded in            {median(_loading() for _ in range(_ROUNDS)):.2f} s"
    rates = _rates(paragraphs)
    yield f"Detector.score       {median(rates):,.0f} paragraphs of {PARAGRAPH_WORDS} words a second, one core"
    yield f"                     (median of {_ROUNDS} rounds, {min(rates):,.0f} to {max(rates):,.0f})"
    with tempfile.TemporaryDirectory() as folder:
        yield from _end_to_end(paragraphs, cores[:2], Path(folder))
        yield from _memory(paragraphs, cores, Path(folder))


def recombined(sentences: Sequence[str], count: int, rng: random.Random) -> list[str]:
    """Paragraphs of PARAGRAPH_WORDS words each, of sentences drawn at random; the last one is cut to fit."""
    paragraphs = []
    for _ in range(count):
        words: list[str] = []
        while len(words) < PARAGRAPH_WORDS:
            words += rng.choice(sentences).split()
        paragraphs.append(" ".join(words[:PARAGRAPH_WORDS]))
    return paragraphs


def sentences(files: Sequence[Path]) -> list[str]:
    """The sentences of text files, by default those of data/samples. Raises InputError where there are none."""
    names = files or sorted(_SAMPLES.glob("*.txt"))
    sentences = [match.group() for name in names for match in _SENTENCE.finditer(read_text(str(name)))]
    if not sentences:
        raise InputError("no_text", "There is no text to measure with: name one or more text files.")
    return sentences


def write_documents(path: Path, paragraphs: Sequence[str], least_bytes: int) -> int:
    """Write JSON lines of documents of _DOCUMENT_PARAGRAPHS paragraphs until there are enough bytes. Return how many
    paragraphs they have."""
    number = 0
    with path.open("w", encoding="utf-8") as file:
        while file.tell() < least_bytes:
            texts = (paragraphs[(number * 7 + step * 31) % len(paragraphs)] for step in range(_DOCUMENT_PARAGRAPHS))
            file.write(json.dumps({"id": number, "text": "\n\n".join(texts)}) + "\n")
            number += 1
    return number * _DOCUMENT_PARAGRAPHS


def _cores() -> list[int]:
    return sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else [0]


def _keep_to(cores: Sequence[int]) -> None:
    """This process and those it starts."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, cores)


def processor() -> str:
    try:
        about = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        about = ""
    name = re.search(r"model name\s*:\s*(.+)", about)
    return name.group(1) if name else platform.processor() or platform.machine()


def _cold_start(paragraph: str) -> float:
    """Seconds from starting the command to its end, one paragraph scored."""
    started = time.perf_counter()
    command = [sys.executable, "-m", "detector", "score", "--format", "json", "-"]
    subprocess.run(command, input=paragraph.encode(), stdout=subprocess.DEVNULL, check=False)
    return time.perf_counter() - started


def _loading() -> float:
    from detector.detector import Detector

    started = time.perf_counter()
    Detector.load()
    return time.perf_counter() - started


def _rates(paragraphs: Sequence[str]) -> list[float]:
    """Paragraphs a second, tokenising and spans included, each round."""
    from detector.detector import Detector

    detector = Detector.load()
    step = _DOCUMENT_PARAGRAPHS
    texts = ["\n\n".join(paragraphs[at : at + step]) for at in range(0, len(paragraphs), step)]
    detector.score(texts[0])
    rates = []
    for _ in range(_ROUNDS):
        started = time.perf_counter()
        detector.score(texts)
        rates.append(len(paragraphs) / (time.perf_counter() - started))
    return rates


def _end_to_end(paragraphs: Sequence[str], cores: Sequence[int], folder: Path) -> Iterator[str]:
    """`unspun corpus`, start to end, on one core and on all of these, in turns with the encoder."""
    source, sample = folder / "in.jsonl", folder / "sample.json"
    size = sum(len(paragraph.encode()) + 2 for paragraph in paragraphs) // len(paragraphs)
    count = write_documents(source, paragraphs, _TIMED_PARAGRAPHS * size)
    sample.write_text(json.dumps(list(paragraphs[:_ENCODED_PARAGRAPHS])), encoding="utf-8")
    counts = range(1, len(cores) + 1)
    ours: dict[int, list[float]] = {n: [] for n in counts}
    theirs: dict[int, list[float]] = {n: [] for n in counts}
    for _ in range(_CORPUS_ROUNDS):
        for n in counts:
            _keep_to(cores[:n])
            started = time.perf_counter()
            _run(*_CORPUS, "--workers", str(n), str(source), str(folder / "out.jsonl"))
            ours[n].append(count / (time.perf_counter() - started))
        if encoder.installed():
            _keep_to(cores)
            reply = _run(sys.executable, "-m", "detector.evaluation.encoder", str(sample), *map(str, counts))
            for n, rate in zip(counts, json.loads(reply.splitlines()[-1]), strict=True):
                theirs[n].append(rate)
    for n in counts:
        rate = median(ours[n])
        more = "" if n == 1 else f", {median(b / a for a, b in zip(ours[1], ours[n], strict=True)):.2f} x one core"
        yield f"unspun corpus        {rate:,.0f} paragraphs a second, JSONL to JSONL, start to end, --workers {n}{more}"
        yield f"                     (median of {_CORPUS_ROUNDS} runs, {min(ours[n]):,.0f} to {max(ours[n]):,.0f})"
    if not encoder.installed():
        yield f"MiniLM-L6            not measured: {encoder.INSTALL}"
        return
    for n in counts:
        ratio = median(a / b for a, b in zip(ours[n], theirs[n], strict=True))
        yield f"MiniLM-L6            {median(theirs[n]):,.1f} paragraphs a second, {_of(n)}: ours is {ratio:,.0f} x as fast"


def _of(cores: int) -> str:
    return "one core" if cores == 1 else f"{cores} cores"


def _memory(paragraphs: Sequence[str], cores: Sequence[int], folder: Path) -> Iterator[str]:
    """The most memory that `unspun corpus` takes, by size of the input and by number of workers."""
    _keep_to(cores)
    source = folder / "in.jsonl"
    largest = 0.0
    for name, size in _SIZES.items():
        write_documents(source, paragraphs, size)
        largest = _corpus_memory(source, 1)
        yield f"memory               {largest:,.0f} MB at most for {name} of input, --workers 1"
    before = largest
    for workers in _MEMORY_WORKERS[1:]:
        taken = _corpus_memory(source, workers)
        yield f"                     {taken:,.0f} MB, --workers {workers}: {taken - before:,.0f} MB more"
        before = taken


def _corpus_memory(source: Path, workers: int) -> float:
    """Megabytes that `unspun corpus` and its processes took at most; what they share is counted once."""
    command = (*_CORPUS, "--workers", str(workers), str(source), str(source.with_name("out.jsonl")))
    return proportional_peak(*command) / 1_000_000


def proportional_peak(*command: str) -> int:
    """The most bytes that a command and its children took at one time, memory that they share counted once (Linux's
    proportional set size, sampled; elsewhere the command's own peak). Raises CalledProcessError where it fails."""
    if not Path("/proc/self/smaps_rollup").exists():
        return peak_bytes(*command)
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    peak = 0
    while process.poll() is None:
        family = list(_family(process.pid))  # all first: one that is forked meanwhile would be counted twice
        peak = max(peak, sum(map(_proportional, family)))
        time.sleep(_SAMPLED_EVERY)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    return peak


def _family(pid: int) -> Iterator[int]:
    """The process and all its descendants."""
    yield pid
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    except OSError:
        return
    for child in children:
        yield from _family(int(child))


def _proportional(pid: int) -> int:
    try:
        found = re.search(
            r"^Pss:\s+(\d+) kB", Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii"), re.MULTILINE
        )
    except OSError:  # gone meanwhile
        return 0
    return int(found.group(1)) * 1024 if found else 0


def peak_bytes(*command: str) -> int:
    """The most resident memory that a command takes. Raises CalledProcessError where it fails."""
    reply = _run(sys.executable, "-c", _PEAK, *command)
    return int(reply) * (1 if sys.platform == "darwin" else 1024)  # bytes there, kilobytes elsewhere


def _run(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout
