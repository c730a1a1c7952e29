"""What one request and one server will take."""

from __future__ import annotations

import os
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Limits:
    """The bounds of a server. The defaults are documented in docs/http.md.

    body_bytes: longest request body. skipped_bytes: of a longer one, how much is read and dropped before the refusal.
    body_seconds: time a client has to send it.
    workers: requests scored at the same time. waiting: requests that may queue for a worker.
    reading: bodies that may be on their way in at the same time.
    """

    body_bytes: int = 4 * 1024 * 1024
    skipped_bytes: int = 64 * 1024 * 1024
    body_seconds: float = 30.0
    workers: int = field(default_factory=lambda: min(4, os.cpu_count() or 1))
    waiting: int = 16
    reading: int = 64


#: Most texts or documents in one request.
MAX_DOCUMENTS = 1_000
#: Longest id, in characters.
MAX_ID_LENGTH = 200
#: Most phrases in `allow`, and the longest of them, in characters.
MAX_ALLOWED = 1_000
MAX_PHRASE_LENGTH = 200
