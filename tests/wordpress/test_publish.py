"""Before a post goes out: the pre-publish panel, on a real WordPress with the real service."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest

from wordpress.conftest import CLEAN, SPUN, blocks
from wordpress.service import Service
from wordpress.site import Site

Page = Any

POST: Final = blocks(*(f"🙂 {paragraph}" for paragraph in SPUN))
GOOD: Final = blocks(*CLEAN)
FIRST: Final = ":is( .editor-header, .edit-post-header ) .editor-post-publish-button__button"
LAST: Final = ".editor-post-publish-panel .editor-post-publish-button"
PANEL: Final = ".unspun-publish"
VERDICT: Final = f"{PANEL} .unspun-verdict:not(.is-stale)"
HELD_LOCK: Final = "wp.data.select( 'core/editor' ).isPostSavingLocked()"


def open_panel(page: Page) -> None:
    page.click(FIRST)
    page.wait_for_selector(PANEL)


def close_panel(page: Page) -> None:
    page.get_by_role("button", name="Cancel", exact=True).click()
    page.wait_for_selector(PANEL, state="detached")


def status(site: Site, post: int) -> str:
    return str(site.rest()("GET", f"/wp/v2/posts/{post}", context="edit").json()["status"])


def is_off(page: Page) -> bool:
    return bool(page.eval_on_selector(LAST, "button => button.disabled || button.ariaDisabled === 'true'"))


def publish(page: Page) -> None:
    page.click(LAST)


def change_first(page: Page, text: str) -> None:
    page.evaluate(
        "text => wp.data.dispatch( 'core/block-editor' ).updateBlockAttributes( "
        "wp.data.select( 'core/block-editor' ).getBlocks()[ 0 ].clientId, { content: text } )",
        text,
    )


def test_the_panel_checks_when_it_opens_and_advice_holds_nothing(
    edit: Callable[..., Page], site: Site, service: Service, tmp_path: Path
) -> None:
    post = site.post(POST)
    page = edit(post)
    before = service.requests
    open_panel(page)
    page.wait_for_selector(VERDICT)
    assert page.inner_text(f"{PANEL} .unspun-verdict__headline") == "Flagged: this text looks reworded by a machine"
    assert "Flagged" in page.inner_text(f"{PANEL} h2")
    assert service.requests == before + 1
    page.screenshot(path=tmp_path / "panel.png")
    print(tmp_path / "panel.png")
    close_panel(page)
    open_panel(page)
    page.wait_for_selector(VERDICT)
    assert service.requests == before + 1, "what is known is not asked again"
    assert not is_off(page)
    publish(page)
    page.wait_for_selector(".post-publish-panel__postpublish")
    assert status(site, post) == "publish"


def test_the_sidebar_says_the_same(edit: Callable[..., Page], site: Site) -> None:
    page = edit(site.post(POST))
    open_panel(page)
    page.wait_for_selector(VERDICT)
    panel = page.inner_text(f"{PANEL} .unspun-verdict")
    close_panel(page)
    page.evaluate("wp.data.dispatch( 'core/edit-post' ).openGeneralSidebar( 'unspun/unspun' )")
    assert page.inner_text(".unspun-sidebar .unspun-verdict") == panel


def test_blocking_takes_the_button_away_and_gives_the_reason(
    edit: Callable[..., Page], site: Site, settings: Callable[..., None], tmp_path: Path
) -> None:
    settings(action="block")
    post = site.post(POST)
    page = edit(post)
    assert not page.evaluate(HELD_LOCK)
    open_panel(page)
    page.wait_for_selector(f"{PANEL} .components-notice.is-error")
    assert is_off(page)
    assert "does not publish text like this" in page.inner_text(PANEL)
    page.screenshot(path=tmp_path / "blocked.png")
    print(tmp_path / "blocked.png")
    close_panel(page)
    assert not page.evaluate(HELD_LOCK), "a draft can always be saved"
    page.evaluate("wp.data.dispatch( 'core/editor' ).editPost( { title: 'Kept' } )")
    page.get_by_role("button", name="Save draft").click()
    page.wait_for_selector("text=Draft saved")
    # It opens again, and lets go when the text is right.
    open_panel(page)
    page.wait_for_selector(f"{PANEL} .components-notice.is-error")
    page.evaluate("content => wp.data.dispatch( 'core/block-editor' ).resetBlocks( wp.blocks.parse( content ) )", GOOD)
    page.wait_for_selector(f"{PANEL} .unspun-verdict.is-stale")
    assert not page.evaluate(HELD_LOCK)
    page.click(f"{PANEL} .unspun-check")
    page.wait_for_selector(VERDICT)
    assert not is_off(page)
    publish(page)
    page.wait_for_selector(".post-publish-panel__postpublish")
    assert status(site, post) == "publish"


@pytest.mark.usefixtures("own_preferences")
def test_with_the_panel_off_the_server_refuses(
    edit: Callable[..., Page], site: Site, settings: Callable[..., None], tmp_path: Path
) -> None:
    settings(action="block")
    post = site.post(POST)
    page = edit(post)
    page.evaluate("wp.data.dispatch( 'core/editor' ).disablePublishSidebar()")
    page.click(FIRST)
    notice = page.wait_for_selector(".components-notice.is-error .components-notice__content")
    said = notice.inner_text()
    assert said.startswith("Publishing failed. Unspun holds this post back"), said
    page.screenshot(path=tmp_path / "refused.png")
    print(tmp_path / "refused.png", said)
    assert status(site, post) == "draft"
    # WordPress by itself would go on to show it as published, with no way to save the draft.
    page.evaluate("wp.data.dispatch( 'core/editor' ).editPost( { title: 'Kept' } )")
    page.get_by_role("button", name="Save draft").click()
    page.wait_for_selector("text=Draft saved")
    assert status(site, post) == "draft"


def test_asking_waits_for_a_tick(
    edit: Callable[..., Page], site: Site, settings: Callable[..., None], tmp_path: Path
) -> None:
    settings(action="ask")
    post = site.post(POST)
    page = edit(post)
    open_panel(page)
    box = page.get_by_role("checkbox", name="Publish anyway")
    box.wait_for()
    assert is_off(page)
    page.screenshot(path=tmp_path / "asked.png")
    print(tmp_path / "asked.png")
    box.check()
    assert not is_off(page)
    box.uncheck()
    assert is_off(page)
    box.check()
    close_panel(page)
    assert not page.evaluate(HELD_LOCK)
    open_panel(page)
    assert not box.is_checked(), "each time it is asked anew"
    change_first(page, CLEAN[0])
    page.wait_for_selector(f"{PANEL} .unspun-verdict.is-stale")
    assert not is_off(page)
    page.click(f"{PANEL} .unspun-check")
    page.wait_for_selector(VERDICT)
    assert is_off(page)
    box.check()
    publish(page)
    page.wait_for_selector(".post-publish-panel__postpublish")
    assert status(site, post) == "publish"


@pytest.mark.parametrize("action", ["ask", "block"])
def test_what_is_not_held_goes_out(
    edit: Callable[..., Page], site: Site, settings: Callable[..., None], action: str
) -> None:
    settings(action=action)
    post = site.post(GOOD)
    page = edit(post)
    open_panel(page)
    page.wait_for_selector(VERDICT)
    assert not is_off(page)
    publish(page)
    page.wait_for_selector(".post-publish-panel__postpublish")
    assert status(site, post) == "publish"


def test_one_paragraph_is_enough_where_the_newsroom_says_so(
    edit: Callable[..., Page], site: Site, settings: Callable[..., None]
) -> None:
    swapped = CLEAN[0].replace("children", "babies").replace("assistance", "assists").replace("adding", "bestowing")
    mixed = blocks(swapped, *CLEAN[1:])
    for hold in ("post", "paragraph"):
        settings(action="ask", hold=hold)
        page = edit(site.post(mixed))
        open_panel(page)
        page.wait_for_selector(VERDICT)
        assert "Flagged in part: 1 paragraph looks reworded" in page.inner_text(PANEL)
        assert page.get_by_role("checkbox", name="Publish anyway").count() == (hold == "paragraph")
        assert is_off(page) == (hold == "paragraph")


def test_what_goes_to_review_is_not_locked(
    edit: Callable[..., Page], site: Site, settings: Callable[..., None]
) -> None:
    settings(action="block")
    post = site.post(POST, "contributor")
    page = edit(post, user="contributor")
    open_panel(page)
    page.wait_for_selector(VERDICT)
    assert not is_off(page)
    publish(page)
    page.wait_for_function("wp.data.select( 'core/editor' ).getCurrentPostAttribute( 'status' ) === 'pending'")
    assert status(site, post) == "pending"


def test_a_service_that_is_down_is_said_and_the_server_decides(
    edit: Callable[..., Page], site: Site, settings: Callable[..., None]
) -> None:
    settings(action="block", server="http://127.0.0.1:9")
    post = site.post(POST)
    page = edit(post)
    open_panel(page)
    page.wait_for_selector(f"{PANEL} .components-notice.is-error")
    assert not page.evaluate(HELD_LOCK)
    publish(page)
    page.wait_for_selector(".components-notice.is-error:has-text('Publishing failed')")
    assert status(site, post) == "draft"
    settings(action="block", server="http://127.0.0.1:9", when_down="pass")
    publish(page)
    page.wait_for_selector(".post-publish-panel__postpublish")
    assert status(site, post) == "publish"


def test_an_editor_can_release_a_text_and_an_author_is_told_whom_to_ask(
    edit: Callable[..., Page], site: Site, settings: Callable[..., None], tmp_path: Path
) -> None:
    settings(action="block")
    post = site.post(POST, user="author")
    page = edit(post, user="author")
    open_panel(page)
    page.wait_for_selector("text=ask an editor to release it")
    assert page.get_by_role("button", name="Release this text").count() == 0

    page.close()
    site.php(f"return delete_post_meta( {post}, '_edit_lock' );")
    page = edit(post, user="editor")
    change_first(page, f"{SPUN[0]} Not saved yet.")
    open_panel(page)
    page.get_by_role("button", name="Release this text").click()
    page.wait_for_selector("text=can be published as it is")
    assert not is_off(page)
    assert page.evaluate("document.activeElement.closest( '.unspun-publish' ) !== null"), "the focus is not lost"
    page.screenshot(path=tmp_path / "released.png")
    print(tmp_path / "released.png")
    change_first(page, f"{SPUN[0]} Changed since.")
    page.get_by_role("button", name="Check the text again").last.click()
    page.wait_for_selector(f"{PANEL} .components-notice.is-error")
    assert is_off(page), "another text is another matter"
    change_first(page, f"{SPUN[0]} Not saved yet.")
    page.get_by_role("button", name="Check the text again").last.click()
    page.wait_for_selector("text=can be published as it is")
    publish(page)
    page.wait_for_selector(".post-publish-panel__postpublish")
    assert status(site, post) == "publish"


def test_what_was_released_is_still_released_when_the_page_is_opened_again(
    edit: Callable[..., Page], site: Site, settings: Callable[..., None]
) -> None:
    settings(action="block")
    post = site.post(POST, user="author")
    assert site.rest("editor")("POST", "/unspun/v1/release", {"post": post}).status == 200
    page = edit(post, user="author")
    open_panel(page)
    page.wait_for_selector("text=can be published as it is")
    publish(page)
    page.wait_for_selector(".post-publish-panel__postpublish")
    assert status(site, post) == "publish"
