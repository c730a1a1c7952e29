"""Translation there and back by Apertium, the rule-based translator that Debian ships."""

from __future__ import annotations

import random
import re
import shutil
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from difflib import SequenceMatcher
from pathlib import Path
from typing import Final

from detector.lexicon import normalise
from detector.text import Tokens, tokenize
from detector.training.families.content import is_content
from detector.training.families.family import Change, DataMissing, Edit, Spun, apply
from detector.training.families.spinner import Options, Slot, without_overlaps

PACKAGES: Final = ("apertium-eng-spa", "apertium-en-gl", "apertium-es-gl", "apertium-spa-cat")
INSTALL: Final = "apt-get install apertium " + " ".join(PACKAGES)
#: Texts per run of the translator; starting it costs as much as some twenty texts.
BATCH: Final = 200

# A number in a paragraph of its own, which translates to itself, tells the texts of a run apart.
_MARK: Final = "7305918264"
_SPLIT: Final = re.compile(rf"\s*\b{_MARK}\b\.?\s*")
#: What the translator puts before a word that it did not know, could not translate or could not inflect.
_UNSURE: Final = re.compile(r"(?<![^\s(\"'\[])[*@#](?=[^\W\d_])")


class Apertium:
    """A chain of translations that starts and ends with English."""

    def __init__(self, name: str, ways: Sequence[str]) -> None:
        """ways: modes of Apertium, such as eng-spa and spa-eng. Raises DataMissing where one is not installed."""
        command = shutil.which("apertium")
        if command is None or not all(Path(f"/usr/share/apertium/modes/{way}.mode").exists() for way in ways):
            raise DataMissing(f"Apertium's translators {', '.join(ways)} are not all installed: {INSTALL}")
        self.name = name
        self._ways = ways
        self._command = command
        self._known: dict[str, str] = {}

    def spin(self, text: str, rate: float, rng: random.Random) -> Spun:
        """Replace about `rate` of the content words by what came back in their place."""
        self.prepare([text])
        slots = list(differences(text, self._known[text]))
        rng.shuffle(slots)
        wanted = max(1, round(rate * sum(map(is_content, tokenize(text).surfaces))))
        return apply(text, (Edit(s.start, s.end, s.options.draw(rng)) for s in without_overlaps(slots, wanted)))

    def translated(self, text: str) -> Spun:
        """All that came back, without the translator's marks; changes are where content words differ."""
        self.prepare([text])
        back = self._known[text]
        if not _UNSURE.search(text):
            back = _UNSURE.sub("", back)
        back = " ".join(back.split())
        return Spun(back, tuple(Change(s.start, s.end, s.options.phrases[0]) for s in differences(back, text)))

    def prepare(self, texts: Iterable[str]) -> None:
        """Translate many texts at once, so that spinning them later starts no process."""
        waiting = list(dict.fromkeys(text for text in texts if text not in self._known))
        for at in range(0, len(waiting), BATCH):
            self._round_trip(waiting[at : at + BATCH])

    def _round_trip(self, texts: Sequence[str]) -> None:
        # The translator's dictionaries know the straight apostrophe only.
        flow = f"\n\n{_MARK}\n\n".join(texts).replace("\u2019", "'")
        for way in self._ways:
            flow = subprocess.run(
                [self._command, "-u", way], input=flow, capture_output=True, text=True, encoding="utf-8", check=True
            ).stdout
        back = _SPLIT.split(flow)
        if len(back) == len(texts):
            self._known.update(zip(texts, (text.strip() for text in back), strict=True))
        elif len(texts) == 1:  # the text holds the mark itself
            self._known[texts[0]] = texts[0]
        else:
            middle = len(texts) // 2
            self._round_trip(texts[:middle])
            self._round_trip(texts[middle:])


class ApertiumSpanish(Apertium):
    """Through Spanish; of the differences as many are kept as the rate asks for."""

    def __init__(self) -> None:
        super().__init__("apertium_spa", ("eng-spa", "spa-eng"))


def differences(text: str, other: str) -> Iterator[Slot]:
    """Where another wording of a text differs, as slots with one option each; none is empty or without a content word."""
    here, there = tokenize(text), tokenize(other)
    matcher = SequenceMatcher(None, list(map(normalise, here.surfaces)), list(map(normalise, there.surfaces)), False)
    blocks: list[list[int]] = []
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        if tag == "equal":
            continue
        empty = i1 == i2 or j1 == j2  # something left out or put in
        joined = i1 < i2 and j1 < j2 and _follows_letter(text, here, i1) and not _follows_letter(other, there, j1)
        if empty or joined:  # take a neighbour along
            if i1 and j1:
                i1, j1 = i1 - 1, j1 - 1
            elif i2 < len(here.surfaces) and j2 < len(there.surfaces):
                i2, j2 = i2 + 1, j2 + 1
            elif empty:
                continue
        if 0 < i2 < len(here.surfaces) and 0 < j2 < len(there.surfaces):  # nor may it run into the word behind it
            glued = _is_glued(text, here, i2) and not _is_glued(other, there, j2)
            i2, j2 = i2 + glued, j2 + glued
        if blocks and i1 <= blocks[-1][1]:
            blocks[-1][1], blocks[-1][3] = i2, j2
        else:
            blocks.append([i1, i2, j1, j2])
    for i1, i2, j1, j2 in blocks:
        words = sum(map(is_content, here.surfaces[i1:i2]))
        if words or any(map(is_content, there.surfaces[j1:j2])):
            start, end = int(here.starts[i1]), int(here.ends[i2 - 1])
            yield Slot(start, end, max(1, words), Options.of([(_stretch(other, there, j1, j2), 1.0)]))


def _follows_letter(text: str, tokens: Tokens, i: int) -> bool:
    start = int(tokens.starts[i])
    return start > 0 and text[start - 1].isalnum()


def _is_glued(text: str, tokens: Tokens, i: int) -> bool:
    start = int(tokens.starts[i])
    return start == int(tokens.ends[i - 1]) and text[start].isalnum()


def _stretch(text: str, tokens: Tokens, first: int, after: int) -> str:
    return text[tokens.starts[first] : tokens.ends[after - 1]]
