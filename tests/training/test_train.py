"""From a folder of text to a model that scores: the whole command, on articles written for the tests."""

from __future__ import annotations

import csv
import gzip
import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from training.articles import articles

from detector import Detector
from detector.lexicon import BOUNDARY, FIRST_WORD
from detector.text import tokenize
from detector.training import wordnet
from detector.training.encode import HELD_OUT, group_of, position
from detector.training.families import apertium
from detector.training.pairs import subset_of
from detector.training.train import STEPS, Plan, Step, main

ROOT = Path(__file__).parent.parent.parent
TORTURED = """tortured\texpected\tpapers\tcondition
colossal domicile\tlarge house\t50\t
colossal contraption\tlarge machine\t40\t
broken contraption\tbroken machine\t40\t
"""


class Trained(NamedTuple):
    corpus: Path
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


def identifiers(source: str, wanted: dict[str | None, int]) -> Iterator[str]:
    """Ids of documents that fall into the subsets as often as wanted (None: training)."""
    left = dict(wanted)
    number = 0
    while any(left.values()):
        number += 1
        subset = subset_of(group_of(source, f"d{number}"))
        if left[subset]:
            left[subset] -= 1
            yield f"d{number}"


def write_corpus(folder: Path) -> None:
    ids = list(identifiers("notes", {None: 100, "fit": 30, "calibrate": 15, "test": 5}))
    with gzip.open(folder / "notes.jsonl.gz", "wt", encoding="utf-8") as file:
        for identifier, text in zip(ids, articles(len(ids), seed=1), strict=True):
            file.write(json.dumps({"id": identifier, "text": text}) + "\n")
    ids = list(identifiers("letters", {None: 100, "fit": 30, "calibrate": 15, "test": 5}))
    with (folder / "letters.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("id", "text"), *zip(ids, articles(len(ids), seed=2), strict=True)])


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


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    folder = tmp_path_factory.mktemp("train")
    corpus, built, model = folder / "corpus", folder / "built", folder / "unspun-tiny"
    corpus.mkdir()
    write_corpus(corpus)
    (folder / "tortured.tsv").write_text(TORTURED, encoding="utf-8")
    options = ["--vocabulary", "400", "--seconds", "5", "--tortured", str(folder / "tortured.tsv"), "--version", "7.1"]
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
    return Trained(corpus, built, model, done.stdout + done.stderr)


def test_the_model_loads_and_scores(trained: Trained) -> None:
    detector = Detector.load(trained.model)
    assert (detector.info.name, detector.info.version) == ("unspun-tiny", "7.1")
    (document,) = detector.score(next(articles(1, seed=3))).documents
    assert document.status == "scored"
    assert document.score is not None
    assert 0.0 < document.score < 1.0


def assert_records_its_making(about: dict[str, Any]) -> None:
    assert about["name"]
    assert about["version"]
    assert about["command"].startswith("unspun train ")
    assert about["families"]
    assert about["libraries"].keys() >= {"python", "numpy", "scikit-learn", "nltk", "lemminflect"}
    assert about["words_seen"]["tokens"] >= about["words_seen"]["words"] > 0
    assert about["words_seen"]["passes"] > 0
    assert 0 < about["held_out"]["share"] <= 0.05
    assert about["sources"]
    for source in about["sources"].values():
        assert len(source["sha256"]) == 64
        assert source["documents"] >= source["held_out_documents"]
    assert about["words_seen"]["words"] + about["held_out"]["words"] == sum(
        source["words"] for source in about["sources"].values()
    )
    for mode in ("strict", "balanced", "sensitive"):
        assert about["modes"][mode].keys() >= {"nominal_false_positive_rate", "measured_false_positive_rate"}


def test_the_model_records_how_it_was_made(trained: Trained) -> None:
    about = json.loads((trained.model / "model.json").read_text(encoding="utf-8"))
    assert_records_its_making(about)
    assert "--vocabulary 400" in about["command"]
    files = {"notes": "notes.jsonl.gz", "letters": "letters.csv"}
    digests = {name: hashlib.sha256((trained.corpus / file).read_bytes()).hexdigest() for name, file in files.items()}
    assert {name: source["sha256"] for name, source in about["sources"].items()} == digests
    assert {name: source["documents"] for name, source in about["sources"].items()} == {"notes": 150, "letters": 150}
    assert about["held_out"]["share"] == HELD_OUT
    assert about["held_out"]["documents"] == 100
    assert {"moby", "embedding", "tortured", "stock", "mixed"} <= set(about["families"])
    assert {"wordnet_first", "apertium_spa"}.isdisjoint(about["families"])
    for command in (wordnet.INSTALL, apertium.INSTALL):
        assert command in trained.output


@pytest.mark.parametrize("path", sorted((ROOT / "models").glob("*/model.json")), ids=lambda path: path.parent.name)
def test_the_shipped_model_records_how_it_was_made(path: Path) -> None:
    about = json.loads(path.read_text(encoding="utf-8"))
    assert_records_its_making(about)
    assert about["words_seen"]["words"] > 90_000_000
    assert len(about["families"]) >= 8


def test_training_and_held_out_documents_are_apart(trained: Trained) -> None:
    wanted = {True: 0, False: 0}
    for name, seed in (("notes", 1), ("letters", 2)):
        ids = identifiers(name, {None: 100, "fit": 30, "calibrate": 15, "test": 5})
        for identifier, text in zip(ids, articles(150, seed=seed), strict=True):
            wanted[position(group_of(name, identifier)) < HELD_OUT] += len(tokenize(text).surfaces)
    held, rest = (np.load(trained.built / name) for name in ("held.npy", "train.npy"))
    assert {True: int((held != BOUNDARY).sum()), False: int((rest != BOUNDARY).sum())} == wanted
    share = np.load(trained.built / "share.npy")
    assert (share == np.bincount(rest, minlength=len(share))).all()
    assert all((trained.built / step.output).exists() for step in STEPS)


def test_what_was_built_from_another_corpus_is_not_taken(trained: Trained, tmp_path: Path) -> None:
    (tmp_path / "other.txt").write_text("Another text.", encoding="utf-8")
    done = train(tmp_path, trained.built, tmp_path / "model", "--vocabulary", "400")
    assert done.returncode == 2
    assert "was built from another corpus or vocabulary: give --again encode" in done.stderr
    assert not (tmp_path / "model").exists()


def test_steps_are_kept_or_run_again_with_all_behind_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []
    broken: set[str] = set()

    def step(name: str) -> Step:
        def make(plan: Plan) -> None:
            if name in broken:
                raise FileNotFoundError(name)
            made.append(name)
            (plan.built / name).write_text("", encoding="utf-8")

        return Step(name, name, make)

    monkeypatch.setattr("detector.training.train.STEPS", [step(name) for name in ("one", "two", "three", "four")])
    monkeypatch.setattr("detector.training.train._fit", lambda *_: made.append("fit"))

    def run(*arguments: str) -> list[str]:
        made.clear()
        assert main([str(tmp_path), "--built", str(tmp_path), "--out", str(tmp_path / "model"), *arguments]) == 0
        return list(made)

    assert run() == ["one", "two", "three", "four", "fit"]
    assert run() == ["fit"]
    assert run("--again", "three") == ["three", "four", "fit"]
    broken.add("three")
    with pytest.raises(FileNotFoundError):
        run("--again", "two")
    broken.clear()
    assert run() == ["three", "four", "fit"]  # what a run that failed left out of date


@pytest.mark.parametrize(
    ("arguments", "message"),
    [([], "The corpus is too small: its "), (["--vocabulary", "200000"], "is not a number from 1 to 131008")],
)
def test_errors_are_one_line(arguments: list[str], message: str, tmp_path: Path) -> None:
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus" / "only.txt").write_text("A single short text.", encoding="utf-8")
    done = train(tmp_path / "corpus", tmp_path / "built", tmp_path / "model", *arguments)
    assert done.returncode == 2
    assert message in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr
