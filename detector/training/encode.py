"""Corpus to token ids: one pass over the text, the rest of training reads arrays.

`encode` writes, into the folder of built data,
    vocabulary.txt        one word and its count a line, most frequent first (training documents only)
    <source>.ids.npy      int32 (tokens,), BOUNDARY between paragraphs, two between documents
    <source>.docs.npy     int64 (documents, 3): first token, place in the source, held out or not
and `join` all sources' training documents as train.npy and held-out documents as held.npy, int32 (tokens,).
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from detector.lexicon import BOUNDARY, FIRST_WORD, NAME, UNKNOWN, normalise, special_id
from detector.text import TOKEN, paragraphs
from detector.training.readers import CorpusError, Source, documents

#: Share of documents that nothing is counted or trained on before the classifiers.
HELD_OUT = 0.045
#: Names the split. This one holds out some of every source, verse included, and 2.5 to 7.5 % of the small ones.
SPLIT = 380
#: Sources whose ids name a part of a larger work: the work is held out, or not, as a whole.
PARTS_OF_WORKS = ("old_eltec_novels", "spoken_scotus_oral_arguments")

#: Tokens that the training documents and the held-out ones have at least.
SHORTEST_STREAM = 1000


def group_of(source: str, document_id: str) -> str:
    """What must not straddle a split: the work a document is part of."""
    if source in PARTS_OF_WORKS:
        document_id = document_id.rsplit(":", 1)[0]
    return f"{source}/{document_id}"


def position(group: str) -> float:
    """A group's fixed place in [0, 1): the same in every run and on every machine."""
    return int.from_bytes(hashlib.blake2b(f"{SPLIT}/{group}".encode(), digest_size=8).digest(), "big") / 2.0**64


class Encoded(NamedTuple):
    """Sizes of an encoded source; words are tokens that are neither numbers nor marks."""

    name: str
    documents: int
    words: int
    held_out_documents: int
    held_out_words: int


def _encode_source(source: Source, out: Path) -> tuple[Encoded, Counter[str]]:
    """Ids in order of first sight (remapped later), and the counts of the training words."""
    local: dict[str, int] = {}
    pieces = [np.zeros(0, np.int32)]
    docs: list[tuple[int, int, int]] = []
    at = held_out_words = 0
    train_counts = np.zeros(0, np.int64)

    class Ids(dict[str, int]):
        def __missing__(self, surface: str) -> int:
            special = special_id(surface)
            if special is None:
                word = normalise(surface)
                special = FIRST_WORD + local.setdefault(word, len(local)) * 2 + surface[0].isupper()
            self[surface] = special
            return special

    ids = Ids()
    for place, document in enumerate(documents(source)):
        held = position(group_of(source.name, document.id)) < HELD_OUT
        stream: list[int] = [BOUNDARY]
        for start, end in paragraphs(document.text):
            stream.extend(map(ids.__getitem__, TOKEN.findall(document.text, start, end)))
            stream.append(BOUNDARY)
        array = np.array(stream, np.int32)
        pieces.append(array)
        docs.append((at, place, held))
        at += len(array)
        if held:
            held_out_words += int((array >= FIRST_WORD).sum())
        else:
            found = (array[array >= FIRST_WORD] - FIRST_WORD) >> 1
            counts = np.bincount(found, minlength=len(train_counts))
            counts[: len(train_counts)] += train_counts
            train_counts = counts
    words = list(local)
    table = np.array(docs, np.int64).reshape(-1, 3)
    np.save(out / f"{source.name}.raw.npy", np.concatenate(pieces))
    np.save(out / f"{source.name}.docs.npy", table)
    (out / f"{source.name}.words.txt").write_text("\n".join(words), encoding="utf-8")
    seen = Counter({words[i]: int(c) for i, c in enumerate(train_counts) if c})
    all_words = int(train_counts.sum()) + held_out_words
    return Encoded(source.name, len(table), all_words, int(table[:, 2].sum()), held_out_words), seen


def _remap(source: str, out: Path, ids_of: dict[str, int]) -> None:
    words = (out / f"{source}.words.txt").read_text(encoding="utf-8").split("\n")
    mapping = np.arange(FIRST_WORD + 2 * len(words), dtype=np.int32)
    for i, word in enumerate(words):
        known = ids_of.get(word)
        mapping[FIRST_WORD + 2 * i] = known or UNKNOWN
        mapping[FIRST_WORD + 2 * i + 1] = known or NAME
    raw = np.load(out / f"{source}.raw.npy")
    np.save(out / f"{source}.ids.npy", mapping[raw])
    (out / f"{source}.raw.npy").unlink()
    (out / f"{source}.words.txt").unlink()


def encode(sources: Sequence[Source], out: Path, vocabulary_size: int, workers: int = 2) -> list[Encoded]:
    """Encode each source in a process of its own, the largest first; returns their sizes by name."""
    out.mkdir(parents=True, exist_ok=True)
    total: Counter[str] = Counter()
    encoded = []
    ordered = sorted(sources, key=lambda source: -sum(path.stat().st_size for path, _ in source.files))
    with ProcessPoolExecutor(workers) as pool:
        for size, counts in pool.map(_encode_source, ordered, [out] * len(ordered)):
            encoded.append(size)
            total.update(counts)
    ranked = sorted(total.items(), key=lambda item: (-item[1], item[0]))[:vocabulary_size]
    (out / "vocabulary.txt").write_text("\n".join(f"{w}\t{c}" for w, c in ranked), encoding="utf-8")
    ids_of = {word: FIRST_WORD + i for i, (word, _) in enumerate(ranked)}
    for size in encoded:
        _remap(size.name, out, ids_of)
    return sorted(encoded)


def join(names: Sequence[str], out: Path) -> None:
    """Write train.npy and held.npy, the documents in the order of the named sources. Raises CorpusError."""
    held_out = [_held_out(name, out) for name in names]
    for file, wanted in (("train.npy", False), ("held.npy", True)):
        size = sum(int((mask == wanted).sum()) for mask in held_out)
        if size < SHORTEST_STREAM:
            kind = "held-out" if wanted else "training"
            raise CorpusError(f"The corpus is too small: its {kind} documents have {size} tokens.")
        joined = np.lib.format.open_memmap(out / file, "w+", np.dtype(np.int32), (size,))
        at = 0
        for name, mask in zip(names, held_out, strict=True):
            part = np.load(out / f"{name}.ids.npy", mmap_mode="r")[mask == wanted]
            joined[at : at + len(part)] = part
            at += len(part)
        joined.flush()


def _held_out(name: str, out: Path) -> npt.NDArray[np.bool_]:
    """Whether each token (tokens,) of a source stands in a held-out document."""
    documents = np.load(out / f"{name}.docs.npy")
    tokens = len(np.load(out / f"{name}.ids.npy", mmap_mode="r"))
    held: npt.NDArray[np.bool_] = np.repeat(documents[:, 2] == 1, np.diff(np.append(documents[:, 0], tokens)))
    return held


def vocabulary(built: Path) -> tuple[list[str], npt.NDArray[np.int64]]:
    """The words of an encoded corpus, most frequent first, and their counts (words,)."""
    rows = [line.split("\t") for line in (built / "vocabulary.txt").read_text(encoding="utf-8").split("\n")]
    return [word for word, _ in rows], np.array([int(count) for _, count in rows], np.int64)
