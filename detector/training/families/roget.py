"""A spinner with Roget's thesaurus of 1911: words of one head, related by idea rather than by meaning."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import cache
from importlib.resources import files
from importlib.util import find_spec
from itertools import islice
from typing import Final

from detector.training.families.family import DataMissing
from detector.training.families.frequency import commonness
from detector.training.families.inflection import Tagger
from detector.training.families.spinner import WordFamily

INSTALL: Final = "pip install PyRoget"

#: A word must be at least this often the part of speech that is asked for.
FITTING: Final = 0.3
MOST: Final = 20

_STRING: Final = re.compile(r"""S(['"])(?P<text>.+)\1$""")
_STORE: Final = re.compile(r"p(?P<key>\d+)")
_RECALL: Final = re.compile(r"a+g(?P<key>\d+)")
_HEAD: Final = re.compile(r"cat\d")
_ENTRY: Final = re.compile(r"[a-z]+(?: [a-z]+)?")


@cache
def heads() -> tuple[tuple[str, ...], ...]:
    """The lower-case words and phrases of each of the thousand heads.

    The package keeps them as a pickled dictionary of lists, in pickle's text form: strings and
    references to earlier strings are read off it line by line, and nothing is unpickled.
    """
    found: list[list[str]] = []
    memo: dict[str, str] = {}
    text = ""
    for line in files("PyRoget").joinpath("roget/thes_cat.txt").read_text("utf-8").splitlines():
        if stored := _STORE.fullmatch(line):  # remembers the string of the line before
            memo[stored["key"]] = text
            continue
        string, recalled = _STRING.search(line), _RECALL.fullmatch(line)
        text = string["text"] if string else memo.get(recalled["key"], "") if recalled else ""
        if string and _HEAD.match(text):
            found.append([])
        elif text:
            found[-1].append(text)
    return tuple(tuple(dict.fromkeys(word for word in words if _ENTRY.fullmatch(word))) for words in found)


@cache
def _heads_of() -> dict[str, tuple[int, ...]]:
    found: dict[str, list[int]] = defaultdict(list)
    for number, words in enumerate(heads()):
        for word in words:
            found[word].append(number)
    return {word: tuple(numbers) for word, numbers in found.items()}


class Roget(WordFamily):
    """Takes any word of a head that fits in grammar; one that shares several heads with the word is likelier."""

    name = "roget"

    def __init__(self, tagger: Tagger) -> None:
        """Raises DataMissing where the package with the thesaurus is not installed."""
        if find_spec("PyRoget") is None:
            raise DataMissing(f"Roget's thesaurus is not installed: {INSTALL}")
        super().__init__(tagger)

    def substitutes(self, lemma: str, pos: str) -> Sequence[tuple[str, float]]:
        """Words of the lemma's heads, weighted by how closely they share them and by how common they are."""
        shared: dict[str, float] = defaultdict(float)
        for number in _heads_of().get(lemma, ()):
            words = heads()[number]
            for word in words:
                shared[word] += 1.0 / len(words)
        shared.pop(lemma, None)
        weights = {
            word: weight**1.5 * commonness(word) * (0.3 if " " in word else 1.0) for word, weight in shared.items()
        }
        ranked = sorted(weights, key=lambda word: (-weights[word], word))
        fitting = (word for word in ranked if " " in word or self._tagger.share(word, pos) > FITTING)
        return [(word, weights[word]) for word in islice(fitting, MOST)]

    def lemmas(self) -> Iterable[str]:
        """All single words of the thesaurus."""
        return sorted(word for word in _heads_of() if " " not in word)
