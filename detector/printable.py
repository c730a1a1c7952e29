"""Text made safe to show: nothing in it can steer a terminal or reorder a line."""

from __future__ import annotations

import re
from typing import Final

_GAP: Final = re.compile(r"[\t\n\r\x0b\x0c\x85\u2028\u2029]")
# Control characters, bidirectional overrides and lone surrogates.
_UNSAFE: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def printable(text: str) -> str:
    """The text with every unsafe character replaced one for one, so that offsets still hold."""
    return _UNSAFE.sub("\ufffd", _GAP.sub(" ", text))
