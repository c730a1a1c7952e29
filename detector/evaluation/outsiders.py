"""Spinners that nobody here wrote: word swappers, thesauri and translators of others, for testing alone.

Nothing here may be trained or tuned on. Each tool comes from its own package and
is wrapped as a Family; one that is not installed is left out, with the reason.
"""

from __future__ import annotations

import importlib
import random
import re
import subprocess
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from functools import cache, lru_cache
from pathlib import Path
from shutil import which
from types import ModuleType
from typing import Final, NamedTuple

import lemminflect

from detector.evaluation.scored import WORD
from detector.training.families.content import is_content
from detector.training.families.family import Change, DataMissing, Family, Spun

_TOKEN: Final = re.compile(rf"{WORD.pattern}|\d+(?:[.,]\d+)*|[^\w\s]")
_MYTHES: Final = Path("/usr/share/mythes/th_en_US_v2.dat")
_MYTHES_POS: Final = {"(noun)": "NOUN", "(verb)": "VERB", "(adj)": "ADJ", "(adv)": "ADV"}


class Piece(NamedTuple):
    """A stretch [start, end) of the original and what to put there; `words` content words go."""

    start: int
    end: int
    new: str
    words: int


class Dictionary(ABC):
    """A thesaurus put to use by the simplest spinner there is: no tagger, random synonym, same inflection."""

    name: str

    @abstractmethod
    def synonyms(self, lemma: str, pos: str) -> Sequence[str]:
        """What the thesaurus offers for a lower-case lemma; pos is NOUN, VERB, ADJ or ADV."""

    def spin(self, text: str, rate: float, rng: random.Random) -> Spun:
        """Swap `rate` of the content words, or as many as the thesaurus knows."""
        words = [match for match in WORD.finditer(text) if is_content(match.group())]
        pieces = (
            Piece(match.start(), match.end(), _cased(match.group(), new), 1)
            for match in rng.sample(words, len(words))
            if (new := self._swap(match.group(), rng)) is not None
        )
        return put(text, _enough(pieces, rate * len(words)))

    def _swap(self, surface: str, rng: random.Random) -> str | None:
        word = surface.lower()
        for lemma, pos, tag in _inflections(word):
            forms = {_inflected(synonym, tag) for synonym in self.synonyms(lemma, pos)}
            if offered := sorted(forms - {word}):
                return rng.choice(offered)
        return None


class WholeText(ABC):
    """A tool that rewrites a text in one go; of its changes a random share is kept."""

    name: str

    @abstractmethod
    def rewrite(self, text: str) -> str:
        """The tool's own output, as strong as the tool goes."""

    def spin(self, text: str, rate: float, rng: random.Random) -> Spun:
        """Keep the tool's changes until they take `rate` of the content words, or all of them."""
        pieces = list(differences(text, self.rewrite(text)))
        rng.shuffle(pieces)
        content = sum(is_content(word) for word in WORD.findall(text))
        return put(text, _enough(iter(pieces), rate * content))


class Aiksaurus(Dictionary):
    """The thesaurus of AbiWord (Debian `aiksaurus`), through its command."""

    name = "aiksaurus"

    def __init__(self) -> None:
        _need(which("aiksaurus"), "apt-get install aiksaurus")
        self.lookup = lru_cache(maxsize=None)(self._lookup)

    def synonyms(self, lemma: str, pos: str) -> Sequence[str]:
        return self.lookup(lemma)

    def _lookup(self, lemma: str) -> Sequence[str]:
        output = _run(["aiksaurus", lemma])
        if "No synonyms known" in output:
            return ()
        lines = [line for line in output.splitlines() if line and not line.startswith("===")]
        return sorted({word.strip() for line in lines for word in line.split(",")})


class Mythes(Dictionary):
    """The thesaurus of LibreOffice (Debian `mythes-en-us`), near synonyms only."""

    name = "mythes"

    def __init__(self) -> None:
        _need(_MYTHES.exists(), "apt-get install mythes-en-us")
        self._table = _read_mythes(_MYTHES)

    def synonyms(self, lemma: str, pos: str) -> Sequence[str]:
        return self._table.get((lemma, pos), ())


class Synonymset(Dictionary):
    """One fixed synonym a word, as blog spinners have it (PyPI `synonymset`)."""

    name = "synonymset"

    def __init__(self) -> None:
        self._table: Mapping[str, str] = _module("synonymset").get_main_synonym("english")

    def synonyms(self, lemma: str, pos: str) -> Sequence[str]:
        synonym = self._table.get(lemma)
        return (synonym.lower(),) if synonym else ()


class Glitchlings(WholeText):
    """The word swapper of a robustness toolkit (PyPI `glitchlings`)."""

    name = "glitchlings"

    def __init__(self) -> None:
        self._jargoyle = _module("glitchlings").Jargoyle

    def rewrite(self, text: str) -> str:
        return str(self._jargoyle(rate=1.0, seed=len(text))(text))


class TextHumanize(WholeText):
    """An article spinner that is sold to hide machine text (PyPI `texthumanize`)."""

    name = "texthumanize"

    def __init__(self) -> None:
        self._spin: Callable[..., str] = _module("texthumanize").spin
        self.rewritten = lru_cache(maxsize=None)(self._rewrite)

    def rewrite(self, text: str) -> str:
        return self.rewritten(text)

    def _rewrite(self, text: str) -> str:
        return str(self._spin(text, lang="en", intensity=1.0, seed=len(text)))


