"""The one place where words are replaced: drafts, slots, and a family made of slots."""

from __future__ import annotations

import random
import re
from abc import ABC, abstractmethod
from bisect import bisect
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import accumulate
from typing import Final, NamedTuple

from detector.lexicon import normalise
from detector.text import tokenize
from detector.training.families.content import is_content
from detector.training.families.family import Edit, Spun, apply
from detector.training.families.inflection import Cue, Reading, Tagger, cue, inflect

#: Shares of texts whose spinner corrects *a* to *an*, and swaps capitalised words as well.
FIXES_ARTICLES: Final = 0.5
SPINS_NAMES: Final = 0.15

_SENTENCE_ENDS: Final = frozenset('.!?:;\u2026"\u201c\u201d(\u2022*\u2018[')
_GLUE: Final = frozenset("-\u2010\u2011\u2013\u2014/@_\\#&")
_VOWEL_SOUND: Final = frozenset("aeiou")
_NO_VOWEL_SOUND: Final = ("uni", "use", "usu", "util", "eu", "one", "once", "ubi", "ure")
_SILENT_H: Final = ("hour", "honest", "honor", "honour", "heir")


_FOLDED: Final = {"ae": "e", "oe": "e", "our": "or", "ise": "ize", "isa": "iza", "isi": "izi", "yse": "yze", "tre": "ter",
                  "ogue": "og", "ence": "ense", "ll": "l", "mm": "m", "tt": "t", "ss": "s", "pp": "p"}  # fmt: skip
_VARIANTS: Final = re.compile("|".join(sorted(_FOLDED, key=len, reverse=True)) + "|[- ]")


class Options(NamedTuple):
    """Replacements for one slot, lower case, with their cumulative weights."""

    phrases: tuple[str, ...]
    cumulative: tuple[float, ...]

    @classmethod
    def of(cls, weighted: Iterable[tuple[str, float]]) -> Options:
        """Options from (phrase, weight) pairs; weights of equal phrases add up."""
        total: dict[str, float] = {}
        for phrase, weight in weighted:
            if weight > 0:
                total[phrase] = total.get(phrase, 0.0) + weight
        return cls(tuple(total), tuple(accumulate(total.values())))

    def draw(self, rng: random.Random) -> str:
        """One phrase, by weight."""
        if len(self.phrases) == 1:
            return self.phrases[0]
        at = bisect(self.cumulative, rng.random() * self.cumulative[-1])
        return self.phrases[min(at, len(self.phrases) - 1)]


NO_OPTIONS: Final = Options((), ())


class Slot(NamedTuple):
    """A stretch that can be replaced: code points [start, end) and how many content words it holds."""

    start: int
    end: int
    words: int
    options: Options


