"""How good each rule is: hits in clean text, hits on what was swapped, and hits that are read by hand.

    python -m detector.evaluation.rules --hits article --texts data/built/pairs.jsonl.gz --where family=wordnet
    python -m detector.evaluation.rules --write

The first prints hits of a rule, drawn at random, with what stands around them: to standard output only, nothing is kept.
Who reads them enters the counts in data/rules/read.toml. The second writes docs/rules.md and what is shipped of the
figures, from the rules, the counts and evaluation.json.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import sys
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Final, Protocol

from detector.errors import UnspunError
from detector.evaluation import rules_page
from detector.evaluation.metrics import wilson
from detector.evaluation.scored import BATCH, WORD, overlap, score_texts
from detector.printable import printable
from detector.results import Json, Scorer, Span
from detector.rules import RULES

#: Clean text may have one hit of a rule in so many words.
WORDS: Final = 2_000
#: Characters shown on either side of a hit.
AROUND: Final = 60
#: Hits that are enough to read.
ENOUGH: Final = 50


class Altered(Protocol):
    """A text that a tool reworded: a pair, or a text of the grid. changes: (start, end, what stood there)."""

    @property
    def text(self) -> str: ...

    @property
    def changes(self) -> tuple[tuple[int, int, str], ...]: ...


def evaluate_rules(
    detector: Scorer,
    clean: Mapping[str, Sequence[str]],
    apart: Collection[str],
    spun: Mapping[str, Sequence[Altered]],
) -> Json:
    """Hits of each rule in clean text by register and in spun text by family.

    For each rule: `hits` and `per_2000` words of clean text, the same of each of `registers`, and the `worst` of them;
    registers that stand `apart`, such as scanned text, count in neither sum nor worst. Of each of `families` the `hits`
    and the share of them that overlap what was changed, `on_change`. A slip that stands beside the changed word alone is
    not on it, so that this share is less than the precision.
    """
    words, hits = _in_clean(detector, clean)
    found = {family: _in_spun(detector, texts) for family, texts in sorted(spun.items())}
    counted = [name for name in words if name not in apart and words[name]]
    rules = {}
    for rule in RULES:
        registers = {name: {**_rate(hits[name][rule], words[name]), "total": name in counted} for name in words}
        rules[rule] = {
            **_rate(sum(hits[name][rule] for name in counted), sum(words[name] for name in counted)),
            "registers": registers,
            "worst": max(counted, key=lambda name: registers[name]["per_2000"], default=None),
            "families": {
                family: {"hits": hits_[rule], "on_change": wilson(on_change[rule], hits_[rule]).share}
                for family, (hits_, on_change) in found.items()
            },
        }
    return {"words": words, "rules": rules}


def hits(detector: Scorer, rule: str, texts: Sequence[str]) -> Iterator[tuple[int, str, Span]]:
    """Every hit of a rule: the number of its text, the text, and the span."""
    for at in range(0, len(texts), BATCH):
        for number, one in enumerate(score_texts(detector, texts[at : at + BATCH]), start=at):
            yield from ((number, one.text, span) for span in one.spans if span.rule == rule)


def line(text: str, span: Span) -> str:
    """A hit on one line, between what stands around it."""
    before, behind = text[max(0, span.start - AROUND) : span.start], text[span.end : span.end + AROUND]
    shown = f"…{before}[[{span.text}]]{behind}… -> {' | '.join(span.suggestions) or span.message}"
    return printable(" ".join(shown.split()))


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code. Raises UnspunError."""
    from detector.detector import Detector

    options = _parser().parse_args(argv)
    detector = Detector.load(options.model)
    if options.write:
        for path, content in rules_page.files(detector).items():
            path.write_text(content, encoding="utf-8")
        return 0
    texts = [text for path in options.texts for text in read_texts(path, dict(options.where))]
    random.Random(options.seed).shuffle(texts)
    for number, text, span in islice(hits(detector, options.hits, texts), options.count):
        print(f"{number:6}  {line(text, span)}", flush=True)
    return 0


def read_texts(path: Path, where: Mapping[str, str]) -> list[str]:
    """The texts of a file of JSON lines, plain or gzipped, whose fields are as asked for: `null` is one without a value.
    Any other file is one text."""
    if not {".jsonl", ".gz"} & {*path.suffixes}:
        return [path.read_text(encoding="utf-8")]
    with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as lines:
        records = [record for record in map(json.loads, lines) if "text" in record]
    return [record["text"] for record in records if all(_said(record.get(name)) == it for name, it in where.items())]


def _said(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _in_clean(detector: Scorer, clean: Mapping[str, Sequence[str]]) -> tuple[dict[str, int], dict[str, Counter[str]]]:
    """Words of each register, and hits in it by rule."""
    words: dict[str, int] = {}
    found: dict[str, Counter[str]] = {}
    for name, texts in sorted(clean.items()):
        words[name] = sum(sum(1 for _ in WORD.finditer(text)) for text in texts)
        found[name] = Counter(span.rule for one in score_texts(detector, texts) for span in one.spans)
    return words, found


def _in_spun(detector: Scorer, texts: Sequence[Altered]) -> tuple[Counter[str], Counter[str]]:
    """Hits by rule, and those that overlap what was changed."""
    found: Counter[str] = Counter()
    on_change: Counter[str] = Counter()
    for altered, one in zip(texts, score_texts(detector, [altered.text for altered in texts]), strict=True):
        for span in one.spans:
            found[span.rule] += 1
            on_change[span.rule] += any(overlap(span.start, span.end, *place[:2]) for place in altered.changes)
    return found, on_change


def _rate(found: int, words: int) -> Json:
    return {"hits": found, "per_2000": WORDS * found / words if words else None}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m detector.evaluation.rules", description="Read hits of a rule, or write the page of rules."
    )
    add = parser.add_argument
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--hits", choices=tuple(RULES), metavar="RULE", help="print hits of this rule")
    what.add_argument("--write", action="store_true", help="write docs/rules.md and the shipped figures")
    add("--texts", type=Path, nargs="+", default=[], metavar="FILE", help="JSON lines with a field `text`, or one text")
    add("--where", type=_condition, action="append", default=[], metavar="FIELD=VALUE", help="only these records")
    add("--count", type=int, default=ENOUGH, help="hits at most (default: %(default)s)")
    add("--seed", type=int, default=0, help="of the order of the texts (default: %(default)s)")
    add("--model", type=Path, help="folder of a model (default: the shipped one)")
    return parser


def _condition(argument: str) -> tuple[str, str]:
    name, equals, value = argument.partition("=")
    if not equals:
        raise argparse.ArgumentTypeError("give FIELD=VALUE")
    return name, value


if __name__ == "__main__":
    try:
        sys.exit(main())
    except UnspunError as error:
        sys.exit(f"unspun: {error}")
