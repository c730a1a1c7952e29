"""docs/wordpress.md: its pictures are there and small, and the messages it explains are those of the plug-in."""

from __future__ import annotations

import re
import struct
from pathlib import Path
from typing import Final

import pytest

from wordpress.languages import PLUGIN, POT, entries

DOCS: Final = Path(__file__).parent.parent.parent / "docs"
GUIDE: Final = (DOCS / "wordpress.md").read_text()
PICTURES: Final = sorted((DOCS / "wordpress").iterdir())
MOST_BYTES: Final = 60 * 1024
MOST_WIDTH: Final = 1000


def test_it_takes_five_steps() -> None:
    steps = re.findall(r"^(\d)\. \*\*", GUIDE.split("\n## ")[1], re.MULTILINE)
    assert steps == ["1", "2", "3", "4", "5"]


def test_its_pictures_are_those_that_are_there() -> None:
    named = re.findall(r"!\[[^\]]+\]\(wordpress/([\w-]+\.png)\)", GUIDE)
    assert sorted(named) == [path.name for path in PICTURES]


@pytest.mark.parametrize("path", PICTURES, ids=lambda path: path.name)
def test_a_picture_is_small(path: Path) -> None:
    content = path.read_bytes()
    assert content.startswith(b"\x89PNG")
    assert len(content) <= MOST_BYTES
    assert struct.unpack(">I", content[16:20])[0] <= MOST_WIDTH


def test_the_messages_it_explains_are_the_plug_ins() -> None:
    """Word for word, with the plug-in's placeholders."""
    explained = re.findall(r"^\| “(.+)” \|", GUIDE, re.MULTILINE)
    said = {text for entry in entries(POT.read_text()) for text in (entry.id, entry.plural)}
    assert len(explained) > 10
    assert [text for text in explained if text not in said] == []


def test_every_refusal_of_the_service_is_explained() -> None:
    """What service.php says of an answer, or of none; what it says of a setting is on the settings page already."""
    source = (PLUGIN / "includes" / "service.php").read_text()
    answers = source[source.index("function not_answered") : source.index("const FAILURES")]
    said = {found[0] or found[1] for found in re.findall(r"_n\(\s*'[^']+',\s*'([^']+)'|__\( '([^']+)'", answers)}
    busy = {text for text in said if "is busy" in text}
    assert len(said) > 8
    assert busy
    assert [text for text in said - busy if text not in GUIDE] == []
