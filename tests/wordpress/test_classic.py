"""The meta box of the Classic Editor, on a real WordPress with the real service."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from wordpress.conftest import CLEAN, SPUN, blocks
from wordpress.service import Service
from wordpress.site import Site

BOX: Final = "#unspun"
#: As the Classic Editor keeps a text: no <p>, blank lines between the paragraphs.
TEXT: Final = "\n\n".join(f"🙂 {paragraph}" for paragraph in SPUN[:3])
GOOD: Final = "\n\n".join(CLEAN[:3])
SELECTED: Final = "tinymce.get( 'content' ).selection.getContent( { format: 'text' } )"
#: What stands behind the paragraph of the selection.
NEXT: Final = "tinymce.get( 'content' ).selection.getNode().closest( 'p' ).nextElementSibling"
#: Whether the selection can be seen.
VISIBLE: Final = """() => {
    const editor = tinymce.get( 'content' );
    const top = editor.iframeElement.getBoundingClientRect().top + editor.selection.getBoundingClientRect().top;
    return top > 0 && top < innerHeight - 20;
}"""


@pytest.fixture
def classic(site: Site) -> Iterator[Site]:
    """The site with the block editor off."""
    plugin = site.folder / "wp-content" / "mu-plugins" / "no-blocks.php"
    plugin.write_text("<?php add_filter( 'use_block_editor_for_post', '__return_false' );")
    yield site
    plugin.unlink()


@pytest.fixture
def opened(classic: Site, page_as: Callable[..., Any]) -> Callable[..., Any]:
    """Opens a post in TinyMCE, or in text mode."""

    def open_post(post: int, user: str = "admin", mode: str = "tmce") -> Any:
        page = page_as(user)
        page.goto(f"{classic.address}/wp-admin/post.php?post={post}&action=edit")
        page.wait_for_function("window.tinymce && tinymce.get( 'content' ) && tinymce.get( 'content' ).initialized")
        page.click(f"#content-{mode}")
        page.wait_for_selector(f"{BOX} button:has-text('Check the text')")
        return page

    return open_post


def checked(page: Any) -> Any:
    """Presses the button and waits for the verdict; the box."""
    # By keyboard: while TinyMCE finds its height, a pointer may press what has just moved away.
    page.press(f"{BOX} .unspun-classic > p button", "Enter")
    page.wait_for_selector(f"{BOX} .unspun-verdict:not(.is-stale)")
    return page.locator(BOX)


def saved(page: Any, button: str = "#save-post") -> None:
    page.locator(button).scroll_into_view_if_needed()
    with page.expect_navigation():
        page.click(button)
    page.wait_for_selector("#message, .notice")


def found(service: Service, html: str) -> list[str]:
    """The odd phrases in it, in order, as the service sees them by itself."""
    document = service.score(html, format="html")["documents"][0]
    return [span["text"] for paragraph in document["paragraphs"] for span in paragraph["spans"]]


def as_html(text: str) -> str:
    return "".join(f"<p>{paragraph}</p>" for paragraph in text.split("\n\n"))


def quoted(box: Any) -> list[str]:
    """The odd phrases of the list, all unfolded."""
    closed = box.locator(".unspun-paragraph__toggle[aria-expanded=false]")
    while closed.count():
        closed.first.click()
    return [words.strip("“”") for words in box.locator(".unspun-phrase__text > :first-child").all_text_contents()]


def test_the_box_says_what_the_service_says(
    classic: Site, opened: Callable[..., Any], service: Service, tmp_path: Path
) -> None:
    page = opened(classic.post(TEXT))
    box = checked(page)
    page.screenshot(path=tmp_path / "classic.png", full_page=True)
    print(tmp_path / "classic.png")
    assert "Flagged: this text looks reworded" in box.inner_text()
    assert box.locator(".unspun-paragraph.is-flagged").count() == 3
    assert box.locator(".unspun-paragraph__excerpt").first.inner_text().startswith("🙂 ")
    assert quoted(box) == found(service, as_html(TEXT)) != []
    # There are no marks, and nothing to press that would change the text.
    assert box.locator("button:has-text('Replace')").count() == 0
    assert "<mark" not in page.evaluate("tinymce.get( 'content' ).getContent()")


def test_what_is_written_is_checked_before_it_is_saved(classic: Site, opened: Callable[..., Any]) -> None:
    page = opened(classic.post(GOOD))
    assert "Not flagged" in checked(page).inner_text()
    page.evaluate(f"tinymce.get( 'content' ).setContent( {as_html(TEXT)!r} )")
    page.wait_for_selector(f"{BOX} .unspun-verdict.is-stale")
    assert "have changed since this check" in page.locator(BOX).inner_text()
    assert "Flagged: this text" in checked(page).inner_text()
    # And in text mode.
    page.click("#content-html")
    page.fill("#content", GOOD)
    page.wait_for_selector(f"{BOX} .unspun-verdict.is-stale")
    assert "Not flagged" in checked(page).inner_text()


def test_a_check_leaves_the_post_unchanged(classic: Site, opened: Callable[..., Any]) -> None:
    post = classic.post(TEXT)
    page = opened(post)
    for dirty in (False, True):
        page.evaluate("dirty => tinymce.get( 'content' ).setDirty( dirty )", dirty)
        checked(page)
        assert page.evaluate("tinymce.get( 'content' ).isDirty()") is dirty
    saved(page)
    # A form's line ends are CR LF.
    assert classic.php(f"return get_post( {post} )->post_content;").replace("\r\n", "\n") == TEXT


@pytest.mark.parametrize("mode", ["tmce", "html"])
def test_a_click_selects_the_phrase(
    mode: str, classic: Site, opened: Callable[..., Any], service: Service, tmp_path: Path
) -> None:
    """Also behind emoji and with bold or a link inside, and the second of two equal paragraphs."""
    phrases = found(service, as_html(TEXT))
    longest = max(phrases, key=len)
    halves = longest.split(" ", 1)
    assert len(halves) == 2
    marked = TEXT.replace(longest, f'{halves[0]} <a href="#x"><strong>{halves[1]}</strong></a>')
    text = f"{marked}\n\n{SPUN[0]} &amp; so on.\n\n{SPUN[0]} &amp; so on."
    page = opened(classic.post(text), mode=mode)
    box = checked(page)
    shown = quoted(box)
    assert longest in shown
    for number in (0, shown.index(longest), len(shown) - 1):
        box.locator(".unspun-phrase__text button").nth(number).click()
        if mode == "tmce":
            assert page.evaluate(SELECTED) == shown[number]
            assert page.evaluate(VISIBLE)
        else:
            selected = page.evaluate("[ content.selectionStart, content.selectionEnd ]")
            # JavaScript's units: an emoji is two.
            units = page.input_value("#content").encode("utf-16-le")[2 * selected[0] : 2 * selected[1]]
            assert re.sub(r"<[^>]*>", "", units.decode("utf-16-le")) == shown[number]
    # The last phrase is in the last of the two equal paragraphs.
    if mode == "tmce":
        page.screenshot(path=tmp_path / "selected.png")
        print(tmp_path / "selected.png")
        assert page.evaluate(NEXT) is None
    else:
        assert (
            page.input_value("#content").encode("utf-16-le")[2 * selected[1] :].decode("utf-16-le").count("\n\n") == 0
        )


def test_emoji_that_are_drawn_as_pictures_shift_nothing(classic: Site, opened: Callable[..., Any]) -> None:
    """WordPress puts pictures in their place where the system has none. The same phrases stand in both paragraphs."""
    page = opened(classic.post(f"🙂 {SPUN[0]}\n\n🙂 {SPUN[0]}"))
    box = checked(page)
    picture = '<img class="emoji" data-wp-emoji="1" alt="🙂" src="data:,">'
    page.evaluate(
        "picture => tinymce.get( 'content' ).getBody().querySelectorAll( 'p' )"
        ".forEach( p => p.innerHTML = p.innerHTML.replace( '🙂', picture ) )",
        picture,
    )
    shown = quoted(box)
    box.locator(".unspun-phrase__text button").nth(len(shown) - 1).click()
    assert page.evaluate(SELECTED) == shown[-1]
    assert page.evaluate(NEXT) is None


def test_a_phrase_that_has_gone_is_said_to_be_gone(classic: Site, opened: Callable[..., Any]) -> None:
    page = opened(classic.post(TEXT))
    box = checked(page)
    page.evaluate("tinymce.get( 'content' ).setContent( '<p>All of it is new.</p>' )")
    box.locator(".unspun-phrase__text button").first.click()
    assert "This is no longer in the text." in box.inner_text()


def test_ignored_phrases_are_kept_with_the_post(classic: Site, opened: Callable[..., Any], service: Service) -> None:
    post = classic.post(TEXT)
    page = opened(post, "admin")
    box = checked(page)
    phrase = quoted(box)[0]
    assert phrase == found(service, as_html(TEXT))[0]
    box.locator(f".unspun-phrase:has-text('“{phrase}”') button:has-text('Ignore')").first.click()
    assert phrase not in quoted(box)
    assert phrase in box.locator(".unspun-ignored").inner_text()
    assert classic.php(f"return Unspun\\ignored( {post} );") == []
    saved(page)
    assert classic.php(f"return Unspun\\ignored( {post} );") == [phrase]
    # It is sent with the next check, and can be taken back.
    box = checked(page)
    assert phrase not in quoted(box)
    box.locator(".unspun-ignored button:has-text('Restore')").click()
    assert phrase in quoted(checked(page))
    saved(page)
    assert classic.php(f"return Unspun\\ignored( {post} );") == []


def test_phrases_with_quotes_and_backslashes_survive(classic: Site, opened: Callable[..., Any]) -> None:
    post = classic.post(TEXT)
    phrases = ['a "b" \\ c', "it's <b>é</b> 🙂"]
    page = opened(post)
    page.evaluate(
        "phrases => { document.getElementById( 'unspun-ignored' ).value = JSON.stringify( phrases ); }", phrases
    )
    saved(page)
    assert classic.php(f"return Unspun\\ignored( {post} );") == phrases
    saved(page)
    assert classic.php(f"return Unspun\\ignored( {post} );") == phrases


def form_of(page: str) -> dict[str, str]:
    """The fields of the post's form that saving needs."""
    names = ("_wpnonce", "post_ID", "post_type", "unspun_ignored_nonce", "original_post_status")
    fields = {name: re.search(rf"name=['\"]{name}['\"][^>]*value=['\"]([^'\"]*)", page) for name in names}
    return {name: match[1] for name, match in fields.items() if match}


