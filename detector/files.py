"""Files as the command reads them (strict UTF-8, of bounded length, no binaries), and as it writes them: whole or not at all."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

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


def shown(path: Path) -> str:
    """A path as text that every encoding carries, for messages and output."""
    return os.fsencode(path.as_posix()).decode("utf-8", "replace")


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


@contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """A file that takes `path`'s place when the block ends well and vanishes when it does not.

    What is no regular file (a pipe, /dev/null) is written to directly.
    """
    path = path.resolve()
    if path.exists() and not path.is_file():
        with path.open("wb") as sink:
            yield sink
        return
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        with partial.open("wb") as sink:
            yield sink
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
