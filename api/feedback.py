"""`/v1/feedback`: what people say about findings comes in, goes out for retraining, and is deleted on demand."""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Annotated, Any, Final, Literal
from uuid import UUID, uuid4

import anyio
import anyio.to_thread
from fastapi import APIRouter, Depends, Path, Query, Request
from pydantic import BaseModel, BeforeValidator, Field, StringConstraints, ValidationError
from starlette.responses import Response, StreamingResponse

from api import problems
from api.closed import Closed
from api.desk import Desk
from api.problems import AT_THE_GATE, IN_THE_BODY, OUR_FAULT, Fault, Problem
from api.settings import Role
from api.store import Record, Verdict, sha256_of
from detector.results import OffsetUnit

JSONL: Final = "application/jsonl"

_UNCACHED: Final = {"Cache-Control": "no-store"}
_MODEL: Final = r"^[A-Za-z0-9._+-]+@[A-Za-z0-9._+-]+$"
_MOMENT: Final = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?([Zz]|[+-][0-9]{2}:[0-9]{2})$"
#: A hundred years.
_MOST_DAYS: Final = 36_500
_DAYS: Final = r"-?[0-9]{1,9}(\.0+)?"
#: How a text is written so that each unit takes as many bytes.
_CODECS: Final[Mapping[OffsetUnit, tuple[str, int]]] = {
    "codepoint": ("utf-32-le", 4),
    "utf16": ("utf-16-le", 2),
    "utf8": ("utf-8", 1),
}
_OTHER_METHODS: Final = ["GET", "HEAD", "OPTIONS", "PATCH", "PUT", "TRACE"]


def _whole(value: Any) -> Any:
    """For JSON Schema 14.0 is an integer."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


Offset = Annotated[int, Field(ge=0), BeforeValidator(_whole)]


class FeedbackSpan(Closed):
    """A stretch of the text, not empty."""

    start: Offset
    end: Offset


class FeedbackRequest(Closed):
    """A verdict on a text, or on one stretch of it."""

    text: str
    verdict: Literal["right", "wrong", "not_sure"] = Field(description="whether what we said of it is right")
    span: FeedbackSpan | None = Field(default=None, description="the finding that is meant; null: the whole text")
    offset_unit: OffsetUnit = Field(default="codepoint", description="what `start` and `end` count")
    model: Annotated[str, StringConstraints(max_length=200, pattern=_MODEL)] | None = Field(
        default=None, description="which model said it, as `name@version`"
    )
    store_text: bool = Field(default=False, description="keep the text itself too, and not its hash only")


class FeedbackReply(BaseModel):
    """What was kept, and under which id it can be deleted."""

    id: str = Field(pattern="^[0-9a-f]{32}$")
    text_sha256: str = Field(pattern="^[0-9a-f]{64}$", description="of the text in UTF-8")
    text_stored: bool


class DeletedReply(BaseModel):
    """How much was deleted."""

    deleted: int


def _moment(value: str) -> datetime:
    """An RFC 3339 time in UTC. One before the year 1 or after 9999 there becomes the first or the last there is."""
    if not re.fullmatch(_MOMENT, value):
        raise ValueError
    moment = datetime.fromisoformat(value.upper())
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        return (datetime.min if moment.year == 1 else datetime.max).replace(tzinfo=UTC)


def _days(value: str) -> int:
    """A number as JSON would write it; pydantic alone would take ` 1_0 `, too."""
    if not re.fullmatch(_DAYS, value):
        raise ValueError
    return int(value.partition(".")[0])


Moment = Annotated[
    datetime,
    BeforeValidator(
        _moment,
        json_schema_input_type=Annotated[
            str, StringConstraints(pattern=_MOMENT), Field(json_schema_extra={"format": "date-time"})
        ],
    ),
]
Days = Annotated[int, Field(ge=0, le=_MOST_DAYS), BeforeValidator(_days)]

_ID: Final = "0b7c1f0a4e6d4c0d9a4d3c1f5b8e2a67"
EXAMPLE: Final = {
    "text": "Dedicated groups were formed in the town that year, incorporating social employees and police officers.",
    "verdict": "right",
    "span": {"start": 66, "end": 82},
    "offset_unit": "codepoint",
    "model": "unspun-en@0.2.0",
}
_SHA256: Final = sha256_of(str(EXAMPLE["text"]))
_KEPT: Final = {"id": _ID, "text_sha256": _SHA256, "text_stored": False}
_RECORD: Final = Record(
    id=_ID,
    created=datetime(2026, 11, 22, 9, 30, tzinfo=UTC),
    source="feedback",
    text_sha256=_SHA256,
    verdict="right",
    start=66,
    end=82,
    offset_unit="codepoint",
    model="unspun-en@0.2.0",
    key="desk",
)


def given(body: bytes, key: str | None) -> Record:
    """The record of a request body; `key` is the name of the API key it came with. Raises Problem."""
    try:
        sent = FeedbackRequest.model_validate_json(body)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_input=False)
        if faults[0]["type"] == "json_invalid":
            raise Problem(HTTPStatus.BAD_REQUEST, "The body is not JSON in UTF-8.") from None
        raise problems.invalid(faults) from None
    if sent.span and not _within(sent.text, sent.span, sent.offset_unit):
        fault = Fault(detail="This must be a stretch of the text, not empty, in whole characters.", pointer="#/span")
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "The span is not one of the text.", errors=[fault])
    return Record(
        id=uuid4().hex,
        created=datetime.now(UTC),
        source="feedback",
        text_sha256=sha256_of(sent.text),
        verdict=sent.verdict,
        start=sent.span.start if sent.span else None,
        end=sent.span.end if sent.span else None,
        offset_unit=sent.offset_unit if sent.span else None,
        model=sent.model,
        key=key,
        text=sent.text if sent.store_text else None,
    )


def suggested(text: str, values: Mapping[str, float], key: str | None) -> list[Record]:
    """The records of a Perspective client's suggestion, one for each attribute. The text is never kept there."""
    now, digest = datetime.now(UTC), sha256_of(text)

    def record(attribute: str, value: float) -> Record:
        verdict: Verdict = "spun" if value >= 0.5 else "not_spun"
        return Record(
            id=uuid4().hex,
            created=now,
            source="perspective",
            text_sha256=digest,
            verdict=verdict,
            attribute=attribute,
            suggested_score=value,
            key=key,
        )

    return [record(attribute, value) for attribute, value in values.items()]


