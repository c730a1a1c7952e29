"""Every error of the service as `application/problem+json` (RFC 9457), never with a piece of what was sent."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException
from starlette.responses import Response

MEDIA_TYPE: Final = "application/problem+json"

# A request with a thousand wrong documents is told about the first few.
_MAX_ERRORS: Final = 20

_MESSAGES: Final[Mapping[str, str]] = {
    "missing": "This field is required.",
    "extra_forbidden": "There is a field here that this service does not know.",
    "string_type": "This must be a string.",
    "bool_type": "This must be true or false.",
    "list_type": "This must be an array.",
    "model_type": "This must be an object.",
    "model_attributes_type": "This must be an object.",
    "dict_type": "This must be an object.",
}
_LIMITED: Final[Mapping[str, str]] = {
    "string_too_long": "This is longer than {max_length} characters.",
    "too_long": "This has more than {max_length} elements.",
    "literal_error": "This must be one of {expected}.",
}


class Fault(BaseModel):
    """One place in the request body that is wrong."""

    detail: str
    pointer: str = Field(description="JSON pointer, as a URI fragment", examples=["#/documents/0/text"])


class ProblemDetails(BaseModel):
    """RFC 9457 problem details."""

    model_config = ConfigDict(title="Problem")

    type: str = Field(description="always about:blank: the status says what kind of problem it is")
    title: str
    status: int
    detail: str
    errors: list[Fault] = Field(default=[], description="for 422: what is wrong where")


class Problem(Exception):
    """Raised by a handler to answer with an error."""

    def __init__(
        self,
        status: HTTPStatus,
        detail: str,
        *,
        errors: Sequence[Fault] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.errors = errors
        self.headers = headers


def invalid(errors: Sequence[Any]) -> Problem:
    """A 422 from pydantic's error list, told in our own words."""
    faults = [Fault(detail=_detail(error), pointer=_pointer(error)) for error in errors[:_MAX_ERRORS]]
    return Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "The request does not have the documented shape.", errors=faults)


def install(app: FastAPI) -> None:
    """Make every error of `app` a problem."""

    async def on_problem(_: Request, error: Exception) -> Response:
        assert isinstance(error, Problem)
        return _response(error)

    async def on_http(_: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        status = HTTPStatus(error.status_code)
        return _response(Problem(status, status.description or status.phrase, headers=error.headers))

    async def on_validation(_: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        return _response(invalid(error.errors()))

    app.add_exception_handler(Problem, on_problem)
    app.add_exception_handler(HTTPException, on_http)
    app.add_exception_handler(RequestValidationError, on_validation)


def documented(*statuses: HTTPStatus) -> dict[int | str, dict[str, Any]]:
    """The `responses` argument of a route that may answer with these problems."""
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {status.value: {"description": status.phrase, "content": content} for status in statuses}


def _response(problem: Problem) -> Response:
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": problem.status.phrase,
        "status": problem.status.value,
        "detail": problem.detail,
    }
    if problem.errors:
        body["errors"] = [fault.model_dump() for fault in problem.errors]
    headers = {"Cache-Control": "no-store", **(problem.headers or {})}
    return Response(json.dumps(body), problem.status.value, headers, MEDIA_TYPE)


def _detail(error: Any) -> str:
    kind = error["type"]
    if kind in _LIMITED:
        return _LIMITED[kind].format(**error.get("ctx", {}))
    return _MESSAGES.get(kind, "This value is not valid.")


def _pointer(error: Any) -> str:
    location = list(error["loc"])
    if error["type"] == "extra_forbidden":
        location.pop()  # the name of the unknown field was sent by the client
    return "#" + "".join(f"/{part}" for part in location if not str(part).startswith("<"))
