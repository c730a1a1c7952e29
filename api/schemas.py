"""The wire format of `POST /v1/score`: what a request must look like, and what the reply is documented to be."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal, NamedTuple

from pydantic import BaseModel, Discriminator, Field, StringConstraints, Tag, TypeAdapter

from api.closed import Closed
from detector.results import FORMATS, OFFSET_UNITS, SKIPS, Format, Mode, OffsetUnit, Reason, Status
from detector.rules import MEASURED, RULES
from detector.rules.rule import Category

#: Most texts or documents in one request.
MAX_DOCUMENTS: Final = 1_000
#: Longest id, in characters.
MAX_ID_LENGTH: Final = 200
#: Most phrases in `allow`, and the longest of them, in characters.
MAX_ALLOWED: Final = 1_000
MAX_PHRASE_LENGTH: Final = 200
#: Longest name of a model, in characters.
MAX_MODEL_LENGTH: Final = 200

EXAMPLE: Final = {
    "text": (
        "By 2009, after decades of warnings and evidence of structural problems, Rotherham’s children’s services were "
        "rated “inadequate” in an Nice observation, triggering state interference."
    )
}

#: Where an OpenAPI document has its schemas, and that of the request among them.
REF: Final = "#/components/schemas/{model}"
REQUEST_REF: Final = REF.format(model="ScoreRequest")

_MODEL: Final = {"name": "unspun-en", "version": "0.2.0"}
#: What the example is answered, in form; the figures are made up.
EXAMPLE_REPLY: Final = {
    "model": _MODEL,
    "mode": "balanced",
    "offset_unit": "codepoint",
    "documents": [
        {
            "id": "0",
            "status": "scored",
            "score": 0.96,
            "flagged": True,
            "fraction_flagged": 1.0,
            "skipped": [],
            "paragraphs": [
                {
                    "start": 0,
                    "end": len(EXAMPLE["text"]),
                    "status": "scored",
                    "score": 0.96,
                    "kinds": {"spun": 0.83, "machine_translated": 0.13},
                    "flagged": True,
                    "spans": [
                        {
                            "start": EXAMPLE["text"].index("state interference"),
                            "end": EXAMPLE["text"].index("state interference") + len("state interference"),
                            "text": "state interference",
                            "rule": "word-choice",
                            "score": 0.91,
                            "suggestions": ["state intervention"],
                            "message": "“state interference” is unusual here; “state intervention” would be expected.",
                        }
                    ],
                }
            ],
        }
    ],
}
EXAMPLE_MODEL: Final = {
    **_MODEL,
    "modes": {
        "strict": {"nominal_false_positive_rate": 0.002, "measured_false_positive_rate": 0.001},
        "balanced": {"nominal_false_positive_rate": 0.01, "measured_false_positive_rate": 0.003},
        "sensitive": {"nominal_false_positive_rate": 0.04, "measured_false_positive_rate": 0.02},
    },
    "offset_units": list(OFFSET_UNITS),
    "formats": list(FORMATS),
    "skips": list(SKIPS),
    "limits": {
        "body_bytes": 4_194_304,
        "documents": MAX_DOCUMENTS,
        "id_characters": MAX_ID_LENGTH,
        "allow": MAX_ALLOWED,
        "phrase_characters": MAX_PHRASE_LENGTH,
    },
}

EXAMPLE_RULES: Final = {
    "rules": [
        {
            "id": "article",
            "category": "grammar",
            "title": "Article that does not fit",
            "about": "A word was swapped, and the article before it was left as it stood.",
            "examples": ["They asked a individual who had seen it.", "It was an merchandise of the town."],
            "measured": {
                "read": 50,
                "right": 47,
                "precision": 0.94,
                "per_2000_words": 0.02,
                "worst_register": "forum",
                "worst_per_2000_words": 0.11,
            },
        }
    ]
}

# Tags in angle brackets tell pydantic which branch of a union a value is meant for, so that an error is
# about that branch alone; they show up in the error's location, where api.problems leaves them out.
Phrase = Annotated[str, StringConstraints(max_length=MAX_PHRASE_LENGTH)]


class ModelReply(Closed):
    """Which model gave the scores."""

    name: str = Field(max_length=MAX_MODEL_LENGTH, examples=["unspun-en"])
    version: str = Field(max_length=MAX_MODEL_LENGTH, examples=["0.2.0"])


class Options(Closed):
    """What both kinds of request may say."""

    mode: Mode = Field(default="balanced", description="how readily something is flagged")
    offset_unit: OffsetUnit = Field(default="codepoint", description="what `start` and `end` count")
    allow: list[Phrase] = Field(default=[], max_length=MAX_ALLOWED, description="phrases never to report")
    explain: bool = Field(default=False, description="add the feature values")
    format: Format = Field(default="text", description="what was sent; markup is stepped over")
    skip: list[Reason] = Field(
        default=list(SKIPS), max_length=len(SKIPS), description="what is no evidence: somebody else's words, no prose"
    )
    model: (
        Annotated[
            Annotated[str, StringConstraints(max_length=MAX_MODEL_LENGTH), Tag("<name>")]
            | Annotated[ModelReply, Tag("<object>")],
            Discriminator(lambda value: "<name>" if isinstance(value, str) else "<object>"),
        ]
        | None
    ) = Field(
        default=None,
        description="the model that must answer: `version`, `name@version`, or the object of a reply; 409 otherwise",
        examples=["unspun-en@0.2.0"],
    )


class TextRequest(Options):
    """One text or several."""

    text: Annotated[
        Annotated[str, Tag("<one>")] | Annotated[list[str], Field(max_length=MAX_DOCUMENTS), Tag("<many>")],
        Discriminator(lambda value: "<many>" if isinstance(value, list) else "<one>"),
    ]


class DocumentRequest(Closed):
    """A text with the caller's own name for it."""

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


