"""The settings page: what it keeps, what it refuses, and that the key never shows."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest

from wordpress.conftest import configured
from wordpress.service import KEY, Service
from wordpress.site import USERS, Site, free_port
from wordpress.test_service import php_string

PAGE: Final = "/wp-admin/options-general.php?page=unspun"
DEFAULTS: Final = {
    "server": "http://127.0.0.1:8000",
    "key": "",
    "mode": "balanced",
    "action": "advise",
    "hold": "post",
    "when_down": "hold",
    "skip_quotes": False,
    "seconds": 20,
}


def kept(site: Site) -> Any:
    return site.php("return Unspun\\stored();")


@pytest.fixture
def opened(site: Site, page_as: Callable[..., Any]) -> Any:
    page = page_as("admin")
    page.goto(site.address + PAGE)
    return page


def save(page: Any) -> str:
    """Saves the form; what the page says above it then."""
    page.click("#submit")
    page.wait_for_selector("#setting-error-settings_updated, .notice-error")
    return str(page.inner_text(".wrap .notice"))


def test_right_after_activation(bare_site: Site) -> None:
    bare_site.php("delete_option( 'unspun_settings' ); Unspun\\make_option(); return true;")
    assert bare_site.php("return Unspun\\settings();") == DEFAULTS
    assert bare_site.php("return isset( wp_load_alloptions()['unspun_settings'] );") is False
    assert bare_site.php("return Unspun\\post_types();") == ["post", "page"]
    assert bare_site.php(
        "add_filter( 'unspun_post_types', fn() => array( 'page' ) ); return Unspun\\post_types();"
    ) == ["page"]


@pytest.mark.parametrize(
    "stored", ["'text'", "array( 'mode' => 'wild', 'seconds' => 'x', 'key' => array(), 'server' => 7 )"]
)
def test_what_stands_wrong_in_the_database_is_the_default(bare_site: Site, stored: str) -> None:
    assert bare_site.php(f"update_option( 'unspun_settings', {stored} ); return Unspun\\settings();") == DEFAULTS


def test_everything_can_be_set(site: Site, opened: Any, service: Service, tmp_path: Path) -> None:
    opened.fill("#unspun-server", "https://unspun.example.org/service/")
    opened.fill("#unspun-key", "another-key")
    for name, value in {"mode": "strict", "action": "block", "hold": "paragraph", "when_down": "pass"}.items():
        opened.check(f'input[name="unspun_settings[{name}]"][value="{value}"]')
    opened.check('input[name="unspun_settings[skip_quotes]"]')
    opened.fill("#unspun-seconds", "7")
    assert "saved" in save(opened)
    assert kept(site) == {
        "server": "https://unspun.example.org/service",
        "key": "another-key",
        "mode": "strict",
        "action": "block",
        "hold": "paragraph",
        "when_down": "pass",
        "skip_quotes": True,
        "seconds": 7,
    }
    opened.screenshot(path=tmp_path / "settings.png", full_page=True)
    assert opened.input_value("#unspun-server") == "https://unspun.example.org/service"
    assert opened.is_checked('input[name="unspun_settings[action]"][value="block"]')
    opened.uncheck('input[name="unspun_settings[skip_quotes]"]')
    save(opened)
    assert kept(site)["skip_quotes"] is False


def test_the_key_shows_nowhere(site: Site, opened: Any) -> None:
    assert KEY not in opened.content()
    assert opened.input_value("#unspun-key") == ""
    assert opened.get_attribute("#unspun-key", "type") == "password"
    rest = site.rest()
    for route in ("/wp/v2/settings", "/", "/unspun/v1", "/wp/v2/users/me"):
        answer = rest("GET", route, context="edit")
        assert answer.status == 200
        assert KEY not in answer.body
    assert "unspun_settings" not in rest("GET", "/wp/v2/settings").body
    everything = rest.get("/wp-admin/options.php")
    assert "unspun_settings" in everything.body
    for path in ("/wp-admin/options.php", f"/wp-admin/post.php?post={site.post('')}&action=edit", PAGE):
        page = rest.get(path)
        assert page.status == 200
        assert KEY not in page.body


def test_a_blank_key_keeps_it_and_a_check_box_forgets_it(site: Site, opened: Any) -> None:
    save(opened)
    assert kept(site)["key"] == KEY
    opened.check("#unspun-forget-key")
    save(opened)
    assert kept(site)["key"] == ""
    assert opened.query_selector("#unspun-forget-key") is None
    assert "No key is kept" in opened.inner_text("#unspun-key-words")
    opened.fill("#unspun-key", "  new-key ")
    save(opened)
    assert kept(site)["key"] == "new-key"
    assert "A key is kept" in opened.inner_text("#unspun-key-words")


def test_an_address_that_is_none_is_refused_with_a_reason(site: Site, service: Service, opened: Any) -> None:
    opened.evaluate("document.querySelector('form[action=\"options.php\"]').noValidate = true")
    opened.fill("#unspun-server", "http://me:secret@unspun.example.org")
    said = save(opened)
    assert "user name or a password" in said
    assert "left as it was" in said
    assert kept(site)["server"] == service.address


#: What is entered, and what is kept of it; None: it is refused.
ADDRESSES: Final = {
    "http://127.0.0.1:8000": "http://127.0.0.1:8000",
    "  HTTPS://unspun.example.org/a/b/  ": "HTTPS://unspun.example.org/a/b",
    "http://[::1]:8000": "http://[::1]:8000",
    "": DEFAULTS["server"],
    "unspun.example.org": None,
    "127.0.0.1:8000": None,
    "//unspun.example.org": None,
    "http://": None,
    "http:///v1": None,
    "http://:80": None,
    "ftp://unspun.example.org": None,
    "file:///etc/passwd": None,
    "javascript:alert(1)": None,
    "http://key@unspun.example.org": None,
    "http://unspun.example.org/?key=1": None,
    "http://unspun.example.org?": None,
    "http://unspun.example.org/#a": None,
    "http://unspun.example.org/a b": None,
    "http://unspun.example.org/\r\nX-Header: 1": None,
    'http://unspun.example.org/"><script>': None,
    "http://unspun.example.örg": None,
}
#: The same for keys; "kept" is what was there.
KEYS: Final = {
    "": "kept",
    "   ": "kept",
    " k-1~!= ": "k-1~!=",
    "two words": None,
    "line\nbreak": None,
    "nöt ascii": None,
    "nu\x00l": None,
}
SECONDS_ENTERED: Final = {"1": 1, "120": 120, "0": None, "121": None, "-5": None, "soon": None, "": None}


def sanitized(site: Site, name: str, entered: list[str]) -> list[tuple[Any, bool]]:
    """What is kept of each value entered, and whether there is a message."""
    return [
        (value, bool(messages))
        for value, messages in site.php(
            "require_once ABSPATH . 'wp-admin/includes/template.php';"
            "return array_map( function ( $entered ) {"
            "global $wp_settings_errors; $wp_settings_errors = array();"
            f"$kept = Unspun\\sanitize( array( '{name}' => $entered ) );"
            f"return array( $kept['{name}'], get_settings_errors() );"
            f"}}, {php_string_list(entered)} );"
        )
    ]


def php_string_list(values: list[str]) -> str:
    return f"array( {', '.join(map(php_string, values))} )"


def test_what_may_be_entered(site: Site, settings: Callable[..., None]) -> None:
    settings(server="http://127.0.0.1:1", key="kept", seconds=9)
    for name, table, before in (
        ("server", ADDRESSES, "http://127.0.0.1:1"),
        ("key", KEYS, "kept"),
        ("seconds", SECONDS_ENTERED, 9),
    ):
        found = sanitized(site, name, list(table))
        for (entered, expected), result in zip(table.items(), found, strict=True):
            assert result == (before if expected is None else expected, expected is None), repr(entered)


def test_a_choice_that_is_none_changes_nothing(site: Site) -> None:
    before = kept(site)
    entered = "array( 'mode' => 'wild', 'action' => array( 'block' ), 'hold' => 1, 'when_down' => null )"
    assert site.php(f"return Unspun\\sanitize( {entered} );") == before
    assert site.php("return Unspun\\sanitize( 'text' );") == before


def test_constants_override_and_their_fields_are_off(
    site: Site, page_as: Callable[..., Any], tmp_path: Path, service: Service
) -> None:
    configured(site, server="http://127.0.0.1:1", key="kept-key")
    site.configure(UNSPUN_SERVER=f"{service.address}/", UNSPUN_KEY="constant-key")
    found = site.php("return Unspun\\settings();")
    assert (found["server"], found["key"]) == (service.address, "constant-key")
    page = page_as("admin")
    page.goto(site.address + PAGE)
    assert page.is_disabled("#unspun-server")
    assert page.is_disabled("#unspun-key")
    assert "UNSPUN_KEY" in page.inner_text("#unspun-key-words")
    assert "UNSPUN_SERVER" in page.inner_text("#unspun-server-words")
    assert page.query_selector("#unspun-forget-key") is None
    assert "constant-key" not in page.content()
    assert "kept-key" not in page.content()
    page.screenshot(path=tmp_path / "constants.png", full_page=True)
    save(page)
    assert (kept(site)["server"], kept(site)["key"]) == ("http://127.0.0.1:1", "kept-key")


@pytest.mark.parametrize("user", [user for user in USERS if user != "admin"])
def test_nobody_else_sees_the_page(site: Site, user: str) -> None:
    assert site.rest(user).get(PAGE).status == 403


def test_the_connection_is_tried_with_what_stands_in_the_form(site: Site, opened: Any, tmp_path: Path) -> None:
    result = opened.locator("#unspun-test-result")

    def tried(kind: str) -> str:
        opened.click("#unspun-test")
        opened.wait_for_selector(f"#unspun-test-result.{kind}")
        return str(result.inner_text())

    assert "its model is unspun-en@" in tried("is-good")
    opened.screenshot(path=tmp_path / "good.png", full_page=True)
    opened.fill("#unspun-key", "wrong-key")
    assert "does not accept the key" in tried("is-bad")
    opened.fill("#unspun-key", KEY)
    assert "its model is" in tried("is-good")
    opened.fill("#unspun-server", f"http://127.0.0.1:{free_port()}")
    assert "cannot be reached" in tried("is-bad")
    opened.screenshot(path=tmp_path / "bad.png", full_page=True)
    assert result.get_attribute("role") == "status"
    assert kept(site)["key"] == KEY, "nothing is saved"


def test_every_field_has_a_label(opened: Any) -> None:
    nameless = opened.evaluate(
        """[...document.querySelectorAll('.unspun-settings form :is(input:not([type=hidden]), button)')]
            .filter((field) => !(field.labels?.length || field.textContent.trim() || field.type === 'submit'))
            .map((field) => field.outerHTML)"""
    )
    assert nameless == []


def test_the_list_of_plug_ins_leads_to_the_page(site: Site) -> None:
    assert "options-general.php?page=unspun" in site.rest().get("/wp-admin/plugins.php").body
