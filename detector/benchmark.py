"""`unspun benchmark`: paragraphs a second on one core, cold start, and the peak memory of `unspun corpus`."""

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

from detector.errors import InputError
from detector.files import read_text

PARAGRAPH_WORDS: Final = 100
_PARAGRAPHS: Final = 1_000
_DOCUMENT_PARAGRAPHS: Final = 10
_ROUNDS: Final = 5
_CORPUS_MEGABYTES: Final = (2, 20)

_THREADS: Final = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")
_SENTENCE: Final = re.compile(r"\S.*?[.!?][\"”’)]*(?=\s|$)", re.DOTALL)
_SAMPLES: Final = Path(__file__).parent.parent / "data" / "samples"

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
    paragraphs = recombined(sentences(files), _PARAGRAPHS, random.Random(1))
    _keep_to_one_core()
    yield f"machine              {processor()}, Python {platform.python_version()}, one core"
    yield f"cold start to score  {median(_cold_start(paragraphs[0]) for _ in range(_ROUNDS)):.2f} s"
    yield f"loaded in            {median(_loading() for _ in range(_ROUNDS)):.2f} s"
    rates = _rates(paragraphs)
    yield f"speed                {median(rates):,.0f} paragraphs of {PARAGRAPH_WORDS} words a second"
    yield f"                     (median of {_ROUNDS} rounds, {min(rates):,.0f} to {max(rates):,.0f})"
    for size in _CORPUS_MEGABYTES:
        yield f"unspun corpus        {_corpus_peak(paragraphs, size):,.0f} MB at most, for {size} MB of input"


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
    names = files or sorted(_SAMPLES.glob("*.txt"))
    sentences = [match.group() for name in names for match in _SENTENCE.finditer(read_text(str(name)))]
    if not sentences:
        raise InputError("no_text", "There is no text to measure with: name one or more text files.")
    return sentences


def _keep_to_one_core() -> None:
    os.environ.update(dict.fromkeys(_THREADS, "1"))
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})


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


def _corpus_peak(paragraphs: Sequence[str], megabytes: int) -> float:
    """Megabytes of resident memory that `unspun corpus` took at most."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "in.jsonl"
        with source.open("w", encoding="utf-8") as file:
            number = 0
            while file.tell() < megabytes * 1_000_000:
                texts = (paragraphs[(number * 7 + step * 31) % len(paragraphs)] for step in range(_DOCUMENT_PARAGRAPHS))
                file.write(json.dumps({"id": number, "text": "\n\n".join(texts)}) + "\n")
                number += 1
        return peak_bytes(sys.executable, "-m", "detector", "corpus", str(source), os.devnull) / 1_000_000


def peak_bytes(*command: str) -> int:
    """The most resident memory that a command takes. Raises CalledProcessError where it fails."""
    reply = subprocess.run([sys.executable, "-c", _PEAK, *command], check=True, capture_output=True, text=True)
    return int(reply.stdout) * (1 if sys.platform == "darwin" else 1024)  # bytes there, kilobytes elsewhere
