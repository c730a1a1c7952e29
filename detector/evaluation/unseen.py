"""Held-out paragraphs as the outsiders spin them, written once and scored often."""

from __future__ import annotations

import gzip
import hashlib
import json
import random
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from detector.evaluation.metrics import auc, tpr_at_fpr
from detector.evaluation.outsiders import RoundTrip
from detector.evaluation.pairs import Pair, balanced, clean, shuffled
from detector.evaluation.scored import WORD, score_texts
from detector.results import Json, Scorer
from detector.training.families.content import is_content
from detector.training.families.family import DataMissing, Family

RATES: Final = (0.1, 0.25, 0.5)
PARAGRAPHS: Final = 300
SHORTEST, LONGEST = 60, 200  # words


class Unseen(NamedTuple):
    """One text: tool is None where it is as its author wrote it. `reached` is the share of content words changed."""

    tool: str | None
    rate: float
    reached: float
    register: str
    text: str


def digest(path: Path) -> str:
    """Names the pairs file that texts were drawn from: with another split they may no longer be held out."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def spin_all(pairs: Sequence[Pair], tools: Mapping[str, Callable[[], Family]]) -> tuple[list[Unseen], dict[str, str]]:
    """Held-out clean paragraphs and their spun copies, and the reason for each tool that is missing."""
    chosen = balanced([pair for pair in clean(pairs) if SHORTEST <= len(pair.text.split()) <= LONGEST], PARAGRAPHS)
    texts = [Unseen(None, 0.0, 0.0, pair.register, pair.text) for pair in chosen]
    missing: dict[str, str] = {}
    for name, tool in sorted(tools.items()):
        try:
            family = tool()
        except DataMissing as reason:
            missing[name] = str(reason)
            continue
        if isinstance(family, RoundTrip):
            family.prepare([pair.text for pair in chosen])
        texts += (spun for pair in chosen for rate in RATES if (spun := _spun(family, pair, rate)) is not None)
    return texts, missing


def write_unseen(path: Path, source: str, texts: Sequence[Unseen], missing: Mapping[str, str]) -> None:
    """Write texts behind a head line that names their source."""
    with gzip.open(path, "wt", encoding="utf-8") as out:
        out.write(json.dumps({"source": source, "missing": missing}) + "\n")
        out.writelines(json.dumps(text, ensure_ascii=False) + "\n" for text in texts)


def read_unseen(path: Path, source: str) -> tuple[list[Unseen], dict[str, str]] | None:
    """The texts and the missing tools, or None where there is no file or one of another source."""
    if not path.exists():
        return None
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        head = json.loads(next(lines))
        return ([Unseen(*json.loads(line)) for line in lines], head["missing"]) if head["source"] == source else None


#: Round trips through a translator reword whole sentences; the other tools swap words.
TRANSLATORS: Final = "apertium"


def evaluate_unseen(detector: Scorer, texts: Sequence[Unseen]) -> Json:
    """How well each tool's texts are told from clean ones, over all rates and at each."""
    scores = [one.score for one in score_texts(detector, [text.text for text in texts])]
    rows = list(zip(texts, scores, strict=True))
    negatives = [score for text, score in rows if text.tool is None]

    def measured(chosen: Sequence[tuple[Unseen, float]]) -> Json:
        found = [score for _, score in chosen]
        labels = [0] * len(negatives) + [1] * len(found)
        return {
            "n": len(found),
            "auc": auc(labels, negatives + found),
            "tpr1": tpr_at_fpr(labels, negatives + found, 0.01),
            "reached": sum(text.reached for text, _ in chosen) / len(chosen) if chosen else 0.0,
        }

    tools = sorted({text.tool for text in texts if text.tool})
    groups = {"all": tools, "word tools": [tool for tool in tools if not tool.startswith(TRANSLATORS)]}
    report: Json = {}
    for name, members in [*groups.items(), *((tool, [tool]) for tool in tools)]:
        part = [(text, score) for text, score in rows if text.tool in members]
        by_rate = {f"{rate:.0%}": measured([row for row in part if row[0].rate == rate]) for rate in RATES}
        report[name] = {**measured(part), "rates": by_rate}
    return report


def _spun(family: Family, pair: Pair, rate: float) -> Unseen | None:
    """The pair's text as the family spins it, None where the family leaves it alone."""
    spun = family.spin(pair.text, rate, random.Random(shuffled(f"{family.name} {rate} {pair.id}")))
    if spun.text == pair.text:
        return None
    gone = sum(is_content(word) for change in spun.changes for word in WORD.findall(change.original))
    content = sum(is_content(word) for word in WORD.findall(pair.text))
    return Unseen(family.name, rate, gone / max(1, content), pair.register, spun.text)
