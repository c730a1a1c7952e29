"""Block mode on the server: what is held is not published, whichever way it comes, and nothing is lost."""

from __future__ import annotations

import json
import socket
import xmlrpc.client
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest

from wordpress.conftest import CLEAN, SPUN, blocks
from wordpress.service import KEY, Service
from wordpress.site import PASSWORD, Answer, Site, free_port
from wordpress.test_service import asked, php_string

BAD: Final = blocks(*SPUN)
GOOD: Final = blocks(*CLEAN)
LATER: Final = "2031-05-01T10:00:00"


@pytest.fixture
def block(settings: Callable[..., None]) -> None:
    settings(action="block")


def posts(site: Site, user: str = "author", **fields: Any) -> Answer:
    return site.rest(user)("POST", "/wp/v2/posts", {"title": "A post", **fields})


def change(site: Site, post: int, user: str = "author", **fields: Any) -> Answer:
    return site.rest(user)("POST", f"/wp/v2/posts/{post}", fields)


def row(site: Site, post: int) -> Any:
    """Status, content, and why it is held."""
    return site.php(
        f"$post = get_post( {post} ); return array( $post->post_status, $post->post_content, get_post_meta( $post->ID, '_unspun_held', true ) ?: null );"
    )


def assert_held(answer: Answer) -> None:
    assert answer.status == 403
    assert answer.json()["code"] == "unspun_held"
    assert "Unspun holds this post back" in answer.json()["message"]
    assert SPUN[0][:40] not in answer.json()["message"]
    assert KEY not in answer.body


@pytest.mark.usefixtures("block")
def test_over_rest_what_is_flagged_does_not_go_out(site: Site) -> None:
    assert_held(posts(site, content=BAD, status="publish"))
    assert_held(posts(site, content=BAD, status="publish", date=LATER))
    assert_held(posts(site, content=BAD, status="future", date=LATER))
    draft = posts(site, content=BAD).json()["id"]
    assert_held(change(site, draft, status="publish"))
    assert_held(change(site, draft, status="publish", user="admin"))
    assert_held(change(site, draft, status="future", date=LATER))
    assert row(site, draft) == ["draft", BAD, None]


@pytest.mark.usefixtures("block")
def test_over_rest_what_is_clean_goes_out_with_one_request(site: Site, service: Service) -> None:
    before = asked(service)
    made = posts(site, content=GOOD, status="publish")
    assert (made.status, made.json()["status"]) == (201, "publish")
    assert asked(service) == before + 1
    later = posts(site, content=GOOD, status="future", date=LATER)
    assert (later.status, later.json()["status"]) == (201, "future")
    draft = posts(site, content=BAD).json()["id"]
    assert asked(service) == before + 2
    fixed = change(site, draft, status="publish", content=GOOD)
    assert (fixed.status, fixed.json()["status"]) == (200, "publish")
    assert asked(service) == before + 3
    current = f"return array( Unspun\\is_current( get_post( {draft} ) ), Unspun\\recorded( {draft} )['flagged'] );"
    assert site.php(current) == [True, False]


@pytest.mark.usefixtures("block")
def test_a_public_post_stays_as_it_is_until_its_new_text_passes(site: Site, service: Service) -> None:
    post = posts(site, content=GOOD, status="publish").json()["id"]
    assert_held(change(site, post, content=BAD))
    assert row(site, post) == ["publish", GOOD, None]
    before = asked(service)
    assert change(site, post, title="A new title").status == 200
    assert change(site, post, content=GOOD, excerpt="New.").status == 200
    assert asked(service) == before, "a text that stays is not checked again"
    later = posts(site, content=GOOD, status="future", date=LATER).json()["id"]
    assert_held(change(site, later, content=BAD))


def test_what_was_public_before_may_be_put_away_and_not_brought_back(site: Site, settings: Callable[..., None]) -> None:
    post = posts(site, content=BAD, status="publish").json()["id"]
    settings(action="block")
    assert change(site, post, title="A new title").status == 200
    assert site.rest("author")("DELETE", f"/wp/v2/posts/{post}").status == 200
    assert row(site, post)[0] == "trash"
    assert_held(change(site, post, status="publish"))
    assert change(site, post, status="draft").status == 200


