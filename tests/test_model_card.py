"""The shipped model, its report, its card and the README say the same. A file that is missing fails the test."""

from __future__ import annotations

import json
import re
import tomllib
from hashlib import sha256
from pathlib import Path

import pytest

from detector.evaluation import report
from detector.model import shipped
from detector.results import Json

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def folder() -> Path:
    return shipped()


@pytest.fixture(scope="module")
def evaluation(folder: Path) -> Json:
    return read(folder / "evaluation.json")


def read(path: Path) -> Json:
    found: Json = json.loads(path.read_text(encoding="utf-8"))
    return found


def test_the_report_is_of_the_shipped_model(folder: Path, evaluation: Json) -> None:
    about = read(folder / "model.json")
    assert evaluation["model"] == {name: about[name] for name in ("name", "version", "sha256")}
    assert sha256((folder / "arrays.npz").read_bytes()).hexdigest() == about["sha256"]


@pytest.mark.parametrize("name", ["EVALUATION.md", "CARD.md"])
def test_report_and_card_are_what_the_figures_give(folder: Path, evaluation: Json, name: str) -> None:
    sources = tomllib.loads((ROOT / "data" / "sources.toml").read_text(encoding="utf-8"))["source"]
    rendered = report.files(evaluation, read(folder / "model.json"), sources)
    assert (folder / name).read_bytes() == rendered[name].encode()


def test_the_plots_are_drawn_from_the_same_figures(folder: Path, evaluation: Json) -> None:
    linked = re.findall(r"\]\((plots/[^)]*)\)", (folder / "EVALUATION.md").read_text(encoding="utf-8"))
    assert len(linked) == 3
    for path in linked:
        assert f"sha256:{report.digest(evaluation)}" in (folder / path).read_text(encoding="utf-8")


def test_the_readme_quotes_the_figures(evaluation: Json) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"<!-- figures -->\n(.*?)<!-- /figures -->", readme, re.DOTALL)
    assert block == f"\n{report.readme_block(evaluation)}\n\n"
