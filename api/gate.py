"""The way in: first the key, then the rate."""

from __future__ import annotations

from fastapi import Request

from api.access import Access, presented
from api.rates import Rates
from api.settings import Role, Settings


class Gate:
    """Lets a request in, or raises Problem."""

    def __init__(self, settings: Settings) -> None:
        self._access = Access(settings.keys, settings.cors_origins)
        self._rates = Rates(settings.rate_limit)

    async def enter(
        self, request: Request, role: Role | None, secret: str | None = None, *, any_origin: bool = False
    ) -> str | None:
        """The name of the caller's key, None where the server has none. Raises Problem.

        role: what the key must allow, None: anything. secret: the key, where it does not come in our own headers,
        which count before: a proxy may add them for a client that must send some key of its own. any_origin: where
        there are no keys, web pages from anywhere may call.
        """
        key = self._access.check(request, role, presented(request) or secret, any_origin)
        name = key.name if key else None
        request.state.key = name
        request.state.headers = self._rates.take(key, request.client.host if request.client else "")
        return name
