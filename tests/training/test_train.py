"""From a folder of text to a model that scores: the whole command, on articles written for the tests."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tiny_model import DOCUMENTS, ROOT, SOURCES, Trained, documents, train
from training.articles import articles

from detector import Detector
from detector.lexicon import BOUNDARY
from detector.text import tokenize
from detector.training import wordnet
from detector.training.encode import HELD_OUT, group_of, position
from detector.training.families import apertium
from detector.training.train import STEPS, Plan, Step, main


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
    every = sum(DOCUMENTS.values())
    assert {name: source["documents"] for name, source in about["sources"].items()} == dict.fromkeys(SOURCES, every)
    assert about["held_out"]["share"] == HELD_OUT
    assert about["held_out"]["documents"] == len(SOURCES) * (every - DOCUMENTS[None])
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
    for name in SOURCES:
        for identifier, text in documents(name):
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
