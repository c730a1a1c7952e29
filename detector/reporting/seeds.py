"""Documents of a corpus that go back to one text: found in one pass, read again in a second one, and compared."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from detector.clusters import COPIED, Kind, kind_of, linked
from detector.immutables import Sketch, sketch
from detector.lexicon import Lexicon
from detector.markup import read
from detector.reporting.excerpts import Stretch, excerpts
from detector.reporting.rows import Scored
from detector.results import Format
from detector.wording import Swaps, compare

#: Clusters that are looked into, the largest first, and members of each whose texts are read.
LOOKED_INTO: Final = 300
READ: Final = 6
#: A text is compared as far as this, in characters.
COMPARED: Final = 20_000


class Member(NamedTuple):
    """A document of a cluster."""

    number: int
    id: str
    score: float | None
    flagged: bool


class Pair(NamedTuple):
    """What differs between the likely original and another member."""

    original: Member
    other: Member
    changed: float
    excerpts: list[list[Stretch]]


class Seed(NamedTuple):
    """A cluster. members: likely original first, the rest by falling score, those that were read. changed: the largest
    share of content words that were swapped between the first and another."""

    size: int
    flagged: int
    kind: Kind
    changed: float
    members: list[Member]
    pairs: list[Pair]


class Seeds(NamedTuple):
    """What was found. compared: documents that took part; left_out: those for whom there was no room; clusters: in all."""

    compared: int
    left_out: int
    clusters: int
    looked_into: list[Seed]

    def of(self, kind: Kind) -> list[Seed]:
        """Those of a kind, the largest first."""
        return [seed for seed in self.looked_into if seed.kind == kind]


@dataclass
class Sketches:
    """Sketches of the documents that can be compared, at most so many. Flagged ones have precedence."""

    lexicon: Lexicon
    format: Format
    most: int
    left_out: int = 0
    _flagged: list[tuple[Member, Sketch]] = field(default_factory=list)
    _others: list[tuple[Member, Sketch]] = field(default_factory=list)

    def add(self, number: int, document: Scored) -> None:
        """number: of the document in the corpus."""
        if document.text is None or document.score is None:
            return
        if len(self._flagged) + len(self._others) >= self.most:
            self.left_out += 1
            if not document.flagged or not self._others:
                return
            self._others.pop()
        member = Member(number, document.id, document.score, document.flagged)
        own = self._flagged if document.flagged else self._others
        own.append((member, sketch(read(document.text, self.format).text, self.lexicon)))

    def clusters(self) -> list[list[Member]]:
        """The largest first."""
        known = sorted(self._flagged + self._others, key=lambda one: one[0].number)
        return [[known[i][0] for i in members] for members in linked([sketch for _, sketch in known])]

    def __len__(self) -> int:
        return len(self._flagged) + len(self._others)


def seeds(sketches: Sketches, documents: Iterable[Scored], shown: int) -> Seeds:
    """Find the clusters, and read the texts of their members among `documents`, the same ones again.

    shown: pairs of each cluster that are set side by side.
    """
    clusters = sketches.clusters()
    read_again = [_first(members) for members in clusters[:LOOKED_INTO]]
    wanted = {member.number for members in read_again for member in members}
    texts: dict[int, str] = {}
    if wanted:
        for number, document in enumerate(documents):
            if number in wanted:
                texts[number] = read(document.text or "", sketches.format).text[:COMPARED]
                if len(texts) == len(wanted):
                    break
    found = [
        _seed(members, first, texts, sketches.lexicon, shown)
        for members, first in zip(clusters[:LOOKED_INTO], read_again, strict=True)
    ]
    return Seeds(len(sketches), sketches.left_out, len(clusters), found)


def _first(members: Sequence[Member]) -> list[Member]:
    """The likely original, which is the one with the lowest score, and those with the highest."""
    by_score = sorted(members, key=lambda member: (member.score or 0.0, member.number))
    return [by_score[0], *sorted(by_score[1:], key=lambda member: (-(member.score or 0.0), member.number))[: READ - 1]]


def _seed(members: Sequence[Member], first: list[Member], texts: dict[int, str], lexicon: Lexicon, shown: int) -> Seed:
    original, *others = first
    pairs: list[Pair] = []
    swaps: list[Swaps] = []
    for other in others:
        here, there = texts[original.number], texts[other.number]
        wordings = compare(here, there)
        swaps.append(wordings.swaps(lexicon))
        pairs.append(Pair(original, other, swaps[-1].share, excerpts(wordings, here, there)))
    changed = max(pair.changed for pair in pairs)
    flagged = sum(member.flagged for member in members)
    telling = [pair for pair in pairs if pair.changed >= COPIED][:shown]
    return Seed(len(members), flagged, kind_of(swaps), changed, first, telling)
