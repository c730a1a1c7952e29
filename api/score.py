"""`POST /v1/score`, from request body to reply body."""

from __future__ import annotations

import json
from http import HTTPStatus

from pydantic import ValidationError

from api import problems, schemas
from api.jobs import Facts, Job, Reply
from api.problems import Problem
from api.settings import Settings
from detector.results import ModelInfo, Result, Scorer


def answer(detector: Scorer, _: Settings, job: Job) -> Reply:
    """The scores of the texts in the body. Raises Problem, InputError."""
    try:
        texts, ids, options = schemas.parse(job.body)
    except ValidationError as error:
        raise unreadable(error) from None
    _pin(options.model, detector.info)
    result = detector.score(
        texts,
        ids=ids,
        mode=options.mode,
        offset_unit=options.offset_unit,
        allow=options.allow,
        explain=options.explain,
        format=options.format,
        skip=options.skip,
    )
    body = json.dumps(result.to_dict(), ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
    return Reply(HTTPStatus.OK, body, facts=facts(result))


def facts(result: Result) -> Facts:
    """What the metrics want to know of a result."""
    scores = tuple(document.score for document in result.documents if document.score is not None)
    return Facts(sum(map(len, result.texts)), scores)


def unreadable(error: ValidationError) -> Problem:
    """The problem with a JSON body that pydantic refused."""
    faults = error.errors(include_url=False, include_input=False, include_context=True)
    if faults[0]["type"] == "json_invalid":
        return Problem(HTTPStatus.BAD_REQUEST, "The body is not JSON in UTF-8.")
    return problems.invalid(faults)


def _pin(wanted: str | schemas.ModelReply | None, here: ModelInfo) -> None:
    """Raise Problem unless the model that was asked for is the one that answers."""
    if isinstance(wanted, schemas.ModelReply):
        wanted = f"{wanted.name}@{wanted.version}"
    if wanted not in (None, here.version, f"{here.name}@{here.version}"):
        raise Problem(
            HTTPStatus.CONFLICT,
            f"This server does not have the model that the request asks for; it has {here.name}@{here.version}.",
            more={"models": [here.to_dict()]},
        )