@pytest.mark.usefixtures("block")
def test_other_statuses_and_autosaves_pass(site: Site, service: Service) -> None:
    before = asked(service)
    for status in ("draft", "pending"):
        assert posts(site, content=BAD, status=status).status == 201
    assert posts(site, "editor", content=BAD, status="private").status == 201
    assert asked(service) == before
    public = posts(site, content=GOOD, status="publish").json()["id"]
    before = asked(service)
    saved = site.rest("author")("POST", f"/wp/v2/posts/{public}/autosaves", {"content": BAD})
    assert (saved.status, saved.json()["content"]["raw"]) == (200, BAD)
    assert row(site, public)[:2] == ["publish", GOOD]
    assert asked(service) == before


@pytest.mark.usefixtures("block")
def test_an_autosave_does_not_open_the_gate(site: Site) -> None:
    draft = posts(site, content=GOOD).json()["id"]
    site.rest("author")("POST", f"/wp/v2/posts/{draft}/autosaves", {"content": BAD, "status": "publish"})
    assert row(site, draft)[0] == "pending"


@pytest.mark.usefixtures("block")
def test_pages_are_gated_too(site: Site) -> None:
    assert_held(site.rest("editor")("POST", "/wp/v2/pages", {"title": "A page", "content": BAD, "status": "publish"}))


@pytest.mark.usefixtures("block")
def test_a_batch_is_gated_too(site: Site) -> None:
    requests = [
        {"method": "POST", "path": "/wp/v2/posts", "body": {"content": text, "status": "publish"}}
        for text in (GOOD, BAD, GOOD)
    ]
    answer = site.rest("author")("POST", "/batch/v1", {"requests": requests})
    assert [part["status"] for part in answer.json()["responses"]] == [201, 403, 201]


@pytest.fixture
def forgiven(site: Site, settings: Callable[..., None], service: Service) -> tuple[str, list[str]]:
    """A post that is held for its paragraphs, and the phrases without which it is not."""
    settings(action="block", hold="paragraph")
    found = service.score("\n\n".join(SPUN))["documents"][0]["paragraphs"]
    phrases = sorted({span["text"] for paragraph in found for span in paragraph["spans"]})
    left = service.score("\n\n".join(SPUN), allow=phrases)["documents"][0]["paragraphs"]
    content = blocks(*(text for text, a, b in zip(SPUN, found, left, strict=True) if a["flagged"] and not b["flagged"]))
    document = service.score(content, format="html", allow=phrases)["documents"][0]
    assert content, "the sample no longer serves"
    assert not any(paragraph["flagged"] for paragraph in document["paragraphs"]), "the sample no longer serves"
    return content, phrases


def test_ignored_phrases_let_a_post_through(site: Site, forgiven: tuple[str, list[str]]) -> None:
    content, phrases = forgiven
    draft = posts(site, content=content).json()["id"]
    assert_held(change(site, draft, status="publish"))
    # In the very request that publishes, and kept with the post from then on.
    assert change(site, draft, status="publish", meta={"_unspun_ignored": phrases}).status == 200
    assert site.php(f"return Unspun\\is_current( get_post( {draft} ) );")
    assert change(site, draft, status="draft").status == 200
    assert change(site, draft, status="publish").status == 200
    assert change(site, draft, status="draft").status == 200
    assert_held(change(site, draft, status="publish", meta={"_unspun_ignored": []}))
    assert posts(site, content=content, status="publish", meta={"_unspun_ignored": phrases}).status == 201


@pytest.mark.parametrize("action", ["advise", "ask"])
def test_where_nothing_is_blocked_nothing_is_asked_or_refused(
    site: Site, settings: Callable[..., None], action: str, service: Service
) -> None:
    settings(action=action)
    before = asked(service)
    made = posts(site, content=BAD, status="publish")
    assert made.status == 201
    assert row(site, made.json()["id"]) == ["publish", BAD, None]
    assert asked(service) == before


def test_while_the_service_is_down(site: Site, settings: Callable[..., None]) -> None:
    nowhere = f"http://127.0.0.1:{free_port()}"
    settings(action="block", server=nowhere)
    answer = posts(site, content=GOOD, status="publish")
    assert (answer.status, answer.json()["code"]) == (403, "unspun_held")
    assert "could not be checked" in answer.json()["message"]
    assert "cannot be reached" in answer.json()["message"]
    [made] = site.php(
        f"return array( wp_insert_post( array( 'post_content' => {php_string(GOOD)}, 'post_status' => 'publish' ) ) );"
    )
    assert row(site, made)[0] == "pending"
    assert row(site, made)[2]["code"] == "unchecked"
    assert posts(site, content="<!-- wp:separator --><hr/><!-- /wp:separator -->", status="publish").status == 201
    settings(action="block", server=nowhere, when_down="pass")
    assert posts(site, content=BAD, status="publish").status == 201
    assert change(site, made, "admin", status="publish").status == 200
    assert row(site, made)[2] is None


