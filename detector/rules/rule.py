"""What a rule is, and what it finds."""

from __future__ import annotations

from typing import Literal, NamedTuple

Category = Literal["wording", "grammar", "names", "debris"]


class Rule(NamedTuple):
    """id: as results name it, never changed once published. title: a few words. about: what it finds, a sentence or
    two. examples: two short texts in which it finds something."""

    id: str
    category: Category
    title: str
    about: str
    examples: tuple[str, str]


class Hit(NamedTuple):
    """What a rule found at [start, end) of the text, code points. suggestions: each can stand in place of the whole of
    it, as it would be written there. message: one sentence for the reader. sure: False where people write it too, so that
    it tells something only in a paragraph that is flagged."""

    start: int
    end: int
    rule: str
    suggestions: tuple[str, ...]
    message: str
    sure: bool = True
