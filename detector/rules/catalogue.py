"""Every rule there is, and the categories they are of: what results, editors and the documentation name them by."""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib.resources import files
from typing import Any, Final

from detector.rules import debris, grammar, names, phrases, terms, untranslated
from detector.rules.rule import Category, Rule
from detector.spans import RULE

#: What a reader calls each category.
CATEGORIES: Final[Mapping[Category, str]] = {
    "wording": "Wording",
    "grammar": "Grammar",
    "names": "Names and terms",
    "debris": "Debris",
}

WORD_CHOICE: Final = Rule(
    RULE,
    "wording",
    "Word choice",
    "A word or phrase that hardly anyone would write here, where a near-synonym of it would be expected: what a spinner "
    "leaves that swaps words by a dictionary.",
    ("Groups of social employees met the casualties.", "The device is utilized in numerous regions."),
)

#: By id, those of one category together, in the order in which people read of them.
RULES: Final[Mapping[str, Rule]] = {
    rule.id: rule
    for rule in (
        WORD_CHOICE,
        *phrases.RULES,
        *untranslated.RULES,
        *grammar.RULES,
        *names.RULES,
        *terms.RULES,
        *debris.RULES,
    )
}
#: What was measured of each rule: see docs/rules.md, which has the same figures from the same command.
MEASURED: Final[Mapping[str, Mapping[str, Any]]] = json.loads(
    files("detector.rules").joinpath("measured.json").read_text("utf-8")
)


def title(rule: str) -> str:
    """A rule in a few words; what comes from another version may have ids that are not known here."""
    return RULES[rule].title if rule in RULES else rule.replace("-", " ").capitalize()


def category(rule: str) -> Category:
    """What a rule is about."""
    return RULES[rule].category if rule in RULES else "wording"