def test_a_text_too_large_to_be_checked_is_held_in_any_case(site: Site, settings: Callable[..., None]) -> None:
    settings(action="block", when_down="pass")
    assert site.php("return Unspun\\reason_to_hold( str_repeat( 'Many words. ', 400000 ), array() );") == {
        "code": "unchecked",
        "message": "The post is too large to be checked.",
    }


def test_a_deaf_service_is_waited_for_once_in_a_bulk_action(site: Site, settings: Callable[..., None]) -> None:
    ids = [posts(site, content=blocks(text)).json()["id"] for text in CLEAN[:3]]
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen()
        settings(action="block", server=f"http://127.0.0.1:{deaf.getsockname()[1]}", seconds=1)
        site.php(
            f"foreach ( {php_ids(ids)} as $id ) {{ wp_update_post( array( 'ID' => $id, 'post_status' => 'publish' ) ); }} return 1;"
        )
        deaf.setblocking(False)
        deaf.accept()[0].close()
        with pytest.raises(BlockingIOError):
            deaf.accept()
    assert [row(site, post)[0] for post in ids] == ["pending"] * 3


def php_ids(ids: list[int]) -> str:
    return f"array( {', '.join(map(str, ids))} )"


# Ways where an error would lose the text.


@pytest.mark.usefixtures("block")
def test_a_change_to_a_public_post_waits_among_its_revisions(
    site: Site, page_as: Callable[..., Any], tmp_path: Path
) -> None:
    """Nothing that readers see is taken from them, and nothing that was written is lost."""
    post = posts(site, content=GOOD, status="publish", title="As it was").json()["id"]
    update = "return wp_update_post( wp_slash( array( 'ID' => %d, 'post_title' => %s, 'post_content' => %s ) ) );"
    site.php(update % (post, php_string("Changed \\ title"), php_string(BAD)))
    status, content, reason = row(site, post)
    assert (status, content) == ("publish", GOOD)
    assert site.php(f"return get_post( {post} )->post_title;") == "As it was"
    kept = site.php(
        f"$kept = get_post( {reason['revision']} ); return array( $kept->post_parent, $kept->post_title, $kept->post_content );"
    )
    assert kept == [post, "Changed \\ title", BAD]
    revisions = f"return count( wp_get_post_revisions( {post} ) );"
    before = site.php(revisions)
    site.php(update % (post, php_string("Changed \\ title"), php_string(BAD)))
    assert (row(site, post)[2]["revision"], site.php(revisions)) == (reason["revision"], before), "the same again"
    page = page_as("author")
    page.goto(f"{site.address}/wp-admin/post.php?post={post}&action=edit")
    notice = page.locator(".components-notice:has-text('Unspun holds back a change to this post')")
    notice.wait_for()
    page.screenshot(path=tmp_path / "change.png")
    notice.get_by_role("link", name="See the new text").click()
    page.wait_for_url("**/revision.php?revision=*")
    assert (
        "As it was"
        in site.rest("author").get("/wp-admin/edit.php").body.partition("Unspun holds back")[2].partition("</div>")[0]
    )
    site.php(update % (post, php_string("New"), php_string(blocks(*CLEAN, "One more."))))
    assert row(site, post) == ["publish", blocks(*CLEAN, "One more."), None]


@pytest.mark.usefixtures("block")
def test_without_revisions_a_change_to_a_public_post_waits_as_pending(site: Site) -> None:
    post = posts(site, content=GOOD, status="publish").json()["id"]
    site.php(
        "add_filter( 'wp_revisions_to_keep', '__return_zero' );"
        f"return wp_update_post( wp_slash( array( 'ID' => {post}, 'post_content' => {php_string(BAD)} ) ) );"
    )
    assert row(site, post)[:2] == ["pending", BAD]


@pytest.mark.usefixtures("block")
def test_a_feed_lands_in_pending_whole(site: Site, service: Service) -> None:
    bad, good = f"{BAD}\n\n<p>C:\\\\new &amp; 'so'</p>", GOOD
    before = asked(service)
    made = site.php(
        f"return array_map( fn( $text ) => wp_insert_post( wp_slash( array( 'post_title' => 'From a feed', 'post_content' => $text, 'post_status' => 'publish' ) ) ), array( {php_string(bad)}, {php_string(good)} ) );"
    )
    status, content, reason = row(site, made[0])
    assert (status, content) == ("pending", bad)
    assert reason["code"] == "found"
    assert reason["flagged"] > 0
    assert row(site, made[1]) == ["publish", good, None]
    assert asked(service) == before + 2
    assert site.php(
        f"return array( Unspun\\recorded( {made[0]} )['held'], Unspun\\is_current( get_post( {made[0]} ) ) );"
    ) == [True, True]


