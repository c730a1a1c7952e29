"""Training pairs: clean paragraphs of the held-out documents, roughened copies, and spun copies with their changes.

No pair comes from a document that the lexicon or the choice model has seen, and all of a document falls into one
subset: `fit` for the classifiers, `calibrate` for scores and thresholds, `test` for the report. Only the clean
paragraphs of `build_honest` are from documents that were counted: they make a subset of their own, `honest`.
"""

from __future__ import annotations

import gzip
import io
import json
import random
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from detector.text import TOKEN, paragraphs
from detector.training.encode import HELD_OUT, group_of, position
from detector.training.families.apertium import ApertiumSpanish
from detector.training.families.content import is_content
from detector.training.families.family import Family, Spun
from detector.training.noise import KINDS, roughen
from detector.training.readers import SourceDocument, read

SUBSETS: Final = (("fit", 0.6), ("calibrate", 0.8), ("test", 1.0))
HONEST: Final = "honest"
SHORTEST, LONGEST = 20, 300  # words
TARGETS: Final = (25, 250)  # words; short paragraphs are merged up to a target in between
#: Share of the paragraphs that stay as they are, merged only if shorter than SHORTEST.
UNMERGED: Final = 0.3
PER_DOCUMENT: Final = 12
#: Registers that are not large have few documents, among them novels and court sessions: more of each is taken.
PER_LONG_DOCUMENT: Final = 40
#: The works in verse, a register of their own though their source calls them fiction. One of them is held out, and left
#: to the report: how often verse is flagged by mistake must be measured on verse that nothing was fitted on.
VERSE: Final = frozenset(
    f"old_gutenberg_nltk/gutenberg/{work}.txt"
    for work in ("blake-poems", "shakespeare-caesar", "shakespeare-hamlet", "shakespeare-macbeth")
)
LEFT_TO_TEST: Final = "old_gutenberg_nltk/gutenberg/shakespeare-caesar.txt"
POETRY: Final = "poetry"
#: Clean paragraphs of each register in `fit`; the other subsets get their share of the split.
PER_REGISTER: Final = 1500
PER_LARGE_REGISTER: Final = 3500
LARGE_REGISTERS: Final = frozenset({"news", "encyclopedia"})
RATES: Final = (0.05, 0.6)
TWO_COPIES: Final = 0.7
#: Registers of which too little is held out, and how many paragraphs each training document of a source adds.
THIN_REGISTERS: Final[dict[str, dict[str, int]]] = {
    "fiction before 1920": {"old_gutenberg_nltk": 50, "old_eltec_novels": 1},
    POETRY: {"old_gutenberg_nltk": 100},
    "speech": {"speech_us_presidents": 3},
    "web": {"web_ewt": 1},
}
#: Shares of the families relative to 1: more of what comes closest to the tools in use.
FAMILY_WEIGHTS: Final = {"tortured": 2.0, "mixed": 1.5, "roget": 0.7, "stock": 0.7}
ROUGHENED: Final = 0.3
#: A spun text may have been rough before; without this noise itself would say "clean".
ROUGH_SPUN: Final = 0.1
_NOISE_WEIGHTS: Final = {"learner": 4.0, "spacing": 1.5, "dialect": 1.5}


class Work(NamedTuple):
    """Paragraphs of one held-out document."""

    group: str
    source: str
    register: str
    subset: str
    texts: tuple[str, ...]


def subset_of(group: str) -> str | None:
    """fit, calibrate or test; None for a group that the model was trained on."""
    if group == LEFT_TO_TEST:
        return SUBSETS[-1][0]
    place = position(group) / HELD_OUT
    return next((name for name, end in SUBSETS if place < end), None)


def register_of(document: SourceDocument) -> str:
    """What its source says, but verse is poetry."""
    return POETRY if group_of(document.source, document.id) in VERSE else document.register


def chunks(text: str, rng: random.Random) -> Iterator[str]:
    """Paragraphs of 20 to 300 words, short ones merged, white space within them made single blanks."""
    waiting: list[str] = []
    count = 0
    target = _target(rng)
    for start, end in paragraphs(text):
        words = text[start:end].split()
        if count + len(words) > LONGEST or count >= target:
            if count >= SHORTEST:
                yield " ".join(waiting)
            waiting, count, target = [], 0, _target(rng)
        if len(words) <= LONGEST:
            waiting += words
            count += len(words)
    if count >= SHORTEST:
        yield " ".join(waiting)


