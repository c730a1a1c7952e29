"""Cases in JSON files: texts, and what must or must not be found in them.

Each case says `why`, and which `drawer` it is from: in the wild, synthetic, or negative (nothing may be found). One with
`"known_failure": true` must fail: where it starts to pass, the run fails, so that the improvement is noticed.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from _pytest.mark import ParameterSet

_CASES = Path(__file__).parent / "cases"
DRAWERS = ("in the wild", "synthetic", "negative")

Case = dict[str, Any]


def read(name: str) -> list[Case]:
    """The cases of tests/cases/<name>.json."""
    found: list[Case] = json.loads((_CASES / f"{name}.json").read_text(encoding="utf-8"))
    assert all(case["drawer"] in DRAWERS for case in found)
    return found


def cases(name: str) -> list[ParameterSet]:
    """The same as parameters of a test."""
    return [pytest.param(case, id=case["why"], marks=_marks(case)) for case in read(name)]


def _marks(case: Case) -> list[pytest.MarkDecorator]:
    return [pytest.mark.xfail(strict=True, reason="a known failure")] if case.get("known_failure") else []
