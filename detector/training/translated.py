"""Machine translation: paragraphs sent there and back, and machine output beside a human's correction of it.

The records are those of the training pairs, and a document's subset is the one it has there. Chains that end through
Catalan's or Esperanto's own English translator are left to the report, and so are whole language pairs of the
corrected sentences.
"""

from __future__ import annotations

import gzip
import io
import json
import lzma
import random
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Final, NamedTuple

from detector.files import replacing
from detector.training.families.apertium import Apertium, differences
from detector.training.families.family import Change, DataMissing, Spun
from detector.training.pairs import Work, held_out, realised_rate, record, select

CHAINS: Final[Mapping[str, tuple[str, ...]]] = {
    "translated_spa": ("eng-spa", "spa-eng"),
    "translated_gl": ("en-gl", "gl-en"),
    "translated_spa_gl": ("eng-spa", "es-gl", "gl-en"),
    "translated_gl_spa": ("en-gl", "gl-es", "spa-eng"),
    "translated_spa_cat": ("eng-spa", "spa-cat", "cat-spa", "spa-eng"),
}
#: Paragraphs that each chain translates, over all registers.
PER_CHAIN: Final[Mapping[str, int]] = {"fit": 600, "calibrate": 200, "test": 200}
#: A translation that is shorter than this, relative to its text, has lost some of it.
SHORTEST: Final = 0.6

POST_EDITED: Final = "post-edited"
POST_EDIT: Final = "postedit"
SOURCE: Final = "mlqe_pe"
#: Language pairs of which nothing is learnt.
HELD_PAIRS: Final = ("ne-en", "ru-en")
_SUBSETS: Final = {"train": "fit", "dev": "calibrate", "test": "test"}
#: Sentences of one paragraph, and how much of each a human changed at least: what is measured is plainly wrong.
TOGETHER: Final = 3
LEAST: Final[Mapping[str, float]] = {"fit": 0.15, "calibrate": 0.3, "test": 0.3}
#: Paragraphs of each language pair.
PER_PAIR: Final[Mapping[str, int]] = {"fit": 600, "calibrate": 200, "test": 300}

_PLAIN_MARKS: Final = str.maketrans("“”„‘’–—\u00a0", '"""\'\'--\u0020', "\u200b\u200c\u200d")
#: A sentence with any other character, with two stops, or without a capital and a stop, is debris on one side or both.
_SENTENCE: Final = re.compile(r"[\"'(]?[A-Z0-9](?:[^\W_]|[ .,;:?!'\"()%$€£&-])*[.?!][\"')]?")
_DEBRIS: Final = re.compile(r"[.,;:?!] ?[.,;:?!]|--")
_CAPITAL: Final = re.compile(r"\b[A-Z]")
_CLITIC: Final = re.compile(r" '(s|S|t|m|re|ve|ll|d|clock)\b")
_BEFORE: Final = re.compile(r" ([.,;:?!%)])")
_AFTER: Final = re.compile(r"([($€£]) ")


def build_translated(
    corpora: Sequence[Path | str], post_edits: Path | None, out: Path, allow_missing: bool = False, seed: int = 1
) -> Counter[str]:
    """Write translated paragraphs of the held-out documents, and corrected sentences, to gzipped JSON lines.

    A paragraph's id is that of its clean record among the pairs and the chain's name. seed: that of `build_pairs`.
    Returns counts per kind. Raises DataMissing where a translator is not installed; with allow_missing that is a line
    on standard error, and its chain is left out.
    """
    works = select(held_out(corpora, seed))
    random.Random(seed).shuffle(works)
    counts: Counter[str] = Counter()
    out.parent.mkdir(parents=True, exist_ok=True)
    with (
        replacing(out) as raw,
        gzip.GzipFile("", "wb", compresslevel=4, fileobj=raw, mtime=0) as packed,
        io.TextIOWrapper(packed, "utf-8") as file,
    ):
        corrected = _corrected(post_edits) if post_edits else ()
        for record in chain(_chained(works, seed, allow_missing), corrected):
            file.write(json.dumps(record, ensure_ascii=False) + "\n")
            counts[f"{record['subset']} {record['family'] or record['register']}"] += 1
    return counts


class Place(NamedTuple):
    """A paragraph of a work, and the id of its clean record."""

    name: str
    work: Work
    text: str


