"""The whole command on a tiny model: every figure and file, the same ones again, and an error of one line."""

from __future__ import annotations

import json
import re
import shutil
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from evaluation.checkout import KINDS, Checkout, Oddly, at_small_scale, run_in

from detector import cli
from detector.evaluation import report, run
from detector.evaluation.lofo import left_out
from detector.evaluation.run import plain
from detector.evaluation.translated import UNSEEN
from detector.results import MODES, Json
from detector.rules import RULES
from detector.training.families.family import Spun

SECTIONS = [
    "Leave-one-family-out", "Competitors", "Machine translation", "False positives by register", "Rules", "Calibration",
    "Spans and suggestions", "Ablation", "Real pages",
]  # fmt: skip
WRITTEN = {
    "README.md", *(f"models/unspun-tiny/{name}" for name in (
        "evaluation.json", "EVALUATION.md", "CARD.md", "model.json", "arrays.npz",
        "plots/calibration.svg", "plots/lofo.svg", "plots/registers.svg",
    )),
}  # fmt: skip


@pytest.fixture(scope="module")
def evaluation(evaluated: Checkout) -> Json:
    found: Json = json.loads((evaluated.model / "evaluation.json").read_text(encoding="utf-8"))
    return found


@pytest.fixture(scope="module")
def about(evaluated: Checkout) -> Json:
    found: Json = json.loads((evaluated.model / "model.json").read_text(encoding="utf-8"))
    return found


def test_every_file_is_written(evaluated: Checkout) -> None:
    assert evaluated.written().keys() == WRITTEN


def test_the_keys_are_there(evaluation: Json) -> None:
    assert evaluation.keys() == {
        "schema", "model", "inputs", "lofo", "unseen", "competitors", "registers", "ece", "calibration", "spans",
        "ablation", "pages", "seed", "check", "rules", "translated",
    }  # fmt: skip
    figures = [
        *(evaluation[part][name] for part in ("lofo", "unseen") for name in ("mean_f1", "worst_f1", "mean_tpr1")),
        *(evaluation["ece"][name] for name in ("p50", "p05")),
        *(evaluation["spans"][name] for name in ("hit1", "hit5", "mrr", "token_precision", "token_recall")),
        *(method["lofo_mean_f1"] for method in evaluation["competitors"].values()),
    ]
    assert all(0 <= figure <= 1 for figure in figures)
    assert {"tfidf", "glove_svm", "fgws", "tortured", "choice", "smollm2", "unspun", "unspun_sample"} == set(
        evaluation["competitors"]
    )
    for row in evaluation["registers"].values():
        assert 0 <= row["low"] <= row["share"] <= row["high"] <= 1
        assert row["share"] == pytest.approx(row["flagged"] / row["n"], abs=1e-6)
    assert evaluation["spans"]["tortured_carriers"]["held_out_phrases"] > 0
    assert set(evaluation["calibration"]["precision"]) == set(MODES)


def test_every_family_is_left_out_and_no_tool_is_trained_on(evaluation: Json, about: Json) -> None:
    assert set(evaluation["lofo"]["families"]) == set(about["families"])
    for name, family in evaluation["lofo"]["families"].items():
        assert family["left_out"] == sorted(left_out(name))
        assert len(family["cells"]) == 16
    assert evaluation["unseen"]["families"].keys() == {"oddly"}
    assert evaluation["unseen"]["families"]["oddly"]["left_out"] == []
    assert evaluation["unseen"]["missing"] == {"uninstalled": "not installed: apt-get install nothing"}


def test_unspun_stands_among_the_competitors_with_the_figures_of_the_grid(evaluation: Json) -> None:
    row = evaluation["competitors"]["unspun"]
    for key in ("mean_f1", "worst_f1", "mean_tpr1", "mean_auc"):
        assert row[f"lofo_{key}"] == pytest.approx(evaluation["lofo"][key], abs=1e-6)
    assert row["unseen_mean_f1"] == pytest.approx(evaluation["unseen"]["mean_f1"], abs=1e-6)
    families = set(row["families"])
    assert all(set(one["families"]) == families for one in evaluation["competitors"].values())


def test_rules_are_measured_on_every_register_and_spinner(evaluation: Json) -> None:
    rows = evaluation["rules"]["rules"]
    assert rows.keys() == RULES.keys()
    assert evaluation["rules"]["words"].keys() == evaluation["registers"].keys() - {"all"}
    spinners = {*evaluation["lofo"]["families"], *evaluation["unseen"]["families"]}
    assert all(row["families"].keys() == spinners for row in rows.values())


def test_every_unseen_chain_is_measured(evaluation: Json) -> None:
    cells = evaluation["translated"]["unseen"]["cells"]
    assert cells.keys() == UNSEEN.keys()
    assert all(0 < cell["n"] <= 8 for cell in cells.values())
    assert evaluation["translated"].keys() == {"unseen", "spun"}  # nothing else was translated while training


def test_the_total_is_of_honest_registers(evaluation: Json) -> None:
    rows = evaluation["registers"]
    assert {name for name, row in rows.items() if row["total"]} == {"unknown", *KINDS} - {"llm", "llm-rewrite"}
    for key in ("n", "flagged"):
        assert rows["all"][key] == sum(row[key] for row in rows.values() if row["total"])