class Draft:
    """A text about to be spun: tokens, and which of them may be swapped.

    text: as given. words: each token, normalised. starts, ends: lists (tokens,).
    content: how many tokens are content words. free: indices of those that may be swapped.
    """

    def __init__(self, text: str, spins_names: bool) -> None:
        tokens = tokenize(text)
        self.text = text
        self.starts: list[int] = tokens.starts.tolist()
        self.ends: list[int] = tokens.ends.tolist()
        self.surfaces = tokens.surfaces
        self.words = [normalise(surface) for surface in tokens.surfaces]
        self.content = 0
        self.free: list[int] = []
        for i, surface in enumerate(tokens.surfaces):
            if not is_content(surface):
                continue
            self.content += 1
            if len(surface) < 3 or self._glued(i):
                continue
            if surface.islower() or spins_names or (surface[1:].islower() and self._starts_sentence(i)):
                self.free.append(i)

    def is_plain(self, first: int, after: int) -> bool:
        """Whether tokens [first, after) stand on one line in small letters, but for the start of a sentence."""
        surfaces = self.surfaces[first:after]
        plain = all(s == w for s, w in zip(surfaces[1:], self.words[first + 1 : after], strict=True))
        if not plain or "\n" in self.text[self.starts[first] : self.ends[after - 1]]:
            return False
        return surfaces[0] == self.words[first] or (surfaces[0][1:].islower() and self._starts_sentence(first))

    def _glued(self, i: int) -> bool:
        """Part of a compound, an address or a path: spinners leave these alone."""
        start, end, text = self.starts[i], self.ends[i], self.text
        before = text[start - 1] if start else " "
        after = text[end] if end < len(text) else " "
        if before in _GLUE or (after in _GLUE and text[end + 1 : end + 2].isalpha()):
            return True
        return before.isalnum() or after.isalnum() or (after == "." and text[end + 1 : end + 2].isalnum())

    def _starts_sentence(self, i: int) -> bool:
        return i == 0 or self.surfaces[i - 1] in _SENTENCE_ENDS

    def articles(self) -> Iterator[tuple[int, Edit]]:
        """For each *a* and *an* the place of the next word, and the edit to the other form."""
        for i, word in enumerate(self.words[:-1]):
            if word in ("a", "an"):
                first = self.surfaces[i][0]
                yield self.starts[i + 1], Edit(self.starts[i], self.ends[i], first + ("" if word == "an" else "n"))

    def cue(self, i: int) -> Cue:
        """What the neighbours of token `i` say about it."""
        right = self.surfaces[i + 1] if i + 1 < len(self.surfaces) else ""
        return cue(self.words[i - 1] if i else "", right.islower() and is_content(right))


def fill(draft: Draft, slots: Iterable[Slot], rng: random.Random, fixes_articles: bool) -> Iterator[Edit]:
    """An option drawn for each slot (in text order, not overlapping), in the letter case of what stands there.

    With `fixes_articles` an edit of *a* or *an* goes before a word that now asks for the other.
    """
    text, at = draft.text, 0
    articles = dict(draft.articles()) if fixes_articles else {}
    for slot in slots:
        original = text[slot.start : slot.end]
        new = in_case_of(original, slot.options.draw(rng))
        article = articles.get(slot.start)
        if article is not None and article.start >= at and vowel_sound(original) != vowel_sound(new):
            yield article
        edit = _trimmed(text, slot.start, slot.end, new)
        yield edit
        at = edit.end


def _trimmed(text: str, start: int, end: int, new: str) -> Edit:
    """A replacement without the words that it begins or ends with like the original; one word stays at least."""
    old_words, new_words = text[start:end].split(" "), new.split(" ")
    while min(len(old_words), len(new_words)) > 1 and old_words[-1] == new_words[-1]:
        end -= len(old_words.pop()) + 1
        new_words.pop()
    while min(len(old_words), len(new_words)) > 1 and old_words[0] == new_words[0]:
        start += len(old_words.pop(0)) + 1
        new_words.pop(0)
    return Edit(start, end, " ".join(new_words))


def in_case_of(original: str, new: str) -> str:
    """A lower-case phrase in the letter case of the words that it replaces."""
    if not original[0].isupper():
        return new
    if len(original) > 1 and original.isupper():
        return new.upper()
    return new[0].upper() + new[1:]


def folded(phrase: str) -> str:
    """A phrase in a form that British, American and hyphenated spellings share."""
    return _VARIANTS.sub(lambda match: _FOLDED.get(match.group(), ""), phrase)


def vowel_sound(phrase: str) -> bool:
    """Whether *an* stands before the phrase, by a rule of thumb."""
    word = phrase.lower()
    if word.startswith(_SILENT_H):
        return True
    return word[0] in _VOWEL_SOUND and not word.startswith(_NO_VOWEL_SOUND)


