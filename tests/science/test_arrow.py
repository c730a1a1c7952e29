from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

import pytest
from fake import CLEAN, SPUN, FakeScorer
from hypothesis import given, settings
from hypothesis import strategies as st

from detector import Detector
from detector.benchmark import recombined, sentences
from detector.columns import JUDGED, document_row, paragraph_rows
from detector.errors import MAX_TEXT_BYTES, UnspunError
from detector.results import Result

pa = pytest.importorskip("pyarrow")
from detector.arrow import output_schema, scored, scored_parts, scored_table

TEXTS = [SPUN, CLEAN, f"{SPUN}\n\n{CLEAN}", "", "Too short.", "   \n\n "]
#: Every type of a column of texts, and how its values are made.
KINDS = [
    pa.string(),
    pa.large_string(),
    pa.string_view(),
    pa.binary(),
    pa.large_binary(),
    pa.binary_view(),
    pa.dictionary(pa.int32(), pa.string()),
    pa.dictionary(pa.int8(), pa.large_string()),
    pa.dictionary(pa.int32(), pa.string_view()),
]


def value_type(kind: Any) -> Any:
    return kind.value_type if pa.types.is_dictionary(kind) else kind


def column(texts: Sequence[str | None], kind: Any = pa.string()) -> Any:  # noqa: B008
    if not pa.types.is_dictionary(kind):
        values = [text.encode() if is_bytes(kind) and text is not None else text for text in texts]
        return pa.array(values, kind)
    encoded = pa.array(texts, pa.string()).dictionary_encode()
    return pa.DictionaryArray.from_arrays(
        encoded.indices.cast(kind.index_type), encoded.dictionary.cast(kind.value_type)
    )


def is_bytes(kind: Any) -> bool:
    return kind in (pa.binary(), pa.large_binary(), pa.binary_view())


def broken_strings(values: Sequence[bytes | None]) -> Any:
    """A column of strings whose bytes nobody checked, as a file may have it."""
    data = pa.array(values, pa.binary())
    return pa.Array.from_buffers(pa.string(), len(data), data.buffers())


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_each_text_becomes_the_row_that_the_detector_gives_it_alone(kind: Any) -> None:
    batch = scored(pa.record_batch({"text": column(TEXTS, kind)}), FakeScorer())
    batch.validate(full=True)
    assert batch.to_pylist() == [document_row(FakeScorer().score(text).documents[0]) for text in TEXTS]


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_a_row_for_each_paragraph_with_its_own_text(kind: Any) -> None:
    given = pa.record_batch({"text": column([*TEXTS, None], kind), "n": pa.array(range(7), pa.int8())})
    batch = scored(given, FakeScorer(), unit="paragraph", keep=["n", "text"])
    batch.validate(full=True)
    assert batch.schema.field("text").type == value_type(kind)
    expected: list[dict[str, Any]] = []
    for n, text in enumerate(TEXTS):
        for row in paragraph_rows(FakeScorer().score(text).documents[0]):
            own = None if row["start"] is None else text[row["start"] : row["end"]]
            expected.append({"n": n, "text": own.encode() if is_bytes(kind) and own else own, **row})
    rows = batch.to_pylist()
    assert rows[:-1] == expected
    assert (rows[-1]["n"], rows[-1]["text"], rows[-1]["status"], rows[-1]["spans"]) == (6, None, "error", [])


def test_a_small_dictionary_of_texts_has_room_for_their_paragraphs() -> None:
    texts = [f"{SPUN} {n}\n\n{CLEAN} {n}" for n in range(100)]
    batch = pa.record_batch({"text": column(texts, pa.dictionary(pa.int8(), pa.string()))})
    found = scored(batch, FakeScorer(), unit="paragraph", keep=["text"])
    assert found.column("text").to_pylist() == [part for text in texts for part in text.split("\n\n")]


def test_what_cannot_be_scored_is_a_row_and_the_others_are_scored() -> None:
    letters = "Ääq"
    texts = broken_strings(
        [SPUN.encode(), None, letters.encode("latin-1"), b"a" * (MAX_TEXT_BYTES + 1), CLEAN.encode()]
    )
    rows = scored(pa.record_batch({"text": texts}), FakeScorer()).to_pylist()
    assert [row["status"] for row in rows] == ["scored", "error", "error", "error", "scored"]
    assert [row["error"] and row["error"]["code"] for row in rows] == [
        None, "wrong_type", "not_utf8", "text_too_large", None,
    ]  # fmt: skip
    assert rows[1] == {
        "status": "error", "error": {"code": "wrong_type", "message": "The text is null."}, "score": None,
        "flagged": False, "fraction_flagged": 0.0, "skipped": [], "paragraphs": [],
    }  # fmt: skip


