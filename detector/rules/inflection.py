"""What the spelling of a word tells: its other forms, and whether *a* or *an* can stand before it."""

from __future__ import annotations


def forms(word: str) -> set[str]:
    """What the word may be inflected to or from, and much that is no word."""
    stems = {word}
    for ending in ("s", "es", "d", "ed", "ing", "ly"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            stem = word[: -len(ending)]
            stems |= {stem, stem + "e"}
            if stem[-1] == stem[-2]:
                stems.add(stem[:-1])
            if stem.endswith("i"):
                stems.add(stem[:-1] + "y")
    found = set(stems)
    for stem in stems:
        found |= {stem + ending for ending in ("s", "es", "d", "ed", "ing", "n", "ly")}
        if stem.endswith("e"):
            found.add(stem[:-1] + "ing")
        if stem.endswith("y"):
            found |= {stem[:-1] + "ies", stem[:-1] + "ied"}
    return found - {word}


def verb_forms(word: str) -> set[str]:
    """Forms of which the vocabulary has at least one if the word is a verb."""
    stem = word.removesuffix("e")
    return {stem + "ed", stem + "ing", word + word[-1] + "ed", word + word[-1] + "ing"}


def bars_a(word: str) -> bool:
    """Whether the spelling is enough to tell that *a* is wrong before the word."""
    return word[0] in "aei" and not word.startswith("eu") and any(letter not in "aeiou" for letter in word[1:3])


def bars_an(word: str) -> bool:
    """Whether the spelling is enough to tell that *an* is wrong before the word."""
    return word[0] in "bcdfgjklmnpqrstvwz" and any(letter in "aeiou" for letter in word)
