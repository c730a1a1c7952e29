"""Texts of the grid are held-out ones, cut between sentences, and what a spinner did to them can be taken back."""

from __future__ import annotations

import gzip
import json
import random
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from statistics import fmean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.evaluation import grid
from detector.evaluation.grid import (
    LENGTHS,
    NATURAL,
    RATES,
    GridText,
    clean_texts,
    cut,
    digest,
    read_texts,
    spin_texts,
    write_texts,
)
from detector.evaluation.inputs import Inputs
from detector.evaluation.outsiders import Dictionary
from detector.training.encode import group_of
from detector.training.families.family import Change, Spun
from detector.training.pairs import POETRY, VERSE, subset_of

SENTENCE = "Many people in the city want to buy a house because they need a place for a child, said a doctor there. "
NAMES = st.text("abcdefghij", min_size=1, max_size=8)
TEXTS = st.builds(
    GridText,
    st.none() | NAMES,
    st.sampled_from([*LENGTHS, NATURAL]),
    st.sampled_from(RATES),
    st.floats(0, 1),
    NAMES,
    st.text(st.characters(codec="utf-8")),
    st.lists(st.tuples(st.integers(0, 99), st.integers(0, 99), st.text(max_size=5))).map(tuple),
)
SENTENCES = st.lists(
    st.tuples(st.integers(1, 60), st.sampled_from([".", "!", "?", '."', ".\u201d", "?)", '.")']), st.booleans()),
    max_size=30,
)


def numbered(sentences: Sequence[tuple[int, str, bool]]) -> tuple[str, dict[int, int]]:
    """A text whose words are numbered, with paragraphs after some sentences; and where sentences begin and end."""
    pieces: list[str] = []
    ends: dict[int, int] = {}
    word = 0
    for length, mark, paragraph in sentences:
        words = [f"W{word + i}" for i in range(length)]
        pieces.append(" ".join(words) + mark + ("\n\n" if paragraph else "  "))
        ends[word] = word + length
        word += length
    return "".join(pieces), ends


@given(SENTENCES, st.sampled_from(list(LENGTHS.values())), st.integers(0, 9))
def test_cuts_are_runs_of_whole_sentences_in_their_order(
    sentences: list[tuple[int, str, bool]], bounds: tuple[int, int], seed: int
) -> None:
    text, ends = numbered(sentences)
    as_written = " ".join(text.split())
    last = 0
    for one in cut(text, bounds, random.Random(seed)):
        assert bounds[0] <= len(one.split()) <= bounds[1]
        assert one in as_written
        words = [int(word) for word in re.findall(r"\d+", one)]
        assert words == list(range(words[0], words[-1] + 1))
        assert words[0] >= last
        assert words[0] in ends
        assert words[-1] + 1 in ends.values()
        last = words[-1] + 1


@pytest.mark.parametrize("mark", ['."', ".\u201d", "!'", '.")'])
def test_the_marks_that_close_a_sentence_stay_with_it(mark: str) -> None:
    sentence = f"\u201cIt was so late that nobody knew what to say to the old man{mark}"
    found = list(cut(" ".join([sentence] * 6), (20, 49), random.Random(1)))
    assert found
    assert set(found) <= {" ".join([sentence] * times) for times in (2, 3)}


