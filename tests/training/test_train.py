"""From a folder of text to a model that scores: the whole command, on articles written for the tests."""

from __future__ import annotations

import hashlib
import json
import lzma
import random
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tiny_model import DOCUMENTS, ROOT, SOURCES, Trained, documents, train
from training.articles import articles

from detector import Detector
from detector.lexicon import BOUNDARY
from detector.model import load
from detector.text import tokenize
from detector.training import wordnet
from detector.training.encode import HELD_OUT, group_of, position
from detector.training.families import apertium
from detector.training.fit import NEVER
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


def test_without_translations_nothing_is_taken_for_one(trained: Trained) -> None:
    about = json.loads((trained.model / "model.json").read_text(encoding="utf-8"))
    spun, translated = about["paragraph_intercepts"]
    assert about["translators"] == []
    assert spun > NEVER == translated
    (document,) = Detector.load(trained.model).score(next(articles(1, seed=3))).documents
    for paragraph in document.paragraphs:
        assert paragraph.kinds
        assert paragraph.kinds.spun == pytest.approx(paragraph.score, abs=1e-6)
        assert paragraph.to_dict()["kinds"]["machine_translated"] == 0


def write_post_edits(path: Path) -> None:
    """Sentences of articles, and as a translator leaves them: the words in another order, `of the` between nouns."""
    rng = random.Random(0)
    rows = []
    for number, human in enumerate(sorted({s for text in articles(120, seed=9) for s in text.split(". ")})):
        words = human.replace("\n\n", " ").rstrip(".").split()
        middle = words[1:]
        rng.shuffle(middle)
        machine = " ".join([words[0], *middle[:3], "of the", *middle[3:], "of the same", "."])
        split = ("train", "train", "dev")[number % 3]
        human = " ".join([*words, "."])
        rows.append({"lp": "xx-en", "split": split, "mt": machine, "postedit": human, "hter": 0.6})
    path.write_bytes(lzma.compress("".join(json.dumps(row) + "\n" for row in rows).encode()))


def test_translations_and_their_corrections_make_a_kind_of_their_own(trained: Trained, tmp_path: Path) -> None:
    built, model, post_edits = tmp_path / "built", tmp_path / "unspun-both", tmp_path / "post_edits.jsonl.xz"
    shutil.copytree(trained.built, built)
    write_post_edits(post_edits)
    options = ["--vocabulary", "400", "--tortured", str(trained.tortured), "--allow-missing"]
    options += ["--again", "translated", "--post-edits", str(post_edits)]
    done = train(trained.corpus, built, model, *options)
    assert done.returncode == 0, done.stderr
    assert "honest: kept" in done.stdout
    assert "translated: kept" not in done.stdout
    assert apertium.INSTALL in done.stderr
    about = json.loads((model / "model.json").read_text(encoding="utf-8"))
    assert about["translators"] == ["postedit"]
    assert "postedit" not in about["families"]
    assert min(about["paragraph_intercepts"]) > NEVER
    assert "--post-edits" in about["command"]
    machine = [json.loads(row)["mt"].replace(" .", ".") for row in lzma.open(post_edits, "rt", encoding="utf-8")]
    texts = [" ".join(machine[at : at + 3]) for at in range(0, 60, 3)]
    kinds = [document.paragraphs[0].kinds for document in Detector.load(model).score(texts).documents]
    larger = [each.larger for each in kinds if each]
    assert len(larger) == len(texts)
    assert larger.count("machine_translated") > len(texts) / 2


def test_the_steps_names_and_registers_reach_the_model(trained: Trained) -> None:
    model = load(trained.model)
    with np.load(trained.built / "names.npz") as file:
        assert (model.names.packed == file["packed"]).all()
        assert (model.names.capitals == file["capitals"]).all()
    assert len(model.names.capitals) == len(model.lexicon.log_share)
    assert (model.lexicon.kinds == np.load(trained.built / "registers.npy")).all()


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
