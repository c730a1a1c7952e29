from __future__ import annotations

import math
import pickle
from typing import Any

import numpy as np
import pytest
from fake import CLEAN, SPUN, FakeScorer

from detector import Detector
from detector.errors import MAX_TEXT_BYTES

pytest.importorskip("sklearn", reason="needs pip install scikit-learn")
from sklearn.base import clone
from sklearn.compose import ColumnTransformer
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import FeatureUnion, make_pipeline
from sklearn.utils.estimator_checks import check_estimator
from sklearn.utils.validation import validate_data

from detector import sklearn as ours
from detector.sklearn import FEATURES, SpunScorer

TEXTS = [SPUN, CLEAN, f"{SPUN}\n\n{CLEAN}", "Too short.", ""]
NAN = math.nan
#: What FakeScorer makes of them: 23, 29 and 52 words.
EXPECTED = [
    [0.9, 1, 1, 1, 1, 1, 0.9, 1, 100 / 23, 0.9],
    [0.1, 0, 0, 1, 1, 0, 0.1, 0, 0, 0],
    [0.9, 1, 0.5, 1, 2, 1, 0.9, 1, 100 / 52, 0.9],
    [NAN, 0, 0, 0, 0, 0, NAN, 0, 0, 0],
    [NAN, 0, 0, 0, 0, 0, NAN, 0, 0, 0],
]


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> FakeScorer:
    scorer = FakeScorer()
    monkeypatch.setattr(ours, "shared_detector", lambda model: scorer)
    return scorer


class OfNumbers(SpunScorer):  # type: ignore[misc]
    """scikit-learn's checks send numbers: each row of them is spelled as a text, and all else is SpunScorer's."""

    def fit(self, X: Any, y: object = None) -> OfNumbers:  # noqa: N803
        return super().fit(self._spelled(X, reset=True))

    def transform(self, X: Any) -> Any:  # noqa: N803
        return super().transform(self._spelled(X, reset=False))

    def _spelled(self, X: Any, reset: bool) -> list[str]:  # noqa: N803
        rows = validate_data(self, X, reset=reset)
        return [SPUN if row.sum() > 0 else CLEAN for row in rows]

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = True
        tags.input_tags.one_d_array = tags.input_tags.string = tags.input_tags.allow_nan = False
        return tags


@pytest.mark.filterwarnings("ignore:Can't test estimator")
def test_scikit_learn_has_no_checks_of_its_own_for_what_takes_texts(fake: FakeScorer) -> None:
    assert [check["status"] for check in check_estimator(SpunScorer(), on_skip=None)] == ["passed"]


def test_scikit_learns_checks(fake: FakeScorer) -> None:
    checks = check_estimator(OfNumbers(), on_skip=None, on_fail=None)
    assert len(checks) > 40
    unlike = {check["check_name"]: check["exception"] for check in checks if check["status"] != "passed"}
    assert unlike.keys() <= {"check_array_api_input"}  # skips itself where SCIPY_ARRAY_API is not set
    assert fake.calls


def test_features(fake: FakeScorer) -> None:
    np.testing.assert_allclose(SpunScorer().fit_transform(TEXTS), EXPECTED)
    assert list(SpunScorer().get_feature_names_out()) == list(FEATURES)
    assert len(FEATURES) == len(EXPECTED[0])


def containers() -> list[Any]:
    pd, pl = pytest.importorskip("pandas"), pytest.importorskip("polars")
    return [
        tuple(TEXTS),
        np.array(TEXTS),
        np.array(TEXTS, dtype=object),
        np.array(TEXTS)[:, None],
        [[text] for text in TEXTS],
        pd.Series(TEXTS),
        pd.DataFrame({"text": TEXTS}),
        pd.Series(TEXTS, dtype="category"),
        pl.Series(TEXTS),
        pl.DataFrame({"text": TEXTS}),
    ]


def test_texts_come_in_many_forms(fake: FakeScorer) -> None:
    for texts in containers():
        np.testing.assert_allclose(SpunScorer().fit_transform(texts), EXPECTED)


def test_what_is_no_text_is_a_row_too(fake: FakeScorer) -> None:
    too_long = "a" * (MAX_TEXT_BYTES + 1)
    rows = SpunScorer(missing=-1).fit_transform([None, SPUN, NAN, np.nan, too_long])
    assert rows[:, 0].tolist() == [-1, 0.9, -1, -1, -1]
    assert rows[:, FEATURES.index("highest_paragraph")].tolist() == [-1, 0.9, -1, -1, -1]
    assert rows[:, FEATURES.index("scored")].tolist() == [0, 1, 0, 0, 0]
    pd = pytest.importorskip("pandas")
    missing = [np.float32("nan"), pd.NaT, pd.NA]
    assert SpunScorer(missing=0).fit_transform([*missing, SPUN])[:, 0].tolist() == [0, 0, 0, 0.9]
    for dtype in ("object", "str", "string"):
        series = pd.Series([SPUN, None], dtype=dtype)
        assert SpunScorer(missing=0).fit_transform(series)[:, 0].tolist() == [0.9, 0]


