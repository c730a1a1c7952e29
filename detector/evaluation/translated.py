"""Machine translation: chains that were learnt, translators that were not, and machine output that a human corrected.

Each translation is set against the text that it was made of, and each machine's sentence against its correction, so
that nothing but the translation tells them apart. What is measured is the score (reworded by either kind of machine)
and how the score splits: AUC of `kinds.machine_translated`, and how often one kind of machine is taken for the other.
"""

from __future__ import annotations

import gzip
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from detector.evaluation.metrics import auc, tpr_at_fpr, wilson
from detector.evaluation.outsiders import RoundTrip
from detector.evaluation.pairs import HELD_OUT, Pair, balanced, clean, read_pairs
from detector.evaluation.scored import BATCH
from detector.files import replacing
from detector.results import Json, Kind, Scorer
from detector.training.families.family import DataMissing
from detector.training.translated import HELD_PAIRS, POST_EDIT, POST_EDITED

#: Chains of translators that nothing was learnt from: those with Catalan's or Esperanto's own English translator.
UNSEEN: Final[Mapping[str, tuple[str, ...]]] = {
    "eng-cat, cat-eng": ("eng-cat", "cat-eng"),
    "en-eo, eo-en": ("en-eo", "eo-en"),
    "en-eo, eo-en, eng-cat, cat-eng": ("en-eo", "eo-en", "eng-cat", "cat-eng"),
    "eng-spa, spa-cat, cat-eng": ("eng-spa", "spa-cat", "cat-eng"),
    "eng-cat, cat-spa, spa-eng": ("eng-cat", "cat-spa", "spa-eng"),
    "en-gl, gl-es, spa-cat, cat-eng": ("en-gl", "gl-es", "spa-cat", "cat-eng"),
}
#: Clean paragraphs, registers taking turns, that each of them translates.
PARAGRAPHS: Final = 200
_PACKAGES: Final = "apertium-eng-cat apertium-eo-en apertium-eng-spa apertium-spa-cat apertium-en-gl apertium-es-gl"
#: A translation that is shorter than this, relative to its text, has lost some of it.
_SHORTEST: Final = 0.6


class Told(NamedTuple):
    """Verdict on a text: its score, how much of it is for machine translation, and what it is flagged as."""

    score: float
    translated: float
    flagged: bool
    kind: Kind | None


class Cell(NamedTuple):
    """A translator's texts, and the texts that a human wrote in their place."""

    part: str
    name: str
    machine: tuple[str, ...]
    human: tuple[str, ...]


def unseen_texts(pairs: Sequence[Pair], path: Path) -> list[Pair]:
    """What the UNSEEN chains made of clean paragraphs of the held-out pairs; written to `path` once, then read.

    A chain that is not installed is left out, then and in later runs: remove the file to have it made anew.
    """
    if not path.exists():
        chosen = balanced(clean(pairs), PARAGRAPHS)
        with replacing(path) as file:
            lines = (json.dumps({**pair._asdict(), "subset": HELD_OUT}, ensure_ascii=False) for pair in _made(chosen))
            file.write(gzip.compress("".join(f"{line}\n" for line in lines).encode(), mtime=0))
    return read_pairs(path)


def _made(chosen: Sequence[Pair]) -> Iterator[Pair]:
    for name, ways in UNSEEN.items():
        try:
            chain = RoundTrip(name, ways, _PACKAGES)
        except DataMissing:
            continue
        chain.prepare([pair.text for pair in chosen])
        for pair in chosen:
            text = " ".join(chain.rewrite(pair.text).split())
            if text != pair.text and len(text) > _SHORTEST * len(pair.text):
                yield pair._replace(id=f"{pair.id}~{name}", family=name, text=text)


