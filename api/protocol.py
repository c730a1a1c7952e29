"""uvicorn's HTTP protocol, kinder to one sort of client and less patient with another."""

from __future__ import annotations

import asyncio
from typing import Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

#: A connection that has not sent all the headers of a request by then is closed, so that idle ones do not pile up.
HEAD_SECONDS: Final = 10.0
#: The longest request line with its headers, give or take two steps.
HEAD_BYTES: Final = 64 * 1024
#: The parser does not say where in what it is fed a message begins, so it is fed so much at a time.
_STEP: Final = 4096
_TOO_LONG: Final = b"The headers of the request are too long."


class ServiceProtocol(HttpToolsProtocol):
    """Answers a client that has shut its sending side behind its request; uvicorn drops such a request if its handler
    waits. Emacs's langtool is one such client. Closes connections on which no request comes, or too long a one.
    """

    _deadline: asyncio.TimerHandle | None = None
    _refused = False
    #: Bytes that the parser may have to keep: since a message began, or since the last of its body. Trailers count.
    _kept = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        super().connection_made(transport)
        self._wait_for_head()

    def data_received(self, data: bytes) -> None:
        for start in range(0, len(data), _STEP):
            if self._refused or self.transport.is_closing():
                break
            step = data[start : start + _STEP]
            self._kept += len(step)
            super().data_received(step)
            if self._kept > HEAD_BYTES:
                self._refuse()
        # uvicorn has just stopped its own clock for idle connections, and what came need not be a request: empty
        # lines, or the rest of one that is answered already.
        if not self._busy:
            self._wait_for_head()

    def on_message_begin(self) -> None:
        self._kept = 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._kept = 0
        self._stop_waiting()
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._kept = 0
        super().on_body(body)

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        super().connection_lost(exc)

    def eof_received(self) -> bool:  # type: ignore[override]  # asyncio wants it so
        """Whether the sending side stays open."""
        if not self._busy or self.cycle.more_body:  # what is cut off has no answer
            return False
        self.cycle.keep_alive = False
        return True

    @property
    def _busy(self) -> bool:
        """Whether a request waits for its answer, or for the rest of it."""
        return self.cycle is not None and not self.cycle.response_complete

    def _refuse(self) -> None:
        self._refused = True
        if self._busy or self.transport.is_closing():  # an answer within or behind another would be misread
            self.transport.close()
            return
        self.transport.write(
            b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-type: text/plain; charset=utf-8\r\n"
            b"content-length: %d\r\nconnection: close\r\n\r\n%b" % (len(_TOO_LONG), _TOO_LONG)
        )
        self.transport.write_eof()  # a client that is still sending reads it only where nothing is closed behind it

    def _wait_for_head(self) -> None:
        if self._deadline is None:
            self._deadline = self.loop.call_later(HEAD_SECONDS, self.transport.close)

    def _stop_waiting(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