def test_a_column_without_a_single_text() -> None:
    rows = scored(pa.record_batch({"text": pa.nulls(3)}), FakeScorer()).to_pylist()
    assert [row["status"] for row in rows] == ["error"] * 3


class Fragile(FakeScorer):
    """Fails where a text holds a certain word."""

    def score(self, texts: Any, **options: Any) -> Result:
        if any("fuse" in text for text in texts):
            raise RuntimeError(f"a defect that quotes {texts}")
        return super().score(texts, **options)


def test_a_defect_costs_one_row_and_quotes_no_text() -> None:
    texts = [SPUN, "the fuse", CLEAN]
    rows = scored(pa.record_batch({"text": texts}), Fragile()).to_pylist()
    assert [row["status"] for row in rows] == ["scored", "error", "scored"]
    assert rows[1]["error"] == {"code": "scoring_failed", "message": "The text could not be scored: RuntimeError."}


def test_kept_columns_keep_their_types_and_the_id_is_a_string() -> None:
    given = pa.record_batch(
        {
            "key": pa.array([7, None, 9], pa.int64()),
            "text": [SPUN, None, CLEAN],
            "when": pa.array([1, 2, None], pa.timestamp("us", "UTC")),
            "tags": pa.array([["a"], [], None], pa.list_(pa.string())),
            "outlet": pa.array(["x", "y", "x"]).dictionary_encode(),
            "meta": pa.array([{"a": 1}, None, {"a": 3}], pa.struct({"a": pa.int8()})),
            "view": pa.array(["a long enough view", None, ""], pa.string_view()),
        }
    )
    kept = ["meta", "outlet", "when", "tags", "text", "key", "view"]
    for unit in ("document", "paragraph"):
        batch = scored(given, FakeScorer(), id="key", unit=unit, keep=kept)
        batch.validate(full=True)
        assert batch.schema.names == ["id", *kept, *JUDGED[unit]]
        assert batch.schema == output_schema(given.schema, id="key", unit=unit, keep=kept)
        assert batch.column("id").to_pylist() == ["7", None, "9"]
        for name in kept:
            assert batch.schema.field(name).type == given.schema.field(name).type
        for name in ("meta", "outlet", "when", "tags", "key", "view"):
            assert batch.column(name).to_pylist() == given.column(name).to_pylist()


def test_without_an_id_a_column_of_that_name_can_be_kept_as_it_is() -> None:
    batch = scored(pa.record_batch({"id": [5], "text": [CLEAN]}), FakeScorer(), keep=["id"])
    assert batch.schema.names[:2] == ["id", "status"]
    assert batch.schema.field("id").type == pa.int64()


@pytest.mark.parametrize("unit", ["document", "paragraph"])
def test_nothing_in_nothing_out_with_the_same_columns(unit: Any) -> None:
    empty = pa.record_batch({"id": pa.array([], pa.int64()), "text": pa.array([], pa.string())})
    batch = scored(empty, FakeScorer(), id="id", unit=unit, keep=["text"])
    assert batch.num_rows == 0
    assert batch.schema == output_schema(empty.schema, id="id", unit=unit, keep=["text"])


@pytest.mark.parametrize(
    ("columns", "options", "reason"),
    [
        (["text"], {"text": "body"}, "There is no column 'body' among 'text'."),
        (["text"], {"id": "key"}, "There is no column 'key' among 'text'."),
        (["text"], {"keep": ["outlet"]}, "There is no column 'outlet' among 'text'."),
        (["text", "text"], {}, "There are several columns 'text' among 'text', 'text'."),
        (["text", "score"], {"keep": ["score"]}, "The column 'score' cannot be kept: the output has one of that name."),
        (["text", "id"], {"id": "id", "keep": ["id"]}, "The column 'id' cannot be kept"),
        (["text", "outlet"], {"keep": ["outlet", "outlet"]}, "The column 'outlet' is to be kept twice."),
        (["text", "count"], {"text": "count"}, "The column 'count' holds no strings, but int64."),
        (
            ["text", "tags"],
            {"id": "tags"},
            "The column 'tags' holds neither strings nor numbers, but list<item: string>.",
        ),
    ],
)
def test_columns_that_cannot_be_used(columns: list[str], options: Any, reason: str) -> None:
    values = {"count": pa.array([1]), "tags": pa.array([["a"]])}
    batch = pa.RecordBatch.from_arrays([values.get(name, pa.array([CLEAN])) for name in columns], names=columns)
    with pytest.raises(UnspunError) as refused:
        scored(batch, FakeScorer(), **options)
    assert str(refused.value).startswith(reason)


