"""Logs as one JSON object a line. No line ever holds a text: errors are told by their kind and place, never by message."""

from __future__ import annotations

import asyncio
import json
import logging
import sys
import traceback
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

#: The attribute of a log record that holds what is to be logged besides the message.
_FIELDS: Final = "fields"


def fields(**values: object) -> dict[str, Any]:
    """For the `extra` argument of a logging call: members of the line's object."""
    return {_FIELDS: values}


def fault(error: BaseException, **values: object) -> dict[str, Any]:
    """The same for an error. Its message may quote the text, so the log gets its kind and its place in the code."""
    frames = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(error.__traceback__)]
    return fields(**values, error=type(error).__name__, frames=frames)


def unhandled(_: asyncio.AbstractEventLoop, context: Mapping[str, Any]) -> None:
    """For `loop.set_exception_handler`: asyncio's own handler writes what an exception says."""
    error = context.get("exception")
    logging.getLogger("unspun").error(
        "something failed outside a request", extra=fault(error) if isinstance(error, BaseException) else None
    )


class JsonLines(logging.Formatter):
    """time, level, message, and whatever `fields` gave."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "message": record.getMessage(),
            **getattr(record, _FIELDS, {}),
        }
        if record.exc_info and record.exc_info[1]:
            line |= fault(record.exc_info[1])[_FIELDS]
        return json.dumps(line, default=str)


def install(level: str) -> None:
    """Log to standard error, what the libraries have to say included."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    logging.captureWarnings(True)
    logging.getLogger("unspun").setLevel(level.upper())
