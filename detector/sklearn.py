"""Scores and evidence counts as features of a scikit-learn pipeline."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any, Final, Self

import numpy as np
import numpy.typing as npt

from detector.errors import InputError, UnspunError, check_size
from detector.results import CALL_BYTES, CALL_TEXTS, Document, Format, Mode, Reason
from detector.shared import check_options, shared_detector

try:
    from sklearn.base import BaseEstimator, TransformerMixin
except ModuleNotFoundError as missing:
    raise ModuleNotFoundError("SpunScorer needs scikit-learn: pip install scikit-learn") from missing

#: The features, in the order of the columns; docs/python.md says what they are.
FEATURES: Final = (
    "score", "flagged", "fraction_flagged", "scored", "scored_paragraphs", "flagged_paragraphs",
    "highest_paragraph", "spans", "spans_per_100_words", "highest_span",
)  # fmt: skip

Rows = npt.NDArray[np.float64]


class SpunScorer(TransformerMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn brings no types
    """Texts to an array (texts, FEATURES) of floats. Learns nothing: `fit` only checks what it is given.

    mode, format, skip, allow: as in `Detector.score`. missing: what `score` and `highest_paragraph` are for a text that
    cannot be scored (null, too short, not English ...); many estimators refuse the default, NaN. model: the folder of a
    model, None for the one that came with the package. Each process reads a model once, and a clone or pickle carries
    none.
    """

    def __init__(
        self,
        *,
        mode: Mode = "balanced",
        format: Format = "text",
        skip: Collection[Reason] = (),
        allow: Sequence[str] = (),
        missing: float = float("nan"),
        model: str | None = None,
    ) -> None:
        self.mode = mode
        self.format = format
        self.skip = skip
        self.allow = allow
        self.missing = missing
        self.model = model

    def fit(self, X: Any, y: object = None) -> Self:  # noqa: N803  # scikit-learn's name
        """Raises ValueError for unknown parameters, and for anything but texts."""
        self._check()
        _texts(X)
        return self

    def transform(self, X: Any) -> Rows:  # noqa: N803
        """The features of each text, (texts, FEATURES). X: strings in a list, an array or a Series, or one column of
        them; None and NaN stand for no text. Raises ValueError for anything else."""
        self._check()
        texts = _texts(X)
        rows = np.zeros((len(texts), len(FEATURES)))
        rows[:, [FEATURES.index("score"), FEATURES.index("highest_paragraph")]] = self.missing
        for places in _calls(texts):
            own = [texts[place] or "" for place in places]
            result = shared_detector(self.model).score(
                own, mode=self.mode, format=self.format, skip=self.skip, allow=self.allow
            )  # fmt: skip
            for place, text, document in zip(places, own, result.documents, strict=True):
                if document.status == "scored":
                    rows[place] = _features(text, document)
        return rows

    def get_feature_names_out(self, input_features: object = None) -> npt.NDArray[np.object_]:
        """FEATURES, whatever the input's columns are called."""
        return np.asarray(FEATURES, dtype=object)

    def __sklearn_is_fitted__(self) -> bool:
        return True

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.requires_fit = False
        tags.transformer_tags.preserves_dtype = []
        tags.input_tags.string = tags.input_tags.one_d_array = tags.input_tags.allow_nan = True
        tags.input_tags.two_d_array = False
        return tags

    def _check(self) -> None:
        try:
            check_options(self.mode, self.format, self.skip, self.allow)
        except UnspunError as error:
            raise ValueError(f"SpunScorer: {error}") from None


def _texts(given: Any) -> list[str | None]:
    """One text or None for each row. Raises ValueError, which never quotes a text."""
    if isinstance(given, (str, bytes)):
        raise ValueError("SpunScorer takes a list, an array or a column of texts, not a single one.")  # noqa: TRY004
    values = np.asarray(given, dtype=object)
    if values.ndim == 2 and values.shape[1] == 1:
        values = values[:, 0]
    if values.ndim != 1:
        raise ValueError(f"SpunScorer takes one column of texts, not an array of shape {values.shape}.")
    texts: list[str | None] = []
    for row, value in enumerate(values):
        if not isinstance(value, str) and not _is_null(value):
            raise ValueError(f"SpunScorer takes texts; row {row} holds a {type(value).__name__}.")
        texts.append(value if isinstance(value, str) else None)
    return texts


def _is_null(value: object) -> bool:
    is_nan = isinstance(value, (float, np.floating)) and bool(np.isnan(value))
    return value is None or is_nan or type(value).__name__ in ("NAType", "NaTType")  # of pandas


def _calls(texts: Sequence[str | None]) -> Iterator[list[int]]:
    """The places of the texts that can be scored, in groups of bounded size."""
    places: list[int] = []
    size = 0
    for place, text in enumerate(texts):
        if text is None or _is_too_large(text):
            continue
        places.append(place)
        size += len(text)
        if size >= CALL_BYTES or len(places) >= CALL_TEXTS:
            yield places
            places, size = [], 0
    if places:
        yield places


def _is_too_large(text: str) -> bool:
    try:
        check_size(text)
    except InputError:
        return True
    return False


def _features(text: str, document: Document) -> tuple[float, ...]:
    """FEATURES of a scored document."""
    scores = [paragraph.score for paragraph in document.paragraphs if paragraph.score is not None]
    spans = [span.score for paragraph in document.paragraphs for span in paragraph.spans]
    assert document.score is not None
    return (
        document.score,
        document.flagged,
        document.fraction_flagged,
        1.0,
        len(scores),
        sum(paragraph.flagged for paragraph in document.paragraphs),
        max(scores),
        len(spans),
        100 * len(spans) / len(text.split()),
        max(spans, default=0.0),
    )