def test_a_sentence_that_is_too_long_is_passed_over() -> None:
    long = "A " + "very " * 60 + "long one. "
    found = list(cut(SENTENCE * 2 + long + SENTENCE * 2, (20, 49), random.Random(1)))
    assert found == [" ".join([SENTENCE.strip()] * 2)] * 2


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two registers, one of them much larger, and a work in verse that is left to the report."""
    folder = tmp_path_factory.mktemp("grid")
    rows = ["file\tregister", "big.jsonl\tnews", "small.jsonl\tlaw", "old_gutenberg_nltk.jsonl\tfiction"]
    (folder / "SOURCES.tsv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    for source, documents in (("big", 2500), ("small", 700)):
        lines = [json.dumps({"id": f"d{i}", "text": text(f"{source} {i}", 30)}) for i in range(documents)]
        (folder / f"{source}.jsonl").write_text("\n".join(lines), encoding="utf-8")
    verse = [{"id": name.split("/", 1)[1], "text": text(name, 600)} for name in sorted(VERSE)]
    (folder / "old_gutenberg_nltk.jsonl").write_text("\n".join(map(json.dumps, verse)), encoding="utf-8")
    return folder


def text(name: str, sentences: int) -> str:
    """Sentences that say which document they are of."""
    return "\n\n".join(f"In {name} part {i}, {SENTENCE.strip().lower()}" for i in range(sentences))


def document_of(one: GridText) -> str:
    found = re.search(r"In (\S+?) (?:(\d+) )?part", one.text)
    assert found
    return found[1] if found[2] is None else f"{found[1]}/d{found[2]}"


def test_clean_texts_are_of_documents_left_to_the_report(corpus: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grid, "CLEAN", 70)
    monkeypatch.setattr(grid, "PER_REGISTER", 33)
    found = clean_texts(str(corpus))
    assert found == clean_texts(str(corpus))
    assert {one.family for one in found} == {None}
    for one in found:
        source, _, identifier = document_of(one).partition("/")
        assert subset_of(group_of(source, identifier)) == "test"
        low, high = LENGTHS.get(one.length, (20, 300))
        assert low <= len(one.text.split()) <= high
    assert Counter(one.length for one in found if one.length != NATURAL) == dict.fromkeys(LENGTHS, 70)
    assert Counter(one.register for one in found if one.length == NATURAL) == {"news": 33, "law": 33, POETRY: 33}


def test_registers_take_turns(corpus: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grid, "CLEAN", 9)
    monkeypatch.setattr(grid, "PER_DOCUMENT", 2)
    found = clean_texts(str(corpus))
    for length in LENGTHS:
        registers = [one.register for one in found if one.length == length]
        assert registers == ["law", "news", POETRY] * 3
    most = Counter((one.length, document_of(one)) for one in found if one.register != POETRY)
    assert max(most.values()) <= 2


class Able(Dictionary):
    """Has something for every word."""

    name = "able"

    def synonyms(self, lemma: str, pos: str) -> Sequence[str]:
        return [f"odd{lemma}"]


class Unable(Dictionary):
    """Knows one word, which few of the texts have."""

    name = "unable"

    def synonyms(self, lemma: str, pos: str) -> Sequence[str]:
        return ["lawyer"] if lemma == "doctor" else []


@pytest.fixture
def clean(monkeypatch: pytest.MonkeyPatch) -> list[GridText]:
    """Twelve texts of each length, every second one without a doctor."""
    monkeypatch.setattr(grid, "SPUN", 6)
    sentences = {"20-49": 2, "50-99": 4, "100-199": 7, "200-300": 11}
    texts = [(SENTENCE if i % 2 else SENTENCE.replace(" a doctor", " they")).strip() + f" {i}." for i in range(12)]
    return [
        GridText(None, length, 0.0, 0.0, "news", " ".join([text] * times))
        for length, times in sentences.items()
        for text in texts
    ]


def undone(one: GridText) -> str:
    return Spun(one.text, tuple(Change(*change) for change in one.changes)).undone()


def test_changes_can_be_taken_back(clean: list[GridText]) -> None:
    originals = {one.text for one in clean}
    found = spin_texts(Able(), clean)
    assert len(found) == 6 * len(LENGTHS) * len(RATES)
    assert all(undone(one) in originals and one.text not in originals for one in found)


def test_what_is_asked_for_is_reached_by_a_spinner_that_can(clean: list[GridText]) -> None:
    found = spin_texts(Able(), clean)
    for rate in RATES:
        for length in ("100-199", "200-300"):
            reached = fmean(one.reached for one in found if (one.length, one.rate) == (length, rate))
            assert reached == pytest.approx(rate, abs=0.02)


def test_texts_that_a_spinner_leaves_alone_give_their_place_to_others(clean: list[GridText]) -> None:
    found = spin_texts(Unable(), clean)
    assert len(found) == 6 * len(LENGTHS) * len(RATES)
    assert all("awyer" in one.text for one in found)
    assert max(one.reached for one in found) < 0.2


def test_spinning_again_gives_the_same(clean: list[GridText]) -> None:
    assert spin_texts(Able(), clean) == spin_texts(Able(), clean)


def test_every_family_of_the_run_can_be_taken_back(tiny_inputs: Inputs) -> None:
    clean = {(one.length, one.text) for one in tiny_inputs.clean}
    for name, texts in tiny_inputs.spun.items():
        assert texts
        assert all(one.family == name for one in texts)
        assert all((one.length, undone(one)) in clean for one in texts)
        assert all(0 < one.reached <= 1 for one in texts)


@given(texts=st.lists(TEXTS, max_size=4))
def test_texts_are_read_as_they_were_written(texts: list[GridText], tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("texts") / "grid" / "some.jsonl.gz"
    write_texts(path, "source", texts)
    assert read_texts(path, "source") == texts
    assert read_texts(path, "another source") is None


def test_the_same_texts_are_the_same_bytes(tmp_path: Path) -> None:
    texts = [GridText("moby", "20-49", 0.05, 0.06, "news", "An odd text.", ((3, 6, "old"),))]
    for name in ("a.gz", "b.gz"):
        write_texts(tmp_path / name, "source", texts)
    assert (tmp_path / "a.gz").read_bytes() == (tmp_path / "b.gz").read_bytes()


def test_where_nothing_is_written_there_is_nothing_to_read(tmp_path: Path) -> None:
    assert read_texts(tmp_path / "none.jsonl.gz", "source") is None


def test_other_pairs_make_other_texts(tmp_path: Path, corpus: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grid, "CLEAN", 3)
    monkeypatch.setattr(grid, "PER_REGISTER", 3)
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared" / "corpus").symlink_to(corpus)
    (tmp_path / "shared" / "lists").mkdir()
    (tmp_path / "shared" / "lists" / "tortured.tsv").write_text("a list")
    pairs = tmp_path / "pairs.jsonl.gz"
    pairs.write_bytes(gzip.compress(b"one"))
    first = Inputs(tmp_path / "shared", tmp_path, tmp_path).clean
    monkeypatch.setattr(grid, "CLEAN", 6)
    assert Inputs(tmp_path / "shared", tmp_path, tmp_path).clean == first
    pairs.write_bytes(gzip.compress(b"another"))
    assert len(Inputs(tmp_path / "shared", tmp_path, tmp_path).clean) == len(first) + 3 * len(LENGTHS)


def test_the_digest_names_texts_in_their_order() -> None:
    assert digest("a", "b") == digest("a", "b") != digest("b", "a")
