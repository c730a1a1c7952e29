"""The wire format of `POST /v1/score`: what a request must look like, and what the reply is documented to be."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Discriminator, Field, StringConstraints, Tag, TypeAdapter

from api.limits import MAX_ALLOWED, MAX_DOCUMENTS, MAX_ID_LENGTH, MAX_PHRASE_LENGTH
from detector.results import Mode, OffsetUnit, Status

EXAMPLE: Final = {
    "text": (
        "By 2009, after decades of warnings and evidence of structural problems, Rotherham’s children’s services were "
        "rated “inadequate” in an Nice observation, triggering state interference."
    )
}

# Tags in angle brackets tell pydantic which branch of a union a value is meant for, so that an error is
# about that branch alone; they show up in the error's location, where api.problems leaves them out.
Phrase = Annotated[str, StringConstraints(max_length=MAX_PHRASE_LENGTH)]


class Options(BaseModel):
    """What both kinds of request may say."""

    model_config = ConfigDict(extra="forbid", strict=True)

    mode: Mode = Field(default="balanced", description="how readily something is flagged")
    offset_unit: OffsetUnit = Field(default="codepoint", description="what `start` and `end` count")
    allow: list[Phrase] = Field(default=[], max_length=MAX_ALLOWED, description="phrases never to report")
    explain: bool = Field(default=False, description="add the feature values")


class TextRequest(Options):
    """One text or several."""

    text: Annotated[
        Annotated[str, Tag("<one>")] | Annotated[list[str], Field(max_length=MAX_DOCUMENTS), Tag("<many>")],
        Discriminator(lambda value: "<many>" if isinstance(value, list) else "<one>"),
    ]


class DocumentRequest(BaseModel):
    """A text with the caller's own name for it."""

    model_config = ConfigDict(extra="forbid", strict=True)

    text: str
    id: Annotated[str, StringConstraints(max_length=MAX_ID_LENGTH)] | None = Field(
        default=None, description="comes back as sent; without one the document's position, from 0, as a string"
    )


class DocumentsRequest(Options):
    """Texts with ids."""

    documents: list[DocumentRequest] = Field(max_length=MAX_DOCUMENTS)


def _kind(value: Any) -> str:
    return "<documents>" if isinstance(value, dict) and "documents" in value else "<text>"


_REQUEST: Final[TypeAdapter[TextRequest | DocumentsRequest]] = TypeAdapter(
    Annotated[
        Annotated[TextRequest, Tag("<text>")] | Annotated[DocumentsRequest, Tag("<documents>")],
        Discriminator(_kind),
    ]
)


class Job(NamedTuple):
    """A valid request: as many ids as texts."""

    texts: list[str]
    ids: list[str]
    options: Options


def parse(body: bytes) -> Job:
    """Read a request body. Raises pydantic.ValidationError."""
    request = _REQUEST.validate_json(body)
    if isinstance(request, DocumentsRequest):
        texts = [document.text for document in request.documents]
        ids = [str(n) if document.id is None else document.id for n, document in enumerate(request.documents)]
    else:
        texts = [request.text] if isinstance(request.text, str) else request.text
        ids = [str(n) for n in range(len(texts))]
    return Job(texts, ids, request)


def request_schema(ref_template: str) -> dict[str, Any]:
    """The JSON schema of a request, its definitions under `$defs`."""
    return _REQUEST.json_schema(ref_template=ref_template)


class ModelReply(BaseModel):
    """Which model gave the scores."""

    name: str
    version: str


class SpanReply(BaseModel):
    """An odd phrase of at most six words."""

    start: int
    end: int
    text: str
    rule: str
    score: float
    suggestions: list[str] = Field(max_length=5, description="each can replace the whole span, best first")
    message: str
    features: dict[str, float] | None = Field(default=None, description="only with `explain`")


class ParagraphReply(BaseModel):
    """One paragraph of a text."""

    start: int
    end: int
    status: Status
    score: float | None = Field(ge=0, le=1, description="calibrated probability; null unless `scored`")
    flagged: bool
    spans: list[SpanReply]
    features: dict[str, float] | None = Field(default=None, description="only with `explain`")


class DocumentReply(BaseModel):
    """One text of the request."""

    id: str
    status: Status
    score: float | None = Field(ge=0, le=1, description="calibrated probability; null unless `scored`")
    flagged: bool
    fraction_flagged: float = Field(ge=0, le=1, description="share of scored words in flagged paragraphs")
    paragraphs: list[ParagraphReply]


class ScoreReply(BaseModel):
    """What `Result.to_dict()` gives."""

    model: ModelReply
    mode: Mode
    offset_unit: OffsetUnit
    documents: list[DocumentReply]


class LimitsReply(BaseModel):
    """What one request may hold."""

    body_bytes: int
    documents: int
    id_characters: int
    allow: int
    phrase_characters: int


class ModeReply(BaseModel):
    """How often a mode flags a clean paragraph: what it was set to, and what was measured on held-out clean text."""

    nominal_false_positive_rate: float
    measured_false_positive_rate: float


class ModelDescription(BaseModel):
    """The model and the limits of this server."""

    name: str
    version: str
    modes: dict[Mode, ModeReply]
    offset_units: list[OffsetUnit]
    limits: LimitsReply


class Health(BaseModel):
    """The service answers."""

    status: Literal["ok"]
