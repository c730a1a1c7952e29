"""`python -m detector.evaluation.crawl_cost`: what scoring a month of Common Crawl takes, from speeds measured here.

Pages, words, bytes and price are assumptions, and printed as such; docs/scale.md says where they come from. The speeds
are measured unless they are given, in CPU time of one core, so that a busy machine matters little.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

from detector.benchmark import PARAGRAPH_WORDS, recombined, sentences
from detector.errors import UnspunError

_PAGES_TIMED: Final = 100
_PARAGRAPHS_TIMED: Final = 3_000
_ROUNDS: Final = 3


class Crawl(NamedTuple):
    """A crawl; words: of a page's main text; kilobytes: of its HTML."""

    pages: int
    words: int
    kilobytes: int


class Speed(NamedTuple):
    """Of one core, a second."""

    extracted_pages: float
    scored_paragraphs: float


class Work(NamedTuple):
    """Core-hours."""

    extraction: float
    scoring: float

    @property
    def together(self) -> float:
        return self.extraction + self.scoring


def work(crawl: Crawl, speed: Speed) -> Work:
    paragraphs = crawl.pages * crawl.words / PARAGRAPH_WORDS
    return Work(crawl.pages / speed.extracted_pages / 3600, paragraphs / speed.scored_paragraphs / 3600)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print assumptions, measurements and what follows from them."""
    parser = argparse.ArgumentParser(prog="python -m detector.evaluation.crawl_cost", description=__doc__)
    parser.add_argument("--pages", type=int, default=3_000_000_000, help="default %(default)s")
    parser.add_argument("--words", type=int, default=500, help="of a page's main text, default %(default)s")
    parser.add_argument("--kilobytes", type=int, default=140, help="of a page's HTML, default %(default)s")
    parser.add_argument("--price", type=float, default=0.04, help="of a core-hour, default %(default)s")
    parser.add_argument("--cores", type=int, default=1_000, help="default %(default)s")
    parser.add_argument("--extraction", type=float, help="pages a second and core; measured where it is not given")
    parser.add_argument("--rate", type=float, help="paragraphs a second and core; measured where it is not given")
    parser.add_argument("files", nargs="*", type=Path, help="texts to recombine; default: data/samples of the checkout")
    options = parser.parse_args(arguments)
    crawl = Crawl(options.pages, options.words, options.kilobytes)
    try:
        known = sentences(options.files)
    except UnspunError as error:
        parser.error(str(error))
    extraction = options.extraction or extraction_speed(crawl, known)
    rate = options.rate or scoring_speed(known)
    print("\n".join(_report(crawl, Speed(extraction, rate), options.price, options.cores)))
    return 0


def _report(crawl: Crawl, speed: Speed, price: float, cores: int) -> list[str]:
    hours = work(crawl, speed)
    per_page = crawl.words / PARAGRAPH_WORDS
    extraction = f"{crawl.pages:,} / {speed.extracted_pages:,.0f} / 3600 = {hours.extraction:,.0f} core-hours"
    scoring = (
        f"{crawl.pages:,} * {per_page:g} / {speed.scored_paragraphs:,.0f} / 3600 = {hours.scoring:,.0f} core-hours"
    )
    return [
        f"assumed     {crawl.pages:,} pages of {crawl.words:,} words and {crawl.kilobytes:,} kB of HTML",
        f"measured    {speed.extracted_pages:,.0f} pages to text a second and core",
        f"measured    {speed.scored_paragraphs:,.0f} paragraphs of {PARAGRAPH_WORDS} words scored a second and core",
        f"extraction  {extraction}",
        f"scoring     {scoring}",
        f"from HTML   {_cost(hours.together, price, cores)}",
        f"from text   {_cost(hours.scoring, price, cores)}",
    ]


def _cost(hours: float, price: float, cores: int) -> str:
    return f"{hours:,.0f} core-hours, {hours * price:,.0f} at {price:g} each; {hours / cores:,.1f} hours on {cores:,} cores"


def scoring_speed(known: Sequence[str]) -> float:
    """Paragraphs of known sentences a second of CPU time, in Arrow batches, as a cluster scores them; the best of _ROUNDS."""
    import pyarrow as pa

    from detector.arrow import scored
    from detector.shared import shared_detector

    batch = pa.record_batch({"text": recombined(known, _PARAGRAPHS_TIMED, random.Random(1))})
    detector = shared_detector()
    scored(batch.slice(0, 10), detector)
    seconds = []
    for _ in range(_ROUNDS):
        started = time.process_time()
        scored(batch, detector)
        seconds.append(time.process_time() - started)
    return _PARAGRAPHS_TIMED / min(seconds)


def extraction_speed(crawl: Crawl, known: Sequence[str]) -> float:
    """Pages a second of CPU time from HTML to text, as `unspun corpus` reads pages; the best of _ROUNDS.

    Raises UnspunError where a page's text is not found.
    """
    from detector.corpus.parsing import parse
    from detector.corpus.records import Raw, Record, Wanted

    rng = random.Random(2)
    pages = [page(known, crawl, rng).encode() for _ in range(_PAGES_TIMED)]
    seconds = []
    for _ in range(_ROUNDS):
        started = time.process_time()
        read = [parse(Raw(1, html, f"{number}.html"), "html", Wanted()) for number, html in enumerate(pages)]
        seconds.append(time.process_time() - started)
    for record in read:
        if not isinstance(record, Record) or not crawl.words <= len(record.text.split()) <= 2 * crawl.words:
            raise UnspunError("The text of a generated page was not found in it: its speed would mean nothing.")
    return _PAGES_TIMED / min(seconds)


def page(known: Sequence[str], crawl: Crawl, rng: random.Random) -> str:
    """An article as news sites wrap them: menus, teasers, an inline script; `crawl.words` words of text (or a paragraph
    more), `crawl.kilobytes` kB of HTML (or as much as the rest of it takes)."""
    count = -(-crawl.words // PARAGRAPH_WORDS)
    article = "".join(f'<p class="c-article__text">{text}</p>\n' for text in recombined(known, count, rng))
    menu = "".join(
        f'<li class="c-nav__item"><a class="c-nav__link" href="/section/{n}" data-track="nav-{n}">Section {n}</a></li>\n'
        for n in range(80)
    )
    teasers = "".join(
        f'<div class="c-card c-card--small"><a href="/story/{rng.randrange(10**6)}"><img alt="" loading="lazy" '
        f'src="/image/{n}.jpg" srcset="/image/{n}-2.jpg 2x" width="320" height="180"><h3 class="c-card__title">'
        f'{" ".join(rng.choice(known).split()[:8])}</h3></a><span class="c-card__date">{n} hours ago</span></div>\n'
        for n in range(60)
    )
    body = (
        f'<header><nav><ul class="c-nav">{menu}</ul></nav></header>\n<main><article><h1>The news of the day</h1>\n'
        f"{article}</article></main>\n<aside>{teasers}</aside>\n<footer><ul>{menu}</ul></footer>"
    )
    head = '<meta charset="utf-8"><title>The news of the day</title>'
    script = "".join(
        f'"key{n}":{rng.randrange(10**12)},'
        for n in range(max(0, crawl.kilobytes * 1000 - len(body) - len(head)) // 24)
    )
    return (
        f'<!DOCTYPE html>\n<html lang="en"><head>{head}<script>window.state={{{script}"end":0}}</script></head>\n'
        f"<body>\n{body}\n</body></html>\n"
    )


if __name__ == "__main__":
    sys.exit(main())
