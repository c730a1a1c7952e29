from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from training.articles import articles

from detector.lexicon import BOUNDARY, FIRST_WORD, NAME, UNKNOWN, normalise
from detector.text import paragraphs, tokenize
from detector.training.encode import HELD_OUT, Encoded, encode, group_of, join, position, vocabulary
from detector.training.readers import CorpusError, sources

TEXTS = [f"{text}\n\nZanzibar met {number} zebras." for number, text in enumerate(articles(120, seed=5))]


def write(folder: Path) -> None:
    with (folder / "first.jsonl").open("w", encoding="utf-8") as file:
        file.writelines(json.dumps({"id": f"a{i}", "text": text}) + "\n" for i, text in enumerate(TEXTS))
    with (folder / "second.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("id", "text"), *((f"b{i}", text) for i, text in enumerate(TEXTS))])


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Encoded]]:
    corpus, out = tmp_path_factory.mktemp("corpus"), tmp_path_factory.mktemp("built")
    write(corpus)
    return out, encode(sources(corpus), out, 60, workers=2)


def test_ids_spell_the_text(built: tuple[Path, list[Encoded]]) -> None:
    out, _ = built
    words, _ = vocabulary(out)
    index = {word: FIRST_WORD + i for i, word in enumerate(words)}
    ids, docs = np.load(out / "first.ids.npy"), np.load(out / "first.docs.npy")
    assert docs[:, 1].tolist() == list(range(len(TEXTS)))
    for text, start, end in zip(TEXTS, docs[:, 0], [*docs[1:, 0], len(ids)], strict=True):
        wanted = [BOUNDARY]
        for first, after in paragraphs(text):
            for surface in tokenize(text, first, after).surfaces:
                known = index.get(normalise(surface), NAME if surface[0].isupper() else UNKNOWN)
                wanted.append(known if surface.isalpha() else -1)
            wanted.append(BOUNDARY)
        found = ids[start:end].tolist()
        assert [w if w >= 0 else f for w, f in zip(wanted, found, strict=True)] == found


def test_only_training_documents_are_counted(built: tuple[Path, list[Encoded]]) -> None:
    out, sizes = built
    held = {
        name: [position(group_of(name, f"{letter}{i}")) < HELD_OUT for i in range(len(TEXTS))]
        for name, letter in (("first", "a"), ("second", "b"))
    }
    assert [(size.name, size.documents, size.held_out_documents) for size in sizes] == [
        (name, len(TEXTS), sum(flags)) for name, flags in held.items()
    ]
    words, counts = vocabulary(out)
    total = sum(
        surface.lower() == words[0]
        for flags in held.values()
        for text, flag in zip(TEXTS, flags, strict=True)
        if not flag
        for surface in tokenize(text).surfaces
    )
    assert counts[0] == total
    assert (np.diff(counts) <= 0).all()


def test_joined_streams_hold_every_token_once(built: tuple[Path, list[Encoded]]) -> None:
    out, sizes = built
    join([size.name for size in sizes], out)
    both = np.concatenate([np.load(out / "train.npy"), np.load(out / "held.npy")])
    parts = np.concatenate([np.load(out / f"{size.name}.ids.npy") for size in sizes])
    assert (np.bincount(both) == np.bincount(parts)).all()
    assert len(np.load(out / "held.npy")) < 0.2 * len(both)


def test_a_corpus_in_which_nothing_is_held_out_is_too_small(tmp_path: Path) -> None:
    (tmp_path / "only.txt").write_text(TEXTS[0], encoding="utf-8")
    out = tmp_path / "built"
    (size,) = encode(sources(tmp_path), out, 60, workers=1)
    with pytest.raises(CorpusError, match="too small"):
        join([size.name], out)
