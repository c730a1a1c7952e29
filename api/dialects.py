"""Errors in the words of the wire format that a path belongs to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from starlette.responses import Response
from starlette.types import Scope

from api import languagetool, perspective, problems
from api.jobs import Reply
from api.problems import Problem

_LANGUAGETOOL: Final = "/v2/"
_BY_PREFIX: Final[tuple[tuple[str, Callable[[Problem], Reply]], ...]] = (
    (_LANGUAGETOOL, languagetool.render),
    ("/v1alpha1/", perspective.render),
    ("/$discovery/", perspective.render),
    ("/discovery/", perspective.render),
)


def path_of(scope: Scope) -> str:
    """The path within this app, wherever it is mounted."""
    path: str = scope["path"]
    return path.removeprefix(scope.get("root_path", ""))


def speaks_languagetool(path: str) -> bool:
    """Whether a path of this app is one of LanguageTool's."""
    return _below(path, _LANGUAGETOOL)


def _below(path: str, prefix: str) -> bool:
    return path.startswith(prefix) or path == prefix[:-1]


def told(problem: Problem, scope: Scope) -> Response:
    """The error as a client of the scope's path expects it."""
    path = path_of(scope)
    renderers = (render for prefix, render in _BY_PREFIX if _below(path, prefix))
    return response(next(renderers, problems.render)(problem))


def response(reply: Reply) -> Response:
    """A reply as the web framework wants it; nothing of what is computed from a text is kept by a cache."""
    headers = {"Cache-Control": "no-store", **reply.headers, "Content-Type": reply.media_type}
    return Response(reply.body, reply.status, headers)
