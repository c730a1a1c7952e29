"""The whole run with a detector whose verdicts are known, on files as they are laid out in the shared folder."""

from __future__ import annotations

import gzip
import json
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any, cast

import pytest

from detector.evaluation import run
from detector.evaluation.errors_page import Verdict, errors_page
from detector.evaluation.outsiders import Dictionary
from detector.evaluation.pairs import read_pairs
from detector.evaluation.run import PARTS, Sources, evaluate, to_json
from detector.evaluation.scored import score_texts
from detector.results import Scorer
from detector.training.families.family import DataMissing, Family

CLEAN = "The council met on Monday and talked about the bridge for an hour before anybody voted."


class Oddly(Dictionary):
    name = "oddly"

    def synonyms(self, lemma: str, pos: str) -> list[str]:
        return [f"odd{lemma}"]


def broken() -> Family:
    raise DataMissing("not installed: apt-get install nothing")


def page(doc: str, label: int, text: str, evidence: list[tuple[str, str]] | None = None) -> dict[str, Any]:
    pairs = [{"span": span, "original": original} for span, original in evidence or []]
    kind = "spun" if label else "human"
    return {"doc": doc, "para": 0, "genre": "news", "label": label, "kind": kind, "text": text, "evidence": pairs}


def pair(number: int, family: str | None, text: str, changes: list[Any], subset: str = "test") -> dict[str, Any]:
    fields = {"id": f"{number}", "group": str(number), "source": "s", "register": f"register{number % 2}"}
    return fields | {
        "subset": subset, "family": family, "noise": None, "rate": 0.2 if family else None,
        "text": text, "changes": changes,
    }  # fmt: skip


@pytest.fixture
def sources(tmp_path: Path) -> Sources:
    shared, built = tmp_path / "shared", tmp_path / "built"
    (shared / "eval").mkdir(parents=True)
    built.mkdir()
    spun = "The oddcouncil met and oddtalked about the unreal bridge."
    pages = [
        page("a", 1, spun, [("oddcouncil", "council"), ("unreal bridge", "real bridge")]),
        page("a", 0, CLEAN),
        page("b", 0, CLEAN + " An oddone here."),
        page(run.SEED, 1, "First oddone and oddtwo."),
        page(run.SEED, 0, "• A list • of points"),
    ]
    (shared / "eval" / "dev.jsonl").write_text("".join(json.dumps(one) + "\n" for one in pages), "utf-8")
    article = "First oddone and oddtwo.\nA list of points\nThe social employees left."
    (shared / "eval" / "seed.txt").write_text(article, "utf-8")
    registers = [{"doc": "x", "label": 0, "kind": kind, "text": CLEAN} for kind in ("forum", "forum", "legal")]
    registers += [{"doc": "x", "label": 0, "kind": "llm-rewrite", "text": spun}]
    (shared / "eval" / "registers_dev.jsonl").write_text("".join(json.dumps(one) + "\n" for one in registers), "utf-8")
    long = " ".join([CLEAN] * 5)
    records = [pair(i, None, f"{long} {i}", []) for i in range(20)]
    records += [pair(20 + i, "wordnet", "The oddcouncil met oddly.", [[4, 14, "council"]]) for i in range(5)]
    records += [pair(30, None, "oddly oddly oddly", [], subset="train")]
    with gzip.open(built / "pairs.jsonl.gz", "wt", encoding="utf-8") as out:
        out.writelines(json.dumps(record) + "\n" for record in records)
    return Sources(shared, built)


