"""The block editor: the sidebar and the marks, on a real WordPress with the real service."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import pytest

from wordpress.conftest import CLEAN, SPUN, blocks
from wordpress.service import Service
from wordpress.site import Site

Page = Any
Frame = Any

#: A post with an emoji before each paragraph.
POST: Final = blocks(*(f"🙂 {paragraph}" for paragraph in SPUN))
ROUTE: Final = re.compile(r"unspun(/|%2F)v1(/|%2F)check")
STORE: Final = "wp.data.select( 'unspun/check' )"
#: Every phrase of the list: its key, its text, and the text of its mark or marks in the canvas.
MARKS: Final = """spans => spans.map( ( [ key, text ] ) => [ key, text,
    Array.from( document.querySelectorAll( `[id="annotation-text-unspun-${ key }"]` ), mark => mark.textContent ).join( '' ) ] )"""


@pytest.fixture
def opened(edit: Callable[..., Page], canvas: Callable[[Page], Frame], site: Site) -> Callable[..., tuple[Page, Frame]]:
    """Opens a post with the sidebar; (page, canvas)."""

    def open_post(content: str | int, **options: Any) -> tuple[Page, Frame]:
        page = edit(site.post(content) if isinstance(content, str) else content, **options)
        frame = canvas(page)
        frame.wait_for_selector("[data-block]", state="attached")
        page.evaluate("wp.data.dispatch( 'core/edit-post' ).openGeneralSidebar( 'unspun/unspun' )")
        page.wait_for_selector(".unspun-sidebar .unspun-check")
        return page, frame

    return open_post


def check(page: Page) -> None:
    """Press the button and wait for the verdict."""
    page.click(".unspun-sidebar .unspun-check")
    page.wait_for_selector(".unspun-verdict:not(.is-stale)")
    assert not page.query_selector(".unspun-progress")


def spans(page: Page) -> list[list[str]]:
    """[key, text] of every phrase in the list."""
    found: list[list[str]] = page.evaluate(
        f"{STORE}.getParagraphs().flatMap( paragraph => paragraph.markable ? paragraph.spans : [] )"
        ".filter( span => ! span.gone ).map( span => [ span.key, span.text ] )"
    )
    return found


def marked_right(page: Page, frame: Frame) -> int:
    """Wait until every phrase of the list has its mark, on itself and nothing else; how many there are."""
    want = spans(page)
    frame.wait_for_function(
        f"spans => ( {MARKS} )( spans ).every( ( [ , text, marked ] ) => marked === text )", arg=want
    )
    # The editor draws a moment after its data have changed.
    ids = sorted(f"annotation-text-unspun-{key}" for key, _ in want)
    frame.wait_for_function(
        "ids => JSON.stringify( [ ...new Set( Array.from( document.querySelectorAll( 'mark[id]' ), mark => mark.id ) ) ].sort() )"
        " === JSON.stringify( ids )",
        arg=ids,
    )
    return len(want)


def content(page: Page) -> str:
    return str(page.evaluate("wp.data.select( 'core/editor' ).getEditedPostContent()"))


def is_dirty(page: Page) -> bool:
    return bool(page.evaluate("wp.data.select( 'core/editor' ).isEditedPostDirty()"))


def save(page: Page) -> None:
    page.evaluate("wp.data.dispatch( 'core/editor' ).savePost()")


def saved(site: Site, page: Page) -> str:
    """The content in the database."""
    post = page.evaluate("wp.data.select( 'core/editor' ).getCurrentPostId()")
    return str(site.rest()("GET", f"/wp/v2/posts/{post}", context="edit").json()["content"]["raw"])


def replace_button(page: Page, phrase: str, words: str) -> Any:
    return page.get_by_role("button", name=f"Replace “{phrase}” by “{words}”", exact=True).first


def plain(html: str) -> str:
    return re.sub(r"<[^>]*>", "", html)


def test_marks_stand_on_the_phrases_that_the_service_names(
    opened: Callable[..., Any], service: Service, tmp_path: Path
) -> None:
    page, frame = opened(POST)
    check(page)
    (document,) = service.score("\n\n".join(f"🙂 {paragraph}" for paragraph in SPUN))["documents"]
    expected = [span["text"] for paragraph in document["paragraphs"] for span in paragraph["spans"]]
    assert len(expected) > 20
    assert [text for _, text in spans(page)] == expected
    assert marked_right(page, frame) == len(expected)
    scores = page.evaluate(f"{STORE}.getParagraphs().map( paragraph => paragraph.score )")
    assert scores == [paragraph["score"] for paragraph in document["paragraphs"]]
    assert page.inner_text(".unspun-verdict__headline") == "Flagged: this text looks reworded by a machine"
    flagged = frame.locator(".is-annotated-by-unspun-flagged").count()
    assert flagged == sum(paragraph["flagged"] for paragraph in document["paragraphs"])
    assert not is_dirty(page), "a check is no change"
    page.screenshot(path=tmp_path / "checked.png")
    print(tmp_path / "checked.png")


def test_emoji_and_formats_inside_of_a_paragraph_move_no_mark(opened: Callable[..., Any]) -> None:
    text = (
        SPUN[0]
        .replace("immediate assists", "immediate <strong>assists</strong>")
        .replace("While you", "👩‍👩‍👧 While you")
    )
    text = text.replace("surviving", '<a href="https://example.org/">sur</a>viving')
    text = text.replace("characteristic", "<em>charac</em>teristic").replace(". The app", ".&nbsp;🇫🇷 &amp;<br>The app")
    page, frame = opened(blocks(text))
    check(page)
    texts = [text for _, text in spans(page)]
    assert {"immediate assists", "surviving", "characteristic"} <= set(texts)
    marked_right(page, frame)


def test_blocks_inside_of_blocks_are_read_and_those_that_cannot_be_marked_are_outlined(
    opened: Callable[..., Any], tmp_path: Path
) -> None:
    page, frame = opened(
        '<!-- wp:columns --><div class="wp-block-columns"><!-- wp:column --><div class="wp-block-column">'
        '<!-- wp:group --><div class="wp-block-group"><!-- wp:quote --><blockquote class="wp-block-quote">'
        f"<!-- wp:paragraph --><p>🙂 {SPUN[0]}</p><!-- /wp:paragraph --><cite>Somebody</cite></blockquote>"
        "<!-- /wp:quote --></div><!-- /wp:group --></div><!-- /wp:column --></div><!-- /wp:columns -->"
        f'<!-- wp:list --><ul class="wp-block-list"><!-- wp:list-item --><li>{SPUN[1]}'
        f'<!-- wp:list --><ul class="wp-block-list"><!-- wp:list-item --><li>🙂 {SPUN[3]}</li><!-- /wp:list-item -->'
        "</ul><!-- /wp:list --></li><!-- /wp:list-item --></ul><!-- /wp:list -->"
        f'<!-- wp:heading --><h2 class="wp-block-heading">🙂 {SPUN[2]}</h2><!-- /wp:heading -->'
        '<!-- wp:table --><figure class="wp-block-table"><table class="has-fixed-layout"><tbody>'
        f"<tr><td>One</td><td>🙂 {SPUN[4]}</td></tr></tbody></table></figure><!-- /wp:table -->"
        f'<!-- wp:code --><pre class="wp-block-code"><code>{SPUN[0]}</code></pre><!-- /wp:code -->'
        f"\n<p>{SPUN[1]}</p>\n"
    )
    check(page)
    rows = page.evaluate(
        f"{STORE}.getParagraphs().map( row => [ row.label.toLowerCase(), row.status, row.flagged, row.markable, row.spans.length > 0 ] )"
    )
    assert rows == [
        ["paragraph", "scored", True, True, True],
        ["quote", "too_short", False, True, False],
        ["list item", "scored", True, True, True],
        ["list item", "scored", True, True, True],
        ["heading", "scored", rows[4][2], True, rows[4][4]],
        ["table", "scored", True, False, True],
        ["classic", "scored", True, False, True],
    ]
    marked_right(page, frame)
    for name in ("core/table", "core/freeform"):
        block = frame.locator(f"[data-type='{name}']")
        frame.locator(f"[data-type='{name}'].is-annotated-by-unspun-found").wait_for()
        assert block.evaluate("element => getComputedStyle( element ).outlineStyle") == "dashed"
    assert page.get_by_text("Phrases can’t be marked in this block.").count() == 2
    assert page.get_by_text("too short").count() == 1
    frame.evaluate("document.querySelector( '[data-type=\"core/table\"]' ).scrollIntoView()")
    page.screenshot(path=tmp_path / "nested.png")
    print(tmp_path / "nested.png")


def test_what_is_left_out(opened: Callable[..., Any], settings: Callable[..., None]) -> None:
    settings(skip_quotes=True)
    quote = f'<!-- wp:quote --><blockquote class="wp-block-quote">{blocks(SPUN[0])}</blockquote><!-- /wp:quote -->'
    code = f'<!-- wp:code -->\n<pre class="wp-block-code"><code>{SPUN[1]}</code></pre>\n<!-- /wp:code -->'
    page, _ = opened(f"{quote}\n\n{blocks(CLEAN[0])}\n\n{code}")
    check(page)
    assert page.evaluate(f"{STORE}.getParagraphs().map( row => row.excerpt.slice( 0, 20 ) )") == [CLEAN[0][:20]]


def test_what_readers_see_between_shortcodes_is_read(opened: Callable[..., Any], site: Site) -> None:
    text = f'[caption id="x"]{SPUN[0]}[/caption] [sic] [[caption]]'
    page, _ = opened(
        f"<!-- wp:shortcode -->\n{text}\n<!-- /wp:shortcode -->\n\n<!-- wp:freeform -->{text}<!-- /wp:freeform -->"
    )
    units = page.evaluate(
        "unspun.texts.read( wp.data.select( 'core/block-editor' ).getBlocks(), false ).map( unit => unit.text )"
    )
    assert units == [f"{SPUN[0]} [sic] [[caption]]"] * 2
    post = page.evaluate("wp.data.select( 'core/editor' ).getCurrentPostId()")
    check(page)
    seen = page.evaluate(f"{STORE}.getSummary().score")
    assert site.php(f"return Unspun\\check_content( get_post( {post} )->post_content, array() )['score'];") == seen


#: A phrase as it stands in a paragraph, and after it was replaced.
FORMATS: Final = (
    ("immediate assists", "immediate assistance"),
    ("<strong>immediate assists</strong>", "<strong>immediate assistance</strong>"),
    ("immediate <strong>assists</strong>", "immediate <strong>assistance</strong>"),
    ("<strong>immediate</strong> assists", "<strong>immediate</strong> assistance"),
    ("immediate as<em>sists</em>", "immediate assistance"),
    (
        '<a href="https://example.org/"><strong>immediate assists</strong> 🙂 here</a>',
        '<a href="https://example.org/"><strong>immediate assistance</strong> 🙂 here</a>',
    ),
)
#: What is no text, in and behind a phrase.
FOOTNOTE: Final = (
    '<sup data-fn="8a1c2d3e-0000-4000-8000-000000000001" class="fn"><a href="#8a1c2d3e-0000-4000-8000-000000000001" '
    'id="8a1c2d3e-0000-4000-8000-000000000001-link">1</a></sup>'
)
PICTURE: Final = '<img class="wp-image-1" style="width: 10px;" src="data:image/gif;base64,R0lGODlhAQABAAAAACw=" alt="">'


def test_a_replacement_keeps_footnotes_and_pictures(opened: Callable[..., Any]) -> None:
    texts = [
        SPUN[0].replace("immediate assists", f"immediate{FOOTNOTE} assists"),
        SPUN[0].replace("immediate assists", f"immediate {PICTURE}assists"),
    ]
    page, _ = opened(blocks(*texts))
    check(page)
    number = len(spans(page))
    before = content(page)
    for _ in texts:
        replace_button(page, "immediate  assists", "immediate  assistance").click()
    assert content(page) == before.replace("assists", "assistance")
    assert len(spans(page)) == number - 2
    # Where other words take the place of all of it, they stand behind them.
    html = page.evaluate(
        "html => unspun.replace.replaced( html, 0, html.indexOf( '<' ) + 9, 'help' )", f"immediate{FOOTNOTE} assists."
    )
    assert html == f"help{FOOTNOTE}."


def test_a_click_replaces_a_phrase_and_keeps_its_formats(opened: Callable[..., Any]) -> None:
    texts = [f"🙂 {SPUN[0]}".replace("immediate assists", before) for before, _ in FORMATS]
    page, frame = opened(blocks(*texts))
    check(page)
    number = marked_right(page, frame)
    for done, (before, after) in enumerate(FORMATS):
        replace_button(page, "immediate assists", "immediate assistance").click()
        texts[done] = texts[done].replace(before, after)
        assert content(page) == blocks(*texts)
        assert marked_right(page, frame) == number - done - 1
    page.wait_for_selector(".unspun-verdict.is-stale")
    assert page.get_by_text("have changed since this check").is_visible()


def test_each_replacement_is_one_step_of_undo(opened: Callable[..., Any]) -> None:
    page, frame = opened(blocks(f"🙂 {SPUN[0]}"))
    original = content(page)
    check(page)
    number = marked_right(page, frame)
    # Typing before it is a step of its own.
    frame.click("[data-type='core/paragraph']")
    page.keyboard.press("Control+Home")
    page.keyboard.type("Well. ")
    typed = content(page)
    assert typed != original
    replace_button(page, "babies", "children").click()
    once = content(page)
    replace_button(page, "immediate assists", "immediate assistance").click()
    twice = content(page)
    assert "children" in once
    assert "assistance" in twice
    assert marked_right(page, frame) == number - 2
    for expected, marks in ((once, number - 1), (typed, number)):
        page.keyboard.press("Control+z")
        assert content(page) == expected
        page.wait_for_function(f"number => {STORE}.getParagraphs()[ 0 ].spans.length === number", arg=marks)
        assert marked_right(page, frame) == marks, "a phrase that is back is marked again"
    # With nothing left to undo WordPress reads the post anew: all its blocks are others.
    page.keyboard.press("Control+z")
    assert content(page) == original
    page.wait_for_selector(".unspun-verdict:not(.is-stale)")
    assert marked_right(page, frame) == number


def test_marks_follow_the_text_and_a_phrase_is_replaced_where_it_is_now(opened: Callable[..., Any]) -> None:
    page, frame = opened(blocks(f"🙂 {SPUN[0]} babies", CLEAN[0]))
    check(page)
    number = marked_right(page, frame)
    frame.locator("[data-type='core/paragraph']").first.click()
    page.keyboard.press("Control+Home")
    page.keyboard.type("My babies say 😀: ")
    assert marked_right(page, frame) == number
    replace_button(page, "babies", "children").click()
    text = plain(content(page))
    assert text.strip().startswith("My babies say 😀: 🙂 While")
    assert "helping your children hunt" in text
    assert "first responders. babies" in text
    assert marked_right(page, frame) == number - 1, "the same words elsewhere are not the phrase"
    page.keyboard.press("Control+z")
    page.wait_for_function(
        f"number => {STORE}.getParagraphs().flatMap( row => row.spans ).length === number", arg=number
    )
    assert marked_right(page, frame) == number
    assert frame.locator("mark", has_text="babies").first.evaluate(
        "mark => mark.previousSibling.textContent.endsWith( 'helping your ' )"
    )


def test_a_phrase_that_is_gone_is_said_to_be(opened: Callable[..., Any]) -> None:
    page, frame = opened(blocks(SPUN[0]))
    check(page)
    change = (
        "from => wp.data.dispatch( 'core/block-editor' ).updateBlockAttributes( "
        "wp.data.select( 'core/block-editor' ).getBlocks()[ 0 ].clientId, { content: from } )"
    )
    # In one breath, as when two people edit: the list had no time to follow.
    page.evaluate(
        f"""from => {{
            ( {change} )( from );
            document.querySelector( '[aria-label="Replace “babies” by “children”"]' ).click();
        }}""",
        SPUN[0].replace("babies", "kids"),
    )
    assert page.get_by_text("“babies” is no longer in the text.").first.is_visible()
    assert "children" not in content(page)
    assert page.locator(".unspun-phrase.is-gone").inner_text().startswith("“babies”")
    assert replace_button(page, "babies", "children").count() == 0
    marked_right(page, frame)
    page.evaluate(change, SPUN[0])
    page.wait_for_selector(".unspun-phrase.is-gone", state="detached")
    marked_right(page, frame)


def test_an_ignored_phrase_is_gone_at_once_and_for_good(opened: Callable[..., Any], site: Site) -> None:
    page, frame = opened(blocks(f"🙂 {SPUN[0]}"))
    check(page)
    number = marked_right(page, frame)
    page.get_by_role("button", name="Ignore “babies” in this post").click()
    assert marked_right(page, frame) == number - 1
    assert page.locator(".unspun-ignored li").all_inner_texts() == ["“babies”\nRestore"]
    assert page.evaluate("document.activeElement.closest( '[data-phrase]' ) !== null"), "the focus stays in the list"
    save(page)
    page.wait_for_function("! wp.data.select( 'core/editor' ).isEditedPostDirty()")
    page, frame = opened(page.evaluate("wp.data.select( 'core/editor' ).getCurrentPostId()"))
    restore = page.get_by_role("button", name="No longer ignore “babies”")
    restore.click()
    restore.wait_for(state="detached")
    assert page.evaluate("document.activeElement.className") == "unspun-findings", "the focus is not lost"
    page.evaluate("wp.data.dispatch( 'core/editor' ).undo()")
    restore.wait_for()
    with page.expect_request(ROUTE) as asked:
        check(page)
    assert json.loads(asked.value.post_data)["allow"] == ["babies"]
    assert marked_right(page, frame) == number - 1
    page.get_by_role("button", name="No longer ignore “babies”").click()
    assert page.locator(".unspun-ignored").count() == 0
    page.wait_for_selector(".unspun-verdict.is-stale")
    check(page)
    assert marked_right(page, frame) == number


def test_ignoring_is_undone_like_any_other_change(opened: Callable[..., Any]) -> None:
    page, frame = opened(blocks(f"🙂 {SPUN[0]}"))
    check(page)
    number = marked_right(page, frame)
    page.get_by_role("button", name="Ignore “babies” in this post").click()
    assert marked_right(page, frame) == number - 1
    page.evaluate("wp.data.dispatch( 'core/editor' ).undo()")
    page.wait_for_selector(".unspun-ignored", state="detached")
    assert marked_right(page, frame) == number
    page.wait_for_selector(".unspun-verdict:not(.is-stale)")


def test_a_block_that_is_gone_leaves_the_list(opened: Callable[..., Any]) -> None:
    page, frame = opened(POST)
    check(page)
    number = marked_right(page, frame)
    rows = page.locator(".unspun-paragraph").count()
    page.evaluate(f"wp.data.dispatch( 'core/block-editor' ).removeBlock( {STORE}.getParagraphs()[ 0 ].clientId )")
    page.wait_for_selector(".unspun-verdict.is-stale")
    assert page.locator(".unspun-paragraph").count() == rows - 1
    assert marked_right(page, frame) < number
    page.evaluate("wp.data.dispatch( 'core/editor' ).undo()")
    page.wait_for_selector(".unspun-verdict:not(.is-stale)")
    assert page.locator(".unspun-paragraph").count() == rows
    assert marked_right(page, frame) == number


def test_a_block_that_becomes_another_kind_keeps_its_row_and_its_marks(opened: Callable[..., Any]) -> None:
    page, frame = opened(blocks(SPUN[0], SPUN[1], SPUN[3]))
    check(page)
    number = marked_right(page, frame)
    replace_button(page, "babies", "children").click()
    for place, kind in enumerate(("heading", "list", "pullquote")):
        page.evaluate(
            """( [ place, kind ] ) => {
                const block = wp.data.select( 'core/block-editor' ).getBlocks()[ place ];
                const made = wp.blocks.switchToBlockType( block, 'core/' + kind );
                wp.data.dispatch( 'core/block-editor' ).replaceBlocks( block.clientId, made );
                wp.data.dispatch( 'unspun/check' ).follow();
            }""",
            [place, kind],
        )
    labels = page.evaluate(f"{STORE}.getParagraphs().map( row => row.label.toLowerCase() )")
    assert labels == ["heading", "list item", "pullquote"]
    assert marked_right(page, frame) == number - 1
    assert page.locator(".unspun-phrase.is-gone").count() == 0


def test_the_sidebar_opens_from_the_menu(edit: Callable[..., Page], site: Site) -> None:
    page = edit(site.post(POST))
    page.get_by_role("button", name="Options", exact=True).first.click()
    page.get_by_role("menuitemcheckbox", name="Unspun").click()
    page.wait_for_selector(".unspun-sidebar .unspun-check")


def test_a_change_makes_the_result_stale_until_it_is_taken_back(opened: Callable[..., Any]) -> None:
    page, frame = opened(POST)
    check(page)
    frame.click("h1")  # the title is none of the text
    page.keyboard.type("New ")
    frame.locator("[data-type='core/paragraph']").last.click()
    assert not page.query_selector(".unspun-verdict.is-stale")
    page.keyboard.press("Control+End")
    page.keyboard.type("x")
    page.wait_for_selector(".unspun-verdict.is-stale")
    page.keyboard.press("Backspace")
    page.wait_for_selector(".unspun-verdict:not(.is-stale)")


def test_the_saved_post_holds_no_mark(opened: Callable[..., Any], site: Site) -> None:
    page, frame = opened(blocks(*(f"🙂 <strong>{paragraph}</strong>" for paragraph in SPUN)))
    check(page)
    marked_right(page, frame)
    replace_button(page, "babies", "children").click()
    save(page)
    page.wait_for_function("! wp.data.select( 'core/editor' ).isEditedPostDirty()")
    raw = saved(site, page)
    assert raw == blocks(*(f"🙂 <strong>{paragraph}</strong>" for paragraph in SPUN)).replace("babies", "children")
    post = page.evaluate("wp.data.select( 'core/editor' ).getCurrentPostId()")
    front = site.rest().get(f"/?p={post}&preview=true").body
    assert "children" in front
    assert not re.search(r"annotat|unspun-|unspun/", front)


@pytest.mark.usefixtures("own_preferences")
def test_the_check_on_save_is_for_who_wants_it(opened: Callable[..., Any]) -> None:
    page, _ = opened(POST)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if ROUTE.search(request.url) else None)
    write = "wp.data.dispatch( 'core/editor' ).editPost( { title: '%s' } )"
    saved_all = (
        "! wp.data.select( 'core/editor' ).isEditedPostDirty() && ! wp.data.select( 'core/editor' ).isSavingPost()"
    )
    page.evaluate(write % "One")
    save(page)
    page.wait_for_function(saved_all)
    assert asked == []
    with page.expect_response(
        lambda reply: "users" in reply.url and "me" in reply.url and reply.request.method != "GET"
    ):
        page.get_by_role("checkbox", name="Check whenever the post is saved").check()
    page.evaluate(write % "Two")
    save(page)
    page.wait_for_selector(".unspun-verdict")
    assert len(asked) == 1
    page.evaluate(
        "wp.data.dispatch( 'core/block-editor' ).insertBlock( wp.blocks.createBlock( 'core/paragraph', { content: 'x' } ) )"
    )
    page.evaluate("wp.data.dispatch( 'core/editor' ).autosave()")
    page.wait_for_function(
        "! wp.data.select( 'core/editor' ).isSavingPost() && ! wp.data.select( 'core/editor' ).isAutosavingPost()"
    )
    assert len(asked) == 1, "an autosave is nobody's wish"
    # It is kept for the user, in all posts.
    page, _ = opened(POST)
    assert page.get_by_role("checkbox", name="Check whenever the post is saved").is_checked()


def test_a_click_in_the_list_goes_to_the_phrase(opened: Callable[..., Any]) -> None:
    page, frame = opened(POST)
    check(page)
    marked_right(page, frame)
    last = spans(page)[-1]
    mark = frame.locator(f"[id='annotation-text-unspun-{last[0]}']").first
    in_view = "element => { const { top, bottom } = element.getBoundingClientRect(); return top >= 0 && bottom <= innerHeight; }"
    assert not mark.evaluate(in_view)
    page.get_by_role("button", name=f"Go to “{last[1]}”", exact=True).last.click()
    assert mark.evaluate(in_view)
    selected = page.evaluate("wp.data.select( 'core/block-editor' ).getSelectedBlockClientId()")
    assert selected == page.evaluate(f"{STORE}.getParagraphs().at( -1 ).clientId")


def test_a_click_on_a_mark_shows_the_phrase_in_the_list(opened: Callable[..., Any], tmp_path: Path) -> None:
    page, frame = opened(blocks(*SPUN, SPUN[0]))
    check(page)
    marked_right(page, frame)
    here = page.locator(".unspun-phrase.is-here")
    assert here.count() == 0
    toggle = page.locator(".unspun-paragraph__toggle").last
    toggle.click()
    assert toggle.get_attribute("aria-expanded") == "false"
    for mark in (frame.locator("mark", has_text="soothing").last, frame.locator("mark", has_text="assists").last):
        mark.click()
        here.filter(has_text=f"“{mark.inner_text()}”").wait_for()
        assert here.count() == 1
        assert here.get_attribute("aria-current") == "true"
        assert here.evaluate(
            "item => { const { top, bottom } = item.getBoundingClientRect(); return top >= 0 && bottom <= innerHeight; }"
        )
    assert toggle.get_attribute("aria-expanded") == "true", "the paragraph was folded up"
    page.screenshot(path=tmp_path / "here.png")
    print(tmp_path / "here.png")
    frame.click("h1")
    here.wait_for(state="detached")


def test_it_is_done_by_keyboard_alone(opened: Callable[..., Any]) -> None:
    page, frame = opened(blocks(f"🙂 {SPUN[0]}"))
    page.focus(".unspun-sidebar .unspun-check")
    page.keyboard.press("Enter")
    page.wait_for_selector(".unspun-verdict")
    number = marked_right(page, frame)
    spoken = page.inner_text("#a11y-speak-polite")
    assert "Flagged: this text looks reworded by a machine" in spoken
    # The paragraph, its toggle, the phrase, and its first suggestion.
    for _ in range(4):
        page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute( 'aria-label' )") == "Replace “babies” by “children”"
    page.keyboard.press("Enter")
    assert "“babies” was replaced by “children”" in page.inner_text("#a11y-speak-polite")
    assert marked_right(page, frame) == number - 1
    assert page.evaluate("document.activeElement.closest( '[data-phrase]' ) !== null")


def test_names_and_headings_make_sense_alone(opened: Callable[..., Any]) -> None:
    page, _ = opened(POST)
    check(page)
    page.locator("[aria-label^='Ignore “']").first.click()
    names = page.evaluate(
        "Array.from( document.querySelectorAll( '.unspun-sidebar button' ), button => "
        "button.getAttribute( 'aria-label' ) || button.textContent.trim() )"
    )
    assert all(len(name) > 10 for name in names), names
    levels = page.evaluate(
        "Array.from( document.querySelectorAll( '.unspun-sidebar :is( h1, h2, h3, h4, h5, h6 )' ), heading => +heading.localName[ 1 ] )"
    )
    assert levels[0] == 3
    assert all(deeper - level <= 1 for level, deeper in pairwise(levels))


def test_a_long_post_is_marked_in_two_seconds_beside_the_service(opened: Callable[..., Any], service: Service) -> None:
    paragraphs = [f"🙂 {paragraph}" for paragraph in (SPUN + CLEAN) * 6]
    words = sum(len(paragraph.split()) for paragraph in paragraphs)
    assert words >= 5000
    page, frame = opened(blocks(*paragraphs))
    text = "\n\n".join(paragraphs)
    service.score(text)
    start = time.monotonic()
    (document,) = service.score(text)["documents"]
    own = time.monotonic() - start
    number = sum(len(paragraph["spans"]) for paragraph in document["paragraphs"])
    took = (
        page.evaluate(
            """number => new Promise( ( done ) => {
            const frame = document.querySelector( 'iframe[name="editor-canvas"]' );
            const inside = frame ? frame.contentDocument : document;
            const start = performance.now();
            const look = () => {
                const ids = new Set( Array.from( inside.querySelectorAll( 'mark[id]' ), mark => mark.id ) );
                if ( ids.size === number ) {
                    done( performance.now() - start );
                } else {
                    setTimeout( look, 20 );
                }
            };
            document.querySelector( '.unspun-sidebar .unspun-check' ).click();
            look();
        } )""",
            number,
        )
        / 1000
    )
    print(f"{words} words, {number} marks: {took:.2f} s, of which the service needs {own:.2f} s by itself")
    assert took - own < 2
    marked_right(page, frame)


def test_a_very_long_post_is_checked_in_parts_with_progress(opened: Callable[..., Any], tmp_path: Path) -> None:
    paragraphs = [f"🙂 {paragraph}" for paragraph in (CLEAN + SPUN) * 24]
    page, _ = opened(blocks(*paragraphs))
    bodies: list[Any] = []
    said: list[str] = []

    def slowly(route: Any) -> None:
        said.append(page.inner_text(".unspun-progress p"))
        bodies.append(json.loads(route.request.post_data))
        if len(bodies) == 2:
            page.screenshot(path=tmp_path / "progress.png")
            print(tmp_path / "progress.png")
        route.continue_()

    page.route(ROUTE, slowly)
    page.set_default_timeout(60_000)
    check(page)
    assert said == [f"Checking part {part + 1} of {len(bodies)}…" for part in range(len(bodies))]
    assert len(bodies) > 1
    assert all(len(body["text"].encode("utf-16-le")) <= 2 * 60_000 for body in bodies)
    assert "\n\n".join(body["text"] for body in bodies) == "\n\n".join(paragraphs)
    assert page.evaluate(f"{STORE}.getParagraphs().length") == len(paragraphs)


@pytest.mark.parametrize(
    ("changes", "words"),
    [({"server": "http://127.0.0.1:9"}, "reached"), ({"key": "not-the-key-at-all-0123456789"}, "key")],
    ids=["down", "wrong key"],
)
def test_what_went_wrong_is_said(
    opened: Callable[..., Any], settings: Callable[..., None], changes: dict[str, str], words: str, tmp_path: Path
) -> None:
    settings(**changes)
    page, frame = opened(POST)
    page.click(".unspun-sidebar .unspun-check")
    notice = page.wait_for_selector(".unspun-sidebar .components-notice.is-error .components-notice__content")
    said = notice.inner_text()
    assert words in said, said
    assert not any(secret in said for secret in changes.values())
    assert said in page.inner_text("#a11y-speak-assertive")
    assert page.get_by_role("link", name="Settings of Unspun").is_visible()
    assert frame.locator("mark").count() == 0
    page.screenshot(path=tmp_path / "error.png")
    print(tmp_path / "error.png", said)


def test_an_empty_post_asks_nothing(opened: Callable[..., Any], service: Service) -> None:
    before = service.requests
    page, _ = opened(blocks(" "))
    page.click(".unspun-sidebar .unspun-check")
    page.wait_for_selector("text=There is no text to check yet.")
    assert service.requests == before


def test_a_post_that_was_never_saved_is_checked(
    page_as: Callable[..., Page], canvas: Callable[[Page], Frame], site: Site
) -> None:
    page = page_as("admin")
    page.goto(f"{site.address}/wp-admin/post-new.php")
    page.wait_for_function("window.wp?.data?.select( 'core/editor' )?.getCurrentPostId?.() > 0")
    page.wait_for_selector('iframe[name="editor-canvas"], .editor-styles-wrapper')
    page.evaluate("content => wp.data.dispatch( 'core/block-editor' ).resetBlocks( wp.blocks.parse( content ) )", POST)
    page.evaluate("wp.data.dispatch( 'core/edit-post' ).openGeneralSidebar( 'unspun/unspun' )")
    check(page)
    assert marked_right(page, canvas(page)) > 20


def test_a_phrase_that_is_too_long_to_be_ignored_is_not_offered_to_be(opened: Callable[..., Any]) -> None:
    sentence = (
        "The harbour master of the small town wrote down the name of every single boat that came in from the sea "
        "during the long and windy night, and in the morning he read the whole list out loud to the men and women "
        "who had come down to the quay to wait for news of their families."
    )
    assert len(sentence) > 200
    page, _ = opened(blocks(f"{sentence} Nobody spoke.", f"{sentence} Nobody left."))
    check(page)
    twice = page.locator(".unspun-phrase", has_text="stands in the document twice")
    page.locator(".unspun-paragraph__toggle[aria-expanded=false]").first.click()
    assert twice.count() == 1
    assert twice.get_by_role("button", name="Go to").count() == 1
    assert twice.get_by_role("button", name="Ignore").count() == 0


def test_half_a_surrogate_pair_does_no_harm(opened: Callable[..., Any]) -> None:
    page, frame = opened(blocks(SPUN[0]))
    page.evaluate(
        "text => wp.data.dispatch( 'core/block-editor' ).updateBlockAttributes( "
        "wp.data.select( 'core/block-editor' ).getBlocks()[ 0 ].clientId, { content: '\\ud83d ' + text + ' \\ude00' } )",
        SPUN[0],
    )
    check(page)
    assert marked_right(page, frame) > 3


def test_without_annotations_the_list_is_there(opened: Callable[..., Any]) -> None:
    page, frame = opened(POST)
    page.evaluate("delete wp.data.dispatch( 'core/annotations' ).__experimentalAddAnnotation")
    check(page)
    assert page.get_by_text("This version of WordPress can’t mark phrases in the text.").is_visible()
    assert frame.locator("mark").count() == 0
    page.locator(".unspun-paragraph__go").last.click()
    selected = page.evaluate("wp.data.select( 'core/block-editor' ).getSelectedBlockClientId()")
    assert selected == page.evaluate(f"{STORE}.getParagraphs().at( -1 ).clientId")


def test_only_editors_of_posts_that_are_checked_get_the_scripts(page_as: Callable[..., Page], site: Site) -> None:
    for path, there in (
        ("post-new.php", True),
        ("tools.php", False),
    ):
        page = page_as("admin")
        page.goto(f"{site.address}/wp-admin/{path}")
        assert page.evaluate("Boolean( window.unspun && window.unspun.store )") == there, path
        if there:
            settings = page.evaluate("window.unspunSettings")
            known = "action batch canManage canRelease hold mode released settingsUrl shortcodes skipQuotes"
            assert sorted(settings) == known.split()


def test_an_author_is_offered_no_settings(opened: Callable[..., Any], site: Site) -> None:
    page, frame = opened(site.post(POST, "author"), user="author")
    assert page.evaluate("unspunSettings.canManage") is False
    assert page.evaluate("unspunSettings.settingsUrl") is None
    check(page)
    marked_right(page, frame)
