"""Text files as the command reads them: strict UTF-8, at most MAX_TEXT_BYTES, no binaries."""

from __future__ import annotations

import sys
from pathlib import Path

from detector.errors import MAX_TEXT_BYTES, InputError

#: The name that stands for standard input and output.
STANDARD = "-"


def read_text(name: str) -> str:
    """The text of a file, or of standard input for "-", byte for byte (line ends and a byte-order mark stay).

    Raises InputError: `not_found`, `unreadable`, `text_too_large`, `not_text`, `not_utf8`.
    """
    data = _read(name)
    if len(data) > MAX_TEXT_BYTES:
        raise InputError(
            "text_too_large", f"The file is longer than {MAX_TEXT_BYTES:,} bytes (10 MB), the limit for one text."
        )
    if b"\0" in data:
        raise InputError("not_text", "The file is not text: it holds NUL bytes.")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InputError(
            "not_utf8",
            f"The file is not UTF-8: its byte {error.start + 1} is wrong. Convert it, for example with iconv.",
        ) from None


def _read(name: str) -> bytes:
    limit = MAX_TEXT_BYTES + 1
    try:
        if name == STANDARD:
            return sys.stdin.buffer.read(limit)
        with Path(name).open("rb") as file:
            return file.read(limit)
    except FileNotFoundError:
        raise InputError("not_found", "The file does not exist.") from None
    except OSError as error:
        raise InputError("unreadable", f"The file cannot be read: {error.strerror}.") from None
