"""JSON lines: cut into lines in the reading process, and understood in the workers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import BinaryIO, Final

from detector.corpus.records import Raw
from detector.errors import MAX_TEXT_BYTES, InputError
from detector.results import Failure, Json

#: The longest line that is read: a text at the limit, with every other character escaped.
MAX_LINE_BYTES: Final = 2 * MAX_TEXT_BYTES

_CHUNK_BYTES: Final = 1 << 20
_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
#: What a longer line fails with: a code, and a message.
LINE_TOO_LARGE: Final = (
    "line_too_large",
    f"The line is longer than {MAX_LINE_BYTES:,} bytes, the limit; a text may have {MAX_TEXT_BYTES:,} (10 MB).",
)


def raw_lines(stream: BinaryIO) -> Iterator[Raw]:
    """Each line without its end; a Failure for one longer than MAX_LINE_BYTES, whose rest is skipped."""
    number = 0
    while line := stream.readline(MAX_LINE_BYTES + 1):
        number += 1
        if line.endswith(b"\n"):
            yield Raw(number, line[:-1])
        elif len(line) <= MAX_LINE_BYTES:
            yield Raw(number, line)
        else:
            while (rest := stream.readline(_CHUNK_BYTES)) and not rest.endswith(b"\n"):
                pass
            yield Raw(number, b"", failure=Failure(None, number, *LINE_TOO_LARGE))


def check_start(stream: BinaryIO, name: str) -> None:
    """Raise InputError `not_json_lines` where one value goes over many lines, as it does in most files named .json."""
    line = stream.readline(_CHUNK_BYTES).removeprefix(_BYTE_ORDER_MARK).strip()
    if line == b"{" or line.startswith(b"["):
        raise InputError(
            "not_json_lines",
            f"{name}: this is one JSON value, not an object on each line. Make it that, for example with jq -c '.[]'.",
        )


def parsed(line: bytes, number: int) -> Json:
    """The object that a line holds. number: its place in the file, from 1.

    Raises InputError: `empty_line`, `not_text`, `not_utf8`, `not_json`, `not_an_object`.
    """
    if number == 1:
        line = line.removeprefix(_BYTE_ORDER_MARK)
    if not line.strip():
        raise InputError("empty_line", "The line is empty.")
    if b"\0" in line:
        raise InputError("not_text", "The line holds NUL bytes: the input is binary, or UTF-16.")
    try:
        record = json.loads(line.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise InputError("not_utf8", f"The line is not UTF-8: its byte {error.start + 1} is wrong.") from None
    except json.JSONDecodeError as error:
        raise InputError("not_json", f"The line is not JSON: see its character {error.pos + 1}.") from None
    except (ValueError, RecursionError):
        raise InputError("not_json", "The line is JSON of absurd depth, or holds an absurd number.") from None
    if not isinstance(record, dict):
        raise InputError("not_an_object", "The line is JSON, but not an object.")
    return record