def _within(text: str, span: FeedbackSpan, unit: OffsetUnit) -> bool:
    """Whether the span is a stretch of the text, not empty, and cuts no character in two."""
    codec, width = _CODECS[unit]
    encoded = text.encode(codec)
    if not span.start < span.end <= len(encoded) // width:
        return False
    try:
        encoded[span.start * width : span.end * width].decode(codec)
    except UnicodeDecodeError:
        return False
    return True


def router(
    desk: Desk,
    allow: Callable[[Request, Role], Awaitable[str | None]],
    read: Callable[[Request], Awaitable[bytes]],
) -> APIRouter:
    """The routes.

    allow: returns the name of the caller's API key, or raises Problem where it lacks that role.
    read: the bytes of the request's JSON, uncompressed. Raises Problem.
    """
    routes = APIRouter()

    async def administrator(request: Request) -> None:
        await allow(request, "admin")

    guarded = [Depends(administrator)]  # before the query is looked at

    @routes.post(
        "/v1/feedback",
        status_code=HTTPStatus.CREATED,
        summary="Say whether a finding is right",
        response_description="Kept, and on the disk.",
        responses={
            HTTPStatus.CREATED: {"content": {"application/json": {"example": _KEPT}}},
            **problems.documented(*AT_THE_GATE, *IN_THE_BODY, *OUR_FAULT),
        },
        openapi_extra={
            "requestBody": {
                "required": True,
                "content": {"application/json": {"schema": _request_schema(), "example": EXAMPLE}},
            }
        },
    )
    async def add(request: Request, response: Response) -> FeedbackReply:
        key = await allow(request, "feedback")
        record = await anyio.to_thread.run_sync(given, await read(request), key)
        await desk.keep([record])
        response.headers.update(_UNCACHED)
        return FeedbackReply(id=record.id, text_sha256=record.text_sha256, text_stored=record.text is not None)

    @routes.get(
        "/v1/feedback/export",
        summary="Everything that is kept, for retraining",
        response_class=StreamingResponse,
        response_description="One JSON object a line, oldest first.",
        dependencies=guarded,
        responses={
            HTTPStatus.OK: {
                "content": {JSONL: {"schema": {"type": "string"}, "example": json.dumps(_RECORD.to_dict()) + "\n"}}
            },
            **problems.documented(*AT_THE_GATE, HTTPStatus.UNPROCESSABLE_ENTITY, *OUR_FAULT),
        },
    )
    async def export(
        after: Annotated[Moment | None, Query(description="only what was created after that moment")] = None,
    ) -> StreamingResponse:
        return StreamingResponse(await desk.export(after), media_type=JSONL, headers=_UNCACHED)

    # The convertor takes nothing but an id, so that `export` is not one.
    @routes.delete(
        "/v1/feedback/{id:uuid}",
        status_code=HTTPStatus.NO_CONTENT,
        summary="Delete one verdict",
        response_description="Deleted.",
        dependencies=guarded,
        # FastAPI would document a 422 of its own.
        responses=problems.documented(*AT_THE_GATE, HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY, *OUR_FAULT),
    )
    async def delete(id: Annotated[UUID, Path(description="from the reply or the export")]) -> None:
        if not await desk.delete(id.hex):
            raise Problem(HTTPStatus.NOT_FOUND, "There is no feedback of that id.")

    @routes.delete(
        "/v1/feedback",
        summary="Delete what is older than that",
        response_description="Deleted.",
        dependencies=guarded,
        responses={
            HTTPStatus.OK: {"content": {"application/json": {"example": {"deleted": 12}}}},
            **problems.documented(*AT_THE_GATE, HTTPStatus.UNPROCESSABLE_ENTITY, *OUR_FAULT),
        },
    )
    async def delete_older(
        before: Annotated[Moment | None, Query(description="what was created before that moment")] = None,
        older_than_days: Annotated[Days | None, Query(description="or: what is older than so many days")] = None,
    ) -> DeletedReply:
        if (before is None) == (older_than_days is None):
            raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "Send either `before` or `older_than_days`.")
        moment = before or datetime.now(UTC) - timedelta(days=older_than_days or 0)
        return DeletedReply(deleted=await desk.delete_before(moment))

    @routes.api_route("/v1/feedback", methods=_OTHER_METHODS, include_in_schema=False)
    async def refuse() -> None:
        """Two routes share the path, and left alone each would name its own method only."""
        raise Problem(
            HTTPStatus.METHOD_NOT_ALLOWED,
            HTTPStatus.METHOD_NOT_ALLOWED.description,
            headers={"Allow": "DELETE, POST"},
        )

    return routes


def _request_schema() -> dict[str, Any]:
    """The JSON schema of a request without references, so that it can stand anywhere in a document."""
    schema = FeedbackRequest.model_json_schema()
    (schema["properties"]["span"]["anyOf"][0],) = schema.pop("$defs").values()
    return schema
