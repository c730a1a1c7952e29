"""The lists of posts: the column, sorting, the filter and the bulk action."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest

from wordpress.conftest import CLEAN, SPUN, blocks
from wordpress.site import Site, free_port

LIST: Final = "/wp-admin/edit.php"
ROWS: Final = "#the-list .row-title"


@pytest.fixture(autouse=True)
def empty(site: Site) -> None:
    site.php(
        "foreach ( get_posts( array( 'post_type' => array( 'post', 'page' ), 'post_status' => 'any', 'numberposts' => -1 ) ) as $post ) {"
        "  wp_delete_post( $post->ID, true );"
        "} return true;"
    )


def make(site: Site, *posts: dict[str, Any]) -> list[int]:
    """Posts past REST and its gate, published unless said otherwise; `check`: a verdict to be recorded."""
    (site.folder / "posts.json").write_text(json.dumps([{"post_status": "publish", **post} for post in posts]))
    return list(
        site.php(
            "return array_map( function ( $post ) {"
            "  $id = wp_insert_post( wp_slash( $post ) );"
            "  if ( isset( $post['check'] ) ) {"
            "    Unspun\\record( $id, $post['check'], Unspun\\fingerprint( get_post( $id )->post_content, array() ) );"
            "  } return $id;"
            "}, json_decode( file_get_contents( __DIR__ . '/posts.json' ), true ) );"
        )
    )


def verdict(score: float | None, *, flagged: bool = False, status: str = "scored") -> dict[str, Any]:
    return {
        "status": status,
        "score": score,
        "flagged": flagged,
        "held": flagged,
        "paragraphs": 1,
        "flagged_paragraphs": int(flagged),
        "model": "unspun-en@0.3.0",
        "mode": "balanced",
    }


def checked(title: str, score: float | None, **more: Any) -> dict[str, Any]:
    return {"post_title": title, "post_content": title, "check": verdict(score, **more)}


def some(site: Site) -> list[int]:
    return make(
        site,
        checked("nine", 0.09),
        checked("certain", 0.9999, flagged=True),
        checked("ninety", 0.9, flagged=True),
        {"post_title": "never", "post_content": "never"},
        checked("short", None, status="too_short"),
        checked("nought", 0.000012),
        checked("half", 0.5),
    )


def titles(page: Any) -> list[str]:
    return list(page.locator(ROWS).all_inner_texts())


def cells(page: Any) -> dict[str, str]:
    texts = page.locator("#the-list td.column-unspun").all_inner_texts()
    return dict(zip(titles(page), texts, strict=True))


def test_the_column_says_what_was_found(site: Site, page_as: Callable[..., Any], tmp_path: Path) -> None:
    posts = some(site)
    site.php(f"return wp_update_post( array( 'ID' => {posts[2]}, 'post_content' => 'quite another text' ) );")
    page = page_as("editor")
    page.goto(site.address + LIST)
    page.screenshot(path=tmp_path / "list.png", full_page=True)
    print(tmp_path)
    assert cells(page) == {
        "nine": "9%",
        "certain": "over 99%\nFlagged",
        "ninety": "90%\nFlagged\nChanged since",
        "never": "—\nNot checked",
        "short": "too short",
        "nought": "under 1%",
        "half": "50%",
    }


def test_changed_settings_and_phrases_make_a_score_old(
    site: Site, page_as: Callable[..., Any], settings: Callable[..., None]
) -> None:
    first, _ = make(site, checked("first", 0.2), checked("second", 0.3))
    page = page_as("editor")
    site.php(f"return update_post_meta( {first}, '_unspun_ignored', array( 'a phrase' ) );")
    page.goto(site.address + LIST)
    assert cells(page) == {"first": "20%\nChanged since", "second": "30%"}
    settings(mode="strict")
    page.reload()
    assert cells(page)["second"] == "30%\nChanged since"


def test_sorting_keeps_the_posts_without_a_score_and_puts_them_last(site: Site, page_as: Callable[..., Any]) -> None:
    some(site)
    page = page_as("editor")
    page.goto(site.address + LIST)
    with page.expect_navigation():
        page.locator("#unspun a").click()
    down = ["certain", "ninety", "half", "nine", "nought", "short", "never"]
    assert titles(page) == down
    assert page.locator("th#unspun").get_attribute("aria-sort") == "descending"
    with page.expect_navigation():
        page.locator("#unspun a").click()
    assert titles(page) == ["nought", "nine", "half", "ninety", "certain", "short", "never"]
    # Over several pages, too, none is lost and none comes twice.
    site.php("update_user_option( get_user_by( 'login', 'editor' )->ID, 'edit_post_per_page', 3, true ); return true;")
    try:
        seen = []
        for number in (1, 2, 3):
            page.goto(f"{site.address}{LIST}?orderby=unspun&order=desc&paged={number}")
            seen += titles(page)
        assert seen == down
        assert page.locator(".displaying-num").first.inner_text() == "7 items"
    finally:
        site.php("delete_user_option( get_user_by( 'login', 'editor' )->ID, 'edit_post_per_page', true ); return true;")


def test_the_filter(site: Site, page_as: Callable[..., Any]) -> None:
    some(site)
    page = page_as("editor")
    page.goto(site.address + LIST)
    expected = {
        "Flagged by Unspun": {"certain", "ninety"},
        "Not flagged by Unspun": {"nine", "short", "nought", "half"},
        "Not checked by Unspun": {"never"},
        "Unspun: all": {"nine", "certain", "ninety", "never", "short", "nought", "half"},
    }
    for choice, found in expected.items():
        page.get_by_label("Filter by what Unspun found").select_option(choice)
        with page.expect_navigation():
            page.locator("#post-query-submit").click()
        assert set(titles(page)) == found
        # It stays chosen, and goes together with sorting.
        assert page.locator("#filter-by-unspun option:checked").inner_text() == choice
        with page.expect_navigation():
            page.locator("#unspun a").click()
        assert "orderby=unspun" in page.url
        assert set(titles(page)) == found


def test_nonsense_in_the_address_filters_nothing(site: Site) -> None:
    some(site)
    for query in ("unspun=nonsense", "unspun[]=flagged", "orderby[]=unspun", "orderby=unspun&order=;drop"):
        page = site.rest("editor").get(f"{LIST}?{query}")
        assert page.status == 200
        assert page.body.count('class="row-title"') == 7, query


def test_pages_have_it_too_and_nested_ones_stay(site: Site, page_as: Callable[..., Any], tmp_path: Path) -> None:
    (parent,) = make(site, {**checked("parent", 0.1), "post_type": "page"})
    make(
        site,
        {**checked("child", 0.8, flagged=True), "post_type": "page", "post_parent": parent},
        {"post_title": "alone", "post_type": "page", "post_content": "alone"},
    )
    page = page_as("editor")
    page.goto(f"{site.address}{LIST}?post_type=page&unspun=flagged")
    assert [title.lstrip("— ") for title in titles(page)] == ["child"]
    page.goto(f"{site.address}{LIST}?post_type=page&orderby=unspun&order=desc")
    assert titles(page) == ["child", "parent", "alone"]


def test_other_lists_have_none_of_it(site: Site) -> None:
    some(site)
    make(site, {"post_title": "a reused block", "post_type": "wp_block", "post_content": "a reused block"})
    body = site.rest("editor").get(f"{LIST}?post_type=wp_block&unspun=unchecked").body
    assert "a reused block" in body
    assert "column-unspun" not in body
    assert "filter-by-unspun" not in body
    assert "unspun_check" not in body
    # Nor does the filter reach queries of the site itself.
    found = site.rest(None)("GET", "/wp/v2/posts", nonce=False, unspun="flagged").json()
    assert len(found) == 7


def test_who_may_not_edit_posts_sees_no_score(site: Site) -> None:
    some(site)
    assert "column-unspun" in site.rest("contributor").get(LIST).body
    refused = site.rest("subscriber").get(LIST)
    assert refused.status == 403
    assert "column-unspun" not in refused.body
    assert "column-unspun" not in site.rest("author").get(f"{LIST}?post_type=page").body

    as_user = "wp_set_current_user( get_user_by( 'login', '{}' )->ID ); Unspun\\list_columns();"
    which = "return array( Unspun\\has_column( 'post' ), Unspun\\has_column( 'page' ) );"
    for user, columns in {"subscriber": [False, False], "author": [True, False], "editor": [True, True]}.items():
        assert site.php(as_user.format(user) + which) == columns, user


def test_other_queries_on_the_lists_page_are_left_alone(site: Site) -> None:
    some(site)
    found = site.php(
        "define( 'WP_ADMIN', true ); $GLOBALS['pagenow'] = 'edit.php'; wp_set_current_user( 1 ); Unspun\\list_columns();"
        "$_GET['unspun'] = 'flagged';"
        "$all = array( 'numberposts' => -1, 'suppress_filters' => false ); return count( get_posts( $all ) );"
    )
    assert found == 7


def test_quick_edit_keeps_the_column(site: Site, page_as: Callable[..., Any]) -> None:
    make(site, checked("a title", 0.3))
    page = page_as("editor")
    page.goto(site.address + LIST)
    page.locator("#the-list tr").first.hover()
    page.locator("button.editinline").first.click()
    page.locator("#the-list .inline-edit-row input[name=post_title]").fill("another title")
    page.locator("#the-list .inline-edit-row .save").click()
    page.get_by_role("link", name="another title").first.wait_for()
    assert cells(page) == {"another title": "30%"}


def test_the_bulk_action(site: Site, page_as: Callable[..., Any], tmp_path: Path) -> None:
    posts = make(
        site,
        {"post_title": "spun", "post_content": blocks(*SPUN)},
        {"post_title": "clean", "post_content": blocks(*CLEAN)},
        {"post_title": "not chosen", "post_content": blocks(*SPUN)},
        {"post_title": "empty", "post_content": ""},
    )
    page = page_as("editor")
    page.goto(site.address + LIST)
    for post in (posts[0], posts[1], posts[3]):
        page.locator(f"#cb-select-{post}").check()
    page.locator("#bulk-action-selector-top").select_option("Check with Unspun")
    page.locator("#doaction").click()
    notice = page.locator("#unspun-bulk")
    assert notice.inner_text().startswith("3 posts checked by Unspun. 1 is flagged.")
    assert "notice-success" in notice.get_attribute("class")
    page.screenshot(path=tmp_path / "bulk.png", full_page=True)
    print(tmp_path)
    shown = cells(page)
    assert "Flagged" in shown["spun"]
    assert shown["clean"].endswith("%")
    assert (shown["not chosen"], shown["empty"]) == ("—\nNot checked", "too short")
    # What was told once is not told again.
    with page.expect_navigation():
        page.locator("#unspun a").click()
    assert page.locator("#unspun-bulk").count() == 0


def bulk(page: Any, site: Site, posts: list[int]) -> str:
    """The bulk action for posts that the list offers no box for."""
    page.goto(site.address + LIST)
    nonce = page.locator("#posts-filter #_wpnonce").get_attribute("value")
    chosen = "".join(f"&post[]={post}" for post in posts)
    page.goto(f"{site.address}{LIST}?action=unspun_check&_wpnonce={nonce}{chosen}")
    return str(page.locator("#unspun-bulk").inner_text())


def test_the_bulk_action_leaves_other_peoples_posts_alone(site: Site, page_as: Callable[..., Any]) -> None:
    author = site.php("return get_user_by( 'login', 'author' )->ID;")
    own, foreign = make(
        site,
        {"post_title": "own", "post_content": blocks(*SPUN), "post_author": author},
        {"post_title": "foreign", "post_content": blocks(*SPUN), "post_author": 1},
    )
    said = bulk(page_as("author"), site, [own, foreign])
    assert "1 post checked by Unspun. 1 is flagged. 1 was left out, because you may not edit it." in said
    assert site.php(f"return array( Unspun\\recorded( {own} )['flagged'], Unspun\\recorded( {foreign} ) );") == [
        True,
        None,
    ]


def test_the_bulk_action_needs_its_nonce(site: Site) -> None:
    (post,) = make(site, {"post_title": "spun", "post_content": blocks(*SPUN)})
    refused = site.rest("editor").get(f"{LIST}?action=unspun_check&post[]={post}")
    assert refused.status == 403
    assert site.php(f"return Unspun\\recorded( {post} );") is None


def test_the_bulk_action_says_why_it_could_not(
    site: Site, page_as: Callable[..., Any], settings: Callable[..., None]
) -> None:
    posts = make(site, *({"post_title": f"post {i}", "post_content": blocks(*SPUN)} for i in range(3)))
    settings(server=f"http://127.0.0.1:{free_port()}")
    page = page_as("editor")
    said = bulk(page, site, posts)
    assert "0 posts checked by Unspun." in said
    assert "3 were not reached. Choose them again. The Unspun server cannot be reached." in said
    assert "notice-warning" in page.locator("#unspun-bulk").get_attribute("class")


def test_one_post_too_large_does_not_keep_the_others_from_their_score(site: Site, page_as: Callable[..., Any]) -> None:
    posts = make(site, *({"post_title": f"post {i}", "post_content": blocks(*CLEAN)} for i in range(3)))
    huge = f"global $wpdb; return $wpdb->update( $wpdb->posts, array( 'post_content' => str_repeat( 'word ', 900000 ) ), array( 'ID' => {posts[1]} ) );"
    assert site.php(huge) == 1
    said = bulk(page_as("editor"), site, posts)
    assert "2 posts checked by Unspun. 1 could not be checked. The text is too large" in said
    assert [check is None for check in site.php(f"return array_map( 'Unspun\\recorded', {json.dumps(posts)} );")] == [
        False,
        True,
        False,
    ]


def test_scores_of_other_peoples_drafts_are_not_for_authors(site: Site, page_as: Callable[..., Any]) -> None:
    author = site.php("return get_user_by( 'login', 'author' )->ID;")
    theirs = {"post_author": 1, "post_status": "draft"}
    make(
        site,
        {**checked("theirs", 0.9, flagged=True), **theirs},
        {**checked("clear", 0.1), **theirs},
        {"post_title": "new", "post_content": "new", **theirs},
        {**checked("mine", 0.5, flagged=True), "post_author": author},
        {**checked("low", 0.2), "post_author": author},
    )
    page = page_as("author")
    page.goto(f"{site.address}{LIST}?post_type=post&all_posts=1&orderby=unspun&order=desc")
    # A post that one may not edit has no link in the list, so titles() does not see it.
    names = page.locator("#the-list .column-title strong > :first-child").all_inner_texts()
    assert names == ["mine", "low", "new", "clear", "theirs"], "another order would tell the scores"
    assert page.locator("#the-list td.column-unspun").all_inner_texts() == ["50%\nFlagged", "20%", "", "", ""]
    for chosen, found in {"flagged": ["mine"], "clear": ["low"], "unchecked": []}.items():
        page.goto(f"{site.address}{LIST}?post_type=post&all_posts=1&unspun={chosen}")
        assert titles(page) == found
        assert page.locator("#the-list td.column-unspun").count() == len(found)
    page = page_as("editor")
    page.goto(f"{site.address}{LIST}?post_type=post&unspun=flagged")
    assert sorted(titles(page)) == ["mine", "theirs"]
