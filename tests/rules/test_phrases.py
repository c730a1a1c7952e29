"""Stock phrases of rewriting tools: which are found, which are not, and what the table of them is made of."""

from __future__ import annotations

import json
import math
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from drawers import cases
from hypothesis import given
from hypothesis import strategies as st

from detector import Detector
from detector.batch import Batch, make_batch
from detector.lexicon import FIRST_WORD, Lexicon
from detector.model import Model
from detector.rules.phrases import (
    IN_SUSPECT,
    RULES,
    UNDERLINED,
    Matches,
    Phrase,
    PhraseTable,
    find,
    load,
    matches,
    table,
    trie,
    weights,
)
from detector.rules.tokens import as_hit
from detector.training.phrases import (
    MOST_HONEST,
    SHARES,
    Rendering,
    british,
    merged,
    rates,
    spelling,
    stock,
    weigh,
    written,
)

SEQUENCES = st.lists(st.lists(st.integers(1, 5), min_size=2, max_size=5), min_size=1, max_size=12, unique_by=tuple)
WORDS = "the cat sat on a mat in light of fact that if".split()


@pytest.fixture(scope="module")
def model(shipped_detector: Detector) -> Model:
    return shipped_detector._model


def batch_of(lexicon: Lexicon, *texts: str) -> Batch:
    return make_batch([(text, 0, len(text)) for text in texts], lexicon)


@pytest.mark.parametrize("case", cases("rules/phrases"))
def test_cases(case: dict[str, Any], model: Model) -> None:
    text = case["text"]
    batch = batch_of(model.lexicon, text)
    hits = [as_hit(hit, batch, text) for hit in find(batch, model.lexicon) if hit.sure]
    assert [[text[hit.start : hit.end], hit.suggestions[0]] for hit in hits] == case["found"]


def test_the_rule_finds_its_examples(model: Model) -> None:
    for rule in RULES:
        for text in rule.examples:
            assert [hit.rule for hit in find(batch_of(model.lexicon, text), model.lexicon)] == [rule.id]


def test_the_message_names_both_wordings(model: Model) -> None:
    text = "On the off chance that it rains, we stay in."
    batch = batch_of(model.lexicon, text)
    (hit,) = (as_hit(hit, batch, text) for hit in find(batch, model.lexicon))
    assert "“On the off chance that”" in hit.message
    assert "“If”" in hit.message


def test_light_phrases_are_evidence_and_underlined_only_where_the_paragraph_is_suspect(model: Model) -> None:
    text = "It was refused on the grounds that nobody had asked."
    batch = batch_of(model.lexicon, text, text)
    found = weights(batch, model.lexicon)
    assert found.weight.tolist() == pytest.approx([MOST_HONEST] * 2)
    assert IN_SUSPECT <= MOST_HONEST < UNDERLINED
    hits = find(batch, model.lexicon)
    assert [hit.sure for hit in hits] == [False, False]
    assert [hit.first >= batch.bounds[1, 0] for hit in hits] == [False, True]


def test_heavy_phrases_are_told_of_anywhere(model: Model) -> None:
    text = "On the off chance that it rains, we stay in."
    (hit,) = find(batch_of(model.lexicon, text), model.lexicon)
    assert hit.sure
    assert as_hit(hit, batch_of(model.lexicon, text), text).sure


@pytest.mark.parametrize(
    ("weight", "told"),
    [
        (UNDERLINED, [True]),
        (float(np.nextafter(np.float32(UNDERLINED), np.float32(0))), [False]),
        (IN_SUSPECT, [False]),
        (float(np.nextafter(np.float32(IN_SUSPECT), np.float32(0))), []),
        (0.0, []),
        (-2.0, []),
    ],
)
def test_what_is_told_of_a_phrase_follows_its_weight(
    weight: float, told: list[bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    small = spelling(WORDS)
    phrases = table([Phrase("in light of", ("if",), weight)], small)
    monkeypatch.setattr("detector.rules.phrases.load", lambda _: phrases)
    batch = batch_of(small, "the cat sat in light of the mat")
    assert [hit.sure for hit in find(batch, small)] == told
    assert weights(batch, small).weight.tolist() == [np.float32(weight)]


def test_everyday_phrases_weigh_nothing(model: Model) -> None:
    batch = batch_of(model.lexicon, "For example, then again, on the other hand, in order to, because of the rain.")
    assert weights(batch, model.lexicon).weight.tolist() == []


def test_the_table_is_read_once(model: Model) -> None:
    assert load(model.lexicon) is load(model.lexicon)


def test_a_vocabulary_without_the_words_finds_nothing() -> None:
    few = spelling(["the", "cat"])
    assert find(batch_of(few, "On the off chance that the cat sat."), few) == []


@given(SEQUENCES, st.lists(st.integers(0, 6), max_size=40))
def test_the_trie_finds_what_a_scan_finds(sequences: list[list[int]], stream: list[int]) -> None:
    firsts, numbers = trie(sequences, 8).find(np.array(stream, np.int32))
    scanned = {
        (first, number)
        for number, sequence in enumerate(sequences)
        for first in range(len(stream) - len(sequence) + 1)
        if stream[first : first + len(sequence)] == sequence
    }
    assert set(zip(firsts.tolist(), numbers.tolist(), strict=True)) == scanned
    assert len(firsts) == len(scanned)


def overlapping() -> tuple[PhraseTable, Lexicon]:
    small = spelling(WORDS)
    texts = {"in light of": 1.0, "in light of the fact that": 4.0, "the fact": 2.0, "fact that the cat sat": 3.0}
    return table([Phrase(text, ("if",), weight) for text, weight in texts.items()], small), small


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("in light of the mat", [(0, 0)]),
        ("in light of the fact that", [(0, 1)]),
        ("in light of the fact that the cat sat", [(0, 1)]),
        ("the fact that the cat sat", [(1, 3)]),
        ("the fact in light of", [(0, 2), (2, 0)]),
    ],
)
def test_where_phrases_overlap_the_longest_stands(text: str, found: list[tuple[int, int]]) -> None:
    phrases, small = overlapping()
    batch = batch_of(small, text)
    got = matches(batch, phrases)
    assert list(zip((got.first - batch.bounds[0, 0]).tolist(), got.phrase.tolist(), strict=True)) == found