@pytest.mark.parametrize(
    "options",
    [
        {"mode": "lenient"},
        {"unit": "sentence"},
        {"format": "pdf"},
        {"skip": ["quotes"]},
        {"skip": "quote"},
        {"mode": ["strict"]},
    ],
)
def test_options_that_do_not_exist(options: Any) -> None:
    with pytest.raises(UnspunError, match=f"{next(iter(options))} is of "):
        scored(pa.record_batch({"text": [CLEAN]}), FakeScorer(), **options)


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"ids": "id"}, "There is no option 'ids'; there are text, id, unit, keep, mode, format, skip, allow."),
        ({"keep": "text"}, "keep is a list of columns; it was 'text'."),
        ({"allow": "social workers"}, "allow is a list of phrases; it was 'social workers'."),
    ],
)
def test_options_that_are_misspelled(options: Any, reason: str) -> None:
    with pytest.raises(UnspunError) as refused:
        output_schema(pa.schema({"text": pa.string()}), **options)
    assert str(refused.value) == reason


def test_a_big_batch_is_worked_on_in_parts() -> None:
    scorer = FakeScorer()
    batch = pa.record_batch({"text": ["a"] * 600 + ["word " * 20_000] * 5})
    sizes = [part.num_rows for part in scored_parts(batch, scorer)]
    assert sizes == scorer.calls
    assert sum(sizes) == 605
    assert max(sizes) <= 256
    assert len(sizes) >= 4


def test_texts_that_are_too_long_are_never_read() -> None:
    batch = pa.record_batch({"text": ["a" * (MAX_TEXT_BYTES + 1)] * 3 + [CLEAN]})
    scorer = FakeScorer()
    assert [row["status"] for row in scored(batch, scorer).to_pylist()] == ["error"] * 3 + ["scored"]
    assert scorer.calls == [1]


@settings(max_examples=30)
@given(
    st.lists(st.sampled_from([*TEXTS, None]), max_size=30),
    st.integers(0, 10),
    st.sampled_from(["document", "paragraph"]),
)
def test_rows_do_not_depend_on_how_a_table_is_cut(texts: list[str | None], offset: int, unit: Any) -> None:
    whole = pa.table({"n": pa.array(range(len(texts)), pa.int32()), "text": pa.array(texts, pa.string())})
    cut = pa.concat_tables([whole.slice(0, offset), whole.slice(offset)])
    one = scored_table(whole, FakeScorer(), id="n", unit=unit, keep=["text"])
    other = scored_table(cut, FakeScorer(), id="n", unit=unit, keep=["text"])
    assert one.to_pylist() == other.to_pylist()
    first = (row["id"] for row in one.to_pylist() if unit == "document" or row["paragraph"] in (0, None))
    assert list(first) == [str(n) for n in range(len(texts))]


def test_options_go_to_the_detector() -> None:
    text = f'He said: "{SPUN}"'
    batch = pa.record_batch({"text": [SPUN, f"<p>{SPUN}</p>", text]})
    rows = scored(batch, FakeScorer(), allow=["social employees"], format="html", skip=["quote"]).to_pylist()
    direct = FakeScorer().score(
        [SPUN, f"<p>{SPUN}</p>", text], allow=["social employees"], format="html", skip=["quote"]
    )  # fmt: skip
    assert rows == [document_row(document) for document in direct.documents]


def test_scores_are_those_of_the_shipped_model_on_each_text_alone(shipped_detector: Detector) -> None:
    rng = random.Random(3)
    paragraphs = recombined(sentences(()), 60, rng)
    texts = ["\n\n".join(rng.sample(paragraphs, rng.randint(1, 4))) for _ in range(40)]
    rows = scored(pa.record_batch({"text": texts}), shipped_detector).to_pylist()
    assert rows == [document_row(shipped_detector.score(text).documents[0]) for text in texts]
    assert {row["status"] for row in rows} == {"scored"}
