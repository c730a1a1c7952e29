"""The columns that a scored corpus has: names, types, and the rows of a document. JSON lines, Parquet and Arrow share them.

Stable: a column keeps its name and type as long as the major version does; new ones may come.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final, Literal, get_args

from detector.results import DECIMALS, KINDS, Document, Failure, Json

if TYPE_CHECKING:
    import pyarrow as pa

#: What makes a row: a document with its paragraphs, or one paragraph.
Unit = Literal["document", "paragraph"]
UNITS: Final[tuple[Unit, ...]] = get_args(Unit)

#: Where a row comes from: its id, the name of the file, and the record's number in it, from 1.
ORIGIN: Final = ("id", "source", "line")
#: What is said of it, in the order of the columns.
JUDGED: Final[dict[Unit, tuple[str, ...]]] = {
    "document": ("status", "error", "score", "flagged", "fraction_flagged", "skipped", "paragraphs"),
    "paragraph": (
        "paragraph", "start", "end", "status", "error", "score", "kinds", "flagged",
        "document_score", "document_flagged", "spans",
    ),
}  # fmt: skip


def names(unit: Unit) -> tuple[str, ...]:
    """Every column but the kept ones."""
    return (*ORIGIN, *JUDGED[unit])


def document_row(document: Document) -> Json:
    """The judged columns of a document."""
    judged = document.to_dict()
    return {"status": judged.pop("status"), "error": None, **{name: judged[name] for name in judged if name != "id"}}


def paragraph_rows(document: Document) -> Iterator[Json]:
    """The judged columns of each paragraph, numbered from 0. A document without one has a row of its own, with no number."""
    whole = {"document_score": _rounded(document.score), "document_flagged": document.flagged}
    for number, paragraph in enumerate(document.paragraphs):
        yield {
            "paragraph": number,
            "start": paragraph.start,
            "end": paragraph.end,
            "status": paragraph.status,
            "error": None,
            "score": _rounded(paragraph.score),
            "kinds": None if paragraph.kinds is None else paragraph.kinds.to_dict(),
            "flagged": paragraph.flagged,
            **whole,
            "spans": [span.to_dict() for span in paragraph.spans],
        }
    if not document.paragraphs:
        yield {**_EMPTY["paragraph"], "status": document.status, **whole}


def failure_row(failure: Failure, unit: Unit) -> Json:
    """The judged columns of what could not be scored."""
    return {**_EMPTY[unit], "status": "error", "error": {"code": failure.code, "message": failure.message}}


_EMPTY: Final[dict[Unit, Json]] = {
    "document": {
        "status": None, "error": None, "score": None, "flagged": False, "fraction_flagged": 0.0,
        "skipped": [], "paragraphs": [],
    },
    "paragraph": {
        "paragraph": None, "start": None, "end": None, "status": None, "error": None, "score": None, "kinds": None,
        "flagged": False, "document_score": None, "document_flagged": False, "spans": [],
    },
}  # fmt: skip


def judged_types(unit: Unit) -> Mapping[str, pa.DataType]:
    """The Arrow types of the judged columns. Needs pyarrow."""
    import pyarrow as pa

    text, place, number, yes = pa.string(), pa.int32(), pa.float64(), pa.bool_()
    error = pa.struct({"code": text, "message": text})
    span = pa.struct(
        {
            "start": place,
            "end": place,
            "text": text,
            "rule": text,
            "score": number,
            "suggestions": pa.list_(text),
            "message": text,
        }
    )
    kinds = pa.struct(dict.fromkeys(KINDS, number))
    paragraph = pa.struct(
        {
            "start": place,
            "end": place,
            "status": text,
            "score": number,
            "kinds": kinds,
            "flagged": yes,
            "spans": pa.list_(span),
        }
    )
    skipped = pa.struct({"start": place, "end": place, "reason": text})
    types: dict[str, pa.DataType] = {
        "paragraph": place,
        "start": place,
        "end": place,
        "status": text,
        "error": error,
        "score": number,
        "kinds": kinds,
        "flagged": yes,
        "fraction_flagged": number,
        "document_score": number,
        "document_flagged": yes,
        "skipped": pa.list_(skipped),
        "paragraphs": pa.list_(paragraph),
        "spans": pa.list_(span),
    }
    return {name: types[name] for name in JUDGED[unit]}


def origin_types() -> Mapping[str, pa.DataType]:
    """The Arrow types of ORIGIN. Needs pyarrow."""
    import pyarrow as pa

    return {"id": pa.string(), "source": pa.string(), "line": pa.int64()}


def _rounded(score: float | None) -> float | None:
    return None if score is None else round(score, DECIMALS)