class SpanReply(BaseModel):
    """What a rule found: an odd phrase of at most six words, a slip of grammar, a name rendered anew, debris."""

    start: int
    end: int
    text: str
    rule: str = Field(description="one of `GET /v1/rules`", examples=["word-choice"])
    score: float
    suggestions: list[str] = Field(max_length=5, description="each can replace the whole span, best first")
    message: str
    features: dict[str, float] | None = Field(default=None, description="only with `explain`")


class KindsReply(BaseModel):
    """How a score splits by the way in which the paragraph was reworded; the two add up to it."""

    spun: float = Field(ge=0, le=1, description="words swapped for near-synonyms")
    machine_translated: float = Field(ge=0, le=1, description="translated by a machine")


class ParagraphReply(BaseModel):
    """One paragraph of a text."""

    start: int
    end: int
    status: Status
    score: float | None = Field(ge=0, le=1, description="calibrated probability; null unless `scored`")
    kinds: KindsReply | None = Field(description="null unless `scored`")
    flagged: bool
    spans: list[SpanReply]
    features: dict[str, float] | None = Field(default=None, description="only with `explain`")


class SkippedReply(BaseModel):
    """A stretch of the text that was read, but is no evidence."""

    start: int
    end: int
    reason: Reason


class DocumentReply(BaseModel):
    """One text of the request."""

    id: str
    status: Status
    score: float | None = Field(ge=0, le=1, description="calibrated probability; null unless `scored`")
    flagged: bool
    fraction_flagged: float = Field(ge=0, le=1, description="share of scored words in flagged paragraphs")
    skipped: list[SkippedReply]
    paragraphs: list[ParagraphReply]


class ScoreReply(BaseModel):
    """What `Result.to_dict()` gives."""

    model: ModelReply
    mode: Mode
    offset_unit: OffsetUnit
    documents: list[DocumentReply]


class LimitsReply(BaseModel):
    """What one request may hold."""

    body_bytes: int = Field(description="of a request, before and after gzip")
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
    formats: list[Format]
    skips: list[Reason]
    limits: LimitsReply


class MeasuredReply(BaseModel):
    """How good a rule is: hits that were read by hand, and hits in clean text."""

    read: int = Field(description="hits in spun text and on real pages that were read")
    right: int = Field(description="those of them where the rule was right")
    precision: float | None = Field(ge=0, le=1, description="`right` / `read`; null where none was read")
    per_2000_words: float | None = Field(description="hits in clean text of all registers")
    worst_register: str | None = Field(description="the register of clean text with most hits")
    worst_per_2000_words: float | None = Field(description="hits in it")


class RuleReply(BaseModel):
    """One rule: what the `rule` of a span stands for."""

    id: str = Field(description="never changes")
    category: Category
    title: str
    about: str
    examples: list[str] = Field(description="texts in which it finds something")
    measured: MeasuredReply | None = Field(description="null where that has not been measured yet")


class RulesReply(BaseModel):
    """Every rule, in the order in which people read of them."""

    rules: list[RuleReply]


class Health(BaseModel):
    """The process answers."""

    status: Literal["ok"]


class Readiness(BaseModel):
    """The service can take requests."""

    status: Literal["ready"]


_MEASURED: Final[TypeAdapter[MeasuredReply | None]] = TypeAdapter(MeasuredReply | None)


def every_rule() -> RulesReply:
    """What `GET /v1/rules` answers."""
    return RulesReply(
        rules=[
            RuleReply(
                id=rule.id,
                category=rule.category,
                title=rule.title,
                about=rule.about,
                examples=list(rule.examples),
                measured=_MEASURED.validate_python(MEASURED.get(rule.id)),
            )
            for rule in RULES.values()
        ]
    )
