"""What a rule finds among the tokens of a batch, and the hit in the text that it stands for."""

from __future__ import annotations

from typing import NamedTuple

from detector.batch import Batch
from detector.lexicon import normalise
from detector.rules.rule import Hit


class TokenHit(NamedTuple):
    """Token positions [first, last] in the batch's ids. replacements: each can stand in place of all of them, words
    in lower case. message: one sentence, in which {found} stands for the words as they are written and {best} for the
    first replacement as it would be. sure: as in Hit."""

    first: int
    last: int
    rule: str
    replacements: tuple[str, ...]
    message: str
    sure: bool = True


def as_hit(found: TokenHit, batch: Batch, text: str) -> Hit:
    """The same in the text that the tokens are of, the replacements written like the words that they replace."""
    tokens = slice(found.first, found.last + 1)
    surfaces = [
        text[start:end] for start, end in zip(batch.starts[tokens].tolist(), batch.ends[tokens].tolist(), strict=True)
    ]
    start, end = int(batch.starts[found.first]), int(batch.ends[found.last])
    there = text[start:end]
    written = dict.fromkeys(_written(surfaces, replacement) for replacement in found.replacements)
    written.pop(there, None)
    best = next(iter(written), "")
    # Not str.format: the words of the text may hold braces.
    message = found.message.replace("{best}", best).replace("{found}", there)
    return Hit(start, end, found.rule, tuple(written), message, found.sure)


def _written(surfaces: list[str], replacement: str) -> str:
    """The replacement, in which the words that stay keep their capitals, and others take those of the word in their
    place."""
    words = replacement.split(" ")
    as_they_are = {normalise(surface): surface for surface in surfaces}
    out = [as_they_are.get(word, word) for word in words]
    if len(words) == len(surfaces):
        out = [
            word if normalise(surface) in words and i else in_case_of(surface, word)
            for i, (surface, word) in enumerate(zip(surfaces, out, strict=True))
        ]
    else:
        out[0] = in_case_of(surfaces[0], out[0])
    return " ".join(out)


def in_case_of(model: str, word: str) -> str:
    """The word with the capitals of the model: all of them, or the first one. A word that has its own keeps them."""
    if len(model) > 1 and model.isupper():
        return word.upper()
    return word[0].upper() + word[1:] if model[0].isupper() else word
