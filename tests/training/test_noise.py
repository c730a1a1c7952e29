"""Honest noise spoils a text as people and machines do, and swaps no words."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.training.families.content import is_content
from detector.training.families.inflection import readings
from detector.training.noise import KINDS, roughen

CASES = json.loads((Path(__file__).parent.parent / "cases" / "training" / "rough.json").read_text(encoding="utf-8"))
PROSE = (
    "The committee has often discussed the information that its 1,400 members received in March. “We didn’t believe "
    "it,” said one of the organisers (a teacher), who was going to write about the colour of the houses. They "
    "usually work in small groups because the bigger ones were harder to keep together."
)


@pytest.mark.parametrize("kind", KINDS)
@given(text=st.text(max_size=200), seed=st.integers(0, 100))
def test_any_text_can_be_roughened(kind: str, text: str, seed: int) -> None:
    assert roughen(text, kind, random.Random(seed)) == roughen(text, kind, random.Random(seed))


@pytest.mark.parametrize("kind", KINDS)
def test_prose_offers_a_place_for_every_kind(kind: str) -> None:
    assert any(roughen(PROSE, kind, random.Random(seed)) != PROSE for seed in range(5))


@pytest.mark.parametrize("seed", range(20))
def test_learners_keep_to_the_words_of_the_text(seed: int) -> None:
    rough = roughen(PROSE, "learner", random.Random(seed))
    lemmas = {reading.lemma for word in _words(PROSE) for reading in readings(word)} | set(_words(PROSE))
    strange = [w for w in _words(rough) if is_content(w) and w not in lemmas and not _lemmas(w) & lemmas]
    # What is left are misspellings, none of which is a word.
    assert all(not readings(word) or word in ("peoples", "informations") for word in strange)


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("kind", ["spacing", "endings"])
def test_punctuation_noise_leaves_the_letters(kind: str, seed: int) -> None:
    rough = roughen(PROSE, kind, random.Random(seed))
    assert [c for c in rough if c.isalpha()] == [c for c in PROSE if c.isalpha()]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['kind']}: {case['text']}")
def test_cases(case: dict[str, str]) -> None:
    found = {roughen(case["text"], case["kind"], random.Random(seed)) for seed in range(200)}
    assert case["rough"] in found


def test_an_unknown_kind_is_an_error() -> None:
    with pytest.raises(KeyError):
        roughen(PROSE, "synonyms", random.Random(0))


def _words(text: str) -> list[str]:
    return "".join(c if c.isalpha() else " " for c in text.lower()).split()


def _lemmas(word: str) -> set[str]:
    return {reading.lemma for reading in readings(word)}
