"""`python -m detector.evaluation.spark_check`: the same texts scored by Spark and by one process, compared exactly.

By default on a cluster that it starts on this machine, whose executors are processes of their own. Needs
`pip install 'unspun[spark]'` and Java 17.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from detector import Detector
from detector.benchmark import recombined, sentences
from detector.columns import paragraph_rows
from detector.results import Json

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

#: Executors, cores of each, megabytes of each.
LOCAL_CLUSTER: Final = "local-cluster[2,1,1024]"
_MOST_PARAGRAPHS: Final = 10
_TASKS: Final = 16
_AT_ONCE: Final = 100  # documents that the single process scores together; Spark's parts are cut otherwise
_SHOWN: Final = 10
_ROOT: Final = Path(__file__).parent.parent.parent

Key = tuple[str, int]


class BySpark(NamedTuple):
    """Rows by document and paragraph, how many each process scored, and how long all took."""

    rows: dict[Key, Json]
    processes: Counter[str]
    seconds: float


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the comparison. 1 where a row is missing or differs, or one executor did all the work."""
    parser = argparse.ArgumentParser(prog="python -m detector.evaluation.spark_check", description=__doc__)
    parser.add_argument("--paragraphs", type=int, default=100_000, help="of 100 words, default %(default)s")
    parser.add_argument("--master", default=LOCAL_CLUSTER, help="of the Spark cluster, default %(default)s")
    options = parser.parse_args(arguments)
    documents = made(options.paragraphs, random.Random(6))
    with tempfile.TemporaryDirectory() as folder, session(options.master, Path(folder)) as spark:
        found = by_spark(spark, documents, Path(folder))
    started = time.perf_counter()
    expected = by_one_process(documents)
    seconds = time.perf_counter() - started
    return _report(documents, expected, seconds, found)


def made(paragraphs: int, rng: random.Random) -> list[str]:
    """Documents of one to _MOST_PARAGRAPHS paragraphs each, of the sample articles' sentences."""
    left = recombined(sentences(()), paragraphs, rng)
    documents = []
    while left:
        size = rng.randint(1, _MOST_PARAGRAPHS)
        documents.append("\n\n".join(left[-size:]))
        del left[-size:]
    return documents


@contextmanager
def session(master: str, folder: Path) -> Iterator[SparkSession]:
    """A Spark session. On this machine it listens to the loopback address alone, its executors see this checkout, and
    what a cluster writes into its home goes to `folder`. Raises ImportError where PySpark is missing."""
    import pyspark
    from pyspark.sql import SparkSession

    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    if master.startswith("local"):
        home = folder / "spark"
        home.mkdir()
        for part in Path(pyspark.__file__).parent.iterdir():
            if part.name != "work":
                (home / part.name).symlink_to(part)
        os.environ.update(SPARK_HOME=str(home), SPARK_LOCAL_IP="127.0.0.1")
        os.environ["PYTHONPATH"] = os.pathsep.join([str(_ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
    spark = SparkSession.builder.master(master).config("spark.ui.enabled", "false").getOrCreate()
    spark.sparkContext.setLogLevel("ERROR")
    try:
        yield spark
    finally:
        spark.stop()


def by_spark(spark: SparkSession, documents: Sequence[str], folder: Path) -> BySpark:
    """Parquet to Parquet, a row for each paragraph."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    from detector.spark import map_in_arrow, spark_schema

    pq.write_table(pa.table({"id": pa.array(range(len(documents))), "text": documents}), folder / "in.parquet")
    scored = map_in_arrow(id="id", unit="paragraph")

    def noted(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        # An executor's working directory is its own.
        process = f"executor {Path.cwd().name}, process {os.getpid()}"
        for part in scored(batches):
            yield part.append_column("process", pa.array([process] * part.num_rows))

    started = time.perf_counter()
    frame = spark.read.parquet(str(folder / "in.parquet")).repartition(_TASKS)
    schema = spark_schema(frame.schema, id="id", unit="paragraph").add("process", "string")
    frame.mapInArrow(noted, schema).write.parquet(str(folder / "out"))
    seconds = time.perf_counter() - started
    rows = pq.read_table(folder / "out").to_pylist()
    processes = Counter(row.pop("process") for row in rows)
    return BySpark({(row.pop("id"), row["paragraph"]): row for row in rows}, processes, seconds)


def by_one_process(documents: Sequence[str]) -> dict[Key, Json]:
    """The same rows from `Detector.score`."""
    detector = Detector.load()
    rows: dict[Key, Json] = {}
    for first in range(0, len(documents), _AT_ONCE):
        result = detector.score(documents[first : first + _AT_ONCE])
        for number, document in enumerate(result.documents, start=first):
            rows.update({(str(number), row["paragraph"]): row for row in paragraph_rows(document)})
    return rows


def differing(expected: dict[Key, Json], found: dict[Key, Json]) -> list[str]:
    """What is not the same, a line for each row; never a text."""
    lines = []
    for key in sorted(expected.keys() | found.keys()):
        here, there = expected.get(key), found.get(key)
        if here is None or there is None:
            lines.append(f"document {key[0]}, paragraph {key[1]}: only in {'Spark' if here is None else 'one process'}")
        elif here != there:
            unlike = ((name, value, there.get(name)) for name, value in here.items() if value != there.get(name))
            parts = (f"{name} {a} here, {b} in Spark" if isinstance(a, float) else name for name, a, b in unlike)
            lines.append(f"document {key[0]}, paragraph {key[1]}: {'; '.join(parts)}")
    return lines


def _report(documents: Sequence[str], expected: dict[Key, Json], seconds: float, found: BySpark) -> int:
    differences = differing(expected, found.rows)
    executors = {process.split(",")[0] for process in found.processes}
    print(f"paragraphs    {len(expected):,} in {len(documents):,} documents; {len(found.rows):,} came back")
    for process, rows in sorted(found.processes.items()):
        print(f"Spark         {process}: {rows:,} paragraphs")
    print(f"              {found.seconds:.1f} s with the start of its workers, {_rate(found.rows, found.seconds)}")
    print(f"one process   {seconds:.1f} s, {_rate(expected, seconds)}")
    print(f"differences   {len(differences):,} rows, all columns compared exactly")
    for line in differences[:_SHOWN]:
        print(f"              {line}")
    if len(executors) < 2:
        print("One executor did all the work.")
    return 0 if not differences and len(executors) >= 2 else 1


def _rate(rows: dict[Key, Any], seconds: float) -> str:
    return f"{len(rows) / seconds:,.0f} paragraphs a second"


if __name__ == "__main__":
    sys.exit(main())
