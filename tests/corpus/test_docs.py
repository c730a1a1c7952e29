"""The page about corpora names every flag, kind, column and file."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from detector import cli, columns
from detector.corpus import inputs
from detector.corpus.compressed import SUFFIXES

ROOT = Path(__file__).parent.parent.parent
PAGE = (ROOT / "docs" / "corpus.md").read_text(encoding="utf-8")
ARROW_NAMES = {"int32": "int32", "int64": "int64", "double": "double", "bool": "bool", "string": "string"}


def test_every_flag_is_there() -> None:
    commands = next(action.choices for action in cli.parser()._actions if isinstance(action.choices, dict))
    flags = {flag for action in commands["corpus"]._actions for flag in action.option_strings} - {"-h", "--help"}
    assert [flag for flag in flags if f"`{flag}" not in PAGE] == []


def test_every_kind_and_ending_is_there() -> None:
    for name in (*inputs.KINDS, *inputs.KIND_OF, *SUFFIXES):
        assert f"`{name}`" in PAGE


@pytest.mark.parametrize("unit", columns.UNITS)
def test_every_column_is_there_with_its_type(unit: columns.Unit) -> None:
    pytest.importorskip("pyarrow")
    table = PAGE.split(f"Unit `{unit}`:")[1].split("\n\n")[1]
    documented = [name for row in table.splitlines()[2:] for name in re.findall(r"`(\w+)`", row.split("|")[1])]
    assert documented == list(columns.JUDGED[unit])
    origin = PAGE.split("## Columns")[1].split("\n\n")[2]
    for name, kind in {**columns.origin_types(), **columns.judged_types(unit)}.items():
        row = next(row for row in (*table.splitlines(), *origin.splitlines()) if f"`{name}`" in row.split("|")[1])
        said = row.split("|")[2]
        assert "above" in said or str(kind).partition("<")[0] in said, name


def test_every_code_that_the_reader_or_the_engine_gives_is_there() -> None:
    sources = [path.read_text(encoding="utf-8") for path in sorted((ROOT / "detector" / "corpus").glob("*.py"))]
    given = re.compile(r'(?:InputError\(\s*|Failure\([\w.\[\]]+, [\w.\[\]]+, |code, reason = )"(\w+)"')
    codes = {code for source in sources for code in given.findall(source)}
    before_a_run = {"not_found", "nothing_to_read", "unknown_kind", "no_header", "not_parquet", "not_json_lines"}
    before_a_run |= {"missing_column", "ambiguous_column"}
    assert {"not_json", "worker_died", "scoring_failed", "damaged_file"} <= codes
    assert [code for code in sorted(codes - before_a_run) if f"`{code}`" not in PAGE] == []
