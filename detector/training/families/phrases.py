"""A table of phrases and what stands for them, matched token by token."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from detector.text import tokenize
from detector.training.families.content import is_content
from detector.training.families.spinner import Draft, Options, Slot


class PhraseTable:
    """Finds listed phrases in a draft, the longest one at each place."""

    def __init__(self, entries: Iterable[tuple[str, Iterable[tuple[str, float]]]]) -> None:
        """entries: (lower-case phrase, its weighted replacements)."""
        self._by_first: dict[str, list[tuple[list[str], Options]]] = defaultdict(list)
        for phrase, weighted in entries:
            words = tokenize(phrase).surfaces
            self._by_first[words[0]].append((words, Options.of(weighted)))
        for listed in self._by_first.values():
            listed.sort(key=lambda entry: -len(entry[0]))

    def slots(self, draft: Draft) -> Iterator[Slot]:
        """The places where a listed phrase stands, with the words that replacement and phrase share cut off."""
        for i, first in enumerate(draft.words):
            for words, options in self._by_first.get(first, ()):
                after = i + len(words)
                if draft.words[i:after] == words and draft.is_plain(i, after):
                    content = sum(is_content(word) for word in words)
                    yield Slot(draft.starts[i], draft.ends[after - 1], max(1, content), options)
                    break
