"""Translated paragraphs keep their documents' subsets; corrected sentences read as written and straddle no split."""

from __future__ import annotations

import json
import lzma
import random
from collections import Counter
from pathlib import Path

import pytest

from detector.training.families.apertium import Apertium
from detector.training.families.family import DataMissing
from detector.training.pairs import Work
from detector.training.translated import (
    CHAINS,
    HELD_PAIRS,
    LEAST,
    PER_CHAIN,
    TOGETHER,
    Corrected,
    corrected,
    detokenised,
    joined,
    share_out,
)

TEXT = "The town council has put off the vote on its budget, because nobody knew what the new bus lines would cost."


@pytest.mark.parametrize(
    ("tokens", "written"),
    [
        ('The council \'s plan , he said , is " bold " .', 'The council\'s plan, he said, is "bold".'),
        ("It isn 't 4 % of ( some ) 30 $ 5 bills !", "It isn't 4% of (some) 30 $5 bills!"),
        ("The workers ' union met at 9 o 'clock .", "The workers' union met at 9 o'clock."),
        ("The “ old ” bridge – it fell .", 'The "old" bridge - it fell.'),
        ("The bridge fell", None),
        ("the bridge fell .", None),
        ("The bridge fell ..", None),
        ('The " bridge fell .', None),
        ("The bridge ) fell .", None),
        ("The < > bridge fell .", None),
        ("He said 'an old bridge .", None),
    ],
)
def test_tokens_are_joined_or_left_out(tokens: str, written: str | None) -> None:
    assert detokenised(tokens) == written


def _row(pair: str, split: str, machine: str, human: str, rate: float = 0.5) -> str:
    return json.dumps({"lp": pair, "split": split, "mt": machine, "postedit": human, "hter": rate}) + "\n"


def _corrected(folder: Path, *rows: str) -> list[Corrected]:
    path = folder / "rows.jsonl.xz"
    path.write_bytes(lzma.compress("".join(rows).encode()))
    return list(corrected(path))


def test_subsets_follow_the_pair_of_languages_and_the_split(tmp_path: Path) -> None:
    rows = [
        _row("et-en", "train", "One bridge fall .", "One bridge fell ."),
        _row("et-en", "dev", "Two bridge fall .", "Two bridges fell ."),
        _row("et-en", "test", "Three bridge fall .", "Three bridges fell ."),
        _row(HELD_PAIRS[0], "train", "Four bridge fall .", "Four bridges fell ."),
    ]
    assert [sentence.subset for sentence in _corrected(tmp_path, *rows)] == ["fit", "calibrate", "test", "test"]


def test_a_sentence_is_in_one_subset_only(tmp_path: Path) -> None:
    first = _row("et-en", "train", "One bridge fall .", "One bridge fell .")
    machine_again = _row("et-en", "test", "One bridge fall .", "A bridge fell .")
    human_again = _row("ro-en", "test", "A bridges falls .", "One bridge fell .")
    assert len(_corrected(tmp_path, first, machine_again, human_again)) == 1


def test_light_corrections_and_other_marks_or_capitals_are_left_out(tmp_path: Path) -> None:
    assert not _corrected(
        tmp_path,
        _row("et-en", "train", "One bridge fall .", "One bridge fell .", LEAST["fit"] / 2),
        _row("et-en", "train", "The bridge fall .", 'The " bridge " fell .'),
        _row("et-en", "train", "The bridge of old york fall .", "The Bridge of Old York fell ."),
    )


def test_paragraphs_hold_sentences_of_one_kind() -> None:
    sentences = [
        Corrected(pair, number, "fit", "x", "y") for number in range(2 * TOGETHER) for pair in ("et-en", "ro-en")
    ]
    paragraphs = list(joined(sentences))
    assert Counter(len(paragraph) for paragraph in paragraphs) == {TOGETHER: 4}
    assert all(len({sentence.pair for sentence in paragraph}) == 1 for paragraph in paragraphs)


def test_chains_share_the_paragraphs_of_every_register() -> None:
    works = [
        Work(f"s/{subset}-{register}-{number}", "s", register, subset, (f"{subset} {register} {number}",))
        for subset in PER_CHAIN
        for register, count in (("news", 4000), ("thin", 7))
        for number in range(count)
    ]
    given = dict(share_out(works, random.Random(1)))
    assert set(given) == set(CHAINS)
    for places in given.values():
        counts = Counter((place.work.subset, place.work.register) for place in places)
        for subset, wanted in PER_CHAIN.items():
            assert counts[subset, "news"] == wanted // 2
            assert counts[subset, "thin"] == 7
    news = [place.name for places in given.values() for place in places if place.work.register == "news"]
    assert len(news) == len(set(news))


@pytest.mark.parametrize("name", CHAINS)
def test_a_translation_is_changed_where_it_says(name: str) -> None:
    try:
        chain = Apertium(name, CHAINS[name])
    except DataMissing as reason:
        pytest.skip(str(reason))
    spun = chain.translated(TEXT)
    assert spun.text != TEXT
    assert spun.text == " ".join(spun.text.split())
    assert spun.changes
    for change in spun.changes:
        assert change.original in TEXT
        assert spun.text[change.start : change.end] != change.original
