"""Every error of the service as `application/problem+json` (RFC 9457), never with a piece of what was sent."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field

from api.jobs import Reply

MEDIA_TYPE: Final = "application/problem+json"

#: Headers of a refusal that will soon be over.
AGAIN: Final[Mapping[str, str]] = {"Retry-After": "1"}

#: What a request may be answered before its body is read, because of its body, and because of us.
AT_THE_GATE: Final = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.TOO_MANY_REQUESTS)
IN_THE_BODY: Final = (
    HTTPStatus.BAD_REQUEST,
    HTTPStatus.REQUEST_TIMEOUT,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    HTTPStatus.UNPROCESSABLE_ENTITY,
)
OUR_FAULT: Final = (HTTPStatus.INTERNAL_SERVER_ERROR, HTTPStatus.SERVICE_UNAVAILABLE)

# A request with a thousand wrong documents is told about the first few.
_MAX_ERRORS: Final = 20

_MESSAGES: Final[Mapping[str, str]] = {
    "missing": "This field is required.",
    "extra_forbidden": "There is a field here that this service does not know.",
    "string_type": "This must be a string.",
    "bool_type": "This must be true or false.",
    "int_type": "This must be a whole number.",
    "list_type": "This must be an array.",
    "model_type": "This must be an object.",
    "model_attributes_type": "This must be an object.",
    "dict_type": "This must be an object.",
}
_LIMITED: Final[Mapping[str, str]] = {
    "string_too_long": "This is longer than {max_length} characters.",
    "string_too_short": "This is shorter than {min_length} characters.",
    "too_long": "This has more than {max_length} elements.",
    "literal_error": "This must be one of {expected}.",
    "greater_than_equal": "This must be at least {ge}.",
    "less_than_equal": "This must be at most {le}.",
}


class Fault(BaseModel):
    """One place in the request that is wrong."""

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
    models: list[dict[str, str]] = Field(default=[], description="for 409: the models on offer")


class Problem(Exception):
    """Raised on the way of a request to answer with an error; each wire format has its own rendering of it.

    errors: what is wrong where. more: further members of the problem's object.
    """

    def __init__(
        self,
        status: HTTPStatus,
        detail: str,
        *,
        errors: Sequence[Fault] = (),
        headers: Mapping[str, str] | None = None,
        more: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.errors = errors
        self.headers = dict(headers or {})
        self.more = dict(more or {})


def invalid(errors: Sequence[Any]) -> Problem:
    """A 422 from pydantic's error list, told in our own words."""
    faults = [Fault(detail=_detail(error), pointer=_pointer(error)) for error in errors[:_MAX_ERRORS]]
    return Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "The request does not have the documented shape.", errors=faults)


def render(problem: Problem) -> Reply:
    """The reply of our own routes."""
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": problem.status.phrase,
        "status": problem.status.value,
        "detail": problem.detail,
    }
    if problem.errors:
        body["errors"] = [fault.model_dump() for fault in problem.errors]
    return Reply(problem.status.value, json.dumps(body | problem.more).encode(), MEDIA_TYPE, problem.headers)


def documented(*statuses: HTTPStatus) -> dict[int | str, dict[str, Any]]:
    """The `responses` argument of a route that may answer with these problems."""
    return {status.value: {"description": status.phrase, "content": _content(status)} for status in statuses}


def _content(status: HTTPStatus) -> dict[str, Any]:
    example = {"type": "about:blank", "title": status.phrase, "status": status.value}
    example |= {"detail": status.description or status.phrase}
    return {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}, "example": example}}


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
