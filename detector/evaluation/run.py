"""`unspun evaluate`: every figure in one run, as tables and as evaluation.json."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Sequence
from math import isnan
from pathlib import Path
from typing import Final, NamedTuple

from detector.evaluation.errors_page import Verdict, errors_page
from detector.evaluation.families import evaluate_families
from detector.evaluation.outsiders import OUTSIDERS
from detector.evaluation.pages import evaluate_article, evaluate_pages, read_pages
from detector.evaluation.pairs import balanced, by_register, clean, read_pairs
from detector.evaluation.registers import evaluate_registers
from detector.evaluation.scored import score_texts
from detector.evaluation.tables import Cell, table
from detector.evaluation.unseen import digest, evaluate_unseen, read_unseen, spin_all, write_unseen
from detector.results import MODES, Json, Scorer

#: The document of the labelled pages that was cut from seed.txt, and phrases of it that must be found.
SEED: Final = "seed-rotherham"
SEED_PHRASES: Final = ("social employees", "solitude them", "Difficult Business", "period 11")

#: The kind of text that a model was asked to rewrite: neither spun nor clean, so in no total.
REWRITTEN: Final = "llm-rewrite"

#: Clean held-out paragraphs per register; enough for an interval of ± 1 % around 1 %.
PER_REGISTER: Final = 300


class Missing(Exception):
    """An input is not there; the message says which."""


class Sources(NamedTuple):
    """Where the inputs lie: the shared folder and the folder of built files."""

    shared: Path
    built: Path

    @property
    def pages(self) -> Path:
        return _present(self.shared / "eval" / "dev.jsonl")

    @property
    def registers(self) -> Path:
        return _present(self.shared / "eval" / "registers_dev.jsonl")

    @property
    def seed(self) -> Path:
        return _present(self.shared / "eval" / "seed.txt")

    @property
    def pairs(self) -> Path:
        return _present(self.built / "pairs.jsonl.gz")


def main(argv: Sequence[str] | None = None) -> int:
    """Run `unspun evaluate` and return its exit code. Raises ModelError, and OSError where it cannot write."""
    options = _parser().parse_args(argv)
    from detector.detector import Detector  # --help and a mistyped option need no model

    sources = Sources(options.shared, options.built)
    detector = Detector.load(options.model)
    report = evaluate(detector, sources, options.only)
    options.json.parent.mkdir(parents=True, exist_ok=True)
    options.json.write_text(to_json(report), encoding="utf-8")
    if options.errors:
        options.errors.write_text(errors_page(_verdicts(detector, sources)), encoding="utf-8")
    return 0


def evaluate(detector: Scorer, sources: Sources, only: Sequence[str]) -> Json:
    """Run the named parts in a fixed order, print each as it is done, and skip with a reason what has no input."""
    report: Json = {"model": detector.info.to_dict()}
    for name, (measure, show) in PARTS.items():
        if name not in only:
            continue
        try:
            figures = measure(detector, sources)
        except Missing as reason:
            print(f"{name}: skipped, {reason}\n")
            continue
        print(show(figures), end="\n\n", flush=True)
        report[name] = figures
    return report


def to_json(report: Json) -> str:
    """The report with sorted keys, six decimals and null for what could not be measured."""
    return json.dumps(_plain(report), indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def _pages(detector: Scorer, sources: Sources) -> Json:
    return evaluate_pages(detector, read_pages(sources.pages))


def _seed(detector: Scorer, sources: Sources) -> Json:
    pages = [page for page in read_pages(sources.pages) if page.doc == SEED]
    return evaluate_article(detector, sources.seed.read_text(encoding="utf-8"), pages, SEED_PHRASES)


def _registers(detector: Scorer, sources: Sources) -> Json:
    texts: dict[str, list[str]] = {}
    for page in read_pages(sources.registers):
        texts.setdefault(page.kind, []).append(page.text)
    apart = {REWRITTEN}
    try:
        pairs = read_pairs(sources.pairs)
    except Missing as reason:
        print(f"registers: without held-out paragraphs, {reason}")
        pairs = []
    for name, part in by_register(clean(pairs)).items():
        texts[f"corpus {name}"] = [pair.text for pair in part[:PER_REGISTER]]
    for pair in pairs:
        if pair.family is None and pair.noise is not None:
            apart.add(name := f"noise {pair.noise}")
            texts.setdefault(name, []).append(pair.text)
    return evaluate_registers(detector, texts, apart)


def _outsiders(detector: Scorer, sources: Sources) -> Json:
    path, source = sources.built / "outsiders.jsonl.gz", digest(sources.pairs)
    found = read_unseen(path, source)
    if found is None:
        print("outsiders: spinning held-out paragraphs, a few minutes, once", flush=True)
        found = spin_all(read_pairs(sources.pairs), OUTSIDERS)
        write_unseen(path, source, *found)
    texts, missing = found
    return {"tools": evaluate_unseen(detector, texts), "missing": missing}


def _families(detector: Scorer, sources: Sources) -> Json:
    return evaluate_families(detector, read_pairs(sources.pairs))


def _show_pages(figures: Json) -> str:
    ranking = ("n", "spun", "unscored", "auc", "tpr1", "tpr5")
    rows = [[unit, *(figures[unit][key] for key in ranking)] for unit in ("paragraphs", "documents")]
    modes = figures["modes"]
    kinds = sorted(modes["balanced"]["kinds"])
    verdicts = ("flagged_clean", "flagged_spun", "overlapped", "hit5", "exact5", "cover_clean", "cover_spun")
    return "\n".join(
        [
            table("Real pages", ["", *ranking], rows),
            table("  by mode", ["", *verdicts], [[mode, *(modes[mode][key] for key in verdicts)] for mode in MODES]),
            table(
                "  false alarms by kind",
                ["", "n", *MODES],
                [[kind, modes["balanced"]["kinds"][kind]["n"], *_flagged(modes, kind)] for kind in kinds],
            ),
        ]
    )


def _flagged(modes: Json, kind: str) -> list[Cell]:
    return [modes[mode]["kinds"][kind]["flagged"] for mode in MODES]


def _show_seed(figures: Json) -> str:
    rows = []
    for mode in MODES:
        one = figures[mode]
        spun, clean_ones = f"{one['spun_flagged']} of {one['spun']}", f"{one['clean_flagged']} of {one['clean']}"
        verdicts = "".join(map(str, one["verdicts"]))
        rows.append([mode, one["document"]["score"], str(one["document"]["flagged"]), spun, clean_ones, verdicts])
    lines = [table("Seed article", ["", "score", "flagged", "spun", "clean", "paragraphs"], rows)]
    for phrase, found in figures["balanced"]["phrases"].items():
        spans = "; ".join(f"{one['text']} -> {', '.join(one['suggestions']) or '(none)'}" for one in found)
        lines.append(f"  {phrase}: {spans or 'NOT FOUND'}")
    return "\n".join(lines)


def _show_registers(figures: Json) -> str:
    rows = []
    for name, one in figures["balanced"].items():
        others = [figures[mode][name]["share"] for mode in ("strict", "sensitive")]
        rows.append([name, *(one[key] for key in ("n", "unscored", "flagged", "share", "low", "high")), *others])
        rows[-1].append(one["cover"])
    head = ["", "n", "unscored", "flagged", "share", "low", "high", "strict", "sensitive", "cover"]
    return table("False alarms by register (balanced, with 95 % interval)", head, rows)


def _show_outsiders(figures: Json) -> str:
    rows = []
    for name, one in figures["tools"].items():
        rates = one["rates"]
        rows.append([name, one["n"], one["auc"], one["tpr1"]])
        rows[-1] += [rates[rate]["auc"] for rate in rates] + [rates[rate]["reached"] for rate in rates]
    names = list(figures["tools"]["all"]["rates"])
    head = ["", "n", "auc", "tpr1", *(f"auc {rate}" for rate in names), *(f"got {rate}" for rate in names)]
    lines = [table("Spinners nobody here wrote (got: share of content words changed)", head, rows)]
    return "\n".join(lines + [f"  {name}: skipped, {reason}" for name, reason in figures["missing"].items()])


def _show_families(figures: Json) -> str:
    keys = ("n", "auc", "tpr1", "f1", "token_precision", "token_recall", "hit1", "hit5", "mrr")
    rows = [[name, *(one[key] for key in keys)] for name, one in figures.items()]
    return table("Training families, held-out text", ["", *keys], rows)


#: The parts of the evaluation in the order they run: what measures and what prints.
PARTS: Final[dict[str, tuple[Callable[[Scorer, Sources], Json], Callable[[Json], str]]]] = {
    "pages": (_pages, _show_pages),
    "seed": (_seed, _show_seed),
    "registers": (_registers, _show_registers),
    "outsiders": (_outsiders, _show_outsiders),
    "families": (_families, _show_families),
}


def _verdicts(detector: Scorer, sources: Sources) -> list[Verdict]:
    """Every labelled paragraph there is, for the page of mistakes."""
    texts: list[tuple[str, int, str]] = []
    try:
        texts += [(f"page {page.doc}", page.label, page.text) for page in read_pages(sources.pages)]
        texts += [(page.kind, 0, page.text) for page in read_pages(sources.registers)]
        texts += [(pair.register, 0, pair.text) for pair in balanced(clean(read_pairs(sources.pairs)), 2000)]
    except Missing as reason:
        print(f"errors: skipped the rest, {reason}")
    scored = score_texts(detector, [text for _, _, text in texts])
    return [Verdict(source, label, one) for (source, label, _), one in zip(texts, scored, strict=True)]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="unspun evaluate", description="Measure a model on every test there is.")
    parser.add_argument("--shared", type=Path, default=Path("../shared"), help="has eval/ (default: %(default)s)")
    parser.add_argument("--built", type=Path, default=Path("data/built"), help="built files (default: %(default)s)")
    parser.add_argument("--model", type=Path, help="folder of a model (default: the shipped one)")
    parser.add_argument("--only", type=_names, default=tuple(PARTS), help=f"some of: {','.join(PARTS)}")
    parser.add_argument("--json", type=Path, default=Path("data/built/evaluation.json"), help="default: %(default)s")
    parser.add_argument("--errors", type=Path, help="also write a page of the worst mistakes here")
    return parser


def _names(value: str) -> tuple[str, ...]:
    names = tuple(value.split(","))
    if unknown := sorted(set(names) - set(PARTS)):
        raise argparse.ArgumentTypeError(f"no such part: {', '.join(unknown)}")
    return names


def _present(path: Path) -> Path:
    if not path.exists():
        raise Missing(f"{path} is missing")
    return path


def _plain(value: object) -> object:
    if isinstance(value, dict):
        return {key: _plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    if isinstance(value, float):
        return None if isnan(value) else round(value, 6)
    return value
