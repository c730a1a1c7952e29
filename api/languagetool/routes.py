"""LanguageTool's paths. Not in our OpenAPI document: they are described by LanguageTool's own."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from api.languagetool import rules
from api.languagetool.answer import SOFTWARE
from api.languagetool.languages import ENGLISH
from api.problems import Problem
from detector.results import Json
from detector.rules import RULES

_LANGUAGES: Final = [{"name": known.name, "code": known.code, "longCode": known.long_code} for known in ENGLISH]


def router(check: Callable[[Request], Awaitable[Response]], healthy: Callable[[], bool], longest: int) -> APIRouter:
    """The routes of `/v2`.

    check: answers `/v2/check`. healthy: whether a request would be taken. longest: text of a check, in UTF-16 units.
    """
    routes = APIRouter(prefix="/v2", include_in_schema=False)

    @routes.api_route("/check", methods=["GET", "POST"])
    @routes.api_route("/check/", methods=["GET", "POST"])
    async def checked(request: Request) -> Response:
        return await check(request)

    @routes.get("/languages")
    async def languages() -> Response:
        return JSONResponse(_LANGUAGES)

    @routes.get("/info")
    async def info() -> Response:
        return JSONResponse({"software": {**SOFTWARE, "commit": ""}})

    @routes.get("/healthcheck")
    async def health() -> Response:
        if not healthy():
            raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, "The server takes no requests at the moment.")
        return PlainTextResponse("OK")

    @routes.get("/maxtextlength")
    async def maximum() -> Response:
        return PlainTextResponse(str(longest))

    @routes.get("/configinfo")
    async def configuration(request: Request) -> Response:
        if not request.query_params.get("language"):
            raise Problem(HTTPStatus.BAD_REQUEST, "'language' parameter missing.")
        known = [rules.in_configuration(rule) for rule in RULES]
        body: Json = {"software": SOFTWARE, "parameter": {"maxTextLength": longest}, "rules": known}
        return JSONResponse(body)

    @routes.api_route("/words", methods=["GET", "POST"])
    @routes.api_route("/words/{action}", methods=["GET", "POST"])
    async def words() -> Response:
        raise Problem(HTTPStatus.BAD_REQUEST, "This end point needs a user id; there are no dictionaries here.")

    @routes.api_route("/{action:path}", methods=["GET", "POST"])
    async def unknown() -> Response:
        raise Problem(
            HTTPStatus.NOT_FOUND,
            "Unsupported action. There are: check, languages, info, healthcheck, maxtextlength and configinfo.",
        )

    return routes