@pytest.mark.parametrize("wrong", ["nonce", "post", "none"])
def test_only_the_form_of_the_post_changes_its_phrases(wrong: str, classic: Site, page_as: Callable[..., Any]) -> None:
    """A form without its nonce, or with that of another post, changes nothing."""
    mine = classic.post(GOOD, "author")
    theirs = classic.post(GOOD, "other")
    author = page_as("author").request
    address = f"{classic.address}/wp-admin/post.php"
    fields = form_of(author.get(f"{address}?post={mine}&action=edit").text())
    assert "unspun_ignored_nonce" in fields
    if wrong == "nonce":
        fields["unspun_ignored_nonce"] = "0123456789"
    if wrong == "post":
        fields["post_ID"] = str(theirs)
    author.post(address, form={**fields, "action": "editpost", "content": GOOD, "unspun_ignored": '["x y"]'})
    assert classic.php(f"return Unspun\\ignored( {mine} );") == (["x y"] if wrong == "none" else [])
    assert classic.php(f"return Unspun\\ignored( {theirs} );") == []


def test_its_route_is_for_those_who_may_edit_the_post(classic: Site) -> None:
    post = classic.post(TEXT, "author")
    body = {"post": post, "content": TEXT}
    statuses = {
        user: classic.rest(user)("POST", "/unspun/v1/classic", body, nonce=user is not None).status
        for user in ("admin", "editor", "author", "other", "contributor", "subscriber", None)
    }
    assert statuses == {
        "admin": 200,
        "editor": 200,
        "author": 200,
        "other": 403,
        "contributor": 403,
        "subscriber": 403,
        None: 401,
    }
    assert classic.rest("author")("POST", "/unspun/v1/classic", body, nonce=False).status == 401


