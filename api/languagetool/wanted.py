"""What a client asks of `/v2/check`."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Final, NamedTuple, TypeVar

from api.languagetool import annotation, languages
from api.languagetool.annotation import Annotated
from api.languagetool.languages import Language
from api.problems import Problem
from detector.results import Mode

T = TypeVar("T")

_MODES: Final[Mapping[str, Mode]] = {"default": "balanced", "picky": "sensitive"}
#: Which values of `mode` show phrases; the third asks for findings about whole texts, which are not matches here.
_PHRASES: Final[Mapping[str, bool]] = {"all": True, "allButTextLevelOnly": True, "textLevelOnly": False}


class Rules(NamedTuple):
    """Which rules and categories a client wants to hear of, by id."""

    only: bool
    enabled: frozenset[str]
    disabled: frozenset[str]
    enabled_categories: frozenset[str]
    disabled_categories: frozenset[str]

    def show(self, rule: str, category: str) -> bool:
        """Whether matches of this rule are shown: what names the rule counts before what names its category."""
        if self.only:
            return rule in self.enabled or category in self.enabled_categories
        if category in self.disabled_categories - self.enabled_categories:
            return rule in self.enabled
        return rule not in self.disabled


class Wanted(NamedTuple):
    """One check. language: None is to be detected. english: the variant meant where English is detected."""

    annotated: Annotated
    language: Language | None
    english: Language
    mode: Mode
    phrases: bool
    rules: Rules
    compact: bool


def understood(sent: Mapping[str, str]) -> Wanted:
    """The parameters as a check. Raises Problem."""
    language = _language(sent.get("language", ""))
    preferred = map(languages.known, _listed(sent.get("preferredVariants", "")))
    variants = [language, *preferred]
    return Wanted(
        annotated=_annotated(sent),
        language=language,
        english=next((variant for variant in variants if variant and variant.is_english), languages.DEFAULT),
        mode=_chosen("level", sent.get("level") or "default", _MODES),
        phrases=_chosen("mode", sent.get("mode") or "all", _PHRASES),
        rules=_rules(sent),
        compact=sent.get("c") == "1",
    )


def _annotated(sent: Mapping[str, str]) -> Annotated:
    if "text" in sent and "data" in sent:
        raise _refused("Set only 'text' or 'data' parameter, not both")
    if "text" in sent:
        return Annotated([(sent["text"], sent["text"])])
    if "data" in sent:
        return Annotated(annotation.read(sent["data"]))
    raise _refused("Missing 'text' or 'data' parameter")


def _language(code: str) -> Language | None:
    if not code:
        raise _refused("Missing 'language' parameter, e.g. 'language=en-US' or 'language=auto'")
    if code == languages.AUTO:
        return None
    language = languages.known(code)
    if language is None:
        codes = ", ".join(known.long_code for known in languages.ENGLISH)
        raise _refused(f"The 'language' parameter is not a known language code. Checked are: {codes}")
    return language


def _rules(sent: Mapping[str, str]) -> Rules:
    names = ("enabledRules", "disabledRules", "enabledCategories", "disabledCategories")
    rules = Rules(
        sent.get("enabledOnly") in ("true", "yes"), *(frozenset(_listed(sent.get(name, ""))) for name in names)
    )
    if rules.only and (rules.disabled or rules.disabled_categories):
        raise _refused("You cannot disable rules or categories with 'enabledOnly=true'")
    if rules.only and not (rules.enabled or rules.enabled_categories):
        raise _refused("You must enable rules or categories with 'enabledOnly=true'")
    return rules


def _listed(value: str) -> list[str]:
    return [part.strip() for part in value.split(",") if part.strip()]


def _chosen(name: str, value: str, choices: Mapping[str, T]) -> T:
    if value not in choices:
        raise _refused(f"The '{name}' parameter must be one of: {', '.join(choices)}")
    return choices[value]


def _refused(sentence: str) -> Problem:
    return Problem(HTTPStatus.BAD_REQUEST, f"{sentence}.")
