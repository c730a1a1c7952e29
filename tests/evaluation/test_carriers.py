"""Tortured phrases take the place of expected ones, and none that is measured is in the half that a model may learn."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.evaluation import carriers as module
from detector.evaluation.carriers import (
    PER_PAIR,
    Carrier,
    Tortured,
    evaluate_carriers,
    half,
    held_out,
    make_carriers,
    read_tortured,
)
from detector.evaluation.scored import score_texts
from detector.results import Scorer
from detector.training.families.tortured import read_list

WORDS = st.text("abcdefghij", min_size=2, max_size=8).map(lambda word: word.rstrip("s") + "e")
PHRASES = st.lists(WORDS, min_size=1, max_size=4).map(" ".join)

#: Phrases on either side of the split.
KEPT = next(f"deep {word}" for word in ("learning", "water", "blue", "south", "sleep") if not held_out(f"deep {word}"))
OUT = next(f"big {word}" for word in ("data", "house", "money", "river", "bang") if held_out(f"big {word}"))
OTHER = next(f"raw {word}" for word in ("data", "house", "money", "river", "bang") if held_out(f"raw {word}"))

ROWS = [
    ("profound one", KEPT, "2", ""),
    ("colossal one", OUT, "1", ""),
    ("huge one", OUT, "3", "AND big"),
    ("either one", f"{KEPT} | {OUT}", "1", ""),
    ("noted one", f"{OUT} [see there]", "1", ""),
]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "tortured.tsv"
    lines = ["\t".join(row) for row in [("tortured", "expected", "papers", "condition"), *ROWS]]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@given(PHRASES)
def test_case_blanks_and_plurals_stay_on_one_side(phrase: str) -> None:
    plural = "  ".join(f"{word}s" for word in phrase.upper().split())
    assert held_out(phrase) == held_out(plural)


def test_about_half_is_held_out() -> None:
    assert 450 < sum(held_out(f"phrase number {i}") for i in range(1000)) < 550


def test_the_half_to_learn_expects_nothing_that_is_held_out(path: Path, tmp_path: Path) -> None:
    out = tmp_path / "half.tsv"
    half(path, out)
    kept = out.read_text(encoding="utf-8").splitlines()
    assert kept == path.read_text(encoding="utf-8").splitlines()[:2]
    assert [expected for expected, _, _ in read_list(out)] == [KEPT]


def test_pairs_with_a_condition_or_a_note_are_left_out(path: Path) -> None:
    assert read_tortured(path) == [Tortured("profound one", KEPT), Tortured("colossal one", OUT)]


def test_the_phrase_takes_the_place_of_the_expected_one() -> None:
    texts = [f"They have {OUT} now.", f"{OUT.capitalize()} is here.", f"They {OUT}s."]
    carriers = make_carriers([Tortured("colossal one", OUT), Tortured("profound one", KEPT)], texts)
    assert {carrier.text for carrier in carriers} == {"They have colossal one now.", "Colossal one is here."}
    for carrier in carriers:
        assert carrier.text[carrier.start : carrier.end].lower() == "colossal one"
        assert carrier.expected.lower() == OUT


@pytest.mark.parametrize("text", [f"{OUT}, {OUT}.", f"x{OUT}", f"The {OUT}x", f"{KEPT} alone"])
def test_texts_without_one_clear_place_carry_nothing(text: str) -> None:
    assert make_carriers([Tortured("colossal one", OUT), Tortured("profound one", KEPT)], [text]) == []


def test_a_pair_has_few_carriers_and_other_pairs_other_ones() -> None:
    texts = [f"Text {i} has {OUT}." for i in range(40)]
    pairs = [Tortured(f"colossal {word}", OUT) for word in ("one", "two", "three")]
    carriers = make_carriers(pairs, texts)
    assert len(carriers) == PER_PAIR * len(pairs)
    assert len({carrier.text.split()[1] for carrier in carriers}) > PER_PAIR
    assert carriers == make_carriers(pairs, texts)


def test_figures(detector: Scorer) -> None:
    def carrier(text: str, phrase: str, expected: str) -> Carrier:
        start = text.index(phrase)
        return Carrier(text, start, start + len(phrase), expected)

    carriers = [
        carrier("They have oddmoney now.", "oddmoney", "money"),
        carrier("They have oddmoney now.", "oddmoney", "Money"),
        carrier("The oddone has colossal money.", "colossal money", "big money"),
        carrier("The oddone is here.", "oddone", "river"),
    ]
    assert evaluate_carriers(detector, carriers) == {
        "n": 4, "found": 0.75, "hit1": 0.0, "hit5": 0.5, "mrr": 0.25, "held_out_phrases": 3,
    }  # fmt: skip


def test_what_the_table_of_stock_phrases_knows_does_not_count(
    detector: Scorer, monkeypatch: pytest.MonkeyPatch
) -> None:
    scored = score_texts(detector, ["They have oddmoney now."])
    (one,) = [one._replace(spans=tuple(replace(span, rule="stock-phrase") for span in one.spans)) for one in scored]
    monkeypatch.setattr(module, "score_texts", lambda *_: [one])
    assert one.spans
    assert evaluate_carriers(detector, [Carrier(one.text, 10, 18, "money")])["found"] == 0


def test_without_carriers_there_are_no_figures(detector: Scorer) -> None:
    figures = evaluate_carriers(detector, [])
    assert figures["n"] == 0
    assert figures["found"] != figures["found"]
