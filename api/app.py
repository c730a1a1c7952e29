"""The routes. Reading a body happens on the event loop; parsing, scoring and writing JSON in worker threads."""

from __future__ import annotations

import json
import logging
import traceback
from http import HTTPStatus
from typing import Any, Final

import anyio
import anyio.to_thread
from fastapi import FastAPI, Request
from pydantic import TypeAdapter, ValidationError
from starlette.requests import ClientDisconnect
from starlette.responses import Response

from api import docs, limits, problems, schemas
from api.limits import Limits
from api.problems import Problem
from api.turnstile import Full, Turnstile
from detector import __version__
from detector.errors import InputError
from detector.results import OFFSET_UNITS, Mode, Scorer

_LOG: Final = logging.getLogger("unspun")
_SCHEMA_REF: Final = "#/components/schemas/{model}"
_DESCRIPTION: Final = "Finds text that a spinner rewrote word by word. Scoring is pure: a request may be repeated."
_MODES: Final = TypeAdapter(dict[Mode, schemas.ModeReply])
_BUSY: Final = {"Retry-After": "1"}


class Service(FastAPI):
    """FastAPI, with the schemas that routes here refer to but do not declare."""

    def openapi(self) -> dict[str, Any]:
        if self.openapi_schema is None:
            document = super().openapi()
            parts = document["components"]["schemas"]
            request = schemas.request_schema(_SCHEMA_REF)
            parts |= request.pop("$defs") | {"ScoreRequest": request}
            problem = problems.ProblemDetails.model_json_schema(ref_template=_SCHEMA_REF)
            parts |= problem.pop("$defs") | {"Problem": problem}
        return super().openapi()


def create_app(detector: Scorer, bounds: Limits | None = None) -> FastAPI:
    """The service around a loaded detector."""
    bounds = bounds or Limits()
    app = Service(
        title="Unspun",
        version=__version__,
        description=_DESCRIPTION,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    problems.install(app)
    docs.install(app)
    workers = anyio.CapacityLimiter(bounds.workers)
    modes = _MODES.validate_python(detector.about["modes"])
    reading = Turnstile(bounds.reading)
    scoring = Turnstile(bounds.workers + bounds.waiting)

    async def body(request: Request) -> bytes:
        try:
            with reading.enter():
                return await _read(request, bounds)
        except Full:
            raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, "Too many requests at once.", headers=_BUSY) from None

    @app.get("/healthz", summary="Is the service up?")
    async def health() -> schemas.Health:
        return schemas.Health(status="ok")

    @app.get("/v1/model", summary="Which model answers, and within which limits?")
    async def model() -> schemas.ModelDescription:
        return schemas.ModelDescription(
            name=detector.info.name,
            version=detector.info.version,
            modes=modes,
            offset_units=list(OFFSET_UNITS),
            limits=schemas.LimitsReply(
                body_bytes=bounds.body_bytes,
                documents=limits.MAX_DOCUMENTS,
                id_characters=limits.MAX_ID_LENGTH,
                allow=limits.MAX_ALLOWED,
                phrase_characters=limits.MAX_PHRASE_LENGTH,
            ),
        )

    @app.post(
        "/v1/score",
        summary="Score texts",
        response_class=Response,
        responses={
            200: {"model": schemas.ScoreReply, "description": "One document per text, in order."},
            **problems.documented(
                HTTPStatus.BAD_REQUEST,
                HTTPStatus.REQUEST_TIMEOUT,
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
                HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
                HTTPStatus.UNPROCESSABLE_ENTITY,
                HTTPStatus.INTERNAL_SERVER_ERROR,
                HTTPStatus.SERVICE_UNAVAILABLE,
            ),
        },
        openapi_extra={
            "requestBody": {
                "required": True,
                "content": {
                    "application/json": {
                        "schema": {"$ref": _SCHEMA_REF.format(model="ScoreRequest")},
                        "example": schemas.EXAMPLE,
                    }
                },
            }
        },
    )
    async def score(request: Request) -> Response:
        sent = await body(request)
        try:
            with scoring.enter():
                reply = await anyio.to_thread.run_sync(_scored, detector, sent, limiter=workers)
        except Full:
            raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, "Too many requests are waiting.", headers=_BUSY) from None
        return Response(reply, headers={"Cache-Control": "no-store"}, media_type="application/json")

    return app


async def _read(request: Request, bounds: Limits) -> bytes:
    """The body, never more of it in memory than the limit."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/json":
        raise Problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "Send Content-Type: application/json.")
    too_large = Problem(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"The body is longer than {bounds.body_bytes} bytes, the limit."
    )
    announced = request.headers.get("content-length", "")
    # A client that closes behind its request reads the answer only if it can send all of it first.
    most = bounds.body_bytes + bounds.skipped_bytes
    if announced.isdecimal() and int(announced) > most:
        raise too_large
    body, size = bytearray(), 0
    try:
        with anyio.fail_after(bounds.body_seconds):
            async for chunk in request.stream():
                size += len(chunk)
                if size <= bounds.body_bytes:
                    body += chunk
                elif size > most:
                    break
    except TimeoutError:
        raise Problem(HTTPStatus.REQUEST_TIMEOUT, "The body did not arrive in time.") from None
    except ClientDisconnect:
        raise Problem(HTTPStatus.BAD_REQUEST, "The body was cut off.") from None
    if size > bounds.body_bytes:
        raise too_large
    return bytes(body)


def _scored(detector: Scorer, body: bytes) -> bytes:
    """From request body to reply body. Raises Problem."""
    try:
        texts, ids, options = schemas.parse(body)
        result = detector.score(
            texts,
            ids=ids,
            mode=options.mode,
            offset_unit=options.offset_unit,
            allow=options.allow,
            explain=options.explain,
        )
        return json.dumps(result.to_dict(), ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
    except ValidationError as error:
        faults = error.errors(include_url=False, include_input=False, include_context=True)
        if faults[0]["type"] == "json_invalid":
            raise Problem(HTTPStatus.BAD_REQUEST, "The body is not JSON in UTF-8.") from None
        raise problems.invalid(faults) from None
    except InputError as error:
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, str(error)) from None
    except Exception as error:
        # The message of an unforeseen error may quote the text, so the log gets its kind and place only.
        frames = "".join(traceback.format_list(traceback.extract_tb(error.__traceback__)))
        _LOG.error("scoring failed: %s\n%s", type(error).__name__, frames)
        raise Problem(HTTPStatus.INTERNAL_SERVER_ERROR, "Scoring failed; the fault is on our side.") from error
