"""Request bodies: bounded in size, in time and in number."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

import anyio
from fastapi import Request
from starlette.requests import ClientDisconnect

from api.problems import AGAIN, Problem
from api.settings import Settings
from api.tasks import too_large, uncompressed
from api.turnstile import Full, Turnstile

#: Of a body over the limit so much more is read and dropped: a client that closes behind its request reads the
#: answer only if it can send all of it first.
DROPPED_BYTES: Final = 64 * 1024 * 1024


class Reader:
    """Reads the bodies of one server."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._door = Turnstile(settings.reading)
        self._side_door = Turnstile(max(1, settings.reading // 4))

    async def body(self, request: Request, *, stranger: bool = False) -> bytes:
        """The body as sent, never more of it in memory than the limit. Raises Problem.

        stranger: the caller may turn out to have no key. Such bodies have few places, which are not those of others.
        """
        try:
            with (self._side_door if stranger else self._door).enter():
                return await self._read(request, 0 if stranger else DROPPED_BYTES)
        except Full:
            raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, "Too many requests at once.", headers=AGAIN) from None

    async def json(self, request: Request) -> bytes:
        """The body of a request that must be JSON, uncompressed. Raises Problem."""
        require_json(request)
        return uncompressed(await self.body(request), encoding(request), self._settings.body_bytes)

    async def _read(self, request: Request, dropped: int) -> bytes:
        limit = self._settings.body_bytes
        announced = request.headers.get("content-length", "")
        if announced.isdecimal() and int(announced) > limit + dropped:
            raise too_large(limit)
        body, size = bytearray(), 0
        try:
            with anyio.fail_after(self._settings.body_seconds):
                async for chunk in request.stream():
                    size += len(chunk)
                    if size <= limit:
                        body += chunk
                    elif size > limit + dropped:
                        break
        except TimeoutError:
            raise Problem(HTTPStatus.REQUEST_TIMEOUT, "The body did not arrive in time.") from None
        except ClientDisconnect:
            raise Problem(HTTPStatus.BAD_REQUEST, "The body was cut off.") from None
        if size > limit:
            raise too_large(limit)
        return bytes(body)


def require_json(request: Request) -> None:
    """Raise Problem for another content type."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise Problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "Send Content-Type: application/json.")


def encoding(request: Request) -> str:
    """Content-Encoding, empty where there is none."""
    return request.headers.get("content-encoding", "")
