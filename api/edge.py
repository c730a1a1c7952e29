"""What every request passes on its way in and every answer on its way out: id, headers, metrics, one log line."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Mapping
from typing import Any, Final
from uuid import uuid4

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import logs
from api.dialects import path_of, speaks_languagetool, told
from api.metrics import Metrics
from api.settings import Settings
from api.tasks import ours

_LOG: Final = logging.getLogger("unspun")
REQUEST_ID: Final = "X-Request-ID"
_PLAUSIBLE_ID: Final = re.compile(r"[A-Za-z0-9._:-]{1,128}")

_SECURITY: Final[Mapping[str, str]] = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
#: For answers that are no pages: nothing in them may be run or loaded.
_NO_PAGE: Final = "default-src 'none'; frame-ancestors 'none'"

#: What pages of other origins may call where the settings name them. LanguageTool's clients in browsers call from any
#: page, and report what lacks the header as no connection at all.
_CLOSED_PREFIXES: Final = ("/v1/", "/v1alpha1/")
_EXPOSED: Final = "Retry-After, RateLimit, RateLimit-Policy, Unspun-Model, X-Request-ID"
_PREFLIGHT: Final[Mapping[str, str]] = {
    "Access-Control-Allow-Methods": "GET, POST, DELETE",
    "Access-Control-Allow-Headers": "Authorization, Content-Encoding, Content-Type, X-API-Key, X-Goog-API-Key, X-Request-ID",
    "Access-Control-Max-Age": "600",
}

#: The status noted where there was nobody left to answer, as nginx does.
_GONE: Final = 499
#: A method is a word of the client's, too: others than these are counted together.
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"})


class Edge:
    """ASGI middleware around the whole app."""

    def __init__(self, app: ASGIApp, settings: Settings, metrics: Metrics) -> None:
        self._app = app
        self._origins = frozenset(settings.cors_origins)
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            await self._answer(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        began = time.perf_counter()
        sent = Headers(scope=scope)
        given = sent.get(REQUEST_ID, "")
        request_id = given if _PLAUSIBLE_ID.fullmatch(given) else uuid4().hex
        path = path_of(scope)
        cors = self._cors(path, sent)
        state = scope.setdefault("state", {})
        state["request_id"] = request_id
        status = 0

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(raw=message["headers"])
                for name, value in {**_SECURITY, **cors, **state.get("headers", {}), REQUEST_ID: request_id}.items():
                    headers[name] = value
                if self._origins:
                    headers.add_vary_header("Origin")
                headers.setdefault("Content-Security-Policy", _NO_PAGE)
                if speaks_languagetool(path) and "user-agent" not in sent and "accept" not in sent:
                    headers["Connection"] = "close"  # Emacs's langtool reads the answer when the connection ends
                message["headers"] = headers.raw
            await send(message)

        try:
            if cors and scope["method"] == "OPTIONS":
                await _preflight(sent)(scope, receive, sending)
            else:
                await self._app(scope, receive, sending)
        except Exception as error:  # noqa: BLE001 (the last that sees it)
            _LOG.error("a request failed", extra=logs.fault(error, request_id=request_id))
            if not status:
                await told(ours(), scope)(scope, receive, sending)
        finally:
            self._note(scope, state, request_id, status or _GONE, time.perf_counter() - began)

    def _cors(self, path: str, sent: Headers) -> dict[str, str]:
        """The headers that let a page of another origin read the answer."""
        origin = sent.get("origin", "")
        if speaks_languagetool(path):
            return {"Access-Control-Allow-Origin": "*", "Access-Control-Expose-Headers": _EXPOSED}
        if not path.startswith(_CLOSED_PREFIXES):
            return {}
        if "*" in self._origins:
            return {"Access-Control-Allow-Origin": "*", "Access-Control-Expose-Headers": _EXPOSED}
        if origin in self._origins:
            return {"Access-Control-Allow-Origin": origin, "Access-Control-Expose-Headers": _EXPOSED}
        return {}

    def _note(self, scope: Scope, state: Mapping[str, Any], request_id: str, status: int, seconds: float) -> None:
        # The route's pattern and never the path, which may hold a text.
        route = getattr(scope.get("route"), "path", "other")
        method = scope["method"] if scope["method"] in _METHODS else "other"
        self._metrics.answered(method, route, status, seconds)
        facts = {"request_id": request_id, "method": method, "route": route, "status": status}
        more = {"milliseconds": round(seconds * 1000, 1), "key": state.get("key")}
        _LOG.info("request", extra=logs.fields(**facts, **more))


def _preflight(sent: Headers) -> Response:
    private = sent.get("access-control-request-private-network") == "true"
    return Response(
        status_code=204,
        headers={**_PREFLIGHT, **({"Access-Control-Allow-Private-Network": "true"} if private else {})},
    )
