from __future__ import annotations

import os
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fake import SPUN

from detector import Detector
from detector.errors import UnspunError

pa = pytest.importorskip("pyarrow")
pytest.importorskip("pyspark", reason="needs pip install 'unspun[spark]'")
from pyspark.sql.types import IntegerType, StringType, StructField, StructType

from detector.arrow import scored_table
from detector.columns import JUDGED
from detector.evaluation import spark_check
from detector.spark import map_in_arrow, score_udf, scored, share_model, spark_schema


def rows(frame: Any) -> list[dict[str, Any]]:
    return [row.asDict(recursive=True) for row in frame.collect()]


@pytest.fixture
def frame(spark: Any, articles: Any) -> Any:
    """The articles, in more tasks than there are executors."""
    return spark.createDataFrame(articles.to_pylist(), "id long, text string, outlet string").repartition(6)


@pytest.mark.parametrize("unit", ["document", "paragraph"])
def test_a_frame_is_scored_as_the_table_is(frame: Any, articles: Any, shipped_detector: Detector, unit: Any) -> None:
    found = scored(frame, id="id", keep=["text", "outlet"], unit=unit)
    expected = scored_table(articles, shipped_detector, id="id", keep=["text", "outlet"], unit=unit)
    assert found.columns == expected.schema.names
    by_place = lambda row: (int(row["id"]), row.get("paragraph") or 0)
    assert sorted(rows(found), key=by_place) == expected.to_pylist()


def test_a_column_is_scored_as_the_table_is(frame: Any, articles: Any, shipped_detector: Detector) -> None:
    udf = score_udf(mode="sensitive", allow=["social employees"])
    found = frame.withColumn("unspun", udf("text")).select("id", "unspun.*").orderBy("id")
    assert found.columns == ["id", *JUDGED["document"]]
    expected = scored_table(articles, shipped_detector, mode="sensitive", allow=["social employees"])
    assert [{name: row[name] for name in JUDGED["document"]} for row in rows(found)] == expected.to_pylist()


def test_a_kept_column_keeps_its_type(spark: Any) -> None:
    given = spark.sql(
        "SELECT 'a text' AS text, timestamp '2026-01-02 03:04:05' AS at, map('a', 1) AS tags, 1.50BD AS price"
    )
    found = scored(given, keep=["price", "at", "tags"])
    assert [found.schema[name] for name in ("at", "tags", "price")] == [
        given.schema[n] for n in ("at", "tags", "price")
    ]
    assert found.select("at", "tags", "price").collect() == given.select("at", "tags", "price").collect()


def test_both_executors_load_the_model_once_in_a_process(spark: Any, articles: Any) -> None:
    frame = spark.createDataFrame(articles.to_pylist() * 8, "id long, text string, outlet string").repartition(16)
    score = map_in_arrow()

    def noted(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        from detector.shared import shared_detector

        for _ in score(batches):
            yield pa.record_batch(
                {"folder": [os.getcwd()], "process": [os.getpid()], "detector": [id(shared_detector())]}
            )

    rows = frame.mapInArrow(noted, "folder string, process long, detector long").collect()
    assert len(rows) >= 16
    assert len({row.folder for row in rows}) == 2
    assert len({(row.process, row.detector) for row in rows}) == len({row.process for row in rows})
    assert os.getpid() not in {row.process for row in rows}


def test_a_model_is_sent_to_executors_that_do_not_have_it(
    spark: Any, frame: Any, articles: Any, small_folder: Path
) -> None:
    model = share_model(spark, small_folder)
    assert share_model(spark, small_folder) == model
    found = scored(frame, id="id", model=model)
    assert sorted(rows(found), key=lambda row: int(row["id"])) == (
        scored_table(articles, Detector.load(small_folder), id="id").to_pylist()
    )
    sent = model.split(":")[1]

    def places(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        from pyspark import SparkFiles

        for _ in batches:
            place = Path(SparkFiles.get(sent))
            yield pa.record_batch({"place": [str(place)], "parts": [len(list(place.iterdir()))]})

    unpacked = frame.mapInArrow(places, "place string, parts long").distinct().collect()
    assert len(unpacked) == 2  # once for each executor
    assert {row.parts for row in unpacked} == {2}


def test_a_folder_that_every_executor_sees(frame: Any, articles: Any, small_folder: Path) -> None:
    udf = score_udf(model=str(small_folder))
    expected = scored_table(articles, Detector.load(small_folder)).column("score").to_pylist()
    assert [
        row["score"] for row in rows(frame.select("id", udf("text").score.alias("score")).orderBy("id"))
    ] == expected


def test_no_model_to_send(spark: Any, tmp_path: Path) -> None:
    with pytest.raises(UnspunError, match="There is no model in"):
        share_model(spark, tmp_path)


def test_columns_that_cannot_be_used_are_refused_before_anything_runs() -> None:
    schema = StructType([StructField("text", StringType()), StructField("score", IntegerType())])
    with pytest.raises(UnspunError, match="holds no strings, but int32"):
        spark_schema(schema, text="score")
    with pytest.raises(UnspunError, match="no column 'body'"):
        spark_schema(schema, text="body")
    with pytest.raises(UnspunError, match="cannot be kept"):
        spark_schema(schema, keep=["score"])


def test_options_that_do_not_exist_are_refused_before_anything_runs(spark: Any) -> None:
    with pytest.raises(UnspunError, match="mode is of strict, balanced, sensitive; it was 'lenient'"):
        score_udf(mode="lenient")  # type: ignore[arg-type]
    with pytest.raises(UnspunError, match="allow is a list of phrases; it was 'social employees'"):
        score_udf(allow="social employees")


def test_an_own_text_can_be_missing_where_the_texts_never_are() -> None:
    schema = StructType([StructField("text", StringType(), nullable=False)])
    assert not spark_schema(schema, keep=["text"])["text"].nullable
    assert spark_schema(schema, keep=["text"], unit="paragraph")["text"].nullable


def test_the_check_finds_what_differs() -> None:
    row = {"status": "scored", "score": 0.5, "spans": [{"text": SPUN}]}
    expected = {("1", 0): row, ("1", 1): row, ("2", 0): row, ("3", 0): row}
    found = {("1", 0): row, ("2", 0): {**row, "score": 0.25, "spans": []}, ("3", 0): row, ("4", 0): row}
    assert spark_check.differing(expected, found) == [
        "document 1, paragraph 1: only in one process",
        "document 2, paragraph 0: score 0.5 here, 0.25 in Spark; spans",
        "document 4, paragraph 0: only in Spark",
    ]


def test_spark_and_one_process_agree_on_hundreds_of_paragraphs(
    spark: Any, tmp_path: Path, shipped_detector: Detector
) -> None:
    documents = spark_check.made(600, random.Random(5))
    found = spark_check.by_spark(spark, documents, tmp_path)
    assert spark_check.differing(spark_check.by_one_process(documents), found.rows) == []
    assert len(found.rows) == 600
    assert len({process.split(",")[0] for process in found.processes}) == 2
