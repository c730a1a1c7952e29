"""Our rules as LanguageTool's clients know rules: an id in capitals, a category, a type of issue."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from detector.results import Json
from detector.rules import catalogue
from detector.rules.rule import Category

_PREFIX: Final = "UNSPUN"
_REWORDED: Final = "Reworded text"


class _Class(NamedTuple):
    """LanguageTool's category and type of issue; both decide how an editor underlines a match."""

    id: str
    name: str
    issue: str


_CLASSES: Final[Mapping[Category, _Class]] = {
    "wording": _Class(_PREFIX, _REWORDED, "style"),
    "names": _Class(_PREFIX, _REWORDED, "style"),
    "grammar": _Class("GRAMMAR", "Grammar", "grammar"),
    "debris": _Class("TYPOGRAPHY", "Typography", "typographical"),
}


def rule_id(rule: str) -> str:
    """`word-choice` is UNSPUN_WORD_CHOICE."""
    return f"{_PREFIX}_{rule.upper().replace('-', '_')}"


def category_id(rule: str) -> str:
    """The category that clients can switch on and off."""
    return _CLASSES[catalogue.category(rule)].id


def short(rule: str) -> str:
    """A rule in a few words."""
    return catalogue.title(rule)


def description(rule: str) -> str:
    """A rule where it stands among those of other checkers."""
    title = catalogue.title(rule)
    return f"{_REWORDED}: {title[0].lower()}{title[1:]}"


def in_match(rule: str, url: str) -> Json:
    """The `rule` of a match."""
    of = _CLASSES[catalogue.category(rule)]
    return {
        "id": rule_id(rule),
        "description": description(rule),
        "issueType": of.issue,
        "urls": [{"value": url}],
        "category": {"id": of.id, "name": of.name},
    }


def in_configuration(rule: str) -> Json:
    """One of the `rules` of `/v2/configinfo`."""
    of = _CLASSES[catalogue.category(rule)]
    return {
        "ruleId": rule_id(rule),
        "description": description(rule),
        "categoryId": of.id,
        "categoryName": of.name,
        "locQualityIssueType": of.issue,
    }