def cells(pairs: Iterable[Pair], translated: Iterable[Pair]) -> list[Cell]:
    """Translations (ids with `~` and the chain behind the id of the original) beside their originals.

    pairs: clean ones, among them the originals; translated: of `build_translated` and `unseen_texts`.
    """
    given = list(translated)
    originals = {pair.id: pair.text for pair in (*clean(pairs), *clean(given))}
    machine: dict[tuple[str, str], list[str]] = defaultdict(list)
    human: dict[tuple[str, str], list[str]] = defaultdict(list)
    for pair in given:
        original = originals.get(pair.id.partition("~")[0])
        if pair.family is not None and original is not None:
            key = _part(pair)
            machine[key].append(pair.text)
            human[key].append(original)
    return [Cell(*key, tuple(machine[key]), tuple(human[key])) for key in sorted(machine)]


def _part(pair: Pair) -> tuple[str, str]:
    """Which part of the figures a translation belongs to, and the name of its row."""
    if pair.family == POST_EDIT and pair.register == POST_EDITED:
        languages = pair.id.split("/")[1]
        return ("unseen corrected" if languages in HELD_PAIRS else "corrected"), languages
    return ("unseen" if pair.family in UNSEEN else "learnt"), str(pair.family)


def evaluate_translated(detector: Scorer, measured: Sequence[Cell], spun: Sequence[Pair]) -> Json:
    """Figures of every cell by part, each part's means, and what spun texts are taken for.

    n: translations. auc_translated, auc: of `kinds.machine_translated` and of the score, against the originals; tpr_1:
    share of the translations whose score is above that of 99 % of them. flagged, false: shares of the translations and
    of the originals that are flagged. as_spun: share of the flagged translations that are said to be spun.
    """
    texts = dict.fromkeys(text for cell in measured for text in (*cell.machine, *cell.human))
    told = tell(detector, [*texts, *(pair.text for pair in spun)])
    figures: dict[str, dict[str, Json]] = defaultdict(dict)
    for cell in measured:
        figures[cell.part][cell.name] = _figures([told[t] for t in cell.machine], [told[t] for t in cell.human])
    swapped = [told[pair.text] for pair in spun]
    return {
        "translated": {
            **{part: {"cells": own, "mean": _means(list(own.values()))} for part, own in figures.items()},
            "spun": {
                "n": len(swapped),
                "flagged": wilson(sum(one.flagged for one in swapped), len(swapped)).share,
                "as_translated": _taken_for("machine_translated", swapped),
            },
        }
    }


def tell(detector: Scorer, texts: Iterable[str]) -> dict[str, Told]:
    """The verdict on each text, a document of one paragraph; one that got no score counts as 0 and not flagged."""
    waiting = list(dict.fromkeys(texts))
    told: dict[str, Told] = {}
    for at in range(0, len(waiting), BATCH):
        batch = waiting[at : at + BATCH]
        for text, document in zip(batch, detector.score(batch).documents, strict=True):
            one = max(document.paragraphs, key=lambda paragraph: paragraph.score or 0.0, default=None)
            translated = 0.0 if one is None or one.kinds is None else one.kinds.machine_translated
            told[text] = Told(document.score or 0.0, translated, document.flagged, None if one is None else one.kind)
    return told


def _figures(machine: Sequence[Told], human: Sequence[Told]) -> Json:
    labels = [1] * len(machine) + [0] * len(human)
    both = [*machine, *human]
    return {
        "n": len(machine),
        "auc_translated": auc(labels, [one.translated for one in both]),
        "auc": auc(labels, [one.score for one in both]),
        "tpr_1": tpr_at_fpr(labels, [one.score for one in both], 0.01),
        "flagged": wilson(sum(one.flagged for one in machine), len(machine)).share,
        "false": wilson(sum(one.flagged for one in human), len(human)).share,
        "as_spun": _taken_for("spun", machine),
    }


def _taken_for(kind: Kind, told: Sequence[Told]) -> float:
    """Share of the flagged texts that are said to be of a kind."""
    flagged = [one for one in told if one.flagged]
    return wilson(sum(one.kind == kind for one in flagged), len(flagged)).share


def _means(own: Sequence[Json]) -> Json:
    """Means of each figure over the cells that have it."""
    names = [name for name in own[0] if name != "n"] if own else []
    return {name: _mean([figures[name] for figures in own if figures[name] == figures[name]]) for name in names}


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else float("nan")
