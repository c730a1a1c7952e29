"""A model trained by the whole command on articles written for the tests, in a quarter of a minute."""

from __future__ import annotations

import csv
import gzip
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
from training.articles import articles

from detector.lexicon import FIRST_WORD
from detector.training.encode import group_of
from detector.training.pairs import subset_of

ROOT: Final = Path(__file__).parent.parent
#: Documents of each source that fall into each subset; None: those that the model is trained on.
DOCUMENTS: Final[Mapping[str | None, int]] = {None: 100, "fit": 30, "calibrate": 15, "test": 15}
#: The sources, and the seeds of their articles.
SOURCES: Final[Mapping[str, int]] = {"notes": 1, "letters": 2}
#: Phrases on either side of the split of `detector.evaluation.carriers`.
TORTURED: Final = """tortured\texpected\tpapers\tcondition
colossal domicile\tlarge house\t50\t
colossal contraption\tlarge machine\t40\t
broken contraption\tbroken machine\t40\t
celebrated undertaking\tfamous project\t30\t
"""


class Trained(NamedTuple):
    """Where everything is, and what the command printed."""

    corpus: Path
    tortured: Path
    built: Path
    model: Path
    output: str


def train(corpus: Path, built: Path, model: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command as on a machine without WordNet and Apertium, so that it does the same everywhere."""
    command = [sys.executable, "-m", "detector", "train", str(corpus), "--built", str(built), "--out", str(model)]
    nowhere = str(corpus.parent / "nowhere")
    environment = {**os.environ, "PATH": nowhere, "WNSEARCHDIR": nowhere, "OMP_NUM_THREADS": "1"}
    return subprocess.run(
        [*command, "--workers", "1", *arguments], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )


def trained_in(folder: Path) -> Trained:
    """Write a corpus and train on it. Without torch the choice model is random, and the rest as with it."""
    corpus, built, model, tortured = (folder / name for name in ("corpus", "built", "unspun-tiny", "tortured.tsv"))
    corpus.mkdir()
    write_corpus(corpus)
    tortured.write_text(TORTURED, encoding="utf-8")
    options = ["--vocabulary", "400", "--seconds", "5", "--tortured", str(tortured), "--version", "7.1"]
    options.append("--allow-missing")
    done = train(corpus, built, model, *options)
    if find_spec("torch") is None:
        print("torch is not installed: the choice model of this test is random")
        assert done.returncode == 2
        assert done.stderr.endswith("`unspun train` needs the package torch: pip install 'unspun[train]'\n")
        write_random_choice(built)
        done = train(corpus, built, model, *options)
        assert all(f"{step}: kept" in done.stdout for step in ("encode", "candidates", "ngrams", "choice"))
    assert done.returncode == 0, done.stderr
    return Trained(corpus, tortured, built, model, done.stdout + done.stderr)


def identifiers(source: str) -> Iterator[str]:
    """Ids of documents that fall into the subsets as often as DOCUMENTS says."""
    left = dict(DOCUMENTS)
    number = 0
    while any(left.values()):
        number += 1
        subset = subset_of(group_of(source, f"d{number}"))
        if left[subset]:
            left[subset] -= 1
            yield f"d{number}"


def documents(source: str) -> Iterator[tuple[str, str]]:
    """Id and text of each document of a source."""
    ids = list(identifiers(source))
    return zip(ids, articles(len(ids), seed=SOURCES[source]), strict=True)


def write_corpus(folder: Path) -> None:
    """One source as compressed JSON lines, the other one as CSV."""
    with gzip.open(folder / "notes.jsonl.gz", "wt", encoding="utf-8") as file:
        file.writelines(json.dumps({"id": name, "text": text}) + "\n" for name, text in documents("notes"))
    with (folder / "letters.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("id", "text"), *documents("letters")])


def write_random_choice(built: Path) -> None:
    """What the choice step would leave, untrained."""
    words = len((built / "vocabulary.txt").read_text(encoding="utf-8").split("\n"))
    width, near, reach, far_width, hidden = 16, 1, 2, 8, 8
    fan_in = 2 * near * width + 2 * (reach - near) * far_width + width
    shapes = {"embed": (FIRST_WORD + words, width), "out": (FIRST_WORD + words, width), "bias": (FIRST_WORD + words,)}
    for name, size in {"first": (hidden, fan_in), "second": (hidden, hidden), "last": (width, hidden)}.items():
        shapes |= {f"{name}.weight": size, f"{name}.bias": size[:1]}
    rng = np.random.default_rng(0)
    arrays: dict[str, Any] = {name: rng.normal(size=size).astype(np.float32) for name, size in shapes.items()}
    (built / "choice").mkdir()
    np.savez(built / "choice" / "choice.npz", **arrays)
    shape = {"width": width, "near": near, "reach": reach, "far_width": far_width, "hidden": hidden}
    record = {"shape": shape, "schedule": {"rows": 36, "length": 200}, "steps": 10}
    (built / "choice" / "choice.json").write_text(json.dumps(record), encoding="utf-8")
