"""Witnesses of machine translation."""

from __future__ import annotations

import numpy as np
import pytest

from detector import Detector
from detector.batch import make_batch
from detector.lexicon import F32, Lexicon
from detector.translation import TRANSLATION_NAMES, translation_features

PLAIN = "The town council has put off its budget vote until spring. Nobody knew what the new bus lines would cost."
TRANSLATED = (
    "The council of the town has put off the vote of his budget until the spring of the year. Nobody knew the that."
)


@pytest.fixture(scope="module")
def lexicon(shipped_detector: Detector) -> Lexicon:
    return shipped_detector._model.lexicon


def _features(lexicon: Lexicon, *texts: str) -> F32:
    return translation_features(make_batch([(text, 0, len(text)) for text in texts], lexicon), lexicon)


def _column(rows: F32, name: str) -> list[float]:
    return [float(value) for value in rows[:, TRANSLATION_NAMES.index(name)]]


def test_rates_are_shares_of_words(lexicon: Lexicon) -> None:
    rows = _features(lexicon, "The end of the road.", "")
    assert _column(rows, "rate_the") == pytest.approx([0.4, 0.0])
    assert _column(rows, "of_the") == pytest.approx([0.2, 0.0])
    assert _column(rows, "sentence_words") == pytest.approx([np.log(5), 0.0])


@pytest.mark.parametrize("name", ["rate_of", "content_of", "article_clash", "small_words"])
def test_a_translation_has_more_of(lexicon: Lexicon, name: str) -> None:
    plain, translated = _column(_features(lexicon, PLAIN, TRANSLATED), name)
    assert translated > plain


def test_doubled_and_repeated_words_are_counted(lexicon: Lexicon) -> None:
    rows = _features(lexicon, "The the council met the council.")
    assert _column(rows, "doubled") == pytest.approx([1 / 6])
    assert _column(rows, "repeated") == pytest.approx([1 / 3])


def test_unknown_words_are_told_from_names(lexicon: Lexicon) -> None:
    rows = _features(lexicon, "They met qwzertos in Qwzertia again.")
    assert _column(rows, "unknown_words") == _column(rows, "names") == pytest.approx([1 / 6])


def test_a_paragraph_does_not_depend_on_its_neighbours(lexicon: Lexicon) -> None:
    texts = [PLAIN, "", "...", TRANSLATED, "One word"]
    together = _features(lexicon, *texts)
    assert together.shape == (len(texts), len(TRANSLATION_NAMES))
    assert np.isfinite(together).all()
    for row, text in zip(together, texts, strict=True):
        assert np.array_equal(row, _features(lexicon, text)[0])
