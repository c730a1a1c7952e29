"""A detector that flags a text for the words *odd* in it, so that every figure can be told beforehand; and a real run."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import pytest
from evaluation.checkout import Checkout, at_small_scale, laid_out, run_in
from threadpoolctl import threadpool_limits
from tiny_model import Trained

from detector.evaluation.inputs import Inputs
from detector.results import Document, Mode, ModelInfo, OffsetUnit, Paragraph, Result, Span
from detector.text import paragraphs

BARS: dict[Mode, int] = {"strict": 3, "balanced": 2, "sensitive": 1}


class FakeDetector:
    """Scores n / (n + 2) for n odd words, flags from the mode's bar on, suggests what stands behind the hyphen."""

    info = ModelInfo("fake", "1")

    def score(
        self,
        texts: str | Sequence[str],
        *,
        mode: Mode = "balanced",
        ids: Sequence[str] | None = None,
        offset_unit: OffsetUnit = "codepoint",
        allow: Sequence[str] = (),
        explain: bool = False,
    ) -> Result:
        batch = [texts] if isinstance(texts, str) else list(texts)
        documents = tuple(_document(str(i), text, BARS[mode]) for i, text in enumerate(batch))
        return Result(self.info, mode, offset_unit, documents, tuple(batch))


def _document(name: str, text: str, bar: int) -> Document:
    parts = tuple(_paragraph(text, start, end, bar) for start, end in paragraphs(text))
    if not parts:
        return Document(name, "too_short", None, False, 0.0, ())
    score = max(part.score or 0.0 for part in parts)
    return Document(name, "scored", score, any(part.flagged for part in parts), 0.0, parts)


def _paragraph(text: str, start: int, end: int, bar: int) -> Paragraph:
    spans = tuple(
        Span(m.start(), m.end(), m.group(), "word-choice", 0.9, ("something", m.group(1)), "odd")
        for m in re.compile(r"\bodd(\w+)").finditer(text, start, end)
    )
    return Paragraph(start, end, "scored", len(spans) / (len(spans) + 2), len(spans) >= bar, spans)


@pytest.fixture
def detector() -> FakeDetector:
    return FakeDetector()


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> Iterator[None]:
    """Several threads share so little work that on a busy machine they mostly wait for each other."""
    with threadpool_limits(1):
        yield


@pytest.fixture(scope="session")
def evaluated(trained: Trained, tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    """A checkout with a tiny model that `unspun evaluate` has measured."""
    return run_in(laid_out(tmp_path_factory.mktemp("evaluate"), trained))


@pytest.fixture(scope="session")
def tiny_inputs(evaluated: Checkout) -> Inputs:
    """What that run measured on; the grid and the features are there already."""
    found = evaluated.inputs()
    with at_small_scale(evaluated):
        assert found.spun
        assert found.examples.texts
    return found
