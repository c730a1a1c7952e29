"""The Perspective API (Comment Analyzer v1alpha1) with attributes of ours. docs/perspective.md says how it answers."""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from http import HTTPStatus
from itertools import takewhile
from typing import Any, Final, NamedTuple, TypeVar

from fastapi import APIRouter
from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from api import comments, discovery, language, problems
from api.comments import (
    FIELDS,
    MAX_COMMENT_BYTES,
    AnalyzeCommentRequest,
    AttributeParameters,
    SuggestCommentScoreRequest,
)
from api.jobs import Job, Reply
from api.problems import Problem
from api.score import facts
from api.settings import Settings
from detector.results import DECIMALS, SKIPS, Document, Scorer
from detector.rules import catalogue

#: The attributes by every name of theirs; a bare name is the newest version.
ATTRIBUTES: Final[Mapping[str, str]] = {"SPUN_TEXT": "SPUN_TEXT@1", "SPUN_TEXT@1": "SPUN_TEXT@1"}

#: The longest request, uncompressed: a comment with its context.
MAX_BODY_BYTES: Final = 256 * 1024

_ENGLISH: Final = "en"
_TYPES: Final = "type.googleapis.com"

Json = dict[str, Any]
Handler = Callable[[Request], Awaitable[Response]]
M = TypeVar("M", bound=comments.Request)


class PerspectiveProblem(Problem):
    """A client's mistake with the details that Google gives: objects with an `@type`, at least one."""

    def __init__(self, message: str, *details: Json) -> None:
        super().__init__(HTTPStatus.BAD_REQUEST, message)
        self.details = details


class Suggestion(NamedTuple):
    """What somebody says a comment should have scored.

    values: by attribute with version, 0 to 1, of the comment as a whole. reply: the JSON to answer with.
    """

    text: str
    values: Mapping[str, float]
    reply: Json


def analyze(detector: Scorer, settings: Settings, job: Job) -> Reply:
    """The answer to comments:analyze. Raises Problem."""
    names = attributes(settings)
    request = _read(AnalyzeCommentRequest, job.body, names)
    text = _text(request)
    wanted = _wanted(request, names)
    if request.tags and not any(_primary(tag) in (_ENGLISH, "eng") for tag in request.tags):
        wanted = _without(request, wanted, "requestedLanguages", [_primary(tag) for tag in request.tags])
    result = detector.score([text], mode="balanced", offset_unit="utf16", skip=SKIPS)
    document = result.documents[0]
    detected = _detected(document, text)
    if document.status == "not_english":
        wanted = _without(request, wanted, "detectedLanguages", [detected])
    scores = {name: _scores(document, text, parameters, request) for name, parameters in wanted.items()}
    reply = {
        "attributeScores": {name: score for name, score in scores.items() if score},
        "languages": request.tags or [detected],
        "detectedLanguages": [detected],
        **_token(request),
        "unspun": {"status": document.status, "model": result.model.to_dict()},
    }
    return Reply(HTTPStatus.OK, _written(reply), facts=facts(result))


def suggest(settings: Settings, body: bytes) -> Suggestion:
    """What a comments:suggestscore says. Raises Problem."""
    names = attributes(settings)
    request = _read(SuggestCommentScoreRequest, body, names)
    text = _text(request)
    suggested = request.attribute_scores or {}
    if not suggested:
        raise _violation("attributeScores", "This must not be empty.")
    _known(suggested, names)
    values = {names[name]: _suggested(name, scores, text) for name, scores in suggested.items()}
    languages = {"requestedLanguages": request.tags} if request.tags else {}
    return Suggestion(text, values, {**_token(request), **languages})


def attributes(settings: Settings) -> dict[str, str]:
    """Every name a client may use, with the attribute and version that is meant. Our names cannot be aliases."""
    aliases = {alias: ATTRIBUTES[name] for alias, name in settings.perspective_aliases.items() if name in ATTRIBUTES}
    return aliases | dict(ATTRIBUTES)


def api_key(request: Request) -> str | None:
    """The key a client sent, None without one."""
    return request.query_params.get("key") or request.headers.get("x-goog-api-key") or None


def router(analyze: Handler, suggest: Handler) -> APIRouter:
    """The routes of a Perspective server. They stay out of our OpenAPI document: Google's clients read another one.

    What they raise, and what is no route at all, is for the app to answer with `render`.
    """
    routes = APIRouter()

    async def describe(request: Request) -> Response:
        if request.query_params.get("version") != discovery.VERSION:
            raise Problem(HTTPStatus.NOT_FOUND, f"The only version here is {discovery.VERSION}.")
        return await describe_this(request)

    async def describe_this(request: Request) -> Response:
        return JSONResponse(discovery.document(str(request.base_url)), headers={"Cache-Control": "no-store"})

    def add(method: str, path: str, handler: Handler) -> None:
        routes.add_api_route(path, handler, methods=[method], include_in_schema=False)

    add("POST", "/v1alpha1/comments:analyze", analyze)
    add("POST", "/v1alpha1/comments:suggestscore", suggest)
    add("GET", "/$discovery/rest", describe)
    add("GET", f"/discovery/v1/apis/{discovery.NAME}/{discovery.VERSION}/rest", describe_this)
    return routes


