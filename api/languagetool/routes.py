"""LanguageTool's paths. Not in our OpenAPI document: they are described by LanguageTool's own."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from api.languagetool import answer
from api.languagetool.answer import CATEGORY_NAME, ISSUE_TYPE, SOFTWARE
from api.languagetool.languages import ENGLISH
from api.languagetool.wanted import CATEGORY
from api.problems import Problem
from detector.results import Json
from detector.spans import RULE

_LANGUAGES: Final = [{"name": known.name, "code": known.code, "longCode": known.long_code} for known in ENGLISH]
_RULE: Final = {
    "ruleId": answer.rule_id(RULE),
    "description": answer.description(RULE),
    "categoryId": CATEGORY,
    "categoryName": CATEGORY_NAME,
    "locQualityIssueType": ISSUE_TYPE,
}


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
        body: Json = {"software": SOFTWARE, "parameter": {"maxTextLength": longest}, "rules": [_RULE]}
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