def test_figures_are_rounded_and_sorted(evaluated: Checkout, evaluation: Json) -> None:
    text = (evaluated.model / "evaluation.json").read_text(encoding="utf-8")
    assert text == json.dumps(evaluation, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
    assert not re.search(r"\d\.\d{7}|NaN|Infinity", text)
    assert str(evaluated.folder.parent) not in text


def test_the_report_has_its_sections_in_order(evaluated: Checkout) -> None:
    text = (evaluated.model / "EVALUATION.md").read_text(encoding="utf-8")
    assert re.findall(r"^## (.*)$", text, re.MULTILINE) == SECTIONS
    printed = re.findall(r"^## (.*)$", evaluated.printed, re.MULTILINE)
    assert sorted(printed) == sorted(SECTIONS)


def test_digests_agree(evaluated: Checkout, evaluation: Json, about: Json) -> None:
    weights = sha256((evaluated.model / "arrays.npz").read_bytes()).hexdigest()
    assert evaluation["model"] == {"name": "unspun-tiny", "version": "7.1", "sha256": weights}
    assert about["sha256"] == weights
    for name in ("EVALUATION.md", "CARD.md"):
        assert f"`{weights}`" in (evaluated.model / name).read_text(encoding="utf-8")
    for path in evaluated.model.glob("plots/*.svg"):
        assert f"sha256:{report.digest(evaluation)}" in path.read_text(encoding="utf-8")
    files = {
        "pairs": evaluated.built / "pairs.jsonl.gz",
        "translated": evaluated.built / "translated.jsonl.gz",
        "translated_unseen": evaluated.built / "translated_unseen.jsonl.gz",
        "pages": evaluated.shared / "eval" / "dev.jsonl",
        "registers": evaluated.shared / "eval" / "registers_dev.jsonl",
        "tortured": evaluated.shared / "lists" / "tortured.tsv",
    }
    digests = {name: sha256(path.read_bytes()).hexdigest() for name, path in files.items()}
    assert evaluation["inputs"].items() >= digests.items()
    assert len(evaluation["inputs"]["grid"]) == 64


def test_the_readme_has_the_figures_between_its_marks_and_the_rest_as_it_was(
    evaluated: Checkout, evaluation: Json
) -> None:
    root = Path(__file__).parent.parent.parent
    written, before = ((folder / "README.md").read_text(encoding="utf-8") for folder in (evaluated.folder, root))
    block = re.compile(r"(?<=<!-- figures -->\n).*(?=<!-- /figures -->)", re.DOTALL)
    assert block.findall(written) == [f"\n{report.readme_block(evaluation)}\n\n"]
    assert block.sub("", written) == block.sub("", before)


def test_a_second_run_writes_the_same_bytes(evaluated: Checkout) -> None:
    first = evaluated.written()
    run_in(evaluated, tool=Broken)  # what was spun once is kept
    assert {path for path, content in evaluated.written().items() if content != first[path]} == set()


class Broken(Oddly):
    def spin(self, *_: object) -> Spun:
        raise AssertionError("was spun before")


def test_parts_are_printed_alone_and_write_nothing_but_the_page_of_mistakes(
    evaluated: Checkout, tmp_path: Path
) -> None:
    first = evaluated.written()
    for path in evaluated.model.glob("*.md"):
        path.write_text("", encoding="utf-8")
    again = run_in(evaluated, "--only", "registers,pages", "--errors", str(tmp_path / "errors.html"))
    assert re.findall(r"^## (.*)$", again.printed, re.MULTILINE) == ["Real pages", "False positives by register"]
    assert all(path.read_text(encoding="utf-8") == "" for path in evaluated.model.glob("*.md"))
    assert "<mark" in (tmp_path / "errors.html").read_text(encoding="utf-8")
    for path, content in first.items():
        (evaluated.folder / path).write_bytes(content)


@pytest.mark.parametrize(
    "path",
    [
        "shared/eval/dev.jsonl", "shared/eval/registers_dev.jsonl", "shared/eval/seed.txt",
        "shared/lists/tortured.tsv", "checkout/data/built/pairs.jsonl.gz", "checkout/data/built/honest.jsonl.gz",
        "checkout/data/built/translated.jsonl.gz",
        "checkout/data/built/vectors.npy", "checkout/models/unspun-tiny/model.json", "checkout/data/sources.toml",
        "checkout/README.md", "checkout/tests/cases/evaluation/check.json",
    ],
)  # fmt: skip
def test_what_is_missing_is_said_in_one_line_before_anything_is_measured(
    path: str, evaluated: Checkout, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(evaluated.folder.parent, tmp_path / "all")
    missing = tmp_path / "all" / path
    missing.rename(tmp_path / "elsewhere")
    with at_small_scale(Checkout(tmp_path / "all" / "checkout")):
        assert cli.main(["evaluate", "--model", "models/unspun-tiny"]) == 2
    printed = capsys.readouterr()
    (line,) = printed.err.splitlines()
    assert line.startswith("unspun: ")
    assert missing.name in line
    assert printed.out == ""


def test_a_readme_without_marks_is_refused(
    evaluated: Checkout, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(evaluated.folder.parent, tmp_path / "all")
    (tmp_path / "all" / "checkout" / "README.md").write_text("# Unspun <!-- figures -->\n", encoding="utf-8")
    with at_small_scale(Checkout(tmp_path / "all" / "checkout")):
        assert cli.main(["evaluate", "--model", "models/unspun-tiny"]) == 2
    assert "<!-- /figures -->" in capsys.readouterr().err


def test_unknown_parts_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        run.main(["--only", "pages,horoscope"])
    assert stopped.value.code == 2
    assert "horoscope" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"b": float("nan"), "a": (0.12345678, 1)}, {"a": [0.123457, 1], "b": None}),
        ({"flag": True, "name": None, "n": 3}, {"flag": True, "name": None, "n": 3}),
    ],
)
def test_figures_that_cannot_be_had_are_null(value: Any, expected: Any) -> None:
    assert plain(value) == expected