class _Kind(NamedTuple):
    """How Google tells an error: HTTP status, its name of it, the reason, and the message if it has one of its own."""

    code: int
    status: str
    reason: str
    message: str = ""


_NO_KEY: Final = _Kind(
    403, "PERMISSION_DENIED", "CREDENTIALS_MISSING", "Method doesn't allow unregistered callers. Pass an API key."
)
_WRONG_KEY: Final = _Kind(400, "INVALID_ARGUMENT", "API_KEY_INVALID", "API key not valid. Please pass a valid API key.")
_KINDS: Final[Mapping[int, _Kind]] = {
    403: _Kind(403, "PERMISSION_DENIED", "PERMISSION_DENIED"),
    404: _Kind(404, "NOT_FOUND", "NOT_FOUND"),
    405: _Kind(405, "UNIMPLEMENTED", "UNIMPLEMENTED"),
    408: _Kind(408, "DEADLINE_EXCEEDED", "DEADLINE_EXCEEDED"),
    422: _Kind(400, "INVALID_ARGUMENT", "INVALID_ARGUMENT"),
    429: _Kind(429, "RESOURCE_EXHAUSTED", "RATE_LIMIT_EXCEEDED"),
    500: _Kind(500, "INTERNAL", "INTERNAL"),
    503: _Kind(503, "UNAVAILABLE", "UNAVAILABLE"),
}


def render(problem: Problem) -> Reply:
    """An error as Google tells it, always with details: PyPerspective reads the first of them unasked."""
    kind = _kind(problem)
    info = {"@type": f"{_TYPES}/google.rpc.ErrorInfo", "reason": kind.reason, "domain": "googleapis.com"}
    error = {
        "code": kind.code,
        "message": kind.message or problem.detail,
        "status": kind.status,
        "details": list(problem.details) if isinstance(problem, PerspectiveProblem) else [info],
    }
    return Reply(kind.code, _written({"error": error}), headers=problem.headers)


def _kind(problem: Problem) -> _Kind:
    if problem.status == HTTPStatus.UNAUTHORIZED:
        return _WRONG_KEY if "invalid_token" in problem.headers.get("WWW-Authenticate", "") else _NO_KEY
    return _KINDS.get(problem.status, _Kind(problem.status.value, "INVALID_ARGUMENT", "INVALID_ARGUMENT"))


def _read(message: type[M], body: bytes, names: Mapping[str, str]) -> M:
    """The request; an empty body is an empty message. Raises Problem."""
    if len(body) > MAX_BODY_BYTES:
        what = f"The body is longer than {MAX_BODY_BYTES} bytes, the limit."
        raise Problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, what)
    try:
        return message.model_validate_json(body.strip() or b"{}")
    except ValidationError as error:
        faults = error.errors(include_url=False, include_input=False, include_context=True)
    if faults[0]["type"] == "json_invalid":
        raise _bad_request("Invalid JSON payload received.", {"field": "", "description": "This is not JSON in UTF-8."})
    told = problems.invalid(faults).errors
    violations = [
        {"field": _field(fault["type"], fault["loc"], names), "description": telling.detail}
        for fault, telling in zip(faults, told, strict=False)  # not all are told
    ]
    raise _bad_request("Request contains an invalid argument.", *violations)


def _field(kind: str, location: Sequence[str | int], names: Mapping[str, str]) -> str:
    """A place such as `context.entries[0].text`, up to the first name that is not one of ours."""
    if kind == "extra_forbidden":
        location = location[:-1]
    ours = takewhile(lambda part: isinstance(part, int) or part in FIELDS or part in names, location)
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in ours).lstrip(".")


def _text(request: comments.Request) -> str:
    """The comment. Raises PerspectiveProblem where it, or its context, is none that can be scored."""
    comment = request.comment or comments.TextEntry()
    context = request.context or comments.Context()
    if not comment.text:
        raise _mistake("COMMENT_EMPTY", "Comment must be non-empty.")
    if comment.type == "HTML":
        raise _mistake("INVALID_REQUEST", "Currently, only 'PLAIN_TEXT' comments are supported")
    if len(comment.text.encode()) > MAX_COMMENT_BYTES:
        raise _mistake("COMMENT_TOO_LONG", "Comment text too long.")
    if context.entries and context.article_and_parent_comment:
        raise _mistake(
            "INVALID_REQUEST",
            "Context can have either entries or article_and_parent_comment, but both fields were populated.",
        )
    return comment.text


def _wanted(request: AnalyzeCommentRequest, names: Mapping[str, str]) -> dict[str, AttributeParameters]:
    """The attributes asked for, under the names they are asked for. Raises PerspectiveProblem."""
    requested = request.requested_attributes or {}
    if not requested:
        raise _mistake("NO_REQUESTED_ATTRIBUTES", "Missing requested_attributes")
    if not request.drop_unsupported_attributes:
        _known(requested, names)
    wanted = {name: parameters or AttributeParameters() for name, parameters in requested.items() if name in names}
    for name, parameters in wanted.items():
        _probability(name, parameters.score_type)
    return wanted


