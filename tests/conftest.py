from __future__ import annotations

from pathlib import Path

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
