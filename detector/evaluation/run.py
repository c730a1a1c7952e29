"""`unspun evaluate`: every figure in one run, into evaluation.json, and what is rendered from it."""

from __future__ import annotations

import argparse
import json
import tomllib
from collections.abc import Callable, Sequence
from importlib import import_module
from math import isnan
from pathlib import Path
from typing import Final

from detector.evaluation import parts, report
from detector.evaluation.errors_page import Verdict, errors_page
from detector.evaluation.inputs import Inputs, Missing
from detector.evaluation.pages import read_pages
from detector.evaluation.pairs import balanced, clean, read_pairs
from detector.evaluation.scored import score_texts
from detector.model import shipped
from detector.results import Json

FIGURES: Final = "evaluation.json"
SOURCES: Final = Path("data", "sources.toml")
README: Final = Path("README.md")
#: What the block of figures in the README stands between.
MARKS: Final = ("<!-- figures -->", "<!-- /figures -->")
#: Texts of each kind that are looked through for the worst mistakes.
LOOKED_THROUGH: Final = 2000

#: In the order in which they run.
PARTS: Final[dict[str, Callable[[Inputs], Json]]] = {
    "pages": parts.measure_pages,
    "registers": parts.measure_registers,
    "rules": parts.measure_rules,
    "translated": parts.measure_translated,
    "calibration": parts.measure_calibration,
    "spans": parts.measure_spans,
    "lofo": parts.measure_lofo,
    "ablation": parts.measure_ablation,
}

#: Sections of the report that a part fills beside its own.
SHOWN_WITH: Final[dict[str, tuple[str, ...]]] = {"lofo": ("competitors",)}


def main(argv: Sequence[str] | None = None) -> int:
    """Run `unspun evaluate` and return its exit code.

    Raises UnspunError with a message of one line: ModelError, and Missing for an input that is not there; OSError where
    it cannot write; ModuleNotFoundError where a package of the `train` extra is missing.
    """
    options = _parser().parse_args(argv)
    inputs = Inputs(options.shared, options.built, options.model or shipped())
    if not options.only:
        _check(inputs)
    figures = evaluate(inputs, options.only or tuple(PARTS))
    if options.errors:
        options.errors.write_text(errors_page(verdicts(inputs)), encoding="utf-8")
    if not options.only:
        write(inputs, figures)
    return 0


def evaluate(inputs: Inputs, only: Sequence[str]) -> Json:
    """Measure the named parts, and print each as EVALUATION.md has it. Raises Missing."""
    figures: Json = {}
    for name, measure in PARTS.items():
        if name in only:
            found = plain(measure(inputs))
            for section in (name, *SHOWN_WITH.get(name, ())):
                print("\n\n".join(report.SECTIONS[section](found)), end="\n\n", flush=True)
            figures |= found
    return figures


def write(inputs: Inputs, figures: Json) -> None:
    """evaluation.json and all that is rendered from it: report, card and plots beside it, and, for the shipped model,
    the README's block."""
    from detector.evaluation import plots  # matplotlib draws, and does nothing else here

    about = dict(inputs.model.about)
    model = {name: about[name] for name in ("name", "version", "sha256")}
    complete = {"schema": 1, "model": model, "inputs": inputs.digests(), **figures}
    text = json.dumps(complete, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
    sources = tomllib.loads(SOURCES.read_text(encoding="utf-8"))["source"]
    rendered = {FIGURES: text, **report.files(complete, about, sources), **plots.files(complete)}
    for name, content in rendered.items():
        path = inputs.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(content, encoding="utf-8")
    if inputs.folder.resolve() == shipped().resolve():
        before, after = _around_figures()
        README.write_text(f"{before}{MARKS[0]}\n\n{report.readme_block(complete)}\n\n{MARKS[1]}{after}", "utf-8")


def _check(inputs: Inputs) -> None:
    """Look for all that is needed, some of it only at the end of hours."""
    import_module("detector.evaluation.plots")
    inputs.files()
    _around_figures()
    for path in (SOURCES, parts.CHECK):
        if not path.exists():
            raise Missing(f"{path} is missing: run this in a checkout")


def _around_figures() -> tuple[str, str]:
    """What stands in the README before and behind the block of figures. Raises Missing."""
    text = README.read_text(encoding="utf-8") if README.exists() else ""
    before, first, rest = text.partition(MARKS[0])
    _, second, after = rest.partition(MARKS[1])
    if not (first and second):
        raise Missing(f"{README} with {' and '.join(MARKS)} is missing: run this in a checkout")
    return before, after


def verdicts(inputs: Inputs) -> list[Verdict]:
    """Labelled paragraphs of every kind, for the page of mistakes."""
    pairs = read_pairs(inputs.pairs)
    spun = [pair for pair in pairs if pair.family is not None][:LOOKED_THROUGH]
    texts = [
        *((page.text, page.label, "pages", page.kind, page.doc, ()) for page in read_pages(inputs.pages)),
        *((page.text, 0, "registers", page.kind, page.doc, ()) for page in read_pages(inputs.registers)),
        *((p.text, 0, "corpus", p.register, p.id, ()) for p in balanced(clean(pairs), LOOKED_THROUGH)),
        *((p.text, 1, str(p.family), p.register, p.id, p.changes) for p in spun),
    ]
    scored = score_texts(inputs.detector, [text for text, *_ in texts], explain=True)
    return [
        Verdict(source, label, one, kind, name, changes)
        for (_, label, source, kind, name, changes), one in zip(texts, scored, strict=True)
    ]


def plain(value: object) -> Json:
    """Figures as JSON has them: six decimals, null for what could not be measured."""
    found: Json = json.loads(json.dumps(_rounded(value)))
    return found


def _rounded(value: object) -> object:
    if isinstance(value, dict):
        return {key: _rounded(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(part) for part in value]
    if isinstance(value, float):
        return None if isnan(value) else round(value, 6)
    return value


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="unspun evaluate", description="Measure a model on every test there is and write its report and card."
    )
    add = parser.add_argument
    add("--shared", type=Path, default=Path("../shared"), help="corpus and labelled texts (default: %(default)s)")
    add("--built", type=Path, default=Path("data/built"), help="built files (default: %(default)s)")
    add("--model", type=Path, help="folder of a model (default: the shipped one)")
    add("--only", type=_names, help=f"print some of these, write nothing: {','.join(PARTS)}")
    add("--errors", type=Path, metavar="FILE", help="also write an HTML page of the worst mistakes")
    return parser


def _names(value: str) -> tuple[str, ...]:
    names = tuple(value.split(","))
    if unknown := sorted(set(names) - set(PARTS)):
        raise argparse.ArgumentTypeError(f"no such part: {', '.join(unknown)}")
    return names
