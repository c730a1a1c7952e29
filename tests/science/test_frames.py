"""The examples of docs/python.md and docs/scale.md, run as they stand there."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from detector import Detector

pytest.importorskip("pyarrow", reason="needs pip install 'unspun[corpus]'")
pytest.importorskip("sklearn", reason="needs pip install scikit-learn")
import pyarrow.parquet as pq

from detector.arrow import scored_table
from detector.columns import JUDGED
from detector.sklearn import FEATURES

ROOT = Path(__file__).parent.parent.parent


def examples(page: str, title: str) -> list[str]:
    """The code that stands under a heading."""
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    section = re.search(rf"^## {re.escape(title)}\n(.*?)(?=^## |\Z)", text, re.DOTALL | re.MULTILINE)
    assert section, title
    found = re.findall(r"^```python\n(.*?)^```", section[1], re.DOTALL | re.MULTILINE)
    assert found, title
    return found


def run(page: str, title: str, names: dict[str, Any] | None = None) -> dict[str, Any]:
    """What the examples of a section leave behind."""
    names = {"__name__": "example", **(names or {})}
    for example in examples(page, title):
        # Spark's Java side has a working directory of its own.
        example = re.sub(r'parquet\("', f'parquet("{Path.cwd()}/', example)
        exec(compile(example, f"{page}, {title}", "exec"), names)  # noqa: S102
    return names


def run_as_file(page: str, title: str, before: str = "", **environment: str) -> None:
    """In a process of its own, as a reader would; `before` it, what is special to a test."""
    (code,) = examples(page, title)
    Path("example.py").write_text(before + code, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "example.py"],
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-4000:]


@pytest.fixture
def scores(articles: Any, shipped_detector: Detector) -> list[dict[str, Any]]:
    return scored_table(articles, shipped_detector, id="id", keep=["outlet"]).to_pylist()


def sorted_rows(path: str) -> list[dict[str, Any]]:
    return sorted(pq.read_table(path).to_pylist(), key=lambda row: int(row["id"]))


def test_every_example_is_run() -> None:
    sections = {
        "python.md": {"pandas": 3, "polars": 3, "Arrow": 1, "scikit-learn": 1},
        "scale.md": {"Spark": 3, "Ray Data": 1, "Dask": 1},
    }
    for page, titles in sections.items():
        everything = re.findall(r"^```python$", (ROOT / "docs" / page).read_text(encoding="utf-8"), re.MULTILINE)
        assert {title: len(examples(page, title)) for title in titles} == titles
        assert len(everything) == sum(titles.values())


def test_pandas(articles: Any, scores: list[dict[str, Any]]) -> None:
    pytest.importorskip("pandas")
    left = run("python.md", "pandas")
    df = left["df"]
    assert list(df.columns) == ["id", "text", "outlet", *FEATURES]
    found = {row.id: None if row.scored == 0 else round(row.score, 6) for row in df.itertuples()}
    assert found == {int(row["id"]): row["score"] for row in scores if row["status"] != "error"}
    spans = [span for row in scores for part in row["paragraphs"] or () for span in part["spans"]]
    assert left["found"]["text"].to_list() == [span["text"] for span in spans]


def test_polars(articles: Any, scores: list[dict[str, Any]]) -> None:
    pytest.importorskip("polars")
    left = run("python.md", "polars")
    assert left["scores"].columns == ["id", "text", "outlet", *JUDGED["document"]]
    assert left["scores"]["score"].to_list() == [row["score"] for row in scores]
    assert left["df"].columns == ["id", "text", "outlet", *FEATURES]
    spun = left["lazy"].collect()["spun"]
    assert spun.round(6).to_list() == [row["score"] for row in scores]


def test_arrow(articles: Any, shipped_detector: Detector) -> None:
    table = run("python.md", "Arrow")["table"]
    expected = scored_table(articles, shipped_detector, id="id", keep=["outlet"], unit="paragraph", mode="strict")
    assert table.equals(expected)


def test_scikit_learn(articles: Any) -> None:
    pytest.importorskip("pandas")
    left = run("python.md", "scikit-learn")
    assert set(left["outlet"].predict(left["articles"]["text"])) <= {"Herald", "Post"}


def test_spark(spark: Any, articles: Any, scores: list[dict[str, Any]], small_folder: Path) -> None:
    Path("my-model").symlink_to(small_folder)
    left = run("scale.md", "Spark", {"spark": spark})
    assert sorted_rows("scores.parquet") == scores
    expected = scored_table(articles, Detector.load(small_folder)).column("score").to_pylist()
    assert sorted(row.score or -1 for row in left["scores"].collect()) == sorted(score or -1 for score in expected)
    assert left["flagged"].columns == ["id", "score"]
    left["flagged"].collect()


def test_ray(articles: Any, scores: list[dict[str, Any]]) -> None:
    pytest.importorskip("ray", reason="needs pip install 'ray[data]'")
    # On Linux too, Ray listens to the loopback address alone where it is told that it forms no cluster.
    local = {"RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0", "RAY_USAGE_STATS_ENABLED": "0"}
    started = "import ray\n\nray.init(num_cpus=3, include_dashboard=False, object_store_memory=100_000_000)\n"
    run_as_file("scale.md", "Ray Data", before=started, **local)
    assert sorted_rows("scores") == scores


def test_dask(articles: Any, scores: list[dict[str, Any]]) -> None:
    pytest.importorskip("dask.dataframe", reason="needs pip install 'dask[dataframe]'")
    run_as_file("scale.md", "Dask")
    assert sorted_rows("scores") == scores
