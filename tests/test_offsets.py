from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.offsets import convert, restore
from detector.results import OFFSET_UNITS, OffsetUnit

# Any code point, lone surrogates included.
TEXTS = st.text(st.characters(codec=None, exclude_categories=()), max_size=40)


def units(text: str, unit: OffsetUnit) -> int:
    """The length of `text` in `unit`, by way of the encoding."""
    if unit == "codepoint":
        return len(text)
    encoded = text.encode("utf-16-le" if unit == "utf16" else "utf-8", "surrogatepass")
    return len(encoded) // (2 if unit == "utf16" else 1)


@given(TEXTS, st.sampled_from(OFFSET_UNITS))
def test_every_offset_counts_what_stands_before_it(text: str, unit: OffsetUnit) -> None:
    offsets = np.arange(len(text) + 1)
    assert convert(text, offsets, unit).tolist() == [units(text[:at], unit) for at in offsets]


@given(TEXTS, st.sampled_from(OFFSET_UNITS))
def test_restore_undoes_convert(text: str, unit: OffsetUnit) -> None:
    offsets = np.arange(len(text) + 1)
    assert restore(text, convert(text, offsets, unit), unit).tolist() == offsets.tolist()


def test_shape_and_order_are_kept() -> None:
    offsets = np.array([[3, 1], [2, 0]])
    assert convert("a😀é!", offsets, "utf16").tolist() == [[4, 1], [3, 0]]
    assert convert("a😀é!", offsets, "utf8").tolist() == [[7, 1], [5, 0]]


@pytest.mark.parametrize("unit", OFFSET_UNITS)
def test_the_input_is_not_written_to(unit: OffsetUnit) -> None:
    offsets = np.array([0, 1, 2])
    convert("é😀", offsets, unit)
    assert offsets.tolist() == [0, 1, 2]
