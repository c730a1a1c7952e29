"""The names that the training documents speak of, counted pair by pair."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np

from detector.lexicon import FIRST_WORD, normalise
from detector.rules.names import INSIDE, LINKS, Names, pair_keys
from detector.training.assemble import candidate_table
from detector.training.encode import HELD_OUT, group_of, position, vocabulary
from detector.training.readers import read

#: Documents from which a pair is kept.
LEAST: Final = 3
NAMES: Final = "names.npz"
#: A capital that no sentence begins with.
_CAPITAL: Final = re.compile(r"(?<=[\w,;] )[A-Z][^\W\d_]+")


class Counted(NamedTuple):
    """rows: in how many documents each row of capitalised words stands inside a sentence. capitals: how often each
    word has a capital there."""

    rows: Counter[str]
    capitals: Counter[str]


def build_names(corpus: Path | str, built: Path) -> None:
    """Write names.npz, the arrays of a Names, into the folder that holds the vocabulary and the candidates."""
    words, occurrences = vocabulary(built)
    index = {word: FIRST_WORD + i for i, word in enumerate(words)}
    with np.load(built / "candidates.npz") as file:
        has_candidates = candidate_table(file["lengths"], file["flat"])[:, 0] > 0
    counted = count(corpus)
    documents: Counter[tuple[int, int, int]] = Counter()
    for row, seen in counted.rows.items():
        for one, link, other in pairs(row):
            ids = index.get(normalise(one)), index.get(normalise(other))
            if ids[0] and ids[1] and (has_candidates[ids[0]] or has_candidates[ids[1]]):
                documents[ids[0], link, ids[1]] += seen
    kept = np.array([(*pair, n) for pair, n in documents.items() if n >= LEAST], np.int64).reshape(-1, 4)
    capitals = np.zeros(len(has_candidates))
    for word, seen in counted.capitals.items():
        capitals[index.get(normalise(word), 0)] += seen
    capitals[:FIRST_WORD] = 0
    capitals[FIRST_WORD:] /= np.maximum(occurrences, 1)
    shares = np.round(255 * np.minimum(capitals, 1)).astype(np.uint8)
    names = Names.of(pair_keys(kept[:, 0], kept[:, 1], kept[:, 2]), kept[:, 3], shares)
    np.savez(built / NAMES, packed=names.packed, capitals=names.capitals)


def count(corpus: Path | str) -> Counted:
    """What is counted in the training documents of a corpus."""
    counted = Counted(Counter(), Counter())
    for document in read(corpus):
        if position(group_of(document.source, document.id)) >= HELD_OUT:
            counted.rows.update(set(INSIDE.findall(document.text)))
            counted.capitals.update(_CAPITAL.findall(document.text))
    return counted


def pairs(row: str) -> Iterator[tuple[str, int, str]]:
    """Neighbouring words of a name, with the number of the link between them."""
    before, link = "", ""
    for word in row.split(" "):
        if word[0].isupper():
            if before:
                yield before, LINKS[link], word
            before, link = word, ""
        else:
            link = f"{link} {word}" if link else word
