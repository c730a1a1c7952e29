"""The plug-in's strings and their translations, as WordPress reads them.

    PYTHONPATH=tests python -m wordpress.languages

writes `languages/unspun.pot` from the sources, brings each `languages/unspun-LOCALE.po` up to date with it, and makes
what WordPress loads: `unspun-LOCALE.l10n.php` for PHP, `unspun-LOCALE-HASH.json` for each script. Needs GNU gettext.
"""

from __future__ import annotations

import ast
import hashlib
import json
import re
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

PLUGIN: Final = Path(__file__).parent.parent.parent / "wordpress" / "unspun"
LANGUAGES: Final = PLUGIN / "languages"
DOMAIN: Final = "unspun"
POT: Final = LANGUAGES / f"{DOMAIN}.pot"
#: Functions that translate: which arguments are the text, its plural and its context, and which is the text domain.
SINGLE: Final = ("__", "_e", "esc_html__", "esc_html_e", "esc_attr__", "esc_attr_e")
IN_CONTEXT: Final = ("_x", "_ex", "esc_html_x", "esc_attr_x")
KEYWORDS: Final = {
    **dict.fromkeys(SINGLE, ("1", 2)),
    **dict.fromkeys(IN_CONTEXT, ("1,2c", 3)),
    "_n": ("1,2", 4),
    "_nx": ("1,2,4c", 5),
    "_n_noop": ("1,2", 3),
    "_nx_noop": ("1,2,3c", 4),
}
#: A call of one of them, up to the text.
CALL: Final = re.compile(rf"(\b(?:{'|'.join(KEYWORDS)})\()\s+")
HEADER: Final = f"""\
# Copyright 2026 The Unspun authors
# This file is distributed under the GPL-2.0-or-later.
msgid ""
msgstr ""
"Project-Id-Version: Unspun\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=UTF-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"X-Domain: {DOMAIN}\\n"
"""


class Entry(NamedTuple):
    """A string of a .pot or .po file; the header has the id ""."""

    comments: tuple[str, ...]
    places: tuple[str, ...]
    flags: tuple[str, ...]
    context: str | None
    id: str
    plural: str | None
    translations: tuple[str, ...]

    @property
    def key(self) -> str:
        """What WordPress looks it up by."""
        return self.id if self.context is None else f"{self.context}\x04{self.id}"


def sources() -> list[Path]:
    """The files with strings, in order."""
    found = [*PLUGIN.rglob("*.php"), *PLUGIN.rglob("*.js")]
    return sorted(path for path in found if LANGUAGES not in path.parents)


def extracted(paths: Sequence[Path], keywords: Sequence[str], folder: Path = PLUGIN) -> str:
    """The strings in these files of a folder as a .pot file without a header, by xgettext."""
    text = ""
    with tempfile.TemporaryDirectory() as copies:
        for language, kind in (("PHP", ".php"), ("JavaScript", ".js")):
            names = [str(path.relative_to(folder)) for path in paths if path.suffix == kind]
            for name in names:
                copy = Path(copies, name)
                copy.parent.mkdir(parents=True, exist_ok=True)
                # xgettext sees a comment only where the text starts on the line of the call.
                copy.write_text(CALL.sub(r"\1", (folder / name).read_text()))
            if names:
                options = ["--from-code=UTF-8", "--add-comments=translators:", "--no-wrap", "--sort-by-file"]
                asked = ["-k", *(f"--keyword={keyword}" for keyword in keywords)]
                found = _run(
                    ["xgettext", f"--language={language}", *options, *asked, "--output=-", *names], folder=copies
                )
                # Its own header ends with the first blank line; left out by an option, it would take the file for ASCII.
                text += found.partition("\n\n")[2] + "\n"
    return text


def pot() -> str:
    """What `unspun.pot` should be. Places are files alone, so that a line more changes nothing."""
    keywords = [f"{name}:{places}" for name, (places, _) in KEYWORDS.items()]
    # What the list of plug-ins shows is in unspun.php's header.
    head = (PLUGIN / "unspun.php").read_text()
    described = re.findall(r"^ \* (Plugin Name|Description):\s+(.*)$", head, re.MULTILINE)
    names = "".join(
        f'#. {name} of the plug-in\n#: unspun.php\nmsgid {_quoted(text)}\nmsgstr ""\n\n' for name, text in described
    )
    text = f"{HEADER}\n{names}{extracted(sources(), keywords)}"
    joined = _run(["msguniq", "--no-wrap", "--add-location=file", "--to-code=UTF-8", "-"], text)
    return re.sub(r"^#\. #-#-.*\n", "", joined, flags=re.MULTILINE)


def calls(paths: Sequence[Path], folder: Path = PLUGIN) -> set[tuple[str, str]]:
    """The calls that translate in these files: text and FILE:LINE."""
    found = extracted(paths, [f"{name}:{places.split(',')[0]}" for name, (places, _) in KEYWORDS.items()], folder)
    return {(entry.id, place) for entry in entries(found) for place in entry.places}


