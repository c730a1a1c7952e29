"""Every string can be translated, the template is up to date, and WordPress speaks German with what is made of it."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from wordpress import languages
from wordpress.conftest import SPUN, blocks
from wordpress.languages import LANGUAGES, POT, Entry, entries
from wordpress.site import Site

PO: Final = sorted(LANGUAGES.glob("*.po"))
PLACEHOLDER: Final = re.compile(r"%(?:\d+\$)?[sdfF]|%%")
#: A call of a translating function whose text is not written out.
NOT_WRITTEN_OUT: Final = re.compile(
    rf"(?<![\w>$.])(?:{'|'.join(languages.KEYWORDS)})\(\s*(?:/\*.*?\*/\s*)?(?![\s'\"/)])", re.DOTALL
)
UP_TO_DATE: Final = "run: PYTHONPATH=tests python -m wordpress.languages"

gettext = pytest.mark.skipif(not shutil.which("xgettext"), reason="no gettext on this machine: apt-get install gettext")


def texts(entry: Entry) -> list[str]:
    return [entry.id, *([entry.plural] if entry.plural else [])]


def placeholders(text: str) -> list[str]:
    """In order of the arguments; those without a number count on."""
    return sorted(PLACEHOLDER.findall(text))


@gettext
def test_strings_are_found() -> None:
    assert len(languages.calls(languages.sources())) > 50


@gettext
def test_every_string_is_in_the_plug_ins_text_domain() -> None:
    assert languages.calls(languages.sources()) - languages.calls_in_domain(languages.sources()) == set()


@gettext
@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("a.php", "<?php echo __( 'A' );"),
        ("a.php", "<?php esc_html_e( 'A', 'other' );"),
        ("a.php", "<?php echo _n( 'A', 'Aa', 2 );"),
        ("a.php", "<?php echo _n( 'A', 'Aa', 2, 'other' );"),
        ("a.php", "<?php echo _x( 'A', 'unspun' );"),
        ("a.js", "__( 'A' );"),
        ("a.js", "sprintf( _n( 'A', 'Aa', n, 'other' ), n );"),
    ],
)
def test_another_text_domain_is_seen(name: str, code: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(code)
    good = (
        code.replace("'other'", "'unspun'").replace("( 'A' )", "( 'A', 'unspun' )").replace(", 2 )", ", 2, 'unspun' )")
    )
    (tmp_path / f"good-{name}").write_text(
        good.replace("( 'A', 'unspun' )", "( 'A', 'B', 'unspun' )") if "_x" in code else good
    )
    assert {text for text, _ in languages.calls([tmp_path / name], tmp_path)} == {"A"}
    assert languages.calls_in_domain([tmp_path / name], tmp_path) == set()
    assert {text for text, _ in languages.calls_in_domain([tmp_path / f"good-{name}"], tmp_path)} == {"A"}


@pytest.mark.parametrize("path", languages.sources(), ids=lambda path: path.name)
def test_every_string_is_written_out(path: Path) -> None:
    """What is put together, or comes from a variable, cannot be found and so not be translated."""
    assert [found.group() for found in NOT_WRITTEN_OUT.finditer(path.read_text())] == []


def test_what_is_not_written_out_is_seen() -> None:
    assert NOT_WRITTEN_OUT.search("__( $text, 'unspun' )")
    assert NOT_WRITTEN_OUT.search("sprintf( _n( one, 'many', 2, 'unspun' ) )")
    assert not NOT_WRITTEN_OUT.search("esc_html__( 'A', 'unspun' ); $a->__( $b ); sprintf( __(\n\t\t'A', 'unspun' ) )")


@gettext
def test_the_template_is_up_to_date() -> None:
    assert POT.read_text() == languages.pot(), UP_TO_DATE


def test_placeholders_have_a_comment_for_translators() -> None:
    bare = [
        entry.id
        for entry in entries(POT.read_text())
        if any(PLACEHOLDER.search(text.replace("%%", "")) for text in texts(entry))
        and not any(comment.startswith("translators:") for comment in entry.comments)
    ]
    assert bare == []


def test_several_placeholders_have_numbers() -> None:
    """So that a translation can bring them in another order."""
    unnumbered = [
        text
        for entry in entries(POT.read_text())
        for text in texts(entry)
        if len(found := [sign for sign in PLACEHOLDER.findall(text) if sign != "%%"]) > 1
        and any("$" not in sign for sign in found)
    ]
    assert unnumbered == []


def test_there_is_a_translation() -> None:
    assert [path.name for path in PO] == ["unspun-de_DE.po"]


@pytest.mark.parametrize("path", PO, ids=lambda path: path.name)
def test_a_translation_has_every_string(path: Path) -> None:
    keys = [entry.key for entry in entries(POT.read_text()) if entry.id]
    assert [entry.key for entry in languages.translated(path.read_text())] == keys, UP_TO_DATE


@pytest.mark.parametrize("path", PO, ids=lambda path: path.name)
def test_a_translation_keeps_placeholders_and_tags(path: Path) -> None:
    for entry in languages.translated(path.read_text()):
        wanted = texts(entry)
        for number, text in enumerate(entry.translations):
            original = wanted[min(number, len(wanted) - 1)]
            # A form for one thing alone may name it in words.
            assert placeholders(text) in (
                [placeholders(given) for given in wanted] if entry.plural else [placeholders(original)]
            ), text
            assert re.findall(r"<[^>]+>", text) == re.findall(r"<[^>]+>", original), text
            assert (text[:1].isspace(), text[-1:].isspace()) == (original[:1].isspace(), original[-1:].isspace()), text


@pytest.mark.parametrize("path", PO, ids=lambda path: path.name)
def test_what_wordpress_loads_is_up_to_date(path: Path) -> None:
    """Exactly the files that are made of the translation lie beside it."""
    made = languages.made(path.read_text(), languages.locale_of(path))
    there = {found.name: found.read_text() for found in LANGUAGES.glob(f"{path.stem}*") if found != path}
    assert there == made, UP_TO_DATE


@pytest.fixture
def german(site: Site) -> Iterator[Site]:
    plugin = site.folder / "wp-content" / "mu-plugins" / "german.php"
    plugin.write_text("<?php add_filter( 'locale', fn() => 'de_DE' );")
    yield site
    plugin.unlink()


def test_php_speaks_german(german: Site, settings: Callable[..., None]) -> None:
    """Messages of the routes, with plural forms and placeholders."""
    busy = "Unspun\\busy( 1 )->get_error_message() . '|' . Unspun\\busy( 30 )->get_error_message()"
    assert german.php(f"return {busy};") == (
        "Der Unspun-Server ist ausgelastet. Bitte in 1 Sekunde noch einmal versuchen."
        "|Der Unspun-Server ist ausgelastet. Bitte in 30 Sekunden noch einmal versuchen."
    )
    settings(server="http://127.0.0.1:9")
    answer = german.rest()("POST", "/unspun/v1/check", {"post": german.post("x"), "text": "x"})
    assert answer.json()["message"].startswith("Der Unspun-Server ist nicht erreichbar.")


def test_the_editor_speaks_german(german: Site, edit: Callable[..., Any], tmp_path: Path) -> None:
    page = edit(german.post(blocks(*SPUN)))
    page.evaluate("wp.data.dispatch( 'unspun/check' ).check()")
    page.wait_for_function("wp.data.select( 'unspun/check' ).getSummary()")
    said = page.evaluate("unspun.findings.headline( wp.data.select( 'unspun/check' ).getSummary() )")
    assert said == "Auffällig: Dieser Text wirkt maschinell umformuliert"


def test_the_settings_page_speaks_german(german: Site, page_as: Callable[..., Any], tmp_path: Path) -> None:
    page = page_as()
    page.goto(f"{german.address}/wp-admin/options-general.php?page=unspun")
    page.wait_for_selector("#submit")
    page.screenshot(path=tmp_path / "german.png", full_page=True)
    print(tmp_path / "german.png")
    assert "Adresse des Servers" in page.inner_text("#wpbody")


def test_another_language_stays_english(site: Site) -> None:
    assert site.php("return Unspun\\busy( 30 )->get_error_message();").startswith("The Unspun server is busy.")