def test_it_agrees_with_the_gate(classic: Site) -> None:
    """The same score to the last bit, for a text of several documents, too."""
    for content in (TEXT, GOOD, "\n\n".join([TEXT] * 60), "", "[gallery] Short.", blocks(*SPUN)):
        answers = classic.rest()("POST", "/unspun/v1/classic", {"post": classic.post(TEXT), "content": content}).json()
        scores = [answer["document"]["score"] for answer in answers if answer["document"]["score"] is not None]
        script = f"return Unspun\\check_content( base64_decode( '{b64encode(content.encode()).decode()}' ), array() );"
        verdict = classic.php(script)
        assert verdict["score"] == (max(scores) if scores else None)
        assert verdict["flagged"] == any(answer["document"]["flagged"] for answer in answers)


def test_block_keeps_a_flagged_post_pending(
    classic: Site, opened: Callable[..., Any], settings: Callable[..., None], tmp_path: Path
) -> None:
    settings(action="block")
    post = classic.post(TEXT)
    page = opened(post)
    assert "the post is kept as “Pending Review” and not published" in page.locator(BOX).inner_text()
    assert "As it is, this text would be held back." in checked(page).inner_text()
    saved(page, "#publish")
    page.screenshot(path=tmp_path / "pending.png")
    print(tmp_path / "pending.png")
    assert classic.php(f"return get_post_status( {post} );") == "pending"
    assert "Unspun holds this post back" in page.inner_text("#wpbody")
    # What is ignored in the same form counts at once.
    box = checked(page)
    ignored = list(dict.fromkeys(quoted(box)))
    page.evaluate(
        "phrases => { document.getElementById( 'unspun-ignored' ).value = JSON.stringify( phrases ); }", ignored
    )
    saved(page, "#publish")
    assert classic.php(f"return array( get_post_status( {post} ), Unspun\\ignored( {post} ) );") == ["publish", ignored]
    # A change to what readers see is held back, and so it says.
    assert "readers see the post as it was" in page.locator(BOX).inner_text()
    text = classic.php(f"return get_post( {post} )->post_content;")
    page.evaluate(f"tinymce.get( 'content' ).setContent( {as_html(TEXT + SPUN[3])!r} )")
    page.evaluate("document.getElementById( 'unspun-ignored' ).value = '[]'")
    saved(page, "#publish")
    assert classic.php(f"return get_post( {post} )->post_content;") == text
    assert "change to this post" in page.inner_text("#wpbody")