@given(st.lists(st.lists(st.sampled_from(WORDS), max_size=15), min_size=1, max_size=4))
def test_matches_are_apart_and_in_order_and_in_one_paragraph(paragraphs: list[list[str]]) -> None:
    phrases, small = overlapping()
    batch = batch_of(small, *(" ".join(words) for words in paragraphs))
    got: Matches = matches(batch, phrases)
    ends = got.first + phrases.lengths[got.phrase]
    assert (got.first[1:] >= ends[:-1]).all()
    for first, end in zip(got.first.tolist(), ends.tolist(), strict=True):
        assert any(start <= first and end <= stop for start, stop in batch.bounds.tolist())


def test_every_phrase_of_the_package_is_in_form() -> None:
    rows = json.loads(files("detector.rules").joinpath("phrases.json").read_text("utf-8"))["phrases"]
    texts = [text for text, _, _ in rows]
    assert len(texts) == len(set(texts)) > 10_000
    for text, originals, weight in rows:
        assert text == text.lower()
        assert text not in originals
        assert (weight == 0) == (originals == [])
    assert [weight for _, _, weight in rows] == sorted((weight for _, _, weight in rows), reverse=True)


def test_renderings_are_inflected_together_with_their_originals() -> None:
    found = {rendering.text: rendering.originals for rendering in merged(written())}
    assert found["exercise centers"] == found["exercise centres"] == ("gyms",)
    assert found["settling on a choice"] == ("making a decision",)
    assert found["were loaded up with"] == ("were filled with",)
    assert "mays be very" not in found


def test_british_spelling() -> None:
    american = Rendering(
        "utilize the neighborhood center", ("use the color",), "", 0.0, "utilize the neighborhood center"
    )
    assert british(american).text == "utilise the neighbourhood centre"
    assert british(american).originals == ("use the colour",)


def test_the_family_stock_is_in_the_table() -> None:
    assert "in the event that" in {rendering.text for rendering in stock()}


def encoded(folder: Path, texts: dict[str, tuple[str, str]]) -> None:
    """Sources of two documents each, the second one held out, as `encode` leaves them."""
    words = sorted({word for own in texts.values() for text in own for word in text.split()})
    ids = {word: FIRST_WORD + i for i, word in enumerate(words)}
    streams = {name: [[ids[word] for word in text.split()] for text in own] for name, own in texts.items()}
    counts = {word: sum(text.split().count(word) for own in texts.values() for text in own) for word in words}
    (folder / "vocabulary.txt").write_text("\n".join(f"{word}\t{count}" for word, count in counts.items()))
    for name, (kept, held) in streams.items():
        np.save(folder / f"{name}.ids.npy", np.array([*kept, *held], np.int32))
        np.save(folder / f"{name}.docs.npy", np.array([[0, 0, 0], [len(kept), 1, 1]], np.int64))


def test_only_documents_that_are_not_held_out_are_counted(tmp_path: Path) -> None:
    encoded(tmp_path, {"a": ("so it is so it is", "so it so it so it"), "b": ("it is", "so it")})
    small = spelling("is it so".split())
    overall, highest = rates(["so it", "it so"], tmp_path, small)
    assert overall.tolist() == pytest.approx([2.5 / 8, 0.5 / 8])
    assert (highest >= overall).all()


def test_a_weight_is_the_log_ratio_of_what_tools_and_people_write(tmp_path: Path) -> None:
    encoded(tmp_path, {"a": ("x " * 43 + "odd words odd words", "rare words plain")})
    never, twice = (Rendering(text, ("plain",), "!", 1.0, text) for text in ("rare words", "odd words"))
    ((first, originals, heavy), (second, _, light)) = weigh([twice, never], tmp_path)
    assert (first, originals, second) == ("rare words", ["plain"], "odd words")
    assert heavy == pytest.approx(math.log1p(SHARES["!"] * 47 / 0.5), abs=0.01)
    assert light == pytest.approx(math.log1p(SHARES["!"] * 47 / 2.5), abs=0.01)


def test_what_people_write_somewhere_is_never_underlined_on_its_own(tmp_path: Path) -> None:
    encoded(tmp_path, {"a": ("odd words plain", "x")})
    rendering = Rendering("odd words", ("plain",), "!", 1e6, "odd words")
    assert weigh([rendering], tmp_path) == [("odd words", ["plain"], MOST_HONEST)]


def test_the_forms_of_a_rendering_share_what_is_known_of_it(tmp_path: Path) -> None:
    encoded(tmp_path, {"a": ("x " * 41 + "odd word odd word odd word", "odd words plain")})
    forms = [Rendering(text, ("plain",), "!", 1.0, "odd word") for text in ("odd word", "odd words")]
    apart = weigh([form._replace(base=form.text) for form in forms], tmp_path)
    together = weigh(forms, tmp_path)
    assert together[0][2] < apart[0][2]
    assert together[1][2] == apart[1][2]
