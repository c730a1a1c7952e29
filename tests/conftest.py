from __future__ import annotations

from pathlib import Path

import pytest
from fake import FakeScorer
from hypothesis import settings
from small_model import written

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
def shipped_detector() -> Detector:
    """The shipped model; where there is none yet, its tests are skipped and say so."""
    try:
        folder = shipped()
    except ModelError as missing:
        pytest.skip(str(missing))
    return Detector.load(folder)
