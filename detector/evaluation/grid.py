"""The grid: held-out documents cut to four lengths, as they are and as every spinner rewrites them at four rates.

Drawn from the documents that training left to evaluation (subset `test`), written once per spinner and scored often.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import random
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Final, NamedTuple

from detector.evaluation.pairs import HELD_OUT, shuffled
from detector.evaluation.scored import WORD
from detector.files import replacing
from detector.text import paragraphs
from detector.training.encode import group_of
from detector.training.families.content import is_content
from detector.training.families.family import Family, Spun
from detector.training.pairs import POETRY, chunks, is_prose, register_of, subset_of
from detector.training.readers import read

#: Names how texts are made: a change of that makes the written ones out of date.
EDITION: Final = 2
#: Words of a text, by name; the longest that training saw has 300.
LENGTHS: Final[Mapping[str, tuple[int, int]]] = {
    "20-49": (20, 49),
    "50-99": (50, 99),
    "100-199": (100, 199),
    "200-300": (200, 300),
}
#: Paragraphs as they come, short ones merged, as training reads them: what false alarms are counted on.
NATURAL: Final = "natural"
#: Share of the content words that a spinner is asked to change.
RATES: Final = (0.05, 0.1, 0.25, 0.5)
#: Texts of a cell: clean ones at most, and spun ones.
CLEAN, SPUN = 6000, 250
#: Natural paragraphs of a register at most: enough for an interval of one percent around one percent.
PER_REGISTER: Final = 400
#: Most texts of one length from one document; verse is one document.
PER_DOCUMENT, OF_VERSE = 40, 250
#: A spinner that changed less than this share of what it was asked for is asked for more, so often.
ENOUGH, ATTEMPTS = 0.9, 3

#: White space between sentences; the marks that close one stay with it.
_SENTENCE: Final = re.compile(
    r"(?:(?<=[.!?])|(?<=[.!?][\"'\u201d\u2019)])|(?<=[.!?][\"'\u201d\u2019)]{2}))\s+(?=[\"'\u201c\u2018(]?[A-Z])"
)


class GridText(NamedTuple):
    """One text. family: who spun it, None where it is as written; rate: asked for; reached: share of the content words
    changed; changes: (start, end, original), code points in the text."""

    family: str | None
    length: str
    rate: float
    reached: float
    register: str
    text: str
    changes: tuple[tuple[int, int, str], ...] = ()


def clean_texts(corpus: str) -> list[GridText]:
    """Up to CLEAN texts of every length from whole sentences in their order, and PER_REGISTER natural paragraphs of
    every register; the registers take turns."""
    parts: dict[str, dict[str, list[GridText]]] = {length: {} for length in (*LENGTHS, NATURAL)}
    for document in read(corpus):
        group = group_of(document.source, document.id)
        if subset_of(group) != HELD_OUT:
            continue
        register = register_of(document)
        for length, found in parts.items():
            rng = random.Random(shuffled(f"{length} {document.source}/{document.id}"))
            cuts = chunks(document.text, rng) if length == NATURAL else cut(document.text, LENGTHS[length], rng)
            texts = [text for text in cuts if is_prose(text)]
            most = OF_VERSE if register == POETRY else PER_DOCUMENT
            chosen = rng.sample(texts, min(most, len(texts)))
            found.setdefault(register, []).extend(GridText(None, length, 0.0, 0.0, register, t) for t in chosen)
    natural = parts.pop(NATURAL)
    cells = [text for registers in parts.values() for text in _in_turn(registers)[:CLEAN]]
    return cells + [text for row in natural.values() for text in _in_turn({"": row})[:PER_REGISTER]]


def cut(text: str, bounds: tuple[int, int], rng: random.Random) -> Iterator[str]:
    """Runs of whole sentences, each of a number of words within bounds; white space made single blanks."""
    low, high = bounds
    waiting: list[str] = []
    target = rng.randint(low, high)
    for start, end in paragraphs(text):
        for sentence in _SENTENCE.split(text[start:end]):
            words = sentence.split()
            if len(waiting) + len(words) > high:
                if len(waiting) >= low:
                    yield " ".join(waiting)
                waiting = []
            waiting += words[: high + 1]
            if len(waiting) > high:
                waiting = []
            elif len(waiting) >= target:
                yield " ".join(waiting)
                waiting, target = [], rng.randint(low, high)
    if len(waiting) >= low:
        yield " ".join(waiting)


def spin_texts(family: Family, clean: Sequence[GridText]) -> list[GridText]:
    """SPUN texts for every length and rate; a text that the family leaves alone gives its place to the next one."""
    out: list[GridText] = []
    for length in LENGTHS:
        base = [text for text in clean if text.length == length]
        prepare = getattr(family, "prepare", None)
        if prepare is not None:
            prepare([text.text for text in base[: 2 * SPUN]])
        for rate in RATES:
            spun = (_spun(family, text, rate) for text in base[: 2 * SPUN])
            out += islice((text for text in spun if text is not None), SPUN)
    return out


def _spun(family: Family, source: GridText, rate: float) -> GridText | None:
    content = sum(map(is_content, WORD.findall(source.text))) or 1
    best: tuple[float, Spun] | None = None
    for attempt in range(ATTEMPTS):
        rng = random.Random(shuffled(f"{family.name} {rate} {attempt} {source.text}"))
        spun = family.spin(source.text, min(1.0, rate * 1.4**attempt), rng)
        gone = sum(is_content(word) for change in spun.changes for word in WORD.findall(change.original))
        if gone and (best is None or abs(gone / content - rate) < abs(best[0] - rate)):
            best = gone / content, spun
        if best is not None and best[0] >= ENOUGH * rate:
            break
    if best is None or best[1].text == source.text:
        return None
    reached, spun = best
    changes = tuple((change.start, change.end, change.original) for change in spun.changes)
    return GridText(family.name, source.length, rate, reached, source.register, spun.text, changes)


def digest(*parts: str) -> str:
    """Names what texts were made from: with another split they may no longer be held out."""
    return hashlib.sha256("\n".join((str(EDITION), *parts)).encode()).hexdigest()


def write_texts(path: Path, source: str, texts: Iterable[GridText]) -> None:
    """Write texts behind a head line that names their source; the file is there only when it is whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as raw, gzip.GzipFile("", "wb", compresslevel=4, fileobj=raw, mtime=0) as out:
        out.write(json.dumps({"source": source}).encode() + b"\n")
        out.writelines(json.dumps(text._asdict(), ensure_ascii=False).encode() + b"\n" for text in texts)


def read_texts(path: Path, source: str) -> list[GridText] | None:
    """The texts, or None where there is no file or one of another source."""
    if not path.exists():
        return None
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        if json.loads(next(lines))["source"] != source:
            return None
        records = map(json.loads, lines)
        return [GridText(**{**one, "changes": tuple(map(tuple, one["changes"]))}) for one in records]


def _in_turn(registers: Mapping[str, list[GridText]]) -> list[GridText]:
    turns = [
        (turn, name, text)
        for name, texts in sorted(registers.items())
        for turn, text in enumerate(sorted(texts, key=lambda text: shuffled(text.text)))
    ]
    return [text for _, _, text in sorted(turns, key=lambda one: one[:2])]