def test_nothing_in_nothing_out(fake: FakeScorer) -> None:
    assert SpunScorer().transform([]).shape == (0, len(FEATURES))


@pytest.mark.parametrize(
    ("texts", "reason"),
    [
        (SPUN, "not a single one"),
        ([[SPUN, CLEAN]], "one column of texts, not an array of shape (1, 2)"),
        ([SPUN, 3], "row 1 holds a int"),
        ([SPUN, b"bytes"], "row 1 holds a bytes"),
        (np.zeros(3), "row 0 holds a float"),
    ],
)
def test_what_is_refused_and_how(fake: FakeScorer, texts: Any, reason: str) -> None:
    for call in (SpunScorer().fit, SpunScorer().transform):
        with pytest.raises(ValueError, match="SpunScorer") as refused:
            call(texts)
        assert reason in str(refused.value)
        assert SPUN not in str(refused.value)


@pytest.mark.parametrize(
    "unknown",
    [
        {"mode": "lenient"},
        {"format": "pdf"},
        {"skip": ["quotes"]},
        {"skip": "quote"},
        {"mode": ["strict"]},
        {"allow": "social employees"},
    ],
)
def test_unknown_parameters(fake: FakeScorer, unknown: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=f"SpunScorer: {next(iter(unknown))}"):
        SpunScorer(**unknown).fit([SPUN])


def test_parameters_reach_the_detector(fake: FakeScorer) -> None:
    texts = [f"<p>{SPUN}</p>", f'He said: "{SPUN}"']
    rows = SpunScorer(format="html", skip=["quote"], allow=["police officers"]).fit_transform(texts)
    assert rows[:, FEATURES.index("scored")].tolist() == [1, 0]
    assert SpunScorer(allow=["social employees"]).fit_transform([SPUN])[0, 0] == 0.1


def test_many_texts_go_in_calls_of_bounded_size(fake: FakeScorer) -> None:
    rows = SpunScorer().fit_transform([CLEAN] * 600 + ["word " * 60_000] * 3)
    assert len(rows) == 603
    assert max(fake.calls) <= 256
    assert len(fake.calls) >= 5


def test_clones_and_pickles_carry_parameters_and_no_model() -> None:
    scorer = SpunScorer(mode="strict", missing=0.0)
    scorer.fit([SPUN])
    pickled = pickle.dumps(scorer)
    assert len(pickled) < 1_000
    for copy in (clone(scorer), pickle.loads(pickled)):
        assert copy.get_params() == scorer.get_params()


def test_columns_have_names_in_pandas_and_polars(fake: FakeScorer) -> None:
    pd, pl = pytest.importorskip("pandas"), pytest.importorskip("polars")
    frame = pd.DataFrame({"text": TEXTS}, index=list("abcde"))
    found = SpunScorer().set_output(transform="pandas").fit_transform(frame["text"])
    assert list(found.columns) == list(FEATURES)
    assert list(found.index) == list("abcde")
    assert SpunScorer().set_output(transform="polars").fit_transform(pl.Series(TEXTS)).columns == list(FEATURES)


def test_in_a_pipeline_beside_words_and_in_a_search_for_the_best_mode(fake: FakeScorer) -> None:
    texts, labels = [SPUN, CLEAN] * 10, [1, 0] * 10
    union = FeatureUnion([("words", CountVectorizer()), ("spun", SpunScorer(missing=0.5))])
    search = GridSearchCV(
        make_pipeline(union, LogisticRegression()),
        {"featureunion__spun__mode": ["strict", "sensitive"]},
        cv=2,
        error_score="raise",
    )
    search.fit(texts, labels)
    assert search.predict([SPUN, CLEAN]).tolist() == [1, 0]
    assert "spun__score" in search.best_estimator_[0].get_feature_names_out()


def test_on_a_column_of_a_frame(fake: FakeScorer) -> None:
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame({"title": ["a", "b"], "text": [SPUN, CLEAN]})
    for columns in ("text", ["text"]):
        found = ColumnTransformer([("spun", SpunScorer(), columns)]).fit(frame)
        np.testing.assert_allclose(found.transform(frame), EXPECTED[:2])
        assert list(found.get_feature_names_out())[:2] == ["spun__score", "spun__flagged"]


def test_the_shipped_model_is_read_once(shipped_detector: Detector) -> None:
    rows = SpunScorer().fit_transform([SPUN, CLEAN])
    documents = shipped_detector.score([SPUN, CLEAN]).documents
    assert rows[:, 0].tolist() == [document.score for document in documents]
    assert ours.shared_detector() is ours.shared_detector(None)