@pytest.mark.parametrize(
    ("text", "answer", "status"), [(TEXT, False, "draft"), (TEXT, True, "publish"), (GOOD, False, "publish")]
)
def test_ask_asks_before_a_flagged_post_is_published(
    text: str, answer: bool, status: str, classic: Site, opened: Callable[..., Any], settings: Callable[..., None]
) -> None:
    settings(action="ask")
    post = classic.post(text)
    page = opened(post)
    asked = answers(page, answer)
    page.locator("#publish").scroll_into_view_if_needed()
    # Twice: who is in a hurry is asked once all the same.
    page.evaluate("() => { const button = document.getElementById( 'publish' ); button.click(); button.click(); }")
    if status == "publish":
        page.wait_for_selector("#message")
    else:
        page.wait_for_function("window.unspunAsked")
        page.wait_for_selector(f"{BOX} .unspun-verdict")
    assert classic.php(f"return get_post_status( {post} );") == status
    assert len(asked()) == (text == TEXT)
    assert all("Flagged" in question and "Go on all the same?" in question for question in asked())


def answers(page: Any, yes: bool) -> Callable[[], list[str]]:
    """Answers the page's questions; returns what gives them, across pages."""
    page.evaluate(
        """yes => { sessionStorage.removeItem( 'asked' ); window.confirm = question => {
            window.unspunAsked = true;
            sessionStorage.setItem( 'asked', JSON.stringify( [ ...JSON.parse( sessionStorage.getItem( 'asked' ) || '[]' ), question ] ) );
            return yes;
        } }""",
        yes,
    )
    return lambda: page.evaluate("JSON.parse( sessionStorage.getItem( 'asked' ) || '[]' )")


