from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from pydantic import ValidationError

from api import schemas
from api.comments import AnalyzeCommentRequest
from api.feedback import FeedbackRequest

UNKNOWN = dict.fromkeys(map(str, range(1_000)), 1)


@pytest.mark.parametrize(
    ("read", "request_", "location"),
    [
        (schemas.parse, {"text": "a", **UNKNOWN}, ("<text>",)),
        (schemas.parse, {"documents": [{"text": "a"}], **UNKNOWN}, ("<documents>",)),
        (schemas.parse, {"documents": [{"text": "a", **UNKNOWN}]}, ("<documents>", "documents", 0)),
        (schemas.parse, {"text": "a", "model": UNKNOWN}, ("<text>", "model", "<object>")),
        (FeedbackRequest.model_validate_json, {"text": "a", "verdict": "right", **UNKNOWN}, ()),
        (FeedbackRequest.model_validate_json, {"text": "a", "verdict": "right", "span": UNKNOWN}, ("span",)),
        (AnalyzeCommentRequest.model_validate_json, {"comment": {"text": "a"}, **UNKNOWN}, ()),
        (AnalyzeCommentRequest.model_validate_json, {"context": {"entries": [UNKNOWN]}}, ("context", "entries", 0)),
    ],
)
def test_more_members_than_an_object_can_have_are_one_error(
    read: Callable[[bytes], object], request_: dict[str, Any], location: tuple[str | int, ...]
) -> None:
    with pytest.raises(ValidationError) as raised:
        read(json.dumps(request_).encode())
    (error,) = raised.value.errors()
    assert error["loc"] == location
    assert error["type"] == "too_long"
