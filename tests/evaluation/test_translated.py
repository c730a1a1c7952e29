"""Translations are measured against what they were made of, corrections by their pair of languages."""

from __future__ import annotations

from pathlib import Path

import pytest
from fake import CLEAN, SPUN, TRANSLATED, FakeScorer

from detector.evaluation.pairs import Pair
from detector.evaluation.translated import UNSEEN, cells, evaluate_translated, tell, unseen_texts
from detector.training.families.family import DataMissing

CHAIN = next(iter(UNSEEN))
MACHINE = f"{SPUN} This was the custom {TRANSLATED} and of the people of the place."


def _pair(name: str, family: str | None, text: str, register: str = "news") -> Pair:
    return Pair(name, register, family, None, 0.0, text)


PAIRS = [_pair("a/1#0.0", None, CLEAN), _pair("a/2#1.0", None, f"Today {CLEAN}")]
GIVEN = [
    _pair("a/1#0.0~translated_spa", "translated_spa", MACHINE),
    _pair(f"a/2#1.0~{CHAIN}", CHAIN, f"Thus {MACHINE}"),
    _pair("a/3#2.0~translated_spa", "translated_spa", "Its original is not among the pairs."),
    *(
        part
        for languages in ("ne-en", "et-en")
        for part in (
            _pair(f"mlqe_pe/{languages}/7", None, f"{languages} {CLEAN}", "post-edited"),
            _pair(f"mlqe_pe/{languages}/7~postedit", "postedit", f"{languages} {SPUN}", "post-edited"),
        )
    ),
]


def test_each_translation_stands_beside_its_original() -> None:
    found = cells(PAIRS, GIVEN)
    assert [(cell.part, cell.name, cell.human) for cell in found] == [
        ("corrected", "et-en", (f"et-en {CLEAN}",)),
        ("learnt", "translated_spa", (CLEAN,)),
        ("unseen", CHAIN, (f"Today {CLEAN}",)),
        ("unseen corrected", "ne-en", (f"ne-en {CLEAN}",)),
    ]


def test_figures_say_what_is_found_and_what_it_is_taken_for() -> None:
    figures = evaluate_translated(FakeScorer(), cells(PAIRS, GIVEN), [_pair("b/1", "moby", SPUN)])["translated"]
    chain = figures["learnt"]["cells"]["translated_spa"]
    assert (chain["n"], chain["auc"], chain["auc_translated"], chain["flagged"], chain["false"]) == (1, 1, 1, 1, 0)
    assert chain["as_spun"] == 0
    assert figures["unseen corrected"]["cells"]["ne-en"]["as_spun"] == 1
    assert figures["unseen"]["mean"]["tpr_1"] == 1
    assert figures["spun"] == {"n": 1, "flagged": 1, "as_translated": 0}


def test_texts_without_a_score_count_as_not_flagged() -> None:
    told = tell(FakeScorer(), ["Short.", SPUN])
    assert (told["Short."].score, told["Short."].flagged, told["Short."].kind) == (0.0, False, None)
    assert told[SPUN].flagged


def test_unseen_translations_are_made_once(tmp_path: Path) -> None:
    path = tmp_path / "unseen.jsonl.gz"
    try:
        from detector.evaluation.outsiders import RoundTrip

        RoundTrip(CHAIN, UNSEEN[CHAIN], "apertium-eng-cat")
    except DataMissing as reason:
        pytest.skip(str(reason))
    made = unseen_texts(PAIRS, path)
    assert {pair.family for pair in made} <= set(UNSEEN)
    assert all(pair.text != CLEAN for pair in made)
    before = path.read_bytes()
    assert unseen_texts([], path) == made
    assert path.read_bytes() == before
