"""What is measured on features that are there already is what the detector says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import log

import numpy as np
import pytest

from detector import Detector
from detector.classifier import F64, PARAGRAPH_NAMES
from detector.evaluation import judge
from detector.evaluation.grid import GridText
from detector.evaluation.inputs import Inputs
from detector.evaluation.judge import Judge
from detector.features import NAMES
from detector.model import Model, assembled
from detector.traces import TRACE_NAMES
from detector.training.fit import WORTH, Blind, Examples, fit

BLIND = Blind(("gap", "gap_z", "mixture", "others_gap_z", "prior"), ("phrases", "rate_the", "slips"))


def said_by(model: Model, texts: Sequence[str]) -> F64:
    """Logits of the detector's scores."""
    scores = [document.score for document in Detector(model).score(list(texts)).documents]
    return np.array([log(score / (1 - score)) for score in scores if score is not None])


def texts_of(inputs: Inputs) -> list[GridText]:
    """Single paragraphs of every length, as written and spun."""
    spun = [text for texts in inputs.spun.values() for text in texts[::9]]
    return [*inputs.clean[::5], *spun]


def test_the_shipped_model_is_judged_as_it_scores(tiny_inputs: Inputs) -> None:
    texts = texts_of(tiny_inputs)
    found = Judge.of(tiny_inputs.arrays, tiny_inputs.model.about).logits(tiny_inputs.features(texts))
    assert len(texts) > 60
    assert found == pytest.approx(said_by(tiny_inputs.model, [text.text for text in texts]), abs=1e-3)


def test_a_fold_is_judged_as_a_model_of_it_would_score(tiny_inputs: Inputs) -> None:
    texts = texts_of(tiny_inputs)
    arrays, about = fit(tiny_inputs.examples, tiny_inputs.model.lexicon.log_share, {"stock", "mixed"})
    model = assembled({**tiny_inputs.model.about, **about}, {**tiny_inputs.arrays, **arrays})
    found = Judge.of(arrays, about).logits(tiny_inputs.features(texts))
    assert found == pytest.approx(said_by(model, [text.text for text in texts]), abs=1e-3)
    assert found != pytest.approx(said_by(tiny_inputs.model, [text.text for text in texts]), abs=1e-3)


def test_fitting_again_gives_the_shipped_classifiers(tiny_inputs: Inputs) -> None:
    arrays, about = fit(tiny_inputs.examples, tiny_inputs.model.lexicon.log_share)
    shipped = tiny_inputs.model.about
    for name, array in arrays.items():  # their features differ in the last digits, for the candidate table is narrower
        assert np.allclose(array, tiny_inputs.arrays[name], rtol=1e-3, atol=1e-3), name
    assert about["families"] == shipped["families"]
    assert about["token"] == pytest.approx(shipped["token"], rel=1e-2)
    for mode, found in about["modes"].items():
        assert found["bars"] == pytest.approx(shipped["modes"][mode]["bars"], abs=1e-2)


def test_texts_are_judged_alike_in_any_chunks(tiny_inputs: Inputs, monkeypatch: pytest.MonkeyPatch) -> None:
    shipped = Judge.of(tiny_inputs.arrays, tiny_inputs.model.about)
    found = shipped.logits(tiny_inputs.examples)
    assert len(found) == len(tiny_inputs.examples.texts)
    monkeypatch.setattr(judge, "CHUNK", 777)
    assert shipped.logits(tiny_inputs.examples) == pytest.approx(found)


@pytest.fixture(scope="module")
def disturbed(tiny_inputs: Inputs) -> Examples:
    """The same slots, with nonsense for what BLIND says."""
    rng = np.random.default_rng(0)
    features, traces = tiny_inputs.examples.features.copy(), tiny_inputs.examples.traces.copy()
    for table, names, blind in ((features, NAMES, BLIND.slots), (traces, TRACE_NAMES, BLIND.traces)):
        columns = [names.index(name) for name in blind]
        table[:, columns] = rng.normal(size=(len(table), len(columns)))
    return replace(tiny_inputs.examples, features=features, traces=traces)


def test_a_fit_is_the_same_whatever_it_is_blind_to(tiny_inputs: Inputs, disturbed: Examples) -> None:
    log_share = tiny_inputs.model.lexicon.log_share
    (arrays, about), (again, about_again) = (
        fit(one, log_share, blind=BLIND) for one in (tiny_inputs.examples, disturbed)
    )
    assert all((array == again[name]).all() for name, array in arrays.items())
    assert about == about_again
    asked = arrays["trees.feature"][np.isfinite(arrays["trees.threshold"])]
    assert not set(asked.tolist()) & {NAMES.index(name) for name in BLIND.slots}
    blind = Judge.of(arrays, about, BLIND.slots)
    assert (blind.logits(tiny_inputs.examples) == blind.logits(disturbed)).all()


def test_traces_that_a_fit_was_blind_to_have_no_weight(tiny_inputs: Inputs) -> None:
    examples, log_share = tiny_inputs.examples, tiny_inputs.model.lexicon.log_share
    columns = [PARAGRAPH_NAMES.index(name) for name in WORTH]
    for blind, heard in ((Blind(), True), (Blind(traces=tuple(WORTH)), False)):
        arrays, _ = fit(examples, log_share, blind=blind)
        assert (arrays["paragraph"][2:, columns] != 0).all() == heard
        assert (arrays["paragraph"][2:, columns] != 0).any() == heard


def test_what_a_judge_is_blind_to_has_no_say(tiny_inputs: Inputs, disturbed: Examples) -> None:
    arrays = tiny_inputs.arrays
    disturbed = replace(disturbed, traces=tiny_inputs.examples.traces)
    blind, seeing = (Judge.of(arrays, tiny_inputs.model.about, columns) for columns in (BLIND.slots, ()))
    assert (blind.logits(disturbed) == blind.logits(tiny_inputs.examples)).all()
    assert (seeing.logits(disturbed) != seeing.logits(tiny_inputs.examples)).any()
    no_prior = {**arrays, "prior": np.zeros_like(arrays["prior"])}
    examples = tiny_inputs.examples
    assert (Judge.of(no_prior, tiny_inputs.model.about, BLIND.slots).logits(examples) == blind.logits(examples)).all()
