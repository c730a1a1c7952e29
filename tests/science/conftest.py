from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A cluster of two executors, processes of their own, on the loopback address."""
    pytest.importorskip("pyspark", reason="needs pip install 'unspun[spark]'")
    if not shutil.which("java"):
        pytest.skip("Spark needs Java 17, and there is no java here")
    from detector.evaluation.spark_check import LOCAL_CLUSTER, session

    with pytest.MonkeyPatch.context() as environment:
        for name in ("SPARK_HOME", "SPARK_LOCAL_IP", "PYTHONPATH", "PYSPARK_PYTHON"):
            environment.setenv(name, "")  # so that it is restored afterwards
            environment.delenv(name)
        with session(LOCAL_CLUSTER, tmp_path_factory.mktemp("spark")) as spark:
            yield spark


@pytest.fixture
def articles(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A table of articles, and a folder to work in that has it as `articles.parquet`."""
    import pyarrow as pa
    import pyarrow.parquet as pq
    from fake import CLEAN, SPUN

    texts = [SPUN, None, CLEAN, f"{SPUN}\n\n{CLEAN}", "Too short."] * 8
    table = pa.table(
        {
            "id": pa.array(range(len(texts)), pa.int64()),
            "text": texts,
            "outlet": ["Herald", "Post"] * (len(texts) // 2),
        }
    )
    monkeypatch.chdir(tmp_path)
    pq.write_table(table, "articles.parquet")
    return table
