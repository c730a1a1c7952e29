"""Tortured phrases in carrier sentences: clean text in which a listed phrase gives way to what a spinner made of it.

The list is that of the training's family `tortured`. What a model says of phrases that it has learnt proves little, so
half of the list is held out here, and the model to be measured is built from the other half alone (`half`). The single
words of a held-out phrase may well occur in the other half: what is new to that model is the phrase.
"""

from __future__ import annotations

import csv
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from detector.evaluation.metrics import hit_at, mean_reciprocal_rank
from detector.evaluation.pairs import shuffled
from detector.evaluation.scored import first_hit, overlap, score_texts
from detector.lexicon import normalise
from detector.results import Json, Scorer
from detector.rules.phrases import STOCK_PHRASE
from detector.text import tokenize

#: Carriers of each pair at most.
PER_PAIR: Final = 3

#: A phrase of the list; alternatives and notes stand apart from each other by other characters.
_PLAIN: Final = re.compile(r"[a-z](?:[a-z' -]*[a-z])?")


class Tortured(NamedTuple):
    """A pair of the list: what was found, and what was expected there."""

    found: str
    expected: str


class Carrier(NamedTuple):
    """A clean text but for [start, end), code points: the phrase that stands there takes the place of `expected`."""

    text: str
    start: int
    end: int
    expected: str


class _Place(NamedTuple):
    """Where an expected phrase stands: the number of the text, and code points in it."""

    text: int
    start: int
    end: int


def held_out(expected: str) -> bool:
    """Whether an expected phrase belongs to the half that training must not see: half of all do, by a digest.

    Letter case, white space and a final *s* of its words make no difference: plurals go where the singular goes.
    """
    words = (word.rstrip("s") for word in expected.lower().split())
    return shuffled(f"carriers {' '.join(words)}") % 2 == 0


def half(path: Path, out: Path) -> None:
    """Write the part of the list at `path` that a model may be built from: no phrase expected in it is held out."""
    with path.open(encoding="utf-8", newline="") as lines, out.open("w", encoding="utf-8", newline="") as kept:
        rows = csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
        writer = csv.DictWriter(
            kept, rows.fieldnames or (), delimiter="\t", quoting=csv.QUOTE_NONE, quotechar=None, lineterminator="\n"
        )
        writer.writeheader()
        writer.writerows(row for row in rows if not any(map(held_out, _PLAIN.findall(row["expected"].lower()))))


def read_tortured(path: Path) -> list[Tortured]:
    """The pairs of a list that are plain words and hold without a condition."""
    with path.open(encoding="utf-8", newline="") as lines:
        rows = csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
        pairs = [Tortured(row["tortured"], row["expected"]) for row in rows if not row["condition"]]
    return [pair for pair in pairs if all(map(_PLAIN.fullmatch, pair))]


def make_carriers(pairs: Iterable[Tortured], texts: Sequence[str]) -> list[Carrier]:
    """Up to PER_PAIR carriers of each held-out pair, from texts in which the expected phrase stands exactly once."""
    wanted = [pair for pair in pairs if held_out(pair.expected)]
    places = _places({_words(pair.expected) for pair in wanted}, texts)
    carriers: list[Carrier] = []
    for pair in wanted:
        found = places[_words(pair.expected)]
        chosen = sorted(found, key=lambda place: shuffled(f"{pair.found} {place.text}"))[:PER_PAIR]
        carriers += (_carrier(texts[place.text], place, pair) for place in chosen)
    return carriers


def evaluate_carriers(detector: Scorer, carriers: Sequence[Carrier]) -> Json:
    """How many of the tortured phrases a span touches, and how many a suggestion restores, in balanced mode.

    A phrase that no span touches has no suggestions, and counts. Spans of the rule that knows stock phrases, many of
    them of the same list, do not.
    """
    ranks: list[int | None] = []
    found = 0
    for carrier, one in zip(carriers, score_texts(detector, [carrier.text for carrier in carriers]), strict=True):
        told = [span for span in one.spans if span.rule != STOCK_PHRASE]
        spans = [span for span in told if overlap(carrier.start, carrier.end, span.start, span.end)]
        found += bool(spans)
        ranks.append(first_hit(carrier.text[carrier.start : carrier.end], carrier.expected, spans))
    return {
        "n": len(carriers),
        "found": found / len(carriers) if carriers else float("nan"),
        "hit1": hit_at(ranks, 1),
        "hit5": hit_at(ranks, 5),
        "mrr": mean_reciprocal_rank(ranks),
        "held_out_phrases": len({carrier.expected.lower() for carrier in carriers}),
    }


def _words(phrase: str) -> tuple[str, ...]:
    return tuple(map(normalise, tokenize(phrase).surfaces))


def _places(phrases: set[tuple[str, ...]], texts: Sequence[str]) -> dict[tuple[str, ...], list[_Place]]:
    """Where each phrase stands, as whole words in any letter case, in the texts that have it once."""
    lengths = sorted(set(map(len, phrases)))
    places: dict[tuple[str, ...], list[_Place]] = defaultdict(list)
    for number, text in enumerate(texts):
        tokens = tokenize(text)
        words = tuple(map(normalise, tokens.surfaces))
        runs = [(words[at : at + n], at, at + n - 1) for n in lengths for at in range(len(words) - n + 1)]
        standing = [run for run in runs if run[0] in phrases]
        times = Counter(phrase for phrase, _, _ in standing)
        for phrase, first, last in standing:
            if times[phrase] == 1:
                places[phrase].append(_Place(number, int(tokens.starts[first]), int(tokens.ends[last])))
    return places


def _carrier(text: str, place: _Place, pair: Tortured) -> Carrier:
    """The text with what was found in the place of what was expected, in the case of its first letter."""
    capital = text[place.start].isupper()
    found = pair.found[0].upper() + pair.found[1:] if capital else pair.found
    return Carrier(
        text[: place.start] + found + text[place.end :],
        place.start,
        place.start + len(found),
        text[place.start : place.end],
    )