def calls_in_domain(paths: Sequence[Path], folder: Path = PLUGIN) -> set[tuple[str, str]]:
    """Those of them whose argument for the text domain is the plug-in's."""
    # xgettext takes the text domain for the context, so that it can be read from what it found.
    asked = [f"{name}:{places.split(',')[0]},{domain}c" for name, (places, domain) in KEYWORDS.items()]
    found = entries(extracted(paths, asked, folder))
    return {(entry.id, place) for entry in found if entry.context == DOMAIN for place in entry.places}


def entries(text: str) -> list[Entry]:
    """The strings of a .pot or .po file, its header first."""
    return [_entry(part) for part in re.split(r"\n{2,}", text.strip()) if re.search(r"^msgid ", part, re.MULTILINE)]


def translated(text: str) -> Iterator[Entry]:
    """Those of a .po file that have a translation one can rely on."""
    for entry in entries(text):
        if entry.id and all(entry.translations) and "fuzzy" not in entry.flags:
            yield entry


def for_php(po: str, locale: str) -> str:
    """The .l10n.php file of a .po file."""
    messages = {
        entry.key: "\0".join(entry.translations)
        for entry in translated(po)
        if any(place.endswith(".php") for place in entry.places)
    }
    lines = [f"\t\t{_php(key)} => {_php(text)},\n" for key, text in sorted(messages.items())]
    head = {"domain": DOMAIN, "plural-forms": _plural(po), "language": locale}
    fields = "".join(f"\t{_php(name)} => {_php(value)},\n" for name, value in head.items())
    return f"<?php\n// Made from {DOMAIN}-{locale}.po.\nreturn array(\n{fields}\t'messages' => array(\n{''.join(lines)}\t),\n);\n"


def for_scripts(po: str, locale: str) -> dict[str, str]:
    """The JSON files of a .po file: from the name to what is in it, one for each script with strings."""
    files = {}
    messages = list(translated(po))
    for script in sorted({place for entry in messages for place in entry.places if place.endswith(".js")}):
        head = {"domain": "messages", "lang": locale, "plural-forms": _plural(po)}
        data = {"": head, **{entry.key: list(entry.translations) for entry in messages if script in entry.places}}
        content = {"source": script, "domain": "messages", "locale_data": {"messages": data}}
        name = f"{DOMAIN}-{locale}-{hashlib.md5(script.encode(), usedforsecurity=False).hexdigest()}.json"
        files[name] = json.dumps(content, ensure_ascii=False, indent="\t") + "\n"
    return files


def made(po: str, locale: str) -> dict[str, str]:
    """All that WordPress loads for a locale, by name."""
    return {f"{DOMAIN}-{locale}.l10n.php": for_php(po, locale), **for_scripts(po, locale)}


def locale_of(po: Path) -> str:
    return po.stem.removeprefix(f"{DOMAIN}-")


def write() -> None:
    """Bring the folder up to date."""
    LANGUAGES.mkdir(exist_ok=True)
    POT.write_text(pot())
    for po in sorted(LANGUAGES.glob("*.po")):
        merged = _run(["msgmerge", "--quiet", "--no-wrap", "--no-fuzzy-matching", str(po), str(POT)])
        po.write_text(_run(["msgattrib", "--no-obsolete", "--no-wrap", "-"], merged))
        for old in [*LANGUAGES.glob(f"{po.stem}-*.json"), *LANGUAGES.glob(f"{po.stem}.l10n.php")]:
            old.unlink()
        for name, text in made(po.read_text(), locale_of(po)).items():
            (LANGUAGES / name).write_text(text)
        missing = sum(not all(entry.translations) for entry in entries(po.read_text()))
        print(f"{po.name}: {missing} strings have no translation.")


def _entry(part: str) -> Entry:
    fields: dict[str, str] = {}
    field = ""
    for line in part.splitlines():
        if found := re.match(r'(msgctxt|msgid_plural|msgid|msgstr(?:\[\d\])?) (".*")$', line):
            field = found[1]
            fields[field] = _unquoted(found[2])
        elif line.startswith('"'):
            fields[field] += _unquoted(line)
    marked = {sign: re.findall(rf"^#{re.escape(sign)} ?(.*)$", part, re.MULTILINE) for sign in (".", ":", ",")}
    return Entry(
        tuple(marked["."]),
        tuple(" ".join(marked[":"]).split()),
        tuple(flag.strip() for line in marked[","] for flag in line.split(",")),
        fields.get("msgctxt"),
        fields["msgid"],
        fields.get("msgid_plural"),
        tuple(text for name, text in fields.items() if name.startswith("msgstr")),
    )


def _plural(po: str) -> str:
    found = re.search(r"^Plural-Forms: (.*)$", entries(po)[0].translations[0], re.MULTILINE)
    assert found, "the .po file's header says nothing of plural forms"
    return found[1]


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _unquoted(text: str) -> str:
    return str(ast.literal_eval(text))


def _php(text: str) -> str:
    """A string of PHP; plural forms are joined by NUL."""
    parts = [part.replace("\\", "\\\\").replace("'", "\\'") for part in text.split("\0")]
    return ' . "\\0" . '.join(f"'{part}'" for part in parts)


def _run(command: Sequence[str], text: str = "", folder: str | Path = PLUGIN) -> str:
    """Raises CalledProcessError."""
    return subprocess.run(
        command, cwd=folder, input=text, check=True, capture_output=True, text=True, encoding="utf-8", timeout=60
    ).stdout


if __name__ == "__main__":
    write()
