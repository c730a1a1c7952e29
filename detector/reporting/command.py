"""`unspun report`: one page about a scored corpus."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from detector.errors import UnspunError
from detector.files import replacing
from detector.model import load
from detector.printable import printable
from detector.reporting.phrases import Phrases
from detector.reporting.rows import Rows, manifest
from detector.reporting.seeds import Sketches, seeds
from detector.reporting.statistics import By, Statistics, by
from detector.results import FORMATS, Format

#: Documents that are compared with each other at most, at up to 1.8 kB each.
COMPARED: Final = 100_000
#: Pairs of a group that are set side by side.
PAIRS: Final = 3


def main(argv: Sequence[str] | None = None) -> int:
    """Run `unspun report` and return its exit code.

    Raises UnspunError with a message of one line, OSError where a file cannot be read or written, ModuleNotFoundError
    where a package of the `report` extra is missing.
    """
    options = _parser().parse_args(argv)
    written = write(
        options.scored,
        options.html,
        columns=[by(argument) for argument in options.by],
        title=options.title,
        text=options.text_field,
        compare=options.compare,
    )
    print(f"unspun: {printable(str(options.html))}: {written:,} documents", file=sys.stderr)
    return 0


def write(
    scored: Path,
    html: Path,
    *,
    columns: Sequence[By] = (),
    title: str | None = None,
    text: str | None = None,
    compare: int = COMPARED,
) -> int:
    """Write the page about the rows in `scored`; return the number of documents.

    columns: to count flagged documents by; the first one counts as the outlet of a phrase. text: the column that the
    texts were kept in. compare: documents that are compared at most. Raises as `main` does.
    """
    import matplotlib  # noqa: F401 - what is missing shows before an hour of reading

    from detector.reporting.page import Report, render

    _check_page(html, scored)
    run = manifest(scored)
    ran_with = run["key"]["options"]
    rows = Rows(scored, text or ran_with.get("text-field") or "text", {column.column for column in columns})
    if text and rows.columns and not rows.has_text:
        raise UnspunError(f"{scored} has no column {text}: run `unspun corpus` with --keep {text}")
    statistics, phrases = Statistics(tuple(columns)), Phrases()
    sketches = Sketches(load().lexicon, _format(ran_with.get("input-format")), compare) if rows.has_text else None
    count = 0
    with replacing(html) as page:  # first of all: where it cannot be written, that shows before an hour of reading
        for count, document in enumerate(rows.documents(), start=1):
            statistics.add(document)
            phrases.add(document, columns[0].value(document.kept[columns[0].column]) if columns else None)
            if sketches is not None:
                sketches.add(count - 1, document)
        found = seeds(sketches, rows.documents(), PAIRS) if sketches is not None else None
        for piece in render(Report(title or scored.name, scored.name, run, statistics, phrases, found)):
            page.write(piece.encode("utf-8", "replace"))
    return count


def _check_page(html: Path, scored: Path) -> None:
    if html.resolve() == scored.resolve():
        raise UnspunError(f"{html} is what the page is about; it cannot be the page too.")
    if not html.parent.is_dir():
        raise UnspunError(f"There is no folder {html.parent} to write the page {html.name} into.")


def _format(name: object) -> Format:
    return next((format for format in FORMATS if format == name), "text")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="unspun report", description="Make one page about a scored corpus.")
    parser.add_argument("scored", type=Path, metavar="SCORED", help="what `unspun corpus` wrote: JSON lines or Parquet")
    parser.add_argument("--html", type=Path, required=True, metavar="PAGE", help="the page to write")
    parser.add_argument(
        "--by",
        action="append",
        default=[],
        metavar="COLUMN",
        help="count by a kept column; COLUMN:month or COLUMN:year where it has ISO dates; may be given again",
    )
    parser.add_argument("--title", help="default: the name of SCORED")
    parser.add_argument("--text-field", metavar="NAME", help="the column with the kept text; default: text")
    parser.add_argument(
        "--compare",
        type=_count,
        default=COMPARED,
        metavar="N",
        help=f"documents that are compared with each other at most, flagged ones first; default: {COMPARED:,}",
    )
    return parser


def _count(number: str) -> int:
    if not number.isdecimal():
        raise argparse.ArgumentTypeError("give a whole number")
    return int(number)