class SlotFamily(ABC):
    """A spinner that finds replaceable slots and fills as many as the rate asks for."""

    name: str

    @abstractmethod
    def slots(self, draft: Draft, rng: random.Random) -> Iterable[Slot]:
        """Replaceable slots in any order; where two overlap the earlier one listed is taken."""

    def spin(self, text: str, rate: float, rng: random.Random) -> Spun:
        """Swap about `rate` of the content words, fewer where the dictionary has no more."""
        fixes_articles = rng.random() < FIXES_ARTICLES
        draft = Draft(text, rng.random() < SPINS_NAMES)
        wanted = rate * draft.content
        # The fraction of a word is a chance: 5 % of ten words is one word in every second text.
        whole = int(wanted) + (rng.random() < wanted - int(wanted))
        slots = [slot for slot in self.slots(draft, rng) if slot.options.phrases]
        rng.shuffle(slots)
        chosen = without_overlaps(slots, max(1, whole))
        return apply(text, fill(draft, chosen, rng, fixes_articles))


def without_overlaps(slots: Iterable[Slot], words: int) -> list[Slot]:
    """The first slots that do not overlap, until they hold `words` content words; in text order."""
    taken: list[Slot] = []
    covered: set[int] = set()
    for slot in slots:
        if words <= 0:
            break
        stretch = range(slot.start, slot.end)
        if covered.isdisjoint(stretch):
            covered.update(stretch)
            taken.append(slot)
            words -= slot.words
    return sorted(taken)


class WordFamily(SlotFamily):
    """A spinner that swaps single words, keeping inflection and letter case.

    A subclass says what stands for a lemma; `tagger` decides which lemma a word is.
    """

    def __init__(self, tagger: Tagger) -> None:
        self._tagger = tagger
        self._options: dict[tuple[str, Cue], Options] = {}

    @abstractmethod
    def substitutes(self, lemma: str, pos: str) -> Sequence[tuple[str, float]]:
        """(lemma or phrase, weight) pairs for a lemma of a part of speech (NOUN, VERB, ADJ, ADV)."""

    @abstractmethod
    def lemmas(self) -> Iterable[str]:
        """Every lemma that the family has substitutes for."""

    def slots(self, draft: Draft, rng: random.Random) -> list[Slot]:
        """Every free word that the dictionary knows."""
        return [Slot(draft.starts[i], draft.ends[i], 1, self.options(draft.words[i], draft.cue(i))) for i in draft.free]

    def options(self, word: str, at: Cue) -> Options:
        """Inflected replacements for a lower-case word in a slot."""
        key = word, at
        found = self._options.get(key)
        if found is None:
            reading = self._tagger.best(word, at)
            found = self._options[key] = Options.of(self.inflected(word, reading)) if reading else NO_OPTIONS
        return found

    def inflected(self, word: str, reading: Reading) -> Iterable[tuple[str, float]]:
        """Substitutes of a reading in the form the word has; no function words, nor the word in another spelling."""
        spelling = folded(word)
        for phrase, weight in self._offered(reading.lemma, reading.pos):
            new = inflect(phrase, reading.tag)
            if folded(new) != spelling:
                yield new, weight

    def _offered(self, lemma: str, pos: str) -> list[tuple[str, float]]:
        return [entry for entry in self.substitutes(lemma, pos) if " " in entry[0] or is_content(entry[0])]

    def emissions(self) -> Mapping[str, Sequence[tuple[str, float]]]:
        """For each lemma the words and phrases emitted for it, base forms, weights adding up to 1, best first."""
        table = {}
        for lemma in self.lemmas():
            total: dict[str, float] = {}
            for pos in ("NOUN", "VERB", "ADJ", "ADV"):
                share = self._tagger.share(lemma, pos)
                found = self._offered(lemma, pos) if share else []
                whole = sum(weight for _, weight in found)
                for phrase, weight in found:
                    total[phrase] = total.get(phrase, 0.0) + share * weight / whole
            whole = sum(total.values())
            if whole:
                table[lemma] = sorted(((p, w / whole) for p, w in total.items()), key=lambda item: (-item[1], item[0]))
        return table
