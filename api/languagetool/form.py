"""Parameters as LanguageTool's clients send them: urlencoded in UTF-8, in the query, the body or both."""

from __future__ import annotations

import re
from collections.abc import Iterator
from http import HTTPStatus
from typing import Final
from urllib.parse import unquote_to_bytes

from api.problems import Problem

#: The parameters that are understood; all others are ignored, as LanguageTool's newer and older clients expect.
NAMES: Final = frozenset(
    "text data language preferredVariants level mode c "
    "enabledOnly enabledRules disabledRules enabledCategories disabledCategories".split()
)
#: How a client names our API key, the likeliest first: editors, gramma, the browser add-on.
KEY_NAMES: Final = ("apiKey", "api_key", "password")

_MOST_FIELDS: Final = 1_000
_LONGEST_KEY: Final = 500
_BAD_ESCAPE: Final = re.compile(rb"%(?![0-9A-Fa-f]{2})")


def parameters(query: str, body: bytes) -> dict[str, str]:
    """The parameters of NAMES that were sent: a name without `=` is empty, the last of several wins, query before body.

    The content type is not looked at: some clients send none. Bytes that are not UTF-8 become U+FFFD. Raises Problem.
    """
    return {**_fields(body), **_fields(query.encode("latin-1", "replace"))}


def api_key(body: bytes, query: str) -> str | None:
    """The API key among the parameters, found without reading the others; query before body."""
    for raw in (query.encode("latin-1", "replace"), body):
        for value in _keys(raw):
            if value and len(value) <= _LONGEST_KEY:
                return _decoded(value)
    return None


def _fields(raw: bytes) -> dict[str, str]:
    parts = raw.split(b"&", _MOST_FIELDS)
    if len(parts) > _MOST_FIELDS:
        raise Problem(HTTPStatus.BAD_REQUEST, "There are too many parameters.")
    last: dict[str, bytes] = {}
    for part in parts:
        name, _, value = part.partition(b"=")
        last[_decoded(name)] = value
    return {name: _checked(value) for name, value in last.items() if name in NAMES}


def _checked(value: bytes) -> str:
    if _BAD_ESCAPE.search(value):
        raise Problem(
            HTTPStatus.BAD_REQUEST, "A parameter is not urlencoded: a '%' must be followed by two hex digits."
        )
    return _decoded(value)


def _decoded(raw: bytes) -> str:
    return unquote_to_bytes(raw.replace(b"+", b" ")).decode("utf-8", "replace")


def _keys(raw: bytes) -> Iterator[bytes]:
    """The last value of each of KEY_NAMES. A search for bytes, because a body may have millions of them."""
    for name in KEY_NAMES:
        start = f"{name}=".encode()
        at = raw.rfind(b"&" + start) + 1
        if at or raw.startswith(start):
            value = at + len(start)
            end = raw.find(b"&", value)
            yield raw[value : len(raw) if end < 0 else end]
