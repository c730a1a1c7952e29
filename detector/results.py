"""What a scored text looks like. JSON, HTML and the terminal report are views of these classes."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal, Protocol, get_args

Mode = Literal["strict", "balanced", "sensitive"]
OffsetUnit = Literal["codepoint", "utf16", "utf8"]
Status = Literal["scored", "too_short", "not_prose", "not_english", "skipped"]
Format = Literal["text", "html", "markdown"]
Reason = Literal["quote", "block-quote", "code", "heading", "list", "url"]
Kind = Literal["spun", "machine_translated"]

MODES: Final[tuple[Mode, ...]] = get_args(Mode)
OFFSET_UNITS: Final[tuple[OffsetUnit, ...]] = get_args(OffsetUnit)
FORMATS: Final[tuple[Format, ...]] = get_args(Format)
#: The two ways in which a paragraph is reworded; they share its score.
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
#: What can be left out of the judgement.
SKIPS: Final[tuple[Reason, ...]] = get_args(Reason)

Json = dict[str, Any]

#: Scores are published with this many decimals.
DECIMALS: Final = 6


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """Which model gave a score."""

    name: str
    version: str

    def to_dict(self) -> Json:
        return {"name": self.name, "version": self.version}


@dataclass(frozen=True, slots=True)
class Span:
    """One odd phrase: `text` is what stands at [start, end), each suggestion can replace the whole of it. Where markup
    stands in it, there are no suggestions; the message has the words without it."""

    start: int
    end: int
    text: str
    rule: str
    score: float
    suggestions: tuple[str, ...]
    message: str
    features: Mapping[str, float] | None = None

    def to_dict(self) -> Json:
        return {
            "start": self.start,
            "end": self.end,
            "text": self.text,
            "rule": self.rule,
            "score": _rounded(self.score),
            "suggestions": list(self.suggestions),
            "message": self.message,
            **_explained(self.features),
        }


@dataclass(frozen=True, slots=True)
class Kinds:
    """How a paragraph's score splits: words swapped by a spinner, or a translation by a machine. Each is a probability;
    together they are the score."""

    spun: float
    machine_translated: float

    @property
    def larger(self) -> Kind:
        """Which of the two the paragraph reads like; swapped words where they are alike."""
        return "machine_translated" if self.machine_translated > self.spun else "spun"

    def to_dict(self) -> Json:
        """Rounded so that the published parts add up to the published score, `DECIMALS` deep."""
        spun = round(self.spun, DECIMALS)
        return {
            "spun": spun,
            "machine_translated": round(round(self.spun + self.machine_translated, DECIMALS) - spun, DECIMALS),
        }


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One paragraph at [start, end) of the text; `score` and `kinds` are None unless the status is `scored`."""

    start: int
    end: int
    status: Status
    score: float | None
    flagged: bool
    spans: tuple[Span, ...]
    features: Mapping[str, float] | None = None
    kinds: Kinds | None = None

    @property
    def kind(self) -> Kind | None:
        """What a flagged paragraph reads like; None where it is not flagged, or not split."""
        return self.kinds.larger if self.flagged and self.kinds is not None else None

    def to_dict(self) -> Json:
        return {
            "start": self.start,
            "end": self.end,
            "status": self.status,
            "score": _rounded(self.score),
            "kinds": None if self.kinds is None else self.kinds.to_dict(),
            "flagged": self.flagged,
            "spans": [span.to_dict() for span in self.spans],
            **_explained(self.features),
        }


@dataclass(frozen=True, slots=True)
class Skipped:
    """A stretch of the text that was read, and not judged."""

    start: int
    end: int
    reason: Reason

    def to_dict(self) -> Json:
        return {"start": self.start, "end": self.end, "reason": self.reason}


@dataclass(frozen=True, slots=True)
class Document:
    """One text. `fraction_flagged` is the share of its scored words that stand in flagged paragraphs; `skipped` is in
    order, and no two of it overlap."""

    id: str
    status: Status
    score: float | None
    flagged: bool
    fraction_flagged: float
    paragraphs: tuple[Paragraph, ...]
    skipped: tuple[Skipped, ...] = ()

    @property
    def anything_flagged(self) -> bool:
        """Whether the document or one of its paragraphs is flagged."""
        return self.flagged or any(paragraph.flagged for paragraph in self.paragraphs)

    def to_dict(self) -> Json:
        return {
            "id": self.id,
            "status": self.status,
            "score": _rounded(self.score),
            "flagged": self.flagged,
            "fraction_flagged": _rounded(self.fraction_flagged),
            "skipped": [skipped.to_dict() for skipped in self.skipped],
            "paragraphs": [paragraph.to_dict() for paragraph in self.paragraphs],
        }


@dataclass(frozen=True, slots=True)
class Failure:
    """Stands in the output where a document could not be read. Carries no text.

    id: as sent, None where it could not be read. line: number in the input file, from 1; None outside a corpus.
    """

    id: str | int | float | None
    line: int | None
    code: str
    message: str

    def to_dict(self) -> Json:
        return {
            "id": self.id,
            "line": self.line,
            "status": "error",
            "error": {"code": self.code, "message": self.message},
            "score": None,
            "flagged": False,
            "fraction_flagged": 0.0,
            "skipped": [],
            "paragraphs": [],
        }


@dataclass(frozen=True, slots=True)
class Result:
    """The documents in the order they were sent; offsets count in `offset_unit`.

    `texts`, the documents' texts as sent, feed the readable views and are not part of the wire format.
    """

    model: ModelInfo
    mode: Mode
    offset_unit: OffsetUnit
    documents: tuple[Document, ...]
    texts: tuple[str, ...] = field(repr=False, compare=False)

    def to_dict(self) -> Json:
        return {
            "model": self.model.to_dict(),
            "mode": self.mode,
            "offset_unit": self.offset_unit,
            "documents": [document.to_dict() for document in self.documents],
        }

    def _repr_html_(self) -> str:
        from detector.report import html  # only notebooks need it

        return html(self)


#: With how many texts a call of `score` is worth making: the bytes bound memory, the count bounds delay.
CALL_BYTES: Final = 250_000
CALL_TEXTS: Final = 256


class Scorer(Protocol):
    """What the command, the corpus runner and the service need of a detector."""

    @property
    def info(self) -> ModelInfo: ...

    @property
    def about(self) -> Mapping[str, object]: ...

    def score(
        self,
        texts: str | Sequence[str],
        *,
        mode: Mode = "balanced",
        ids: Sequence[str] | None = None,
        offset_unit: OffsetUnit = "codepoint",
        allow: Sequence[str] = (),
        explain: bool = False,
        format: Format = "text",
        skip: Collection[Reason] = (),
    ) -> Result: ...


def _rounded(score: float | None) -> float | None:
    return None if score is None else round(score, DECIMALS)


def _explained(features: Mapping[str, float] | None) -> Json:
    return {} if features is None else {"features": {name: _rounded(value) for name, value in features.items()}}
