"""docs/rules.md, and the figures of it that go with the package: from the rules, the counts of hits that people read, and
evaluation.json. No figure is typed by hand."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from detector.evaluation.markdown import DASH, count, decimal, escaped, percent, table
from detector.model import shipped
from detector.results import Json, Scorer
from detector.rules import CATEGORIES, RULES
from detector.rules.rule import Rule

READ: Final = Path("data", "rules", "read.toml")
PAGE: Final = Path("docs", "rules.md")
MEASURED: Final = Path("detector", "rules", "measured.json")
#: What is written here of the page stands between these.
MARKS: Final = ("<!-- rules -->", "<!-- /rules -->")
#: Behind an example, so that there are enough words to be scored.
MORE: Final = (
    "The library opens at nine in the morning and closes at six in the evening, and on Sundays it is open for the "
    "afternoon only, as it always was."
)


class Reading(NamedTuple):
    """Hits of a rule that somebody read: where they are from, how many were right, how many wrong, and when."""

    rule: str
    texts: str
    right: int
    wrong: int
    date: str


def readings(path: Path = READ) -> list[Reading]:
    """The counts, in their order. Raises KeyError for an unknown or missing field."""
    rows = tomllib.loads(path.read_text(encoding="utf-8")).get("read", [])
    return [Reading(**{**row, "date": str(row["date"])}) for row in rows]


def measured(evaluation: Json, read: Sequence[Reading]) -> dict[str, Json]:
    """What was measured of each rule, as `GET /v1/rules` has it."""
    return {rule: _measured(rule, evaluation.get("rules", {}).get("rules", {}).get(rule), read) for rule in RULES}


def messages(detector: Scorer) -> dict[str, list[str]]:
    """What the detector says of each rule's examples; less than two messages where the rule finds nothing in one."""
    texts = [(rule, example) for rule in RULES.values() for example in rule.examples]
    documents = detector.score([f"{example} {MORE}" for _, example in texts]).documents
    found: dict[str, list[str]] = {rule: [] for rule in RULES}
    for (rule, example), document in zip(texts, documents, strict=True):
        spans = [span for paragraph in document.paragraphs for span in paragraph.spans]
        here = [span.message for span in spans if span.rule == rule.id and span.start < len(example)]
        found[rule.id] += here[:1]
    return found


def files(detector: Scorer) -> dict[Path, str]:
    """The page and the shipped figures. Run in a checkout. Raises ValueError for a page without the marks."""
    evaluation = json.loads((shipped() / "evaluation.json").read_text(encoding="utf-8"))
    figures = measured(evaluation, readings())
    before, first, rest = PAGE.read_text(encoding="utf-8").partition(MARKS[0])
    _, second, after = rest.partition(MARKS[1])
    if not (first and second):
        raise ValueError(f"{PAGE} has no {' and '.join(MARKS)}")
    page = f"{before}{MARKS[0]}\n\n{render(figures, messages(detector))}\n\n{MARKS[1]}{after}"
    return {PAGE: page, MEASURED: json.dumps(figures, indent=1) + "\n"}


def render(figures: Mapping[str, Json], said: Mapping[str, Sequence[str]]) -> str:
    """What stands between the marks."""
    parts = [
        table(
            ["rule", "found", "hits read", "right", "hits in 2,000 clean words", "in the worst register"],
            [_row(rule, figures[rule.id]) for rule in RULES.values()],
            texts=2,
        )
    ]
    for category, name in CATEGORIES.items():
        rules = [rule for rule in RULES.values() if rule.category == category]
        parts += [f"## {name}"] * bool(rules)
        parts += [part for rule in rules for part in _section(rule, figures[rule.id], said[rule.id])]
    return "\n\n".join(parts)


def section(evaluation: Json) -> list[str]:
    """The part of EVALUATION.md. Raises KeyError for a missing figure."""
    rows = evaluation["rules"]["rules"]
    return [
        "## Rules",
        """\
Spans by the rule that found them, each text scored on its own in balanced mode: hits in 2,000 words of clean text, of
all registers and of the one with most; registers that stand apart (roughened text, what models wrote) are in neither,
the one of them with most is beside it. Then hits in what the spinners made, 25 % of the content words of 100 to 199
words changed, and how many of them overlap a change: a slip that stands beside the changed word does not. docs/rules.md
says what each rule is and how many of its hits were right when they were read; evaluation.json has the figures of each
register and spinner.""",
        table(
            ["rule", "clean text", "worst register", "worst that stands apart", "hits in spun text", "on a change"],
            [_evaluated(rule, rows[rule]) for rule in RULES if rule in rows],
        ),
    ]


def _evaluated(rule: str, row: Json) -> list[str]:
    hits = [family["hits"] for family in row["families"].values()]
    on_change = sum(family["hits"] * (family["on_change"] or 0.0) for family in row["families"].values())
    apart = {name: one["per_2000"] or 0.0 for name, one in row["registers"].items() if not one["total"]}
    counted = {name: one["per_2000"] or 0.0 for name, one in row["registers"].items() if one["total"]}
    return [
        f"`{rule}`",
        decimal(row["per_2000"], 2),
        _most(counted),
        _most(apart),
        count(sum(hits)),
        percent(on_change / sum(hits) if sum(hits) else None, 0),
    ]


def _most(rates: Mapping[str, float]) -> str:
    """The register with the highest rate; a dash where there is no hit."""
    name = max(rates, key=lambda name: rates[name], default=None)
    return DASH if name is None or not rates[name] else f"{decimal(rates[name], 2)} ({escaped(name)})"


def _measured(rule: str, evaluated: Json | None, read: Sequence[Reading]) -> Json:
    right = sum(one.right for one in read if one.rule == rule)
    total = right + sum(one.wrong for one in read if one.rule == rule)
    worst = evaluated["worst"] if evaluated else None
    return {
        "read": total,
        "right": right,
        "precision": round(right / total, 3) if total else None,
        "per_2000_words": _places(evaluated["per_2000"]) if evaluated else None,
        "worst_register": worst,
        "worst_per_2000_words": _places(evaluated["registers"][worst]["per_2000"]) if evaluated and worst else None,
    }


def _places(rate: float | None) -> float | None:
    return None if rate is None else round(rate, 3)


def _row(rule: Rule, figure: Json) -> list[str]:
    worst = figure["worst_register"]
    return [
        f"[`{rule.id}`](#{rule.id})",
        escaped(rule.title),
        count(figure["read"]),
        percent(figure["precision"], 0),
        decimal(figure["per_2000_words"], 2),
        DASH if worst is None else f"{decimal(figure['worst_per_2000_words'], 2)} ({escaped(worst)})",
    ]


def _section(rule: Rule, figure: Json, said: Sequence[str]) -> Iterator[str]:
    yield f"### {rule.id}"
    yield f"**{escaped(rule.title)}.** {escaped(rule.about)}"
    yield "\n".join(f"- *{escaped(example)}*" for example in rule.examples)
    if said:
        yield f"It says, for example: {escaped(said[0])}"
    if figure["read"]:
        yield f"Of {figure['read']} hits that were read, {figure['right']} were right: {percent(figure['precision'], 0)}."