def test_a_feed_may_bring_ignored_phrases(site: Site, forgiven: tuple[str, list[str]]) -> None:
    content, phrases = forgiven
    fields = f"'post_content' => {php_string(content)}, 'post_status' => 'publish'"
    ignored = f"'meta_input' => array( '_unspun_ignored' => json_decode( {php_string(json.dumps(phrases))} ) )"
    without, having = site.php(
        f"return array( wp_insert_post( array( {fields} ) ), wp_insert_post( array( {fields}, {ignored} ) ) );"
    )
    assert row(site, without)[0] == "pending"
    assert row(site, having)[0] == "publish"
    assert site.php(f"return Unspun\\is_current( get_post( {having} ) );")


@pytest.mark.usefixtures("block")
def test_publishing_past_wp_insert_post_is_taken_back(site: Site, service: Service) -> None:
    bad, good = posts(site, content=BAD).json()["id"], posts(site, content=GOOD).json()["id"]
    for post in (bad, good):
        site.php(f"wp_publish_post( {post} ); return 1;")
    assert row(site, bad)[:2] == ["pending", BAD]
    assert row(site, bad)[2]["code"] == "found"
    assert row(site, good) == ["publish", GOOD, None]
    before = asked(service)
    scheduled = posts(site, content=GOOD, status="future", date=LATER).json()["id"]
    site.php(f"wp_publish_post( {scheduled} ); return 1;")
    assert row(site, scheduled)[0] == "publish"
    assert asked(service) == before + 1, "what was checked when it was scheduled goes out by itself"


@pytest.mark.usefixtures("block")
def test_xml_rpc(site: Site) -> None:
    client: Any = xmlrpc.client.ServerProxy(f"{site.address}/xmlrpc.php")
    made = {
        text: int(
            client.wp.newPost(
                1, "author", PASSWORD, {"post_title": "By XML-RPC", "post_content": text, "post_status": "publish"}
            )
        )
        for text in (BAD, GOOD)
    }
    assert row(site, made[BAD])[:2] == ["pending", BAD]
    assert row(site, made[GOOD])[:2] == ["publish", GOOD]


@pytest.mark.usefixtures("block")
def test_quick_edit(site: Site, page_as: Callable[..., Any], tmp_path: Path) -> None:
    post = posts(site, content=BAD, title="Quick one").json()["id"]
    page = page_as("editor")
    page.goto(f"{site.address}/wp-admin/edit.php")
    page.hover(f"#post-{post}")
    page.click(f"#post-{post} .editinline")
    page.select_option(f"#edit-{post} select[name=_status]", "publish")
    page.click(f"#edit-{post} .save")
    page.wait_for_selector(f"#post-{post}.status-pending")
    assert row(site, post)[:2] == ["pending", BAD]
    page.reload()
    notice = page.locator(".notice-warning", has_text="Unspun holds back")
    assert "Quick one" in notice.inner_text()
    page.screenshot(path=tmp_path / "list.png")
    assert (
        "Quick one"
        not in site.rest("other")
        .get("/wp-admin/edit.php")
        .body.partition("Unspun holds back")[2]
        .partition("</div>")[0]
    )


@pytest.mark.usefixtures("block")
def test_the_block_editor_says_why_a_post_waits_until_it_is_published(
    site: Site, edit: Callable[..., Any], tmp_path: Path
) -> None:
    post = site.php(
        f"return wp_insert_post( array( 'post_author' => 1, 'post_content' => {php_string(BAD)}, 'post_status' => 'publish' ) );"
    )
    page = edit(post)
    page.wait_for_selector(".components-notice:has-text('Unspun holds this post back')")
    page.screenshot(path=tmp_path / "held.png")
    assert change(site, post, "admin", content=GOOD, status="publish").status == 200
    page = edit(post)
    page.wait_for_selector("iframe[name='editor-canvas'], .editor-styles-wrapper")
    assert page.query_selector(".components-notice:has-text('Unspun holds this post back')") is None


