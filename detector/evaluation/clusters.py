"""How well documents spun from one seed are found among many: `python -m detector.evaluation.clusters`.

2,000 articles, 40 of them spun: five spinners applied to each of 8 seeds. The constants of `detector.clusters` were
chosen on the articles of TUNED_ON alone, with other seeds; the figures that count are those of the other sources.
"""

from __future__ import annotations

import argparse
import gzip
import json
import lzma
import random
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations
from pathlib import Path
from statistics import mean
from typing import Final, NamedTuple
from zlib import crc32

import numpy as np

from detector.clusters import linked, same_seed
from detector.evaluation.outsiders import OUTSIDERS
from detector.evaluation.pairs import shuffled
from detector.files import replacing
from detector.immutables import Sketch, sketch
from detector.lexicon import Lexicon
from detector.model import load
from detector.text import paragraphs
from detector.training.families import training_families
from detector.training.families.family import DataMissing, Family

TUNED_ON: Final = ("news_abc_rural_science", "news_reuters21578", "news_ucsc_press_releases", "news_wikinews")
MEASURED_ON: Final = ("news_allsides", "web_dragnet_2012", "gov_digitalgov_18f")
#: Words of an article that takes part.
SHORTEST, LONGEST = 100, 2000
#: Articles of a source at most.
PER_SOURCE: Final = 20_000
#: Seeds that are spun, of each side.
SEEDS: Final = 32
#: Share of the content words that a spinner is asked to change.
RATES: Final = (0.25, 0.5)
#: Of the five spinners of a seed, one is a translator, one of those that change most, and two are tools of others.
TRANSLATORS: Final = ("apertium_spa", "apertium-cat", "apertium-eo", "apertium-eo-cat")
TOUGH: Final = ("roget", "mixed")
OUTSIDE: Final = ("aiksaurus", "glitchlings", "mythes", "synonymset", "texthumanize")
ARTICLES, SPUN_SEEDS = 2000, 8
#: Articles of each side, before reprints are left out.
TAKEN: Final = 6000
#: Numbers of articles that time is taken for.
SIZES: Final = (1000, 2000, 4000, 8000, 16_000)

#: Two articles that share this part of their five-word runs are one story printed twice.
REPRINT: Final = 0.2
RUN: Final = 5


class Article(NamedTuple):
    """A text of the corpus."""

    id: str
    text: str


class Copy(NamedTuple):
    """What a spinner made of a seed."""

    seed: str
    spinner: str
    rate: float
    text: str


def read_articles(corpus: Path, names: Sequence[str]) -> list[Article]:
    """The articles of these files, sources in turn, shuffled the same way each time."""
    parts = []
    for name in names:
        with lzma.open(corpus / f"{name}.jsonl.xz", "rt", encoding="utf-8") as lines:
            found = [Article(f"{name}/{record['id']}", record["text"]) for record in map(json.loads, lines)]
        fit = [one for one in found if SHORTEST <= len(one.text.split()) <= LONGEST]
        parts.append(sorted(fit, key=lambda one: (shuffled(one.id), one.id))[:PER_SOURCE])
    turns = [(turn, side, one) for side, part in enumerate(parts) for turn, one in enumerate(part)]
    return [one for _, _, one in sorted(turns, key=lambda row: row[:2])]


def without_reprints(articles: Iterable[Article]) -> tuple[list[Article], list[tuple[int, Article]]]:
    """Leave out every article that shares REPRINT of its five-word runs with an earlier one; told by the words as they
    stand, and so by another rule than the one that is measured. Those left out come with the number of the earlier."""
    kept: list[Article] = []
    left_out: list[tuple[int, Article]] = []
    first: dict[int, int] = {}
    for article in articles:
        runs = _runs(article.text)
        shared: dict[int, int] = defaultdict(int)
        for run in runs:
            if run in first:
                shared[first[run]] += 1
        best = max(shared, key=lambda one: shared[one], default=None)
        if best is not None and shared[best] >= REPRINT * len(runs):
            left_out.append((best, article))
            continue
        for run in runs:
            first.setdefault(run, len(kept))
        kept.append(article)
    return kept, left_out


def _runs(text: str) -> set[int]:
    words = text.lower().split()
    return {crc32(" ".join(words[i : i + RUN]).encode()) for i in range(len(words) - RUN + 1)}


