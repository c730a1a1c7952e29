"""The choice model's arithmetic, against the same written slot by slot; and no paragraph feels its neighbours."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_model import WORDS

from detector.batch import PADDING, Batch, make_batch
from detector.choice import CHUNK, SCORED_AT_ONCE, ChoiceModel
from detector.features import slot_features
from detector.lexicon import BOUNDARY, F32
from detector.model import Model

PROSE = st.lists(st.sampled_from([*WORDS, "Zyzzyva", "xylem", "1997", ",", ".", "'s"]), min_size=1, max_size=40).map(
    " ".join
)


def batch_of(texts: list[str], model: Model) -> Batch:
    return make_batch([(text, 0, len(text)) for text in texts], model.lexicon)


def contexts_of(batch: Batch, model: Model) -> F32:
    counted = model.lexicon.is_content[batch.ids]
    return model.choice.contexts(batch.ids, counted, batch.bounds, batch.slots)


def context_of(tokens: list[int], at: int, model: Model) -> F32:
    """One slot's context vector; nothing before and after the tokens of its paragraph."""
    choice, content = model.choice, model.lexicon.is_content

    def vector(position: int) -> F32:
        return choice.embed.vectors(np.array(tokens[position] if 0 <= position < len(tokens) else BOUNDARY))

    near, reach = range(1, choice.near + 1), range(choice.near + 1, choice.reach + 1)
    others = [vector(i) for i, id_ in enumerate(tokens) if i != at and content[id_]]
    topic = np.sum(others, axis=0) / (len(others) + 1) if others else np.zeros(choice.embed.width)
    inputs = np.concatenate([
        *(vector(at - distance)[: choice.far_width] for distance in reversed(reach)),
        *(vector(at - distance) for distance in reversed(near)),
        *(vector(at + distance) for distance in near),
        *(vector(at + distance)[: choice.far_width] for distance in reach),
        topic,
    ])  # fmt: skip
    hidden = np.maximum(inputs @ choice.first[0] + choice.first[1], 0)
    hidden = hidden + np.maximum(hidden @ choice.second[0] + choice.second[1], 0)
    return np.asarray(hidden @ choice.last[0] + choice.last[1], np.float32)


@given(st.lists(PROSE, min_size=1, max_size=4))
def test_contexts_are_what_a_slot_by_slot_computation_gives(small: Model, texts: list[str]) -> None:
    batch = batch_of(texts, small)
    found = contexts_of(batch, small)
    assert found.shape == (len(batch.slots), small.choice.embed.width)
    for row, slot, paragraph in zip(found, batch.slots.tolist(), batch.owner.tolist(), strict=True):
        first, last = batch.bounds[paragraph].tolist()
        expected = context_of(batch.ids[first:last].tolist(), slot - first, small)
        assert row == pytest.approx(expected, rel=1e-4, abs=1e-4)


def test_scores_are_products_of_vectors(small: Model) -> None:
    rng = np.random.default_rng(0)
    count = 2 * SCORED_AT_ONCE + 5
    contexts = rng.normal(0, 1, (count, small.choice.out.width)).astype(np.float32)
    words = rng.integers(0, len(small.choice.bias), (count, 9)).astype(np.int32)
    scores = small.choice.scores(contexts, words)
    naive = [
        [small.choice.out.vectors(w) @ c + small.choice.bias[w] for w in row]
        for row, c in zip(words, contexts, strict=True)
    ]
    assert scores == pytest.approx(np.array(naive), rel=1e-4, abs=1e-4)


@settings(max_examples=30)
@given(st.lists(PROSE, min_size=1, max_size=3), PROSE, st.lists(PROSE, max_size=3))
def test_a_paragraph_feels_nothing_of_its_neighbours(
    small: Model, before: list[str], text: str, after: list[str]
) -> None:
    alone, among = batch_of([text], small), batch_of([*before, text, *after], small)
    mine = among.owner == len(before)
    assert int(mine.sum()) == len(alone.slots)
    if len(alone.slots):
        one = slot_features(alone, small.lexicon, small.choice)
        many = slot_features(among, small.lexicon, small.choice)
        assert many.features[mine] == pytest.approx(one.features, rel=1e-3, abs=1e-3)


def test_many_slots_are_worked_on_in_chunks(small: Model) -> None:
    text = "the worker was late and the bus was slow . " * CHUNK
    batch = batch_of([text], small)
    assert len(batch.slots) > 2 * CHUNK
    found = contexts_of(batch, small)
    for k in (0, CHUNK - 1, CHUNK, 2 * CHUNK, len(batch.slots) - 1):
        tokens = batch.ids[PADDING:-PADDING].tolist()
        expected = context_of(tokens, int(batch.slots[k]) - PADDING, small)
        assert found[k] == pytest.approx(expected, rel=1e-3, abs=1e-3)


def test_padding_reaches_as_far_as_the_model(small: Model) -> None:
    assert isinstance(small.choice, ChoiceModel)
    assert small.choice.reach <= PADDING
