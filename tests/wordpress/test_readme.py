"""readme.txt is in WordPress's format and says what the plug-in's header says."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

PLUGIN: Final = Path(__file__).parent.parent.parent / "wordpress" / "unspun"
README: Final = (PLUGIN / "readme.txt").read_text()
#: What WordPress's validator asks for, or warns without.
FIELDS: Final = (
    "Contributors",
    "Tags",
    "Requires at least",
    "Tested up to",
    "Requires PHP",
    "Stable tag",
    "License",
    "License URI",
)
SECTIONS: Final = ("Description", "Installation", "Frequently Asked Questions", "Changelog")


def head() -> list[str]:
    """The lines before the first section but the title."""
    return README.split("\n== ", 1)[0].splitlines()[1:]


def fields() -> dict[str, str]:
    return dict(re.findall(r"^([A-Z][A-Za-z ]+): (.+)$", "\n".join(head()), re.MULTILINE))


def declared() -> dict[str, str]:
    """The fields of the plug-in's header."""
    return {
        name: value.strip()
        for name, value in re.findall(
            r"^ \* ([A-Z][A-Za-z ]+):\s+(.+)$", (PLUGIN / "unspun.php").read_text(), re.MULTILINE
        )
    }


def sections() -> dict[str, str]:
    parts = re.split(r"^== (.+) ==$", README, flags=re.MULTILINE)[1:]
    return dict(zip(parts[::2], map(str.strip, parts[1::2]), strict=True))


def test_it_starts_with_the_name() -> None:
    assert README.startswith(f"=== {declared()['Plugin Name']} ===\n")


def test_its_fields_are_all_there() -> None:
    assert tuple(fields()) == FIELDS


def test_it_agrees_with_the_header() -> None:
    """The stable tag is the plug-in's version; the rest is named alike."""
    said = fields()
    assert said["Stable tag"] == declared()["Version"]
    for name in ("Requires at least", "Requires PHP", "License", "License URI"):
        assert said[name] == declared()[name], name
    assert (PLUGIN / "unspun.php").read_text().count(f"const VERSION = '{declared()['Version']}';") == 1


def test_it_names_what_is_needed() -> None:
    said = fields()
    assert said["Requires PHP"] == "7.4"
    assert said["Requires at least"] == "6.5"
    for name in ("Requires at least", "Tested up to"):
        assert re.fullmatch(r"\d+\.\d+", said[name]), "WordPress's directory takes no third number"
    assert said["License"] == "GPL-2.0-or-later"


def test_its_tags_are_few() -> None:
    """The directory shows five."""
    tags = fields()["Tags"].split(", ")
    assert 1 <= len(tags) <= 5
    assert len(set(tags)) == len(tags)


def test_a_short_description_ends_the_head() -> None:
    """One line of 150 characters at most, without markup, after a blank line."""
    *_, before, said = head()
    assert before == ""
    assert 0 < len(said) <= 150
    assert not re.search(r"[*`\[<]", said)


def test_its_sections_are_all_there_and_not_empty() -> None:
    assert tuple(sections()) == SECTIONS
    assert all(sections().values())


def test_the_changelog_begins_with_the_version() -> None:
    first = re.search(r"^= (.+) =$", sections()["Changelog"], re.MULTILINE)
    assert first
    assert first[1] == declared()["Version"]


def test_every_heading_is_closed() -> None:
    for line in README.splitlines():
        if line.startswith("="):
            assert re.fullmatch(r"(={1,3}) [^=]+ \1", line), line