def spun_copies(path: Path, seeds: Sequence[Article], tortured: Path) -> list[Copy]:
    """Every seed by every spinner at every rate, made once and kept in the file. A copy that a spinner left as it was
    is left out."""
    if not path.exists():
        copies = list(_spun(seeds, [*training_families(tortured, allow_missing=True), *_outside()]))
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as raw, gzip.GzipFile("", "wb", compresslevel=4, fileobj=raw, mtime=0) as out:
            out.writelines(json.dumps(copy, ensure_ascii=False).encode() + b"\n" for copy in copies)
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [Copy(*json.loads(line)) for line in lines]


def _outside() -> Iterator[Family]:
    for make in OUTSIDERS.values():
        try:
            yield make()
        except DataMissing as reason:
            print(f"left out: {reason}")


def _spun(seeds: Sequence[Article], families: Sequence[Family]) -> Iterator[Copy]:
    for family in families:
        print(f"spinning: {family.name} ...", flush=True)
        pieces = [[seed.text[start:end] for start, end in paragraphs(seed.text)] for seed in seeds]
        prepare = getattr(family, "prepare", None)
        if prepare is not None:
            prepare([" ".join(piece.split()) for own in pieces for piece in own])
        for seed, own in zip(seeds, pieces, strict=True):
            for rate in RATES:
                rng = random.Random(shuffled(f"{family.name} {rate} {seed.id}"))
                spun = [family.spin(" ".join(piece.split()), rate, rng) for piece in own]
                if any(piece.changes for piece in spun):
                    yield Copy(seed.id, family.name, rate, "\n\n".join(piece.text for piece in spun))


class Figures(NamedTuple):
    """Of the pairs of documents that were put into one cluster, and of those that belong together."""

    true: int
    false: int
    missed: int

    @property
    def precision(self) -> float:
        return self.true / max(1, self.true + self.false)

    @property
    def recall(self) -> float:
        return self.true / max(1, self.true + self.missed)

    @property
    def f1(self) -> float:
        return 2 * self.true / max(1, 2 * self.true + self.false + self.missed)


