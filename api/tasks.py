"""What a worker does with a job: from request body to whole reply, the errors in the words of each wire format."""

from __future__ import annotations

import gzip
import logging
import re
import zlib
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Final, NamedTuple

from api import languagetool, perspective, problems, score
from api.jobs import Job, Reply
from api.logs import fault
from api.problems import Problem
from api.settings import Settings
from detector.errors import InputError
from detector.results import Scorer

_LOG: Final = logging.getLogger("unspun")
_GZIP: Final = 16 + zlib.MAX_WBITS
#: A shorter reply is not worth compressing.
_WORTH_COMPRESSING: Final = 1_000
_LEVEL: Final = 5
_NEVER: Final = re.compile(r"q\s*=\s*0(\.0*)?")


class Task(NamedTuple):
    """How one wire format is answered, and how it tells errors."""

    answer: Callable[[Scorer, Settings, Job], Reply]
    render: Callable[[Problem], Reply]


TASKS: Final[Mapping[str, Task]] = {
    "score": Task(score.answer, problems.render),
    "languagetool": Task(languagetool.check, languagetool.render),
    "perspective": Task(perspective.analyze, perspective.render),
}


def perform(detector: Scorer, settings: Settings, job: Job) -> Reply:
    """The reply to a job; never raises."""
    task = TASKS[job.task]
    try:
        body = uncompressed(job.body, job.content_encoding, settings.body_bytes)
        reply = task.answer(detector, settings, job._replace(body=body))
    except Problem as problem:
        reply = task.render(problem)
    except InputError as error:
        reply = task.render(Problem(HTTPStatus.UNPROCESSABLE_ENTITY, str(error)))
    except Exception as error:  # noqa: BLE001 (a worker outlives every text)
        _LOG.error("scoring failed", extra=fault(error, request_id=job.request_id))
        reply = task.render(ours())
    model = {"Unspun-Model": f"{detector.info.name}@{detector.info.version}"}
    return _compressed(reply._replace(headers={**reply.headers, **model}), job.accept_encoding)


def ours() -> Problem:
    """What is said of an error nobody foresaw."""
    return Problem(HTTPStatus.INTERNAL_SERVER_ERROR, "Something failed; the fault is on our side.")


def uncompressed(body: bytes, encoding: str, most: int) -> bytes:
    """The body as it was before `Content-Encoding`, of at most `most` bytes. Raises Problem."""
    if encoding.strip().lower() in ("", "identity"):
        return body
    if encoding.strip().lower() not in ("gzip", "x-gzip"):
        raise Problem(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            "The only Content-Encoding known here is gzip.",
            headers={"Accept-Encoding": "gzip"},
        )
    stream = zlib.decompressobj(_GZIP)
    try:
        whole = stream.decompress(body, most + 1)
    except zlib.error:
        raise Problem(HTTPStatus.BAD_REQUEST, "The body is not what gzip makes.") from None
    if len(whole) > most:
        raise too_large(most)
    if not stream.eof or stream.unused_data:
        raise Problem(HTTPStatus.BAD_REQUEST, "The compressed body is cut off, or something follows it.")
    return whole


def too_large(most: int) -> Problem:
    """The body is over the limit."""
    return Problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"The body is longer than {most} bytes, the limit.")


def _compressed(reply: Reply, accepted: str) -> Reply:
    if "gzip" not in _accepted(accepted) or len(reply.body) < _WORTH_COMPRESSING:
        return reply
    headers = {**reply.headers, "Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
    return reply._replace(body=gzip.compress(reply.body, _LEVEL, mtime=0), headers=headers)


def _accepted(header: str) -> set[str]:
    """The codings that a client names without forbidding them (`gzip;q=0`)."""
    parts = [part.partition(";") for part in header.lower().split(",")]
    return {name.strip() for name, _, quality in parts if not _NEVER.fullmatch(quality.strip())}