def share_out(works: Sequence[Work], rng: random.Random) -> Iterator[tuple[str, list[Place]]]:
    """Each chain's paragraphs: as many of every register as there are, up to its share; no two chains get the same
    one unless a register is thin."""
    places: dict[tuple[str, str], list[Place]] = defaultdict(list)
    for number, work in enumerate(works):
        for index, text in enumerate(work.texts):
            places[work.subset, work.register].append(Place(f"{work.group}#{number}.{index}", work, text))
    registers = Counter(subset for subset, _ in places)
    given: dict[str, list[Place]] = {name: [] for name in CHAINS}
    for (subset, _), own in sorted(places.items()):
        rng.shuffle(own)
        share = min(-(-PER_CHAIN[subset] // registers[subset]), len(own))
        for turn, name in enumerate(CHAINS):
            given[name] += ((own + own)[(turn * share) % len(own) :])[:share]
    yield from given.items()


def _chained(works: Sequence[Work], seed: int, allow_missing: bool) -> Iterator[dict[str, object]]:
    for name, places in share_out(works, random.Random(seed)):
        try:
            translator = Apertium(name, CHAINS[name])
        except DataMissing as error:
            if not allow_missing:
                raise
            print(f"left out: {error}", file=sys.stderr)
            continue
        translator.prepare(place.text for place in places)
        for place in places:
            spun = translator.translated(place.text)
            if realised_rate(spun) > 0.0 and len(spun.text) > SHORTEST * len(place.text):
                yield record(f"{place.name}~{name}", place.work, spun.text, name, None, spun)


class Corrected(NamedTuple):
    """Machine output and a human's correction of it, both as plain prose."""

    pair: str
    number: int
    subset: str
    machine: str
    human: str


def detokenised(tokens: str) -> str | None:
    """The sentence as it is written; None where its debris would tell one side from the other."""
    words = " ".join(tokens.translate(_PLAIN_MARKS).split()).replace("n 't", "n't")
    text = _AFTER.sub(r"\1", _BEFORE.sub(r"\1", _quoted(_CLITIC.sub(r"'\1", words))))
    if " '" in text or _DEBRIS.search(text) or not _SENTENCE.fullmatch(text):
        return None
    return text if text.count("(") == text.count(")") and text.count('"') % 2 == 0 else None


def _quoted(text: str) -> str:
    """Blanks go from inside straight quotation marks, and before an apostrophe that ends a plural."""
    pieces = re.sub(r"(?<=s) '(?= )", "'", text).split('"')
    inside = (piece.strip() if number % 2 else piece for number, piece in enumerate(pieces))
    return '"'.join(inside)


def _alike(machine: str, human: str) -> bool:
    """Whether neither has more quotation marks and brackets, or many more capitals, than the other.

    Some of the translators wrote names in lower case: theirs alone, and not what machine translation is known by.
    """
    marks = all(machine.count(mark) == human.count(mark) for mark in '"(')
    return marks and abs(len(_CAPITAL.findall(machine)) - len(_CAPITAL.findall(human))) <= 1


def corrected(path: Path) -> Iterator[Corrected]:
    """The sentences that a human changed a good deal, in their order.

    A sentence that stands more than once, on either side, is taken where it stands first. Everything of HELD_PAIRS
    is for the report, elsewhere the split is the source's own.
    """
    seen: set[str] = set()
    with lzma.open(path, "rt", encoding="utf-8") as lines:
        for number, row in enumerate(map(json.loads, lines)):
            subset = "test" if row["lp"] in HELD_PAIRS else _SUBSETS[row["split"]]
            sides = {row["mt"], row["postedit"]}
            new = not sides & seen
            seen |= sides
            machine, human = detokenised(row["mt"]), detokenised(row["postedit"])
            if new and machine and human and row["hter"] >= LEAST[subset] and _alike(machine, human):
                yield Corrected(row["lp"], number, subset, machine, human)


def joined(sentences: Iterable[Corrected]) -> Iterator[list[Corrected]]:
    """Paragraphs of sentences of one language pair and subset, as many as PER_PAIR allows."""
    waiting: dict[tuple[str, str], list[Corrected]] = defaultdict(list)
    made: Counter[tuple[str, str]] = Counter()
    for sentence in sentences:
        kind = sentence.pair, sentence.subset
        waiting[kind].append(sentence)
        if len(waiting[kind]) == TOGETHER and made[kind] < PER_PAIR[sentence.subset]:
            made[kind] += 1
            yield waiting.pop(kind)


def _corrected(path: Path) -> Iterator[dict[str, object]]:
    for sentences in joined(corrected(path)):
        first = sentences[0]
        machine = " ".join(sentence.machine for sentence in sentences)
        human = " ".join(sentence.human for sentence in sentences)
        name = f"{SOURCE}/{first.pair}/{first.number}"
        work = Work(name, SOURCE, POST_EDITED, first.subset, ())
        changes = tuple(Change(s.start, s.end, s.options.phrases[0]) for s in differences(machine, human))
        yield record(name, work, human)
        yield record(f"{name}~{POST_EDIT}", work, machine, POST_EDIT, None, Spun(machine, changes))