def pairwise(clusters: Iterable[Sequence[int]], seeds: Sequence[str | None]) -> Figures:
    """seeds: of every document, None for one that was spun from nothing. Every pair within a cluster counts."""
    true = false = 0
    for members in clusters:
        for i, j in combinations(members, 2):
            alike = seeds[i] is not None and seeds[i] == seeds[j]
            true, false = true + alike, false + (not alike)
    sizes = Counter(seed for seed in seeds if seed is not None)
    return Figures(true, false, sum(size * (size - 1) // 2 for size in sizes.values()) - true)


class Side(NamedTuple):
    """The articles of some sources; what became of those that were spun, by seed, spinner and rate; the reprints."""

    articles: list[Article]
    copies: dict[str, dict[str, dict[float, str]]]
    reprints: list[Article]


def read_side(shared: Path, built: Path, name: str, sources: Sequence[str]) -> Side:
    """The seeds are the first articles."""
    articles, reprints = without_reprints(read_articles(shared / "corpus", sources)[:TAKEN])
    print(f"{name}: {len(articles):,} articles of {', '.join(sources)}; {len(reprints)} reprints left out", flush=True)
    path = built / "clusters" / f"{name}.jsonl.gz"
    copies: dict[str, dict[str, dict[float, str]]] = defaultdict(lambda: defaultdict(dict))
    for copy in spun_copies(path, articles[:SEEDS], shared / "lists" / "tortured.tsv"):
        copies[copy.seed][copy.spinner][copy.rate] = copy.text
    return Side(articles, copies, [article for _, article in reprints])


def draw(
    side: Side, rng: random.Random, rates: Sequence[float], originals: bool, reprints: bool = False
) -> list[tuple[str, str | None]]:
    """ARTICLES texts in any order, each with its seed: copies of SPUN_SEEDS seeds by five spinners each, the rest as
    written. originals: the seeds themselves are among the rest, and belong to their copies. reprints: those may be too,
    and belong to nothing."""
    chosen = rng.sample(sorted(side.copies), SPUN_SEEDS)
    texts: list[tuple[str, str | None]] = []
    for seed in chosen:
        by_spinner = side.copies[seed]
        for spinner in _spinners(sorted(by_spinner), rng):
            wanted = rng.choice(rates)
            made = by_spinner[spinner]
            texts.append((made[wanted if wanted in made else max(made)], seed))
    if originals:
        texts += [(article.text, article.id) for article in side.articles if article.id in chosen]
    others = [article for article in side.articles if article.id not in side.copies] + side.reprints * reprints
    texts += [(article.text, None) for article in rng.sample(others, ARTICLES - len(texts))]
    rng.shuffle(texts)
    return texts


def _spinners(present: Sequence[str], rng: random.Random) -> list[str]:
    """Five different ones: a translator, one of the tough, two of those that nobody here wrote, and any other."""
    chosen: list[str] = []
    for kind, count in ((TRANSLATORS, 1), (TOUGH, 1), (OUTSIDE, 2), (present, 1)):
        chosen += rng.sample([name for name in kind if name in present and name not in chosen], count)
    return chosen


def measure(side: Side, lexicon: Lexicon, rates: Sequence[float], originals: bool, draws: int) -> list[Figures]:
    """The figures of that many draws."""
    known: dict[str, Sketch] = {}
    found = []
    for number in range(draws):
        texts = draw(side, random.Random(f"{number} {rates} {originals}"), rates, originals)
        for text, _ in texts:
            if text not in known:
                known[text] = sketch(text, lexicon)
        found.append(pairwise(linked([known[text] for text, _ in texts]), [seed for _, seed in texts]))
    return found


def measure_kinds(side: Side, lexicon: Lexicon, draws: int) -> list[Figures]:
    """The figures of the clusters that are called spun, with the originals and with reprints among the articles."""
    found = []
    for number in range(draws):
        texts = draw(side, random.Random(f"{number} reprints"), RATES, originals=True, reprints=True)
        clusters = same_seed([text for text, _ in texts], lexicon=lexicon)
        spun = [cluster.members for cluster in clusters if cluster.kind == "spun"]
        found.append(pairwise(spun, [seed for _, seed in texts]))
    return found


def described(figures: Sequence[Figures]) -> str:
    """Mean and worst of several draws."""
    return (
        f"F1 {mean(one.f1 for one in figures):.3f} mean, {min(one.f1 for one in figures):.3f} worst; "
        f"precision {mean(one.precision for one in figures):.3f}, recall {mean(one.recall for one in figures):.3f}"
    )


def growth(articles: Sequence[Article], lexicon: Lexicon) -> list[tuple[int, float, float]]:
    """For each number of articles: the number, and the CPU seconds that sketching and linking them took, the best of
    three rounds through all numbers."""
    best: dict[int, tuple[float, float]] = {}
    for _ in range(3):
        for count in SIZES:
            if len(articles) >= count:
                start = time.process_time()
                sketches = [sketch(article.text, lexicon) for article in articles[:count]]
                middle = time.process_time()
                linked(sketches)
                run = middle - start, time.process_time() - middle
                best[count] = min(run, best.get(count, run), key=sum)
    return [(count, *seconds) for count, seconds in best.items()]


def power(sizes: Sequence[int], seconds: Sequence[float]) -> float:
    """The power of the size that the time grows with: the slope of a straight line through the logarithms."""
    return float(np.polyfit(np.log(sizes), np.log(seconds), 1)[0])


def main(argv: Sequence[str] | None = None) -> int:
    """Print the figures."""
    options = _parser().parse_args(argv)
    lexicon = load(options.model).lexicon
    for name, sources in (("tuned on", TUNED_ON), ("measured on", MEASURED_ON)):
        side = read_side(options.shared, options.built, name.replace(" ", "_"), sources)
        for rates in (RATES, RATES[-1:]):
            for originals in (False, True):
                figures = measure(side, lexicon, rates, originals, options.draws)
                print(
                    f"  {' or '.join(f'{rate:.0%}' for rate in rates)} of the content words, "
                    f"{'with' if originals else 'without'} the originals, {options.draws} draws: {described(figures)}",
                    flush=True,
                )
        kinds = measure_kinds(side, lexicon, options.draws // 3)
        print(f"  with reprints, clusters called spun, {len(kinds)} draws: {described(kinds)}", flush=True)
    articles = read_articles(options.shared / "corpus", MEASURED_ON)
    measured = growth(random.Random(0).sample(articles, len(articles)), lexicon)
    for count, sketching, linking in measured:
        print(f"  {count:6,} articles: sketched in {sketching:.2f} s, linked in {linking:.2f} s")
    sizes, *parts = zip(*measured, strict=True)
    whole, linking = power(sizes, [sum(row[1:]) for row in measured]), power(sizes, parts[1])
    print(
        f"  CPU time grows with the power {whole:.2f} of the number of articles; that of linking alone, {linking:.2f}"
    )
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m detector.evaluation.clusters", description=__doc__)
    parser.add_argument("--shared", type=Path, default=Path("..", "shared"), help="folder with corpus and lists")
    parser.add_argument("--built", type=Path, default=Path("data", "built"), help="where spun copies are kept")
    parser.add_argument("--model", type=Path, help="the model's folder; default: the shipped one")
    parser.add_argument("--draws", type=int, default=20, help="random draws of each kind; default: 20")
    return parser


if __name__ == "__main__":
    sys.exit(main())
