"""Jobs and replies as bytes on a pipe: the lengths of two parts, then a JSON object, then a body."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from typing import Any, Final

from api.jobs import Facts, Job, Reply

_LENGTHS: Final = struct.Struct("!II")
#: Bytes of the lengths in front of each frame.
HEAD: Final = _LENGTHS.size


def pack(about: dict[str, Any], body: bytes = b"") -> bytes:
    """One frame."""
    described = json.dumps(about).encode()
    return _LENGTHS.pack(len(described), len(body)) + described + body


def lengths(head: bytes) -> tuple[int, int]:
    """Bytes of the description and of the body, from the first HEAD bytes of a frame."""
    described, body = _LENGTHS.unpack(head)
    return described, body


def loads(described: bytes) -> dict[str, Any]:
    """The description of a frame."""
    about: dict[str, Any] = json.loads(described)
    return about


def read(take: Callable[[int], bytes]) -> tuple[dict[str, Any], bytes] | None:
    """The next frame from a blocking source; None at its end. Raises EOFError in the middle of a frame."""
    head = take(HEAD)
    if not head:
        return None
    described, size = lengths(_whole(head, HEAD))
    return loads(_whole(take(described), described)), _whole(take(size), size)


def _whole(data: bytes, size: int) -> bytes:
    if len(data) != size:
        raise EOFError
    return data


def from_job(job: Job) -> bytes:
    about = job._asdict()
    return pack(about, about.pop("body"))


def to_job(about: dict[str, Any], body: bytes) -> Job:
    return Job(body=body, **about)


def from_reply(reply: Reply) -> bytes:
    about = reply._asdict()
    body = about.pop("body")
    return pack({**about, "headers": dict(reply.headers), "facts": reply.facts._asdict()}, body)


def to_reply(about: dict[str, Any], body: bytes) -> Reply:
    facts = about.pop("facts")
    return Reply(body=body, facts=Facts(facts["characters"], tuple(facts["scores"])), **about)