def _known(requested: Mapping[str, object], names: Mapping[str, str]) -> None:
    if not requested.keys() <= names.keys():
        # The name that was sent may be anything, so that those there are stand in the message.
        raise _mistake("INVALID_REQUEST", f"Unknown requested attribute: it is none of {', '.join(sorted(names))}")


def _probability(name: str, kind: comments.ScoreType | None) -> None:
    if kind not in (None, "SCORE_TYPE_UNSPECIFIED", "PROBABILITY"):
        raise _mistake("INVALID_REQUEST", f"Requested score type {kind} is not supported by attribute {name}")


def _without(
    request: AnalyzeCommentRequest, wanted: dict[str, AttributeParameters], how: str, languages: list[str]
) -> dict[str, AttributeParameters]:
    """No attribute is left where none can score the languages. Raises PerspectiveProblem unless that was asked for."""
    if request.drop_unsupported_attributes or not wanted:
        return {}
    name = next(iter(wanted))
    raise _mistake(
        "LANGUAGE_NOT_SUPPORTED_BY_ATTRIBUTE",
        f"Attribute {name} does not support request languages: {', '.join(languages)}",
        languageNotSupportedByAttributeError={how: languages, "attribute": name},
    )


def _primary(tag: str) -> str:
    """The language of a BCP 47 tag: `en` of `en-GB`."""
    return re.split("[-_]", tag)[0].lower()


def _detected(document: Document, text: str) -> str:
    if document.status == "scored":
        return _ENGLISH
    guess, confidence = language.detect(text)
    contradicted = document.status == "not_english" and guess == _ENGLISH
    return language.UNDETERMINED if contradicted or confidence < language.SURE else guess


def _scores(document: Document, text: str, parameters: AttributeParameters, request: AnalyzeCommentRequest) -> Json:
    """The scores of one attribute, those under its threshold left out: of the spans, and of the whole comment.

    What could not be scored has 0, because clients take the score from the reply without looking whether it is there.
    """
    least = parameters.score_threshold or 0.0
    summary = document.score or 0.0
    spans = _spans(document) if request.span_annotations else []
    spans = spans or [(0, len(text.encode("utf-16-le")) // 2, summary)]
    found = [{"begin": begin, "end": end, "score": _score(value)} for begin, end, value in spans if value >= least]
    scores: Json = {"spanScores": found} if found else {}
    return scores | ({"summaryScore": _score(summary)} if summary >= least else {})


def _spans(document: Document) -> list[tuple[int, int, float]]:
    """(begin, end, score) of each scored paragraph in order, then of each odd phrase in order. Debris is no spun text."""
    scored = [p for p in document.paragraphs if p.score is not None]
    whole = [(p.start, p.end, p.score) for p in scored if p.score is not None]
    odd = [span for p in scored for span in p.spans if catalogue.category(span.rule) != "debris"]
    return whole + [(span.start, span.end, span.score) for span in odd]


def _score(value: float) -> Json:
    return {"value": round(value, DECIMALS), "type": "PROBABILITY"}


def _suggested(name: str, scores: comments.AttributeScores | None, text: str) -> float:
    """The value of the comment: that of its summary, or else the highest of its spans. Raises PerspectiveProblem."""
    scores = scores or comments.AttributeScores()
    spans = scores.span_scores or []
    given = [span.score for span in spans] + ([scores.summary_score] if scores.summary_score else [])
    if not given:
        raise _violation(f"attributeScores.{name}", "This must not be empty.")
    for score in given:
        _probability(name, score.type)
    length = len(text.encode("utf-16-le")) // 2
    if any(not span.begin < span.end <= length for span in spans):
        raise _violation(f"attributeScores.{name}.spanScores", "Each must be a range within the comment.")
    return scores.summary_score.value if scores.summary_score else max(score.value for score in given)


def _token(request: comments.Request) -> Json:
    return {} if request.client_token is None else {"clientToken": request.client_token}


def _mistake(kind: str, message: str, **more: Json) -> PerspectiveProblem:
    """One of Perspective's own errors, in its words: clients look for them in the message."""
    detail = {"@type": f"{_TYPES}/google.commentanalyzer.v1alpha1.Error", "errorType": kind}
    return PerspectiveProblem(message, detail | more)


def _violation(field: str, description: str) -> PerspectiveProblem:
    return _bad_request("Request contains an invalid argument.", {"field": field, "description": description})


def _bad_request(message: str, *violations: Json) -> PerspectiveProblem:
    detail = {"@type": f"{_TYPES}/google.rpc.BadRequest", "fieldViolations": list(violations)}
    return PerspectiveProblem(message, detail)


def _written(reply: Json) -> bytes:
    return json.dumps(reply, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