@pytest.mark.parametrize(("answer", "status"), [(False, "draft"), (True, "publish")])
def test_ask_asks_where_nothing_could_be_checked(
    answer: bool, status: str, classic: Site, opened: Callable[..., Any], settings: Callable[..., None]
) -> None:
    settings(action="ask", server="http://127.0.0.1:9")
    post = classic.post(GOOD)
    page = opened(post)
    asked = answers(page, answer)
    page.locator("#publish").scroll_into_view_if_needed()
    page.click("#publish")
    page.wait_for_selector("#message" if answer else f"{BOX} .unspun-notice")
    assert classic.php(f"return get_post_status( {post} );") == status
    assert len(asked()) == 1
    assert "could not be checked" in asked()[0]
    assert "cannot be reached" in asked()[0]


def test_a_service_that_is_down_is_said_to_be(
    classic: Site, opened: Callable[..., Any], settings: Callable[..., None]
) -> None:
    settings(server="http://127.0.0.1:9")
    page = opened(classic.post(TEXT))
    page.click(f"{BOX} .unspun-classic > p button")
    page.wait_for_selector(f"{BOX} .unspun-notice")
    assert "cannot be reached" in page.locator(BOX).inner_text()


def test_it_works_without_tinymce(classic: Site, page_as: Callable[..., Any], service: Service) -> None:
    """A user may switch the visual editor off."""
    classic.php("return update_user_meta( get_user_by( 'login', 'author' )->ID, 'rich_editing', 'false' );")
    try:
        page = page_as("author")
        page.goto(f"{classic.address}/wp-admin/post-new.php")
        assert page.evaluate("typeof tinymce") == "undefined"
        page.click(f"{BOX} button:has-text('Check the text')")
        page.wait_for_selector(f"{BOX} .unspun-notice:has-text('There is no text to check yet.')")
        page.fill("#content", TEXT)
        assert quoted(checked(page)) == found(service, as_html(TEXT))
    finally:
        classic.php("return update_user_meta( get_user_by( 'login', 'author' )->ID, 'rich_editing', 'true' );")


def test_a_type_without_a_block_editor_has_the_box(site: Site, page_as: Callable[..., Any]) -> None:
    plugin = site.folder / "wp-content" / "mu-plugins" / "wires.php"
    plugin.write_text(
        "<?php add_action( 'init', fn() => register_post_type( 'wire', array( 'public' => true, 'label' => 'Wires',"
        " 'supports' => array( 'title', 'editor' ), 'show_in_rest' => false ) ) );"
    )
    try:
        page = page_as("admin")
        page.goto(f"{site.address}/wp-admin/post-new.php?post_type=wire")
        page.click("#content-html")
        page.fill("#content", TEXT)
        assert "Flagged: this text" in checked(page).inner_text()
    finally:
        plugin.unlink()


def test_the_block_editor_has_no_box(site: Site, edit: Callable[..., Any]) -> None:
    page = edit(site.post(blocks(*CLEAN)))
    assert page.evaluate("document.getElementById( 'unspun-classic' )") is None
    assert not page.evaluate("'classic' in ( window.unspun || {} )")


def test_a_type_that_is_not_checked_has_no_box(classic: Site, page_as: Callable[..., Any]) -> None:
    plugin = classic.folder / "wp-content" / "mu-plugins" / "types.php"
    plugin.write_text("<?php add_filter( 'unspun_post_types', fn() => array( 'page' ) );")
    try:
        page = page_as("admin")
        page.goto(f"{classic.address}/wp-admin/post-new.php")
        page.wait_for_selector("#publish")
        assert page.query_selector(BOX) is None
        page.goto(f"{classic.address}/wp-admin/post-new.php?post_type=page")
        page.wait_for_selector(f"{BOX} button")
    finally:
        plugin.unlink()
