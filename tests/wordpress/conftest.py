"""A real WordPress, the real service and a real browser, all on 127.0.0.1.

What cannot be had on a machine skips these tests with the reason; see docs/wordpress.md.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from wordpress.service import KEY, Service
from wordpress.site import PASSWORD, Site
from wordpress.unpacked import Unavailable

#: Debian's suite whose WordPress is tried: trixie has 6.8, sid a newer one.
SUITE: Final = os.environ.get("UNSPUN_WORDPRESS_SUITE", "trixie")
SECONDS: Final = 20_000  # how long something may take on a busy machine, in milliseconds
SAMPLES: Final = Path(__file__).parent.parent.parent / "data" / "samples"
Page = Any


@pytest.fixture(scope="session")
def service() -> Iterator[Service]:
    """The real service with a key, `KEY`."""
    running = Service()
    yield running
    running.stop()


@pytest.fixture(scope="session")
def bare_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A WordPress with the plug-in, as it is right after activation."""
    try:
        site = Site(tmp_path_factory.mktemp("wordpress"), SUITE)
    except Unavailable as missing:
        pytest.skip(f"no WordPress on this machine: {missing}")
    print(f"WordPress {site.version}")
    yield site
    site.stop()
    assert site.left == [], "PHP asked another machine"
    assert site.complaints == [], "PHP complained"


@pytest.fixture
def site(bare_site: Site, service: Service) -> Iterator[Site]:
    """The site, its plug-in set to the service and its key, all else at its default; put back after each test."""
    configured(bare_site, server=service.address, key=KEY)
    yield bare_site
    if (bare_site.folder / "more-config.php").exists():
        bare_site.configure()


def configured(site: Site, **settings: Any) -> None:
    """Set the plug-in's option to these settings, all else at its default."""
    written = json.dumps(json.dumps(settings))
    # Past the form's checks, which test_settings.py is about.
    site.php(
        "remove_all_filters( 'sanitize_option_unspun_settings' );"
        f"update_option( 'unspun_settings', json_decode( {written.replace('$', chr(92) + '$')}, true ), false ); return true;"
    )


@pytest.fixture
def settings(site: Site, service: Service) -> Callable[..., None]:
    """Changes settings of the plug-in for one test: `settings(action="block")`."""

    def change(**changes: Any) -> None:
        configured(site, **{"server": service.address, "key": KEY, **changes})

    return change


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    playwright = pytest.importorskip(
        "playwright.sync_api", reason="playwright is not installed: pip install playwright"
    )
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("no Chromium on this machine: apt-get install chromium")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=chromium,
            args=[
                "--no-sandbox",
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
            ],
        )
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def _logged_in(browser: Any, bare_site: Site) -> Callable[[str], Any]:
    """The cookies of a user: each logs in once, through the form."""
    states: dict[str, Any] = {}

    def state(user: str) -> Any:
        if user not in states:
            context = browser.new_context()
            page = context.new_page()
            page.goto(f"{bare_site.address}/wp-login.php")
            page.fill("#user_login", user)
            page.fill("#user_pass", PASSWORD)
            page.click("#wp-submit")
            page.wait_for_url("**/wp-admin/**")
            states[user] = context.storage_state()
            context.close()
        return states[user]

    return state


@pytest.fixture
def page_as(browser: Any, site: Site, _logged_in: Callable[[str], Any]) -> Iterator[Callable[..., Page]]:
    """Opens pages of the admin as a user: `page_as("author")`; at the end nothing may have been asked of another host.

    Nor may a script have thrown anything.
    """
    contexts: list[Any] = []
    asked: list[str] = []
    thrown: list[str] = []

    def request(made: Any) -> None:
        if not made.url.startswith((site.address, "data:", "blob:", "about:")):
            asked.append(made.url)

    def open_page(user: str = "admin", **options: Any) -> Page:
        options.setdefault("viewport", {"width": 1400, "height": 900})
        options.setdefault("reduced_motion", "reduce")
        context = browser.new_context(storage_state=_logged_in(user), **options)
        context.set_default_timeout(SECONDS)
        context.on("request", request)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: thrown.append(str(error)))
        page.on("dialog", lambda dialog: dialog.accept())
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not asked, "asked of another host"
    assert not thrown, "thrown by a script"


@pytest.fixture
def own_preferences(site: Site) -> Iterator[None]:
    """What the administrator prefers in the editor is as before after the test."""
    kept = site.php("return get_user_meta( 1, 'wp_persisted_preferences', true );")
    yield
    written = json.dumps(json.dumps(kept)).replace("$", chr(92) + "$")
    site.php(f"return update_user_meta( 1, 'wp_persisted_preferences', json_decode( {written}, true ) );")


@pytest.fixture
def edit(page_as: Callable[..., Page], site: Site) -> Callable[..., Page]:
    """Opens a post in the block editor and waits for its blocks: `edit(post, user="author")`."""

    def open_editor(post: int, user: str = "admin", **options: Any) -> Page:
        page = page_as(user, **options)
        page.goto(f"{site.address}/wp-admin/post.php?post={post}&action=edit")
        page.wait_for_selector('iframe[name="editor-canvas"], .editor-styles-wrapper')
        page.wait_for_function("window.wp?.data?.select('core/editor')?.getCurrentPostId?.() > 0")
        return page

    return open_editor


@pytest.fixture
def canvas() -> Callable[[Page], Any]:
    """Where the blocks are: an iframe, or the page itself."""

    def frame(page: Page) -> Any:
        found = page.query_selector('iframe[name="editor-canvas"]')
        return found.content_frame() if found else page

    return frame


def paragraphs_of(name: str) -> list[str]:
    """The paragraphs of a sample article."""
    return [part.strip() for part in (SAMPLES / name).read_text().split("\n\n") if part.strip()]


def blocks(*paragraphs: str) -> str:
    """Block markup with a paragraph block for each; they are HTML already."""
    return "\n\n".join(f"<!-- wp:paragraph -->\n<p>{text}</p>\n<!-- /wp:paragraph -->" for text in paragraphs)


#: Articles: every paragraph of SPUN but the third is flagged by the shipped model, none of CLEAN.
SPUN: Final = paragraphs_of("fema-app-spun.txt")
CLEAN: Final = paragraphs_of("fema-app.txt")
