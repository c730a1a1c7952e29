"""A row's product is the same to the last bit wherever it stands, and so is a text's score."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.exact import MOST, product, weighted

RNG = np.random.default_rng(1)
SHAPES = [(320, 320), (320, 128), (128, 320), (48, 320), (16, 8)]
WEIGHTS = {shape: RNG.normal(0, 1, shape).astype(np.float32) for shape in SHAPES}
ROWS = {shape: RNG.normal(0, 1, (3 * MOST, shape[0])).astype(np.float32) for shape in SHAPES}


@pytest.mark.parametrize("shape", SHAPES)
def test_it_is_the_product(shape: tuple[int, int]) -> None:
    rows, weights = ROWS[shape], WEIGHTS[shape]
    for count in (0, 1, 7, MOST, MOST + 1, len(rows)):
        assert product(rows[:count], weights) == pytest.approx(rows[:count] @ weights, rel=1e-4, abs=1e-4)
        assert product(rows[:count], weights).shape == (count, shape[1])


@given(st.sampled_from(SHAPES), st.integers(0, 3 * MOST - 1), st.integers(1, 2 * MOST))
def test_a_row_feels_nothing_of_the_others(shape: tuple[int, int], start: int, count: int) -> None:
    rows, weights = ROWS[shape], WEIGHTS[shape]
    every = product(rows, weights)
    assert (product(rows[start : start + count], weights) == every[start : start + count]).all()


@given(st.integers(0, 90), st.integers(1, 50))
def test_a_weighted_row_feels_nothing_of_the_others(start: int, count: int) -> None:
    rows, weights = RNG.normal(0, 1, (100, 22)), RNG.normal(0, 1, 22)
    every = weighted(rows, weights)
    assert every == pytest.approx(rows @ weights)
    assert (weighted(rows[start : start + count], weights) == every[start : start + count]).all()