def test_every_part_of_the_report(
    detector: Scorer, sources: Sources, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(run, "OUTSIDERS", {"oddly": Oddly, "broken": broken})
    report = evaluate(detector, sources, tuple(PARTS))
    printed = capsys.readouterr().out

    balanced = report["pages"]["modes"]["balanced"]
    assert report["pages"]["paragraphs"]["auc"] == 1.0
    assert (balanced["flagged_spun"], balanced["flagged_clean"]) == (1.0, 0.0)
    assert (balanced["overlapped"], balanced["hit5"], balanced["exact5"]) == (0.5, 0.5, 0.5)
    assert balanced["cover_spun"] == pytest.approx(4 / 13)
    sensitive = report["pages"]["modes"]["sensitive"]
    assert sensitive["kinds"]["human"]["flagged"] == 1
    assert report["pages"]["documents"]["n"] == 3

    seed = report["seed"]["balanced"]
    assert (seed["spun_flagged"], seed["clean_flagged"], seed["verdicts"]) == (1, 0, [1, 0])
    assert seed["phrases"]["social employees"] == []
    assert "social employees: NOT FOUND" in printed

    registers = report["registers"]["balanced"]
    assert registers["llm-rewrite"]["flagged"] == 1
    assert registers["all"]["n"] == 3 + 20
    assert registers["all"]["flagged"] == 0
    assert registers["corpus register0"]["n"] == 10

    tools = report["outsiders"]["tools"]
    assert tools["oddly"]["auc"] == 1.0
    assert tools["oddly"]["n"] == 60
    assert tools["oddly"]["rates"]["25%"]["reached"] == pytest.approx(0.25, abs=0.03)
    assert report["outsiders"]["missing"] == {"broken": "not installed: apt-get install nothing"}

    family = report["families"]["wordnet"]
    assert (family["auc"], family["token_precision"], family["token_recall"]) == (1.0, 0.5, 1.0)
    assert (family["hit1"], family["hit5"], family["mrr"]) == (0.0, 1.0, 0.5)


def test_a_second_run_gives_the_same_bytes(detector: Scorer, sources: Sources, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "OUTSIDERS", {"oddly": Oddly})
    first = to_json(evaluate(detector, sources, tuple(PARTS)))
    monkeypatch.setattr(run, "OUTSIDERS", {"oddly": broken})  # the texts were kept
    assert to_json(evaluate(detector, sources, tuple(PARTS))) == first
    assert list(json.loads(first)) == sorted(json.loads(first))


def test_other_pairs_are_spun_anew(detector: Scorer, sources: Sources, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "OUTSIDERS", {"oddly": Oddly})
    evaluate(detector, sources, ["outsiders"])
    with gzip.open(sources.built / "pairs.jsonl.gz", "at", encoding="utf-8") as out:
        out.write(json.dumps(pair(99, None, " ".join([CLEAN] * 6), [])) + "\n")
    assert evaluate(detector, sources, ["outsiders"])["outsiders"]["tools"]["oddly"]["n"] == 63


def test_missing_inputs_are_named_and_skipped(
    detector: Scorer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report = evaluate(detector, Sources(tmp_path, tmp_path), tuple(PARTS))
    assert list(report) == ["model"]
    printed = capsys.readouterr().out
    assert all(f"{name}: skipped, " in printed for name in PARTS)


def test_only_held_out_pairs_are_read(sources: Sources) -> None:
    assert not any("oddly oddly" in one.text for one in read_pairs(sources.pairs))


def test_figures_that_cannot_be_had_are_null() -> None:
    assert json.loads(to_json({"b": float("nan"), "a": [0.12345678]})) == {"a": [0.123457], "b": None}


def test_the_page_of_mistakes_escapes_everything(detector: Scorer) -> None:
    texts = ["<script>alert(1)</script> & oddone", 'plain "quoted" oddtwo <b>']
    first, second = score_texts(detector, texts)
    html = errors_page([Verdict("<doc>", 0, first), Verdict("b", 1, second)])
    assert not any(tag in html for tag in ("<script>", "<b>", "<doc>"))
    assert "&lt;script&gt;" in html
    assert ">oddone</mark>" in html


def test_the_command_writes_the_report_and_the_page(
    detector: Scorer, sources: Sources, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loader = SimpleNamespace(Detector=SimpleNamespace(load=lambda path: detector))
    monkeypatch.setitem(sys.modules, "detector.detector", cast(ModuleType, loader))
    report, page = tmp_path / "out" / "report.json", tmp_path / "errors.html"
    folders = ["--shared", str(sources.shared), "--built", str(sources.built)]
    assert run.main([*folders, "--only", "pages,seed", "--json", str(report), "--errors", str(page)]) == 0
    assert sorted(json.loads(report.read_text("utf-8"))) == ["model", "pages", "seed"]
    assert "oddcouncil</mark>" in page.read_text("utf-8")


def test_unknown_parts_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        run.main(["--only", "pages,horoscope"])
    assert stopped.value.code == 2
    assert "horoscope" in capsys.readouterr().err