class RoundTrip(WholeText):
    """Rule-based translation there and back (Debian `apertium-eng-cat`, `apertium-eo-en`), also through both."""

    def __init__(self, name: str, ways: Sequence[str], package: str) -> None:
        _need(which("apertium"), f"apt-get install {package}")
        _need(set(ways) <= set(_run(["apertium", "-l"]).split()), f"apt-get install {package}")
        self.name = name
        self._ways = ways
        self._known: dict[str, str] = {}

    def prepare(self, texts: Sequence[str]) -> None:
        """Translate many texts at once: starting a pair takes far longer than translating with it."""
        lines = "".join(" ".join(text.split()) + "\n" for text in texts)
        for way in self._ways:
            lines = _run(["apertium", "-u", "-f", "line", way], lines)
        back = lines.removesuffix("\n").split("\n")
        if len(back) == len(texts):
            self._known.update(zip(texts, back, strict=True))
        elif len(texts) == 1:  # it lost the text or cut it in two
            self._known[texts[0]] = texts[0]
        else:
            middle = len(texts) // 2
            self.prepare(texts[:middle])
            self.prepare(texts[middle:])

    def rewrite(self, text: str) -> str:
        if text not in self._known:
            self.prepare([text])
        return self._known[text]


_CATALAN: Final = ("eng-cat", "cat-eng")
_ESPERANTO: Final = ("en-eo", "eo-en")

OUTSIDERS: Final[Mapping[str, Callable[[], Family]]] = {
    "aiksaurus": Aiksaurus,
    "apertium-cat": lambda: RoundTrip("apertium-cat", _CATALAN, "apertium-eng-cat"),
    "apertium-eo": lambda: RoundTrip("apertium-eo", _ESPERANTO, "apertium-eo-en"),
    "apertium-eo-cat": lambda: RoundTrip(
        "apertium-eo-cat", (*_ESPERANTO, *_CATALAN), "apertium-eng-cat apertium-eo-en"
    ),
    "glitchlings": Glitchlings,
    "mythes": Mythes,
    "synonymset": Synonymset,
    "texthumanize": TextHumanize,
}


def put(text: str, pieces: Sequence[Piece]) -> Spun:
    """Put every piece in its place; pieces may not overlap."""
    out: list[str] = []
    changes: list[Change] = []
    at = length = 0
    for piece in sorted(pieces):
        out += (text[at : piece.start], piece.new)
        start = length + piece.start - at
        length = start + len(piece.new)
        changes.append(Change(start, length, text[piece.start : piece.end]))
        at = piece.end
    return Spun("".join([*out, text[at:]]), tuple(changes))


def differences(text: str, rewritten: str) -> Iterator[Piece]:
    """Where two texts differ, word by word. A lost or added word is told together with its neighbour."""
    old, new = list(_TOKEN.finditer(text)), list(_TOKEN.finditer(rewritten))
    matcher = SequenceMatcher(None, [m.group() for m in old], [m.group() for m in new], autojunk=False)
    kept = [(i + k, j + k) for i, j, size in matcher.get_matching_blocks() for k in range(max(1, size))]
    from_i = from_j = 0
    for i, j in kept:  # the last one is the end of both texts
        if (i > from_i) != (j > from_j):
            if not from_i:
                continue  # nothing stands before: take the kept word along
            from_i, from_j = from_i - 1, from_j - 1
        if i > from_i and j > from_j:
            words = sum(is_content(match.group()) for match in old[from_i:i])
            yield Piece(old[from_i].start(), old[i - 1].end(), rewritten[new[from_j].start() : new[j - 1].end()], words)
        from_i, from_j = i + 1, j + 1


def _enough(pieces: Iterator[Piece], words: float) -> list[Piece]:
    """The first pieces that take at least `words` content words, at least one piece."""
    taken: list[Piece] = []
    gone = 0
    for piece in pieces:
        taken.append(piece)
        gone += piece.words
        if gone + 0.5 >= words:
            break
    return taken


def _cased(surface: str, new: str) -> str:
    if surface.isupper() and len(surface) > 1:
        return new.upper()
    return new[:1].upper() + new[1:] if surface[0].isupper() else new


@cache
def _inflections(word: str) -> tuple[tuple[str, str, str], ...]:
    """Every (lemma, part of speech, tag) that an inflected word can be."""
    return tuple(
        (lemma, pos, tag)
        for pos, lemmas in lemminflect.getAllLemmas(word).items()
        for lemma in lemmas
        for tag, forms in lemminflect.getAllInflections(lemma, pos).items()
        if word in forms
    )


@cache
def _inflected(phrase: str, tag: str) -> str:
    """A synonym in the form of the word it replaces: verbs bend their first word, the rest their last."""
    words = phrase.split()
    at = 0 if tag.startswith("V") else -1
    forms = lemminflect.getInflection(words[at], tag)
    if forms:
        words[at] = forms[0]
    return " ".join(words)


def _read_mythes(path: Path) -> dict[tuple[str, str], tuple[str, ...]]:
    """Synonyms of (word, part of speech); hypernyms, relatives and antonyms carry a remark and stay out."""
    table: dict[tuple[str, str], list[str]] = {}
    head = ""
    for line in path.read_text(encoding="utf-8").splitlines()[1:]:
        first, *rest = line.split("|")
        if first in _MYTHES_POS:
            entry = table.setdefault((head, _MYTHES_POS[first]), [])
            entry += [word for word in rest if word and "(" not in word and word.lower() != head]
        elif not first.startswith("("):
            head = first
    return {key: tuple(words) for key, words in table.items() if words}


def _module(name: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise DataMissing(f"{name} is not installed: pip install {name}") from error


def _need(found: object, command: str) -> None:
    if not found:
        raise DataMissing(f"not installed: {command}")


def _run(command: Sequence[str], text: str = "") -> str:
    done = subprocess.run(command, input=text, capture_output=True, text=True, encoding="utf-8", check=False)
    return done.stdout
