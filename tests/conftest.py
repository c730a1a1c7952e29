from __future__ import annotations

import os

# Before numpy is imported: the tests run side by side, and on one thread scores are the same to the last bit.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
from fake import FakeScorer
from hypothesis import settings
from small_model import written
from tiny_model import Trained, trained_in

from detector import Detector
from detector.errors import ModelError
from detector.model import Model, load, shipped

# A shared machine may be slow; that is no finding.
settings.register_profile("shared", deadline=None)
settings.load_profile("shared")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, Any, Any]:
    """Where everything has been installed (`make test-all`), a test that skips itself has found something missing."""
    report = yield
    if report.skipped and not hasattr(report, "wasxfail") and os.environ.get("UNSPUN_SKIP_NOTHING"):
        report.outcome = "failed"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector: pytest.Collector) -> Generator[None, Any, Any]:
    """The same for a whole file."""
    report = yield
    if report.skipped and os.environ.get("UNSPUN_SKIP_NOTHING"):
        report.outcome = "failed"
    return report


@pytest.fixture
def scorer() -> FakeScorer:
    return FakeScorer()


@pytest.fixture(scope="session")
def small_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a model of a hundred words and random weights."""
    return written(tmp_path_factory.mktemp("models") / "small")


@pytest.fixture(scope="session")
def small(small_folder: Path) -> Model:
    return load(small_folder)


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    """A model that `unspun train` made on articles written for the tests, and what it made it of."""
    return trained_in(tmp_path_factory.mktemp("train"))


@pytest.fixture(scope="session")
def shipped_detector() -> Detector:
    """The shipped model; where there is none yet, its tests are skipped and say so."""
    try:
        folder = shipped()
    except ModelError as missing:
        pytest.skip(str(missing))
    return Detector.load(folder)
