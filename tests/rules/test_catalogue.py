"""All rules in one list: named once, described, and cheap to have one by one."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import get_args

import detector.rules
from detector.rules import CATEGORIES, MEASURED, RULES, catalogue
from detector.rules.rule import Category, Rule

FOLDER = Path(detector.rules.__file__).parent
MODULES = [
    import_module(f"detector.rules.{path.stem}")
    for path in sorted(FOLDER.glob("*.py"))
    if "\nRULES: " in path.read_text(encoding="utf-8") and path.stem != "catalogue"
]


def test_every_rule_is_there_once() -> None:
    found: list[Rule] = [catalogue.WORD_CHOICE, *(rule for module in MODULES for rule in module.RULES)]
    assert MODULES
    assert sorted(rule.id for rule in found) == sorted(RULES)
    assert all(RULES[rule.id] is rule for rule in found)
    assert len({rule.title for rule in found}) == len(found)


def test_categories_come_one_after_the_other() -> None:
    assert tuple(CATEGORIES) == get_args(Category)
    order = [tuple(CATEGORIES).index(rule.category) for rule in RULES.values()]
    assert order == sorted(order)
    assert next(iter(RULES)) == "word-choice"


def test_a_rule_says_what_it_is() -> None:
    for id, rule in RULES.items():
        assert rule.id == id
        assert re.fullmatch(r"[a-z]+(-[a-z]+)*", id)
        assert rule.title[-1] != "."
        assert rule.about.endswith(".")
        assert len(set(rule.examples)) == 2


def test_what_is_measured_is_of_rules() -> None:
    assert MEASURED.keys() <= RULES.keys()


def test_a_rule_of_another_version_is_called_by_its_id() -> None:
    assert catalogue.title("not-yet-known") == "Not yet known"
    assert catalogue.category("not-yet-known") == "wording"


def test_one_module_is_imported_without_the_others() -> None:
    code = "import sys, detector.rules.debris; print('detector.rules.grammar' in sys.modules)"
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "False"
