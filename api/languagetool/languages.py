"""Language codes as LanguageTool's clients use them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from api import language


class Language(NamedTuple):
    """`code` is the short code, `long_code` the one with the variant."""

    name: str
    code: str
    long_code: str

    @property
    def is_english(self) -> bool:
        return self.code == "en"


#: What is checked, sorted by name.
ENGLISH: Final[Sequence[Language]] = (
    Language("English", "en", "en"),
    Language("English (Australian)", "en", "en-AU"),
    Language("English (Canadian)", "en", "en-CA"),
    Language("English (GB)", "en", "en-GB"),
    Language("English (New Zealand)", "en", "en-NZ"),
    Language("English (South African)", "en", "en-ZA"),
    Language("English (US)", "en", "en-US"),
)
DEFAULT: Final = ENGLISH[-1]
AUTO: Final = "auto"

_BY_CODE: Final = {known.long_code.lower(): known for known in ENGLISH}
# Codes that clients may set, of languages that `language.detect` does not tell apart from their neighbours.
_NAMES: Final[Mapping[str, str]] = {**language.NAMES, "ast": "Asturian", "crh": "Crimean Tatar", "nb": "Norwegian"}
_TAG: Final = re.compile(r"([a-z]{2,3})(?:-[a-z0-9]{1,8}){0,4}", re.IGNORECASE)


def known(code: str) -> Language | None:
    """The language of a code such as `en-GB`, `de` or `ca-ES-valencia`; None where there is no such language."""
    if code.lower() in _BY_CODE:
        return _BY_CODE[code.lower()]
    tag = _TAG.fullmatch(code)
    short = tag[1].lower() if tag else ""
    return Language(_NAMES[short], short, code) if short in _NAMES else None


def detected(text: str, english: Language) -> tuple[Language, float]:
    """The language of a text and how sure that is; `english`, 0.0 where it cannot be told."""
    code, confidence = language.detect(text)
    if code == "en":
        return english, confidence
    if confidence < language.SURE:
        return english, 0.0
    return Language(language.NAMES[code], code, code), confidence
