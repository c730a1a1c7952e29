"""What goes to a worker and what comes back: bytes and a few facts, nothing of the web framework."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Job(NamedTuple):
    """One request for a worker.

    task: a key of `api.tasks.TASKS`. body: as sent, still compressed if it was. query: the raw query string.
    content_encoding, accept_encoding: those headers, empty where absent. request_id: for the log.
    """

    task: str
    body: bytes
    query: str = ""
    content_encoding: str = ""
    accept_encoding: str = ""
    request_id: str = ""


class Facts(NamedTuple):
    """What the metrics want to know of a reply. characters: scored, in code points. scores: of the documents."""

    characters: int = 0
    scores: tuple[float, ...] = ()


class Reply(NamedTuple):
    """A whole HTTP answer. `body` is compressed where `headers` say so."""

    status: int
    body: bytes
    media_type: str = "application/json"
    headers: Mapping[str, str] = {}
    facts: Facts = Facts()
