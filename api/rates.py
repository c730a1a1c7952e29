"""Rate limits, counted for each key or, without keys, for each client address.

One process takes every request, so the counts hold whatever the number of workers.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from http import HTTPStatus

from limits import RateLimitItem, parse_many
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from api.problems import Problem
from api.settings import Key


class Rates:
    """A moving window for each caller and limit."""

    def __init__(self, default: str) -> None:
        self._default = default
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    def take(self, key: Key | None, address: str) -> Mapping[str, str]:
        """Count one request; headers that say what is left. Raises Problem where nothing is."""
        written = self._default if key is None or key.rate_limit is None else key.rate_limit
        if not written:
            return {}
        caller = f"key {key.name}" if key else f"address {address}"
        items = parse_many(written)
        allowed = all(self._limiter.test(item, caller) for item in items)
        if allowed:
            for item in items:
                self._limiter.hit(item, caller)
        headers, wait = self._standing(items, caller)
        if not allowed:
            raise Problem(
                HTTPStatus.TOO_MANY_REQUESTS,
                f"Too many requests; the limit is {written}.",
                headers={**headers, "Retry-After": str(wait)},
            )
        return headers

    def _standing(self, items: list[RateLimitItem], caller: str) -> tuple[dict[str, str], int]:
        """The fields of the IETF draft on RateLimit headers, and the seconds to wait where one limit is used up."""
        policies, standings, waits = [], [], [1]
        for number, item in enumerate(items):
            reset, remaining = self._limiter.get_window_stats(item, caller)
            seconds = max(0, math.ceil(reset - time.time()))
            policies.append(f'"{number}";q={item.amount};w={item.get_expiry()}')
            standings.append(f'"{number}";r={remaining};t={seconds}')
            if remaining == 0:
                waits.append(seconds)
        return {"RateLimit-Policy": ", ".join(policies), "RateLimit": ", ".join(standings)}, max(waits)
