"""Spans against the record of a spinner: which changes count, and at which rank their originals are suggested."""

from __future__ import annotations

from math import isnan

import pytest

from detector.batch import make_batch
from detector.evaluation.pairs import Pair
from detector.evaluation.spans import evaluate_spans, swapped_ranks
from detector.features import slot_features
from detector.model import Model
from detector.originals import originals
from detector.results import Scorer
from detector.spans import phrases, suggestions

TEXT = "the worker was at the small house by the river"


def spun(text: str, *changes: tuple[str, str], family: str | None = "moby") -> Pair:
    places = tuple((text.index(odd), text.index(odd) + len(odd), original) for odd, original in changes)
    return Pair("", "news", family, None, 0.2, text, places)


def offered(text: str, word: str, model: Model) -> list[str]:
    """What the detector would suggest for a word, if that alone were odd, without the neighbour it may take along."""
    batch = make_batch([(text, 0, len(text))], model.lexicon)
    slots = slot_features(batch, model.lexicon, model.choice)
    at = batch.starts[batch.slots].tolist().index(text.index(word))
    (phrase,) = phrases(batch, slots, [at], model.lexicon)
    before = text[batch.starts[phrase.first] : text.index(word)]
    after = text[text.index(word) + len(word) : batch.ends[phrase.last]]
    known = originals(batch, batch.slots, model.lexicon, model.choice)
    best = suggestions(text, batch, phrase, known, model.lexicon)
    return [each[len(before) : len(each) - len(after)] for each in best]


def test_the_rank_is_that_of_the_original_among_the_suggestions(small: Model) -> None:
    best = offered(TEXT, "worker", small)
    texts = [spun(TEXT, ("worker", original.capitalize())) for original in best]
    assert list(swapped_ranks(small, texts)) == [[rank] for rank in range(1, len(best) + 1)]


def test_an_original_that_is_not_suggested_has_no_rank(small: Model) -> None:
    other = next(word for word in ("lake", "snow", "tune", "late") if word not in offered(TEXT, "worker", small))
    assert list(swapped_ranks(small, [spun(TEXT, ("worker", other))])) == [[None]]


@pytest.mark.parametrize(
    ("odd", "original", "counts"),
    [
        ("worker", "teacher", True),
        ("the", "teacher", True),  # never asked about, which the user pays for
        ("worker", "zyzzyva", False),  # outside the vocabulary
        ("small house", "home", False),
        ("worker", "old teacher", False),
        ("worker", "the", False),  # carries no content
        ("worker", "Worker", False),
    ],
)
def test_which_changes_count(small: Model, odd: str, original: str, counts: bool) -> None:
    (ranks,) = swapped_ranks(small, [spun(TEXT, (odd, original))])
    assert len(ranks) == counts


def test_many_texts_are_the_same_as_one(small: Model) -> None:
    texts = [spun(TEXT, ("worker", "teacher"), ("river", "lake")), spun("an old house", ("house", "home"))] * 50
    alone = [next(swapped_ranks(small, [text])) for text in texts]
    assert list(swapped_ranks(small, texts)) == alone


def test_figures(detector: Scorer, small: Model) -> None:
    first = spun("The oddteacher met oddly.", ("oddteacher", "teacher"))
    second = spun("the worker met", ("worker", "teacher"), family="roget")
    figures = evaluate_spans(detector, small, [second, first, spun("oddly", family=None)])
    assert list(figures["families"]) == ["moby", "roget"]
    moby, roget = figures["families"].values()
    assert (moby["token_precision"], moby["token_recall"]) == (0.5, 1.0)
    assert moby["underlined"] == {"n": 1, "hit1": 0.0, "hit5": 1.0, "mrr": 0.5}
    assert (moby["n"], moby["hit5"]) == (1, 0.0)
    assert (roget["n"], roget["token_recall"]) == (1, 0.0)
    assert isnan(roget["underlined"]["hit5"])
    assert figures["n"] == 2
    assert figures["token_recall"] == 0.5
    assert figures["macro_hit5"] == (moby["hit5"] + roget["hit5"]) / 2


def test_without_spun_texts_there_are_no_figures(detector: Scorer, small: Model) -> None:
    figures = evaluate_spans(detector, small, [])
    assert (figures["n"], figures["families"]) == (0, {})
    assert isnan(figures["macro_hit5"])
