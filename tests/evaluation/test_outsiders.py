"""Outsiders' changes are told word by word and can be taken back."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.evaluation.outsiders import OUTSIDERS, Dictionary, WholeText, differences, put
from detector.training.families.family import DataMissing

TEXT = "Officials closed the old bridge on Monday because the council found new cracks, and drivers lost an hour."
WORDS = st.lists(st.sampled_from(["the", "old", "bridge", "Closed", "was", ",", "crack"]), min_size=1, max_size=12)


class Upside(Dictionary):
    name = "upside"

    def synonyms(self, lemma: str, pos: str) -> Sequence[str]:
        return {"bridge": ("span",), "close": ("shut down",), "official": ("clerk",)}.get(lemma, ())


class Shout(WholeText):
    name = "shout"

    def rewrite(self, text: str) -> str:
        return text.replace("old bridge", "ancient span").replace("because", "since").replace("new cracks", "cracks")


@given(WORDS, WORDS)
def test_all_differences_put_back_give_the_rewritten_words(old: list[str], new: list[str]) -> None:
    text, rewritten = " ".join(old), " ".join(new)
    spun = put(text, list(differences(text, rewritten)))
    assert spun.text.split() == rewritten.split()
    assert spun.undone() == text


def test_inflection_and_case_are_kept() -> None:
    spun = Upside().spin(TEXT, 1.0, random.Random(1))
    assert spun.text.startswith("Clerks shut down the old span on")
    assert spun.undone() == TEXT
    assert [change.original for change in spun.changes] == ["Officials", "closed", "bridge"]


def test_a_rate_keeps_a_share_of_the_changes() -> None:
    everything = Shout().spin(TEXT, 1.0, random.Random(1))
    some = Shout().spin(TEXT, 0.1, random.Random(1))
    assert "ancient span on Monday since" in everything.text
    assert 0 < len(some.changes) < len(everything.changes)
    assert some.undone() == TEXT


@pytest.mark.parametrize("name", sorted(OUTSIDERS))
def test_each_installed_tool_changes_text_and_is_repeatable(name: str) -> None:
    try:
        tool = OUTSIDERS[name]()
    except DataMissing as reason:
        pytest.skip(str(reason))
    text = f"{TEXT} It was a big problem for many people, who wanted to find a quick answer."
    spun = tool.spin(text, 0.25, random.Random(7))
    assert spun.text != text
    assert spun.undone() == text
    assert tool.spin(text, 0.25, random.Random(7)) == spun
