"""Documents spun from one seed, found by what a spinner leaves alone, in near-linear time.

sketch      what stays of each text: runs of names, numbers and function words            (detector/immutables.py)
candidates  pairs that share several of them, met as neighbours in an inverted index
likeness    of a pair: the share of marks that both have, in the same order
linked      pairs to clusters, the likest first; clusters join where their members are alike on average
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import product
from math import isnan
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

from detector.immutables import MARKS, U16, U32, Sketch, sketch
from detector.lexicon import Lexicon
from detector.model import load
from detector.wording import Swaps, compare

I64 = npt.NDArray[np.int64]

#: Marks of a document that are looked up in the index, and neighbours under each mark that it is paired with.
LOOKED_UP: Final = 96
NEIGHBOURS: Final = 8
#: Documents whose pairs are counted at once, which bounds the memory.
AT_ONCE: Final = 8192
#: Marks looked up that a pair has in common at least.
SHARED: Final = 4
#: How alike two documents are that make a cluster, and two clusters, on average, that become one.
PAIR: Final = 0.36
JOIN: Final = 0.1
#: Parts of a text that shared marks are looked for in.
PARTS: Final = 16
#: Members of a cluster that are asked where clusters are compared, so that a large one costs no more than a small one.
ASKED: Final = 6
#: A spinner was at work where so many content words were swapped for their neighbours in the dictionary, and these are
#: such a share of all that were swapped. Elsewhere, texts of which less than COPIED was swapped are copies, if COVERED of
#: the shorter one stands in the longer: else they share a template.
NEIGHBOURS_SWAPPED: Final = 5
OF_SWAPPED: Final = 0.2
COPIED: Final = 0.03
COVERED: Final = 0.75

#: spun: words were swapped for their dictionary neighbours. edited: other words were, or very few, or whole passages.
#: copies: hardly any.
Kind = Literal["spun", "edited", "copies"]


@dataclass(frozen=True, slots=True)
class Cluster:
    """Documents that go back to one text.

    members: positions of the documents, ascending. kind: what happened to the words. changed: the largest share of content
    words swapped between the likely original, or the first, and another. original: the position of the member with the
    lowest score, None where no scores were given.
    """

    members: tuple[int, ...]
    kind: Kind
    changed: float
    original: int | None


def same_seed(
    texts: Sequence[str], *, scores: Sequence[float | None] | None = None, lexicon: Lexicon | None = None
) -> list[Cluster]:
    """The clusters of texts that go back to one, spun, edited or copied, the largest first.

    A text that is like no other is in no cluster. scores: of the texts, as `Detector.score` gives them, to tell the
    likely original by. lexicon: says which words a spinner can swap; by default that of the shipped model. Raises
    ModelError where there is none, ValueError where there are not as many scores as texts.
    """
    if scores is not None and len(scores) != len(texts):
        raise ValueError(f"{len(texts)} texts and {len(scores)} scores")
    known = lexicon or load().lexicon
    groups = linked([sketch(text, known) for text in texts])
    return [_cluster(members, texts, scores, known) for members in groups]


def _cluster(
    members: tuple[int, ...], texts: Sequence[str], scores: Sequence[float | None] | None, lexicon: Lexicon
) -> Cluster:
    """texts, scores: of all documents."""
    original = likely_original(members, scores)
    first = members[0] if original is None else original
    others = [member for member in members if member != first][:ASKED]
    swaps = [compare(texts[first], texts[other]).swaps(lexicon) for other in others]
    return Cluster(members, kind_of(swaps), max(one.share for one in swaps), original)


def kind_of(swaps: Iterable[Swaps]) -> Kind:
    """What happened to the words of a cluster, by those of one member against some others."""
    kinds: set[Kind] = {
        "spun" if one.neighbours >= max(NEIGHBOURS_SWAPPED, OF_SWAPPED * one.swapped)
        else "edited" if one.share >= COPIED or one.coverage < COVERED else "copies"
        for one in swaps
    }  # fmt: skip
    return "spun" if "spun" in kinds else "edited" if "edited" in kinds else "copies"


def likely_original(members: Sequence[int], scores: Sequence[float | None] | None) -> int | None:
    """The member with the lowest score, the first of several; None where none has one. NaN, as pandas has it, is none."""
    given = [] if scores is None else [(scores[member], member) for member in members]
    known = [(score, member) for score, member in given if score is not None and not isnan(score)]
    return min(known)[1] if known else None


def linked(sketches: Sequence[Sketch]) -> list[tuple[int, ...]]:
    """Clusters as positions of their members, ascending; the largest first, then by the first member."""
    pairs = candidates(sketches)
    likenesses = np.fromiter((likeness(sketches[i], sketches[j]) for i, j in pairs), np.float64, len(pairs))
    cluster_of: dict[int, list[int]] = {}
    strangers: set[tuple[tuple[int, ...], tuple[int, ...]]] = set()  # so that nobody is asked twice
    for place in np.lexsort((pairs[:, 1], pairs[:, 0], -likenesses)):
        alike, i, j = float(likenesses[place]), int(pairs[place, 0]), int(pairs[place, 1])
        if alike < JOIN:
            break
        one, other = cluster_of.setdefault(i, [i]), cluster_of.setdefault(j, [j])
        asked = tuple(one[:ASKED]), tuple(other[:ASKED])
        if one is other or asked in strangers:
            continue
        if not _belong(sketches, *asked, alike):
            strangers.update((asked, asked[::-1]))
            continue
        large, small = (one, other) if len(one) >= len(other) else (other, one)
        large += small
        for member in small:
            cluster_of[member] = large
    found = {id(members): tuple(sorted(members)) for members in cluster_of.values() if len(members) > 1}
    return sorted(found.values(), key=lambda members: (-len(members), members))


def _belong(sketches: Sequence[Sketch], one: Sequence[int], other: Sequence[int], alike: float) -> bool:
    """one, other: the members asked. A single pair must be much alike. Beyond that the average counts, so that no chain of
    half-likenesses forms."""
    if len(one) == len(other) == 1:
        return alike >= PAIR
    answers = [likeness(sketches[i], sketches[j]) for i, j in product(one, other)]
    return sum(answers) / len(answers) >= JOIN


def candidates(sketches: Sequence[Sketch]) -> I64:
    """Pairs (pairs, 2) of positions that share enough of the marks looked up.

    Under each mark a document meets only its next NEIGHBOURS, so that the work grows with the number of marks and not
    with its square, however many documents have one.
    """
    looked_up = [one.marks[:LOOKED_UP] for one in sketches]
    marks = np.concatenate([np.zeros(0, np.uint32), *looked_up])
    owners = np.repeat(np.arange(len(sketches), dtype=np.int64), [len(own) for own in looked_up])
    order = np.argsort(marks, kind="stable")
    marks, owners = marks[order], owners[order]
    found = [np.zeros((0, 2), np.int64)]
    for first in range(0, len(sketches), AT_ONCE):
        inside = np.flatnonzero((owners >= first) & (owners < first + AT_ONCE))
        found.append(_meeting(marks, owners, inside, len(sketches)))
    return np.concatenate(found)


def _meeting(marks: U32, owners: I64, inside: npt.NDArray[np.intp], count: int) -> I64:
    """Pairs (pairs, 2) that meet often enough, the first of each standing at one of the places `inside`."""
    met = [np.zeros(0, np.int64)]
    for ahead in range(1, NEIGHBOURS + 1):
        here = inside[inside < len(marks) - ahead]
        here = here[marks[here] == marks[here + ahead]]
        met.append(owners[here] * count + owners[here + ahead])
    pairs, shared = np.unique(np.concatenate(met), return_counts=True)
    return np.stack(np.divmod(pairs[shared >= SHARED], count), axis=1)


def likeness(one: Sketch, other: Sketch) -> float:
    """Of the marks of both, the share that both have in the same order, 0 to 1. Of a long text, a sample stands for all."""
    low, high = np.uint32(0), np.uint32(0xFFFFFFFF)
    limit = min(side.marks[-1] if len(side.marks) >= MARKS else high for side in (one, other)) or low
    a, b = (int(np.searchsorted(side.marks, limit, side="right")) for side in (one, other))
    _, i, j = np.intersect1d(one.marks[:a], other.marks[:b], assume_unique=True, return_indices=True)
    if not len(i):
        return 0.0
    order = np.argsort(one.places[i], kind="stable")
    spread = min(_spread(one.places[:a], i), _spread(other.places[:b], j))
    return 2 * _in_order(other.places[j][order].tolist()) / (a + b) * spread


def _spread(places: U16, shared: npt.NDArray[np.intp]) -> float:
    """Whether shared marks come from all parts of a text: a footer or a paragraph that many have stands in one."""
    parts = places[shared].astype(np.int64) * PARTS // (int(places.max()) + 1)
    return len(set(parts.tolist())) / min(PARTS, len(shared))


def _in_order(places: Sequence[int]) -> int:
    """Length of a longest subsequence that never falls."""
    tails: list[int] = []
    for place in places:
        at = bisect_right(tails, place)
        if at == len(tails):
            tails.append(place)
        else:
            tails[at] = place
    return len(tails)