@pytest.mark.usefixtures("block")
def test_a_text_that_wordpress_changes_for_the_writer_is_checked_once_as_it_is_saved(
    site: Site, service: Service
) -> None:
    content = f"{GOOD}\n\n<!-- wp:html -->\n<script>alert(1)</script><iframe src='https://example.org'></iframe>\n<!-- /wp:html -->"
    before = asked(service)
    made = posts(site, content=content, status="publish").json()["id"]
    assert asked(service) == before + 1
    assert "<script>" not in row(site, made)[1]
    assert site.php(f"return Unspun\\is_current( get_post( {made} ) );")


def test_in_a_batch_each_post_needs_its_own_ignored_phrases(site: Site, forgiven: tuple[str, list[str]]) -> None:
    content, phrases = forgiven
    requests = [
        {"method": "POST", "path": "/wp/v2/posts", "body": {"content": content, "status": "publish", **more}}
        for more in ({"meta": {"_unspun_ignored": phrases}}, {})
    ]
    answer = site.rest("author")("POST", "/batch/v1", {"requests": requests})
    assert [part["status"] for part in answer.json()["responses"]] == [201, 403]


def test_phrases_that_are_not_kept_do_not_count(site: Site, forgiven: tuple[str, list[str]]) -> None:
    content, phrases = forgiven
    sent = f"array( 'content' => {php_string(content)}, 'status' => 'publish', 'meta' => array( '_unspun_ignored' => {php_string(json.dumps(phrases))} ) )"
    statuses = [
        site.php(
            "wp_set_current_user( 1 );"
            f"register_post_type( 'bare', array( 'public' => true, 'show_in_rest' => true, 'supports' => array( 'title', {supports} ) ) );"
            f"$sent = {sent}; $sent['meta']['_unspun_ignored'] = json_decode( $sent['meta']['_unspun_ignored'] );"
            "Unspun\\register_ignored(); $request = new WP_REST_Request( 'POST', '/wp/v2/bare' ); $request->set_body_params( $sent );"
            "return rest_do_request( $request )->get_status();"
        )
        for supports in ("'editor'", "'editor', 'custom-fields'")
    ]
    assert statuses == [403, 201]


@pytest.mark.usefixtures("block")
def test_a_change_of_which_no_revision_can_be_made_is_not_lost(site: Site) -> None:
    post = posts(site, content=GOOD, status="publish").json()["id"]
    site.php(
        "add_filter( 'wp_insert_post_empty_content', fn( $empty, $post ) => 'revision' === $post['post_type'], 10, 2 );"
        f"return wp_update_post( array( 'ID' => {post}, 'post_content' => {php_string(BAD)} ) );"
    )
    assert row(site, post)[:2] == ["pending", BAD]


@pytest.mark.usefixtures("block")
def test_a_later_change_that_passes_takes_the_place_of_one_that_was_held_back(site: Site) -> None:
    post = posts(site, content=GOOD, status="publish").json()["id"]
    better = blocks(*CLEAN[1:])
    texts = f"array( {php_string(BAD)}, {php_string(better)} )"
    site.php(
        f"foreach ( {texts} as $text ) {{ wp_update_post( array( 'ID' => {post}, 'post_content' => $text ) ); }} return true;"
    )
    assert row(site, post) == ["publish", better, None]


@pytest.mark.usefixtures("block")
def test_the_list_names_an_author_their_own_held_posts_among_many(site: Site) -> None:
    held = (
        "wp_insert_post( array( 'post_title' => $title, 'post_status' => 'pending', 'post_content' => 'x', 'post_author' => $author, "
        "'post_date' => $date, 'meta_input' => array( '_unspun_held' => array( 'code' => 'found', 'flagged' => 1, 'paragraphs' => 1 ) ) ) );"
    )
    site.php(
        f"$held = function ( $title, $author, $date ) {{ {held} }};"
        "$held( 'Mine and old', get_user_by( 'login', 'author' )->ID, '2030-01-01 00:00:00' );"
        "for ( $i = 0; $i < 25; $i++ ) { $held( 'Theirs', 1, '2030-02-01 00:00:00' ); } return true;"
    )
    notice = site.rest("author").get("/wp-admin/edit.php").body.partition("Unspun holds back")[2].partition("</div>")[0]
    # The other tests look at the first page of the list.
    site.php(
        "foreach ( get_posts( array( 'post_status' => 'pending', 'year' => 2030, 'numberposts' => -1 ) ) as $post ) { wp_delete_post( $post->ID, true ); } return true;"
    )
    assert "Mine and old" in notice
    assert "Theirs" not in notice
