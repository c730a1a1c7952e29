"""The document by which Google's API clients find the methods of a Perspective server."""

from __future__ import annotations

from typing import Any, Final

from pydantic import BaseModel

from api.comments import AnalyzeCommentRequest, SuggestCommentScoreRequest

NAME: Final = "commentanalyzer"
VERSION: Final = "v1alpha1"

Json = dict[str, Any]

_STRINGS: Final = {"type": "array", "items": {"type": "string"}}
_STRING: Final = {"type": "string"}
_KEPT: Final = ("type", "$ref", "description", "enum")
_REPLIES: Final[dict[str, Json]] = {
    "AnalyzeCommentResponse": {
        "attributeScores": {"type": "object", "additionalProperties": {"$ref": "AttributeScores"}},
        "languages": _STRINGS,
        "detectedLanguages": _STRINGS,
        "clientToken": _STRING,
        "unspun": {"type": "object", "description": "whether the comment could be scored, and by which model"},
    },
    "SuggestCommentScoreResponse": {"clientToken": _STRING, "requestedLanguages": _STRINGS},
}


def document(root: str) -> Json:
    """The description of the server at `root`, a URL that ends in a slash. It asks for no OAuth: a key is enough."""
    requests = _messages(AnalyzeCommentRequest) | _messages(SuggestCommentScoreRequest)
    replies = {name: {"type": "object", "properties": fields} for name, fields in _REPLIES.items()}
    return {
        "kind": "discovery#restDescription",
        "discoveryVersion": "v1",
        "id": f"{NAME}:{VERSION}",
        "name": NAME,
        "canonicalName": "Comment Analyzer",
        "version": VERSION,
        "revision": "1",
        "title": "Unspun",
        "description": "Says how likely it is that a comment was rewritten word by word.",
        "protocol": "rest",
        "rootUrl": root,
        "baseUrl": root,
        "basePath": "",
        "servicePath": "",
        "batchPath": "batch",
        "parameters": {
            "key": {"type": "string", "location": "query", "description": "API key"},
            "alt": {"type": "string", "location": "query", "default": "json", "enum": ["json"]},
        },
        "resources": {
            "comments": {
                "methods": {
                    "analyze": _method("analyze", "AnalyzeComment", "Score a comment."),
                    "suggestscore": _method("suggestscore", "SuggestCommentScore", "Say what a comment should score."),
                }
            }
        },
        "schemas": {name: {"id": name, **schema} for name, schema in (requests | replies).items()},
    }


def _method(name: str, message: str, description: str) -> Json:
    path = f"{VERSION}/comments:{name}"
    return {
        "id": f"{NAME}.comments.{name}",
        "path": path,
        "flatPath": path,
        "httpMethod": "POST",
        "description": description,
        "parameters": {},
        "parameterOrder": [],
        "request": {"$ref": f"{message}Request"},
        "response": {"$ref": f"{message}Response"},
    }


def _messages(request: type[BaseModel]) -> dict[str, Json]:
    """A request and the messages in it, by name."""
    schema = request.model_json_schema(ref_template="{model}")
    return {name: _simple(part) for name, part in {**schema.pop("$defs"), request.__name__: schema}.items()}


def _simple(schema: Json) -> Json:
    """A JSON schema in the older words of a discovery document, where every field may be left out anyway."""
    if "anyOf" in schema:  # something or null
        return _simple({**schema["anyOf"][0], **{k: v for k, v in schema.items() if k == "description"}})
    simple: Json = {key: schema[key] for key in _KEPT if key in schema}
    if "properties" in schema:
        simple["properties"] = {name: _simple(part) for name, part in schema["properties"].items()}
    for key in ("items", "additionalProperties"):
        if isinstance(schema.get(key), dict):
            simple[key] = _simple(schema[key])
    return simple