def _target(rng: random.Random) -> float:
    return SHORTEST if rng.random() < UNMERGED else _draw(TARGETS, rng)


def is_prose(text: str) -> bool:
    """Whether a paragraph is sentences rather than a table, a list of references or code."""
    letters = sum(c.isalpha() for c in text)
    solid = sum(not c.isspace() for c in text)
    return letters >= 0.8 * solid and any(mark in text for mark in ".!?")


def build_pairs(corpora: Sequence[Path | str], families: Sequence[Family], out: Path, seed: int = 1) -> Counter[str]:
    """Write the pairs of the held-out documents to a gzipped file of JSON lines; returns counts per kind.

    Each line has id, group, source, register, subset, family (null: clean), noise (null: none),
    rate (share of content words changed), text, changes ([[start, end, original], ...]).
    """
    works = select(held_out(corpora, seed))
    random.Random(seed).shuffle(works)
    counts: Counter[str] = Counter()
    began = time.monotonic()
    out.parent.mkdir(parents=True, exist_ok=True)
    # Neither time nor name goes into the header: the same pairs are the same bytes.
    with (
        out.open("wb") as raw,
        gzip.GzipFile("", "wb", compresslevel=4, fileobj=raw, mtime=0) as packed,
        io.TextIOWrapper(packed, "utf-8") as file,
    ):
        for number, row in enumerate(_records(works, families, seed), 1):
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
            counts[f"{row['subset']} {row['family'] or row['noise'] or 'clean'}"] += 1
            if number % 5000 == 0:
                _say(f"{number} texts, {number / (time.monotonic() - began):.0f}/s")
    return counts


def held_out(corpora: Iterable[Path | str], seed: int) -> Iterator[Work]:
    """Every held-out document that has paragraphs, with some of them."""
    for corpus in corpora:
        source = ""
        for document in read(corpus):
            if document.source != source:
                source = document.source
                _say(f"reading {source}")
            group = group_of(document.source, document.id)
            subset = subset_of(group)
            if subset is None:
                continue
            rng = random.Random(f"{seed}:{document.source}/{document.id}")
            texts = [text for text in chunks(document.text, rng) if is_prose(text)]
            if texts:
                register = register_of(document)
                most = PER_DOCUMENT if register in LARGE_REGISTERS else PER_LONG_DOCUMENT
                kept = sorted(rng.sample(range(len(texts)), min(most, len(texts))))
                yield Work(group, document.source, register, subset, tuple(texts[i] for i in kept))


def build_honest(corpora: Iterable[Path | str], out: Path, seed: int = 1) -> int:
    """Write clean paragraphs of training documents of the THIN_REGISTERS, subset `honest`; returns how many.

    Verse, old novels and the like have few documents, so few of their paragraphs are held out, and a classifier that
    has seen little of them takes their words for odd ones. The lexicon has counted these texts, which makes them look
    a little more usual than they should: a lesson that is somewhat too mild, but neither thresholds nor tests see them.
    """
    lines = []
    for corpus in corpora:
        for document in read(corpus):
            register = register_of(document)
            most = THIN_REGISTERS.get(register, {}).get(document.source)
            group = group_of(document.source, document.id)
            if most is None or subset_of(group) is not None:
                continue
            rng = random.Random(f"{seed}:honest:{document.source}/{document.id}")
            texts = [text for text in chunks(document.text, rng) if is_prose(text)]
            work = Work(group, document.source, register, HONEST, ())
            for number in sorted(rng.sample(range(len(texts)), min(most, len(texts)))):
                lines.append(json.dumps(record(f"{group}#honest.{number}", work, texts[number]), ensure_ascii=False))
    with out.open("wb") as raw, gzip.GzipFile("", "wb", compresslevel=4, fileobj=raw, mtime=0) as packed:
        packed.write("".join(f"{line}\n" for line in lines).encode())
    return len(lines)


