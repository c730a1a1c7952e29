"""The `data` parameter: text, and markup that is stepped over or stands for something, such as a paragraph's end."""

from __future__ import annotations

import json
import re
from bisect import bisect_left
from collections.abc import Sequence
from http import HTTPStatus
from itertools import accumulate
from typing import Any, Final

from api.problems import Problem
from detector.plain import Plain

#: (what was sent, what is scored in its place)
Piece = tuple[str, str]

_SURROGATE: Final = re.compile("[\ud800-\udfff]")


class Annotated:
    """What was sent, and in `plain` what is scored of it and where that stands. Offsets in code points."""

    def __init__(self, pieces: Sequence[Piece]) -> None:
        self.plain = Plain.of(pieces)
        ends = list(accumulate(len(scored) for _, scored in pieces))
        kept = [(end - len(text), end) for (sent, text), end in zip(pieces, ends, strict=True) if sent == text]
        self._starts = [start for start, _ in kept]
        self._ends = [end for _, end in kept]

    def is_sent(self, start: int, end: int) -> bool:
        """Whether any of plain.text[start:end] was sent as text: what markup stands for nobody can correct."""
        first = bisect_left(self._ends, start + 1)
        return first < len(self._starts) and self._starts[first] < end


def read(data: str) -> list[Piece]:
    """The pieces of a `data` parameter. Raises Problem.

    Unknown members are ignored, numbers count as text, null as absent.
    """
    try:
        found = json.loads(data)
    except (ValueError, RecursionError):
        raise _refused("Could not parse JSON from 'data' parameter") from None
    if not isinstance(found, dict):
        raise _refused("The 'data' parameter must be a JSON object")
    text, annotation = found.get("text"), found.get("annotation")
    if text is not None and annotation is not None:
        raise _refused("The 'data' parameter must have 'text' or 'annotation', not both")
    if text is not None:
        text = _string(text)
        return [(text, text)]
    if not isinstance(annotation, list):
        raise _refused("The 'data' parameter must have 'text' or a list 'annotation'")
    return [_piece(element) for element in annotation]


def _piece(element: Any) -> Piece:
    if not isinstance(element, dict):
        raise _refused("Each element of 'annotation' must be an object")
    text, markup, meaning = (element.get(name) for name in ("text", "markup", "interpretAs"))
    if (text is None) == (markup is None):
        raise _refused("Each element of 'annotation' must have either 'text' or 'markup'")
    if markup is not None:
        return _string(markup), "" if meaning is None else _string(meaning)
    if meaning is not None:
        raise _refused("Only an element of 'annotation' with 'markup' can have 'interpretAs'")
    text = _string(text)
    return text, text


def _string(value: Any) -> str:
    """As LanguageTool does. Half a surrogate pair becomes U+FFFD, which is as long in UTF-16."""
    if isinstance(value, list | dict):
        raise _refused("'text', 'markup' and 'interpretAs' must be strings")
    return _SURROGATE.sub("\ufffd", value if isinstance(value, str) else json.dumps(value))


def _refused(sentence: str) -> Problem:
    return Problem(HTTPStatus.BAD_REQUEST, f"{sentence}.")
