"""`/docs`: Swagger UI, with every asset from this server, so that it works without a network."""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path
from typing import Final

import fastapi_offline
from fastapi import FastAPI
from fastapi.openapi.docs import get_swagger_ui_html
from starlette.responses import FileResponse, HTMLResponse

_ASSETS: Final = Path(fastapi_offline.__file__).parent / "static"
_SCRIPT: Final = "swagger-ui-bundle.js"
_STYLE: Final = "swagger-ui.css"
_NO_ICON: Final = "data:,"
_INLINE: Final = re.compile(r"<script>(.*?)</script>", re.DOTALL)
#: Swagger UI writes styles into its elements; scripts are its two and no others.
_POLICY: Final = (
    "default-src 'none'; script-src 'self' {inline}; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


def install(app: FastAPI) -> None:
    """Add the page and its two assets. Addresses are relative, so that a proxy may serve it under a prefix."""

    html = get_swagger_ui_html(
        openapi_url="openapi.json",
        title=f"{app.title} API",
        swagger_js_url=f"docs/{_SCRIPT}",
        swagger_css_url=f"docs/{_STYLE}",
        swagger_favicon_url=_NO_ICON,
        # Swagger UI otherwise asks validator.swagger.io for a badge.
        swagger_ui_parameters={"validatorUrl": None},
    )
    html.headers["Content-Security-Policy"] = _POLICY.format(inline=_hashes(bytes(html.body).decode()))

    @app.get("/docs", include_in_schema=False)
    async def page() -> HTMLResponse:
        return html

    @app.get(f"/docs/{_SCRIPT}", include_in_schema=False)
    async def script() -> FileResponse:
        return FileResponse(_ASSETS / _SCRIPT, media_type="text/javascript")

    @app.get(f"/docs/{_STYLE}", include_in_schema=False)
    async def style() -> FileResponse:
        return FileResponse(_ASSETS / _STYLE, media_type="text/css")


def _hashes(html: str) -> str:
    """The scripts within the page, as a Content-Security-Policy names them."""
    digests = (hashlib.sha256(script.encode()).digest() for script in _INLINE.findall(html))
    return " ".join(f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests)
