"""Where "block" is wrong: who may release a text, and for how long that holds."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from typing import Any, Final

import pytest

from wordpress.conftest import SPUN, blocks
from wordpress.site import Answer, Site

BAD: Final = blocks(*SPUN)


@pytest.fixture(autouse=True)
def block(settings: Callable[..., None]) -> None:
    settings(action="block")


def release(site: Site, post: int, user: str | None, **options: Any) -> Answer:
    return site.rest(user)("POST", "/unspun/v1/release", {"post": post}, **options)


def publish(site: Site, post: int, **fields: Any) -> int:
    return site.rest("author")("POST", f"/wp/v2/posts/{post}", {"status": "publish", **fields}).status


def test_what_an_editor_releases_goes_out(site: Site) -> None:
    post = site.post(BAD, user="author")
    assert publish(site, post) == 403
    assert release(site, post, "editor").json() == {"released": True}
    assert publish(site, post, content=BAD, title="Another title") == 200


@pytest.mark.parametrize("user", ["author", "other", "contributor", "subscriber", None])
def test_nobody_else_may(site: Site, user: str | None) -> None:
    post = site.post(BAD, user="author")
    assert release(site, post, user).status in (401, 403)
    assert publish(site, post) == 403


def test_not_without_a_nonce_nor_for_a_post_that_is_not_there(site: Site) -> None:
    post = site.post(BAD, user="author")
    assert release(site, post, "editor", nonce=False).status == 401
    assert release(site, 999_999, "editor").status == 403
    assert publish(site, post) == 403


def test_it_holds_for_that_text_alone(site: Site) -> None:
    post = site.post(BAD, user="author")
    release(site, post, "editor")
    assert publish(site, post, content=blocks(*SPUN, SPUN[0])) == 403
    assert publish(site, post) == 200
    assert publish(site, post, content=blocks(*SPUN[1:])) == 403


def test_it_holds_at_the_other_doors_and_for_other_line_ends(site: Site) -> None:
    post = site.post(BAD, user="author")
    release(site, post, "editor")
    published = (
        f"wp_update_post( array( 'ID' => {post}, 'post_status' => 'publish', 'post_content' => str_replace( \"\\n\", \"\\r\\n\", "
        f"get_post( {post} )->post_content ) ) ); return get_post_status( {post} );"
    )
    assert site.php(published) == "publish"
    scheduled = site.post(BAD, user="author")
    release(site, scheduled, "editor")
    assert site.php(f"wp_publish_post( {scheduled} ); return get_post_status( {scheduled} );") == "publish"


def link(site: Site, user: str, post: int) -> str | None:
    """Where "Release" in the list of posts leads."""
    page = html.unescape(site.rest(user).get("/wp-admin/edit.php?post_type=post").body)
    found = re.search(
        rf'href="{site.address}(/wp-admin/admin-post\.php\?action=unspun_release&post={post}&[^"]*)"', page
    )
    return found[1] if found else None


def held(site: Site) -> int:
    """A post that a feed brought."""
    made = f"wp_insert_post( array( 'post_title' => 'Fed', 'post_status' => 'publish', 'post_author' => 1, 'post_content' => '{php(BAD)}' ) )"
    return int(site.php(f"return {made};"))


def php(text: str) -> str:
    return text.replace("\\", "\\\\").replace("'", "\\'")


def test_a_held_post_is_released_from_the_list(site: Site) -> None:
    post = held(site)
    assert link(site, "author", post) is None
    path = link(site, "editor", post)
    assert path
    assert site.rest("other").get(path).status == 403
    assert site.rest("editor").get(path.replace("_wpnonce=", "_wpnonce=0")).status == 403
    assert site.rest("editor").get(path).status == 200
    assert link(site, "editor", post) is None
    assert site.php(f"wp_publish_post( {post} ); return get_post_status( {post} );") == "publish"


def test_a_held_change_is_put_in_its_place(site: Site) -> None:
    post = site.post("<p>All is as it was.</p>", status="publish")
    site.php(f"return wp_update_post( array( 'ID' => {post}, 'post_content' => '{php(BAD)}' ) );")
    content = f"return get_post( {post} )->post_content;"
    assert site.php(content) == "<p>All is as it was.</p>"
    path = link(site, "editor", post)
    assert path
    assert site.rest("editor").get(path).status == 200
    assert site.php(content) == BAD
    assert site.php(f"return get_post_status( {post} );") == "publish"


def test_what_is_not_saved_yet_can_be_released(site: Site) -> None:
    post = site.post("<p>All is as it was.</p>", user="author", status="draft")
    assert site.rest("editor")("POST", "/unspun/v1/release", {"post": post, "content": BAD}).status == 200
    assert publish(site, post, content=BAD) == 200


def test_the_link_releases_what_was_there_to_be_read(site: Site) -> None:
    """Not what the author put in its place while the list was open."""
    post = held(site)
    path = link(site, "editor", post)
    assert path
    site.php(f"return wp_update_post( array( 'ID' => {post}, 'post_content' => '{php(blocks(*SPUN, SPUN[0]))}' ) );")
    assert site.rest("editor").get(path).status == 403
    assert site.php(f"return get_post_meta( {post}, '_unspun_released', true );") == ""
