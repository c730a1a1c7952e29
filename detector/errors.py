"""What can go wrong, as sentences a user can act on, and the one limit of the library."""

from __future__ import annotations

from typing import Final

#: The longest text that is scored, in bytes of UTF-8.
MAX_TEXT_BYTES: Final = 10_000_000


class UnspunError(Exception):
    """Base of every error raised on purpose by this package."""


class ModelError(UnspunError):
    """The model is missing, damaged or of another format version."""


class InputError(UnspunError):
    """A text that cannot be scored. `code` is stable and meant for programs; the message never quotes the text."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def check_size(text: str) -> None:
    """Raise InputError `text_too_large` if `text` is longer than MAX_TEXT_BYTES in UTF-8."""
    if len(text) * 4 <= MAX_TEXT_BYTES:
        return
    if len(text) > MAX_TEXT_BYTES or len(text.encode("utf-8", "surrogatepass")) > MAX_TEXT_BYTES:
        raise InputError("text_too_large", f"The text is longer than {MAX_TEXT_BYTES:,} bytes (10 MB), the limit.")
