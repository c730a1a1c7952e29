"""The queue in front of the backend: of bounded length, and whom it cannot hold it refuses at once."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import Request
from starlette.responses import Response

from api import dialects
from api.backends import Backend
from api.jobs import Job
from api.metrics import Metrics
from api.problems import AGAIN, Problem
from api.turnstile import Full, Turnstile


class Line:
    """Belongs to one event loop."""

    def __init__(self, backend: Backend, queue: int, counted: Metrics) -> None:
        """queue: how many may wait while the backend is busy."""
        self._backend = backend
        self._counted = counted
        self._places = backend.size + queue
        self._door = Turnstile(self._places)
        counted.gauge("unspun_in_progress", "Requests being scored or waiting for it.", lambda: self._door.inside)
        counted.gauge("unspun_queue", "Requests waiting for a worker.", self._waiting)

    @property
    def full(self) -> bool:
        """Whether the next request would be refused."""
        return self._door.inside >= self._places

    async def run(self, request: Request, task: str, body: bytes) -> Response:
        """The answer to a request whose body has been read. Raises Problem."""
        headers = request.headers
        job = Job(
            task,
            body,
            query(request),
            headers.get("content-encoding", ""),
            headers.get("accept-encoding", ""),
            request.state.request_id,
        )
        try:
            with self._door.enter():
                reply = await self._backend.run(job)
        except Full:
            raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, "Too many requests are waiting.", headers=AGAIN) from None
        self._counted.scored(reply.facts)
        return dialects.response(reply)

    def _waiting(self) -> int:
        return max(0, self._door.inside - self._backend.size)


def query(request: Request) -> str:
    """The query as sent, whatever bytes it is made of."""
    return str(request.scope["query_string"], "latin-1")