def select(works: Iterable[Work]) -> list[Work]:
    """As many documents of each register and subset as its cap allows, its sources taking turns."""
    queues: dict[tuple[str, str], dict[str, list[Work]]] = defaultdict(lambda: defaultdict(list))
    for work in works:
        queues[work.register, work.subset][work.source].append(work)
    chosen: list[Work] = []
    for (register, subset), sources in sorted(queues.items()):
        room = (PER_LARGE_REGISTER if register in LARGE_REGISTERS else PER_REGISTER) * _share(subset)
        taken = dict.fromkeys(sources, 0)
        for waiting in sources.values():
            waiting.sort(key=lambda work: position(f"pairs {work.group} {work.texts[0][:40]}"))
        while room > 0 and (open_sources := [name for name, waiting in sources.items() if waiting]):
            name = min(open_sources, key=lambda source: (taken[source], source))
            work = sources[name].pop()
            chosen.append(work)
            taken[name] += len(work.texts)
            room -= len(work.texts)
    return chosen


def _share(subset: str) -> float:
    """Size of a subset relative to `fit`."""
    ends = dict(SUBSETS)
    return 1.0 if subset == "fit" else 0.2 / ends["fit"]


class Assignment(NamedTuple):
    """How a document is spun: a tool has one dictionary and one setting, so all its paragraphs get the same."""

    family: Family
    rate: float


def assign(works: Iterable[Work], families: Sequence[Family], rng: random.Random) -> list[tuple[Assignment, ...]]:
    """One or two families for each document, each family getting its share of every subset."""
    served: Counter[tuple[str, str]] = Counter()
    assigned = []
    for work in works:
        turn = {f.name: served[work.subset, f.name] / FAMILY_WEIGHTS.get(f.name, 1.0) + rng.random() for f in families}
        chosen = sorted(families, key=lambda family: turn[family.name])[: 1 + (rng.random() < TWO_COPIES)]
        for family in chosen:
            served[work.subset, family.name] += len(work.texts)
        assigned.append(tuple(Assignment(family, _draw(RATES, rng)) for family in chosen))
    return assigned


def _records(works: Sequence[Work], families: Sequence[Family], seed: int) -> Iterator[dict[str, object]]:
    assigned = assign(works, families, random.Random(seed))
    for family in families:
        if isinstance(family, ApertiumSpanish):
            own = (w.texts for w, plan in zip(works, assigned, strict=True) if any(a.family is family for a in plan))
            family.prepare(text for texts in own for text in texts)
    for number, (work, plan) in enumerate(zip(works, assigned, strict=True)):
        rng = random.Random(f"{seed}:{number}:{work.group}")
        for index, text in enumerate(work.texts):
            name = f"{work.group}#{number}.{index}"
            yield record(name, work, text)
            if rng.random() < ROUGHENED:
                kind = _kind(rng)
                rough = roughen(text, kind, rng)
                if rough != text:
                    yield record(f"{name}~{kind}", work, rough, noise=kind)
            for family, rate in plan:
                noise = _kind(rng) if rng.random() < ROUGH_SPUN and not isinstance(family, ApertiumSpanish) else None
                base = roughen(text, noise, rng) if noise else text
                wanted = min(max(rate * rng.lognormvariate(0.0, 0.2), RATES[0]), RATES[1])
                spun = family.spin(base, wanted, rng)
                if realised_rate(spun) > 0.0:
                    yield record(f"{name}~{family.name}", work, spun.text, family.name, noise, spun)


def record(
    name: str, work: Work, text: str, family: str | None = None, noise: str | None = None, spun: Spun | None = None
) -> dict[str, object]:
    return {
        "id": name,
        "group": work.group,
        "source": work.source,
        "register": work.register,
        "subset": work.subset,
        "family": family,
        "noise": noise,
        "rate": round(realised_rate(spun), 4) if spun else 0.0,
        "text": text,
        "changes": [list(change) for change in spun.changes] if spun else [],
    }


def realised_rate(spun: Spun) -> float:
    """Share of the content words of a spun text that stand in changes."""
    content = changed = 0
    changes = iter(spun.changes)
    change = next(changes, None)
    for match in TOKEN.finditer(spun.text):
        while change is not None and change.end <= match.start():
            change = next(changes, None)
        if is_content(match.group()):
            content += 1
            changed += change is not None and change.start < match.end()
    return changed / content if content else 0.0


def _kind(rng: random.Random) -> str:
    names = list(KINDS)
    return rng.choices(names, [_NOISE_WEIGHTS.get(name, 1.0) for name in names])[0]


def _draw(bounds: tuple[float, float], rng: random.Random) -> float:
    """A number between two bounds, log-uniformly."""
    low, high = bounds
    return float(low * (high / low) ** rng.random())


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
