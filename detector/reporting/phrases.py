"""The odd phrases of a corpus: how often, where, what probably stood there, and examples. Bounded, whatever comes."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from heapq import nsmallest
from typing import Final, NamedTuple
from zlib import crc32

from detector.reporting.rows import Odd, Scored
from detector.rules import catalogue
from detector.rules.rule import Category

#: What is a phrase that anyone looks up: no slip of grammar, no debris.
_WORDS: Final[tuple[Category, ...]] = ("wording", "names")
#: Different phrases that are counted at once. Where there are more, the rarest are forgotten.
MOST_PHRASES: Final = 40_000
#: Of each phrase: examples kept, different values of the first column and different suggestions counted.
EXAMPLES: Final = 3
MOST_OUTLETS: Final = 1_000
MOST_SUGGESTIONS: Final = 20
#: Characters shown on either side of a phrase.
AROUND: Final = 140
#: A longer phrase is no phrase that anyone looks up.
LONGEST: Final = 120


class Example(NamedTuple):
    """Where a phrase stands: its document, what is before and behind it (None where no text was kept)."""

    id: str
    before: str | None
    phrase: str
    behind: str | None


@dataclass
class Phrase:
    """An odd phrase, in lower case."""

    text: str
    spans: int = 0
    documents: int = 0
    last: int = -1  # number of the last document that has it
    suggestions: Counter[str] = field(default_factory=Counter)
    outlets: set[int] = field(default_factory=set)
    examples: list[tuple[int, Example]] = field(default_factory=list)

    @property
    def likely(self) -> list[str]:
        """What probably stood there, the likeliest first."""
        return [text for text, _ in sorted(self.suggestions.items(), key=lambda row: (-row[1], row[0]))]


class Phrases:
    """Counts the phrases of documents as they come. Memory is bounded by forgetting what is rare."""

    def __init__(self) -> None:
        self._known: dict[str, Phrase] = {}
        self._documents = 0
        self.spans = 0
        #: So many spans of a phrase may have gone uncounted.
        self.uncounted = 0

    def add(self, document: Scored, outlet: str | None) -> None:
        """outlet: the document's value in the first column that is reported by."""
        self._documents += 1
        for part in document.parts:
            for odd in part.phrases:
                if catalogue.category(odd.rule) in _WORDS:
                    self._count(document, part.text, odd, outlet)

    def __len__(self) -> int:
        return len(self._known)

    def most_frequent(self, count: int, *, words: bool) -> list[Phrase]:
        """Those in most documents first. words: single words; else phrases of several words, which tell more."""
        fit = (phrase for phrase in self._known.values() if (" " not in phrase.text) == words)
        return nsmallest(count, fit, key=lambda one: (-one.documents, -one.spans, one.text))

    def _count(self, document: Scored, text: str | None, odd: Odd, outlet: str | None) -> None:
        self.spans += 1
        key = " ".join(odd.text.lower().split())
        if not key or len(key) > LONGEST:
            return
        phrase = self._known.get(key)
        if phrase is None:
            if len(self._known) >= MOST_PHRASES:
                self._forget()
            phrase = self._known[key] = Phrase(key)
        phrase.spans += 1
        if phrase.last != self._documents:
            phrase.last = self._documents
            phrase.documents += 1
            self._sample(phrase, document.id, text, odd)
        # The first suggestion is the likeliest: ranks weigh like 1, 1/2, 1/3 ... in sixtieths, which are whole numbers.
        for rank, suggestion in enumerate(odd.suggestions[:5], start=1):
            suggested = suggestion.lower()
            if suggested in phrase.suggestions or len(phrase.suggestions) < MOST_SUGGESTIONS:
                phrase.suggestions[suggested] += 60 // rank
        if outlet is not None and len(phrase.outlets) < MOST_OUTLETS:
            phrase.outlets.add(crc32(outlet.encode("utf-8", "surrogatepass")))

    def _sample(self, phrase: Phrase, name: str, text: str | None, odd: Odd) -> None:
        """Keep the documents whose ids have the smallest hashes: as good as chance, and the same ones each time."""
        rank = crc32(f"{phrase.text}\0{name}".encode("utf-8", "surrogatepass"))
        if len(phrase.examples) == EXAMPLES and rank >= phrase.examples[-1][0]:
            return
        before = behind = None
        if text is not None:
            before = _clipped(text[max(0, odd.start - 2 * AROUND) : odd.start], from_end=True)
            behind = _clipped(text[odd.end : odd.end + 2 * AROUND], from_end=False)
        phrase.examples.append((rank, Example(name, before, " ".join(odd.text.split()), behind)))
        phrase.examples.sort(key=lambda row: row[0])
        del phrase.examples[EXAMPLES:]

    def _forget(self) -> None:
        """Drop the rarer half; what they had is what any new phrase may lack."""
        counts = sorted(phrase.spans for phrase in self._known.values())
        bar = counts[len(counts) // 2]
        self.uncounted = max(self.uncounted, bar)
        self._known = {key: phrase for key, phrase in self._known.items() if phrase.spans > bar}


def _clipped(text: str, from_end: bool) -> str:
    """At most AROUND characters, whole words, with dots where it was cut."""
    if len(text) <= AROUND:
        return text
    if from_end:
        kept = text[-AROUND:]
        return "… " + kept[kept.find(" ") + 1 :]
    kept = text[:AROUND]
    return kept[: max(kept.rfind(" "), 0) or AROUND] + " …"
