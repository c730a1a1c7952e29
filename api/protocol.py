"""uvicorn's HTTP protocol, kinder to one sort of client and less patient with another."""

from __future__ import annotations

import asyncio
from typing import Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

#: A connection that has not sent all the headers of a request by then is closed, so that idle ones do not pile up.
HEAD_SECONDS: Final = 10.0


class ServiceProtocol(HttpToolsProtocol):
    """Answers a client that has shut its sending side behind its request; uvicorn drops such a request if its handler
    waits. Emacs's langtool is one such client. Closes connections on which no request comes.
    """

    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        super().connection_made(transport)
        self._wait_for_head()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._wait_for_head()

    def on_headers_complete(self) -> None:
        self._stop_waiting()
        super().on_headers_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        super().connection_lost(exc)

    def eof_received(self) -> bool:  # type: ignore[override]  # asyncio wants it so
        """Whether the sending side stays open."""
        cycle = self.cycle
        if cycle is None or cycle.response_complete or cycle.more_body:  # what is cut off has no answer
            return False
        cycle.keep_alive = False
        return True

    def _wait_for_head(self) -> None:
        if self._deadline is None:
            self._deadline = self.loop.call_later(HEAD_SECONDS, self.transport.close)

    def _stop_waiting(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
