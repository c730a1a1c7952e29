"""Our own routes, but for the feedback: api/feedback.py has those."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, Final

from fastapi import APIRouter, Request
from pydantic import TypeAdapter
from starlette.responses import Response

from api import metrics, problems, reading, schemas
from api.backends import Backend
from api.desk import Desk
from api.gate import Gate
from api.line import Line
from api.metrics import Metrics
from api.problems import AT_THE_GATE, IN_THE_BODY, OUR_FAULT, Problem
from api.reading import Reader
from api.settings import Settings
from detector.results import FORMATS, OFFSET_UNITS, SKIPS, Mode

_MODES: Final = TypeAdapter(dict[Mode, schemas.ModeReply])


def router(
    backend: Backend, settings: Settings, gate: Gate, reader: Reader, line: Line, desk: Desk | None, counted: Metrics
) -> APIRouter:
    """The routes that tell how the service is, and the one that scores."""
    routes = APIRouter()

    @routes.head("/healthz", include_in_schema=False)
    @routes.get("/healthz", summary="Is the process up?", responses=example({"status": "ok"}))
    async def health() -> schemas.Health:
        return schemas.Health(status="ok")

    @routes.head("/readyz", include_in_schema=False)
    @routes.get(
        "/readyz",
        summary="Should requests be sent here?",
        responses=example({"status": "ready"}) | problems.documented(HTTPStatus.SERVICE_UNAVAILABLE),
    )
    async def readiness(request: Request) -> schemas.Readiness:
        if request.app.state.draining:
            raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, "The server is stopping.")
        if not backend.ready:
            raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, "No scoring process is up.")
        if desk:
            await desk.check()
        return schemas.Readiness(status="ready")

    @routes.get(
        "/metrics",
        summary="Figures for Prometheus",
        response_class=Response,
        responses={
            200: {
                "content": {metrics.MEDIA_TYPE: {"schema": {"type": "string"}, "example": metrics.EXAMPLE}},
                "description": "Prometheus text.",
            },
            **problems.documented(*AT_THE_GATE),
        },
    )
    async def figures(request: Request) -> Response:
        await gate.enter(request, None)
        return Response(counted.page(), headers={"Content-Type": metrics.MEDIA_TYPE})

    @routes.get(
        "/v1/model",
        summary="Which model answers, and within which limits?",
        responses=example(schemas.EXAMPLE_MODEL),
    )
    async def model() -> schemas.ModelDescription:
        return schemas.ModelDescription(
            name=backend.info.name,
            version=backend.info.version,
            modes=_MODES.validate_python(backend.modes),
            offset_units=list(OFFSET_UNITS),
            formats=list(FORMATS),
            skips=list(SKIPS),
            limits=schemas.LimitsReply(
                body_bytes=settings.body_bytes,
                documents=schemas.MAX_DOCUMENTS,
                id_characters=schemas.MAX_ID_LENGTH,
                allow=schemas.MAX_ALLOWED,
                phrase_characters=schemas.MAX_PHRASE_LENGTH,
            ),
        )

    @routes.get(
        "/v1/rules",
        summary="What is looked for?",
        responses=example(schemas.EXAMPLE_RULES),
    )
    async def rules() -> schemas.RulesReply:
        return schemas.every_rule()

    @routes.post(
        "/v1/score",
        summary="Score texts",
        response_class=Response,
        responses={
            **example(schemas.EXAMPLE_REPLY, model=schemas.ScoreReply, description="One document per text, in order."),
            **problems.documented(*AT_THE_GATE, *IN_THE_BODY, HTTPStatus.CONFLICT, *OUR_FAULT),
        },
        openapi_extra={
            "requestBody": {
                "required": True,
                "content": {
                    "application/json": {
                        "schema": {"$ref": schemas.REQUEST_REF},
                        "example": schemas.EXAMPLE,
                    }
                },
            }
        },
    )
    async def score(request: Request) -> Response:
        await gate.enter(request, "score")
        reading.require_json(request)
        return await line.run(request, "score", await reader.body(request))

    return routes


def example(body: Any, **more: Any) -> dict[int | str, dict[str, Any]]:
    """The `responses` argument of a route that answers like this."""
    return {200: {"content": {"application/json": {"example": body}}, **more}}
