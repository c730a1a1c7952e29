"""The page at `/`: plain files, no build step, nothing from another host."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from fastapi import FastAPI, Request
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

_FILES: Final = Path(__file__).parent / "static"
#: What stands in the page's text must not run: no inline script, no inline style, no other host.
_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_HEADERS: Final = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    # The browser asks each time whether its copy is still good, so that a new version is seen at once.
    "Cache-Control": "no-cache",
}
#: Not left to the machine's own table of types: a browser refuses a script of another type.
_TYPES: Final = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}


class _Files(StaticFiles):
    """The files with our headers; they carry an ETag already, and `If-None-Match` is answered with 304."""

    def file_response(
        self, full_path: str | os.PathLike[str], stat_result: os.stat_result, scope: Scope, status_code: int = 200
    ) -> Response:
        response = super().file_response(full_path, stat_result, scope, status_code)
        response.headers.update(_HEADERS)
        if "content-type" in response.headers:
            response.headers["Content-Type"] = _TYPES[Path(full_path).suffix]
        return response


def install(app: FastAPI) -> None:
    """Add the page and its files. Addresses are relative, so that a proxy may serve it under a prefix."""
    files = _Files(directory=_FILES)

    @app.api_route("/", methods=["GET", "HEAD"], include_in_schema=False)
    async def page(request: Request) -> Response:
        return await files.get_response("index.html", request.scope)

    app.mount("/static", files, name="static")
