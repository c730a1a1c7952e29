"""Errors in the words of the wire format that a path belongs to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from starlette.responses import Response
from starlette.types import Scope

from api import languagetool, perspective, problems
from api.jobs import Reply
from api.problems import Problem

_BY_PREFIX: Final[tuple[tuple[str, Callable[[Problem], Reply]], ...]] = (
    ("/v2/", languagetool.render),
    ("/v1alpha1/", perspective.render),
    ("/$discovery/", perspective.render),
    ("/discovery/", perspective.render),
)


def path_of(scope: Scope) -> str:
    """The path within this app, wherever it is mounted."""
    path: str = scope["path"]
    return path.removeprefix(scope.get("root_path", ""))


def told(problem: Problem, scope: Scope) -> Response:
    """The error as a client of the scope's path expects it."""
    path = path_of(scope)
    renderers = (render for prefix, render in _BY_PREFIX if path.startswith(prefix))
    return response(next(renderers, problems.render)(problem))


def response(reply: Reply) -> Response:
    """A reply as the web framework wants it; nothing of what is computed from a text is kept by a cache."""
    headers = {"Cache-Control": "no-store", **reply.headers, "Content-Type": reply.media_type}
    return Response(reply.body, reply.status, headers)
