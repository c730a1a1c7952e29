"""Whatever a family swaps, the changes say exactly what was swapped."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.text import tokenize
from detector.training.families.apertium import differences
from detector.training.families.content import is_content
from detector.training.families.family import Change, Edit, Family, Spun, apply
from detector.training.families.inflection import Tagger, cue, inflect
from detector.training.families.mixed import Mixed
from detector.training.families.phrases import PhraseTable
from detector.training.families.spinner import Draft, Options, Slot, SlotFamily, WordFamily, folded, without_overlaps
from detector.training.families.stock import Stock
from detector.training.pairs import realised_rate

CASES = Path(__file__).parent.parent / "cases" / "training"
SENTENCE = "The social workers helped many people because a house near the gym was cheap, and an old car was not."


def cases(name: str) -> list[dict[str, str]]:
    found: list[dict[str, str]] = json.loads((CASES / name).read_text(encoding="utf-8"))
    return found


class Table(WordFamily):
    """A family with a dictionary of one's own."""

    name = "table"

    def __init__(self, table: dict[str, str]) -> None:
        super().__init__(Tagger({}))
        self._table = table

    def substitutes(self, lemma: str, pos: str) -> Sequence[tuple[str, float]]:
        return [(self._table[lemma], 1.0)] if lemma in self._table else []

    def lemmas(self) -> Iterable[str]:
        return self._table


class Phrases(SlotFamily):
    name = "phrases"

    def __init__(self, entries: dict[str, str]) -> None:
        self._table = PhraseTable((phrase, [(new, 1.0)]) for phrase, new in entries.items())

    def slots(self, draft: Draft, rng: random.Random) -> list[Slot]:
        return list(self._table.slots(draft))


WORDS = Table({"worker": "employee", "house": "apartment", "help": "lend a hand to", "cheap": "low priced"})
STOCK = Stock(Tagger({}))
FAMILIES: list[Family] = [WORDS, STOCK, Mixed([WORDS, STOCK], STOCK)]

prose = st.lists(
    st.one_of(
        st.sampled_from(
            [*SENTENCE.split(), "Workers", "HELPED", "house", "artificial intelligence", "people's", "\n\n"]
        ),
        st.text(max_size=6),
    ),
    max_size=40,
).map(" ".join)


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
@given(text=prose, rate=st.floats(0.05, 0.6), seed=st.integers(0, 1000))
def test_changes_taken_back_give_the_text(family: Family, text: str, rate: float, seed: int) -> None:
    spun = family.spin(text, rate, random.Random(seed))
    assert spun.undone() == text
    assert all(spun.text[start:end] != original for start, end, original in spun.changes)
    ends = [0, *(change.end for change in spun.changes)]
    assert all(
        change.start >= end and change.end > change.start for change, end in zip(spun.changes, ends, strict=False)
    )


@given(text=prose, seed=st.integers(0, 1000))
def test_the_same_seed_spins_the_same(text: str, seed: int) -> None:
    assert STOCK.spin(text, 0.4, random.Random(seed)) == STOCK.spin(text, 0.4, random.Random(seed))


