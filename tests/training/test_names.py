from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from detector.lexicon import FIRST_WORD
from detector.rules.names import Names, pair_keys
from detector.training import names
from detector.training.encode import HELD_OUT, position
from detector.training.names import NAMES, build_names, count, pairs

WORDS = ("united", "nations", "bank", "england", "of", "risky")
ID = {word: FIRST_WORD + i for i, word in enumerate(WORDS)}


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ("United Nations", [("United", 0, "Nations")]),
        ("Bank of England", [("Bank", 1, "England")]),
        ("United Bank of the West", [("United", 0, "Bank"), ("Bank", 2, "West")]),
    ],
)
def test_neighbours_in_a_name_make_pairs(row: str, expected: list[tuple[str, int, str]]) -> None:
    assert list(pairs(row)) == expected


def documents(folder: Path, text: str, held_out: bool, number: int) -> None:
    """Write documents with a text that are held out, or not."""
    written = tried = 0
    while written < number:
        name = f"{'held' if held_out else 'read'}{tried}.txt"
        tried += 1
        if (position(f"{folder.name}/{name}") < HELD_OUT) == held_out:
            (folder / name).write_text(text, encoding="utf-8")
            written += 1


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    folder = tmp_path / "corpus"
    folder.mkdir()
    documents(folder, "He asked the United Nations twice, the United Nations said, and the Bank of England.", False, 4)
    documents(folder, "The play was called “Risky Bank” by all of us, and the Risky Nations.", True, 5)
    return folder


def test_rows_are_counted_by_documents_and_capitals_by_sightings(corpus: Path) -> None:
    counted = count(corpus)
    assert counted.rows == {"United Nations": 4, "Bank of England": 4}
    assert counted.capitals["United"] == 8
    assert "Risky" not in counted.capitals  # held out
    assert "He" not in counted.capitals  # begins a sentence


def test_the_table_has_pairs_of_enough_documents(corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    counts = {"united": 8, "nations": 8, "bank": 16, "england": 4, "of": 4, "risky": 1}
    (tmp_path / "vocabulary.txt").write_text("\n".join(f"{word}\t{n}" for word, n in counts.items()), encoding="utf-8")
    # All words but england and of have another one as their candidate.
    lengths = np.array([1, 1, 1, 0, 0, 1])
    np.savez(tmp_path / "candidates.npz", lengths=lengths, flat=np.array([1, 0, 5, 2]))
    build_names(corpus, tmp_path)
    with np.load(tmp_path / NAMES) as file:
        table = Names(file["packed"], file["capitals"])

    def level(one: str, link: int, other: str) -> int:
        return int(table.levels_of(pair_keys(*np.array([[ID[one]], [link], [ID[other]]])))[0])

    assert level("united", 0, "nations") == level("bank", 1, "england") == 3
    assert level("bank", 0, "england") == level("risky", 0, "bank") == level("risky", 0, "nations") == 0
    assert [table.capitals[ID[word]] for word in ("united", "bank", "risky")] == [255, 64, 0]
    monkeypatch.setattr(names, "LEAST", 5)
    build_names(corpus, tmp_path)
    with np.load(tmp_path / NAMES) as file:
        assert not len(file["packed"])
