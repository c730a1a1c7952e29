from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from detector.lexicon import FIRST_WORD
from detector.training.vectors import VectorsError, by_id, glove, wink


def test_words_alike_are_near() -> None:
    house, home, cheese, unknown = glove(["house", "home", "cheese", "qqxqqz"])
    assert house @ home > house @ cheese
    assert not unknown.any()


def test_the_file_of_the_npm_package(tmp_path: Path) -> None:
    path = tmp_path / "vectors.json"
    path.write_text(json.dumps({"dimensions": 100, "vectors": {"house": [*range(100), 9.5, 1]}}), encoding="utf-8")
    house, unknown = wink(path, ["house", "home"])
    assert house.tolist() == list(range(100))
    assert not unknown.any()


@pytest.mark.parametrize("content", ["[]", "{}", "not json", '{"vectors": {"house": 1}}'])
def test_another_file_is_refused(content: str, tmp_path: Path) -> None:
    path = tmp_path / "vectors.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(VectorsError, match="is not the JSON file"):
        wink(path, ["house"])


def test_ids_that_are_no_words_have_no_vector() -> None:
    rows = by_id(np.ones((3, 5), np.float32))
    assert rows.shape == (FIRST_WORD + 3, 5)
    assert not rows[:FIRST_WORD].any()
    assert rows[FIRST_WORD:].all()