@pytest.mark.parametrize("case", cases("spun.json"), ids=lambda case: case["why"])
def test_spun_text(case: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("detector.training.families.spinner.SPINS_NAMES", 0.0)
    assert WORDS.spin(case["text"], 1.0, random.Random(0)).text == case["spun"]


@pytest.mark.parametrize(("share", "text"), [(1.0, "It is an apartment."), (0.0, "It is a apartment.")])
def test_articles_are_corrected_or_not(share: float, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("detector.training.families.spinner.FIXES_ARTICLES", share)
    spun = WORDS.spin("It is a house.", 1.0, random.Random(0))
    assert spun.text == text
    assert spun.undone() == "It is a house."


def test_names_are_spun_in_some_texts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("detector.training.families.spinner.SPINS_NAMES", 1.0)
    assert WORDS.spin("He saw Cheap House.", 1.0, random.Random(0)).text == "He saw Low priced Apartment."


@pytest.mark.parametrize("rate", [0.05, 0.2, 0.5])
def test_the_rate_is_the_share_of_content_words(rate: float) -> None:
    text = "House after house was cheap. " * 40
    family = Table({"house": "apartment", "cheap": "pricey"})
    rates = [realised_rate(family.spin(text, rate, random.Random(seed))) for seed in range(20)]
    assert sum(rates) / len(rates) == pytest.approx(rate, abs=0.25 * rate)


def test_the_lightest_spin_changes_something() -> None:
    assert all(len(WORDS.spin(SENTENCE, 0.01, random.Random(seed)).changes) >= 1 for seed in range(20))


def test_words_shared_by_phrase_and_replacement_are_not_part_of_the_change() -> None:
    family = Phrases({"cancer cell lines": "malignant growth cell lines", "in the end": "in the long run"})
    spun = family.spin("All cancer cell lines died in the end.", 1.0, random.Random(0))
    assert [(spun.text[start:end], original) for start, end, original in spun.changes] == [
        ("malignant growth", "cancer"),
        ("long run", "end"),
    ]


def test_the_longest_phrase_is_taken_and_line_ends_are_not_crossed() -> None:
    family = Phrases({"as well": "too", "as well as": "in addition to"})
    assert family.spin("tea as well as milk", 1.0, random.Random(0)).text == "tea in addition to milk"
    assert family.spin("tea as\nwell", 1.0, random.Random(0)).changes == ()


def test_slots_that_overlap_are_taken_once() -> None:
    one = Options.of([("x", 1.0)])
    slots = [Slot(0, 5, 1, one), Slot(4, 8, 1, one), Slot(8, 9, 1, one)]
    assert without_overlaps(slots, 5) == [slots[0], slots[2]]
    assert without_overlaps(slots, 1) == [slots[0]]


def test_weights_are_followed() -> None:
    rng = random.Random(1)
    options = Options.of([("often", 9.0), ("seldom", 1.0), ("never", 0.0)])
    drawn = [options.draw(rng) for _ in range(2000)]
    assert set(drawn) == {"often", "seldom"}
    assert drawn.count("often") == pytest.approx(1800, abs=80)


@pytest.mark.parametrize("case", cases("readings.json"), ids=lambda case: f"{case['left']} {case['word']}")
def test_a_word_is_read_by_what_stands_beside_it(case: dict[str, str]) -> None:
    right = case["right"]
    reading = Tagger({}).best(case["word"], cue(case["left"], right.islower() and is_content(right)))
    assert reading is not None
    assert (reading.lemma, reading.tag) == (case["lemma"], case["tag"])


@pytest.mark.parametrize("case", cases("inflections.json"), ids=lambda case: f"{case['phrase']} {case['tag']}")
def test_inflection(case: dict[str, str]) -> None:
    assert inflect(case["phrase"], case["tag"]) == case["form"]


@pytest.mark.parametrize(
    ("one", "other"),
    [("tumour", "tumor"), ("organise", "organize"), ("micro-organism", "microorganism"), ("centre", "center")],
)
def test_spellings_of_one_word_are_no_substitutes(one: str, other: str) -> None:
    assert folded(one) == folded(other)
    assert Table({one: other}).spin(f"It is the {one} again.", 1.0, random.Random(0)).changes == ()


def test_emissions_are_distributions() -> None:
    for emitted in STOCK.emissions().values():
        weights = [weight for _, weight in emitted]
        assert sum(weights) == pytest.approx(1.0)
        assert weights == sorted(weights, reverse=True)


@given(text=prose, other=prose)
def test_differences_of_two_wordings(text: str, other: str) -> None:
    slots = list(differences(text, other))
    spun = apply(text, [Edit(slot.start, slot.end, slot.options.phrases[0]) for slot in slots])
    assert spun.undone() == text
    wanted = {word.lower() for word in tokenize(other).surfaces if is_content(word)}
    if tokenize(text).surfaces:
        assert wanted <= {word.lower() for word in tokenize(spun.text).surfaces}


def test_an_edit_that_changes_nothing_is_no_change() -> None:
    assert apply("a b", [Edit(0, 1, "a"), Edit(2, 3, "c")]) == Spun("a c", (Change(2, 3, "b"),))
