"""The measurement of clusters counts what it says."""

from __future__ import annotations

import pytest
from reporting.articles import ARTICLES, BRIDGE, HARBOUR

pytest.importorskip("lemminflect")
from detector.evaluation.clusters import Article, pairwise, power, without_reprints


def test_pairs_are_counted_within_clusters_and_within_seeds() -> None:
    seeds = ["a", "a", "a", "b", "b", None, None]

    whole = pairwise([(0, 1, 2), (3, 4)], seeds)
    mixed = pairwise([(0, 1, 5), (3, 6)], seeds)

    assert (whole.true, whole.false, whole.missed, whole.f1) == (4, 0, 0, 1)
    assert (mixed.true, mixed.false, mixed.missed) == (1, 3, 3)
    assert (mixed.precision, mixed.recall, mixed.f1) == (0.25, 0.25, 0.25)
    assert pairwise([], seeds).f1 == 0


def test_reprints_are_left_out_with_the_one_they_repeat() -> None:
    cut = HARBOUR.partition("\n\n")[0]
    articles = [Article(str(n), text) for n, text in enumerate([*ARTICLES, cut, BRIDGE + " One more line of it."])]

    kept, left_out = without_reprints(articles)

    assert [article.id for article in kept] == ["0", "1", "2", "3"]
    assert [(earlier, article.id) for earlier, article in left_out] == [(1, "4"), (0, "5")]


def test_the_power_is_the_slope_of_the_logarithms() -> None:
    assert power([10, 100, 1000], [2.0, 20.0, 200.0]) == pytest.approx(1)
    assert power([10, 100, 1000], [1.0, 100.0, 10_000.0]) == pytest.approx(2)
