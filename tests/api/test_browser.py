"""The page in a real Chromium: pip's playwright, driving the browser of the operating system."""

from __future__ import annotations

import io
import json
import re
import shutil
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from drawers import Case, cases
from fake import CLEAN, SPUN, FakeScorer
from starlette.applications import Starlette
from starlette.routing import Mount

from api.app import create_app
from api.settings import Settings

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: pip install playwright")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine: apt-get install chromium")

Page = Any
PREFIX = "/tools/unspun"
SECONDS = 20_000  # how long something may take on a busy machine, in milliseconds
DESKTOP = {"width": 1280, "height": 900}
PHONE = {"width": 320, "height": 640}


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The service around the fake detector, at / and, as behind a proxy, under a prefix."""
    folder = tmp_path_factory.mktemp("feedback")
    service = create_app(FakeScorer(), Settings(database=f"sqlite:///{folder / 'feedback.sqlite3'}"))
    app = Starlette(routes=[Mount(PREFIX, service), Mount("/", service)])
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="warning", lifespan="off"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
        )
        yield browser
        browser.close()


@pytest.fixture
def opened(browser: Any, address: str) -> Iterator[Callable[..., Page]]:
    """Opens the page; at the end nothing may have been blocked, failed or asked of another host."""
    wrong: list[str] = []
    contexts = []

    def message(said: Any) -> None:
        # The browser itself reports every answer of 400 and above; these are what some tests are about.
        if said.type in ("error", "warning") and not said.text.startswith("Failed to load resource"):
            wrong.append(said.text)

    def request(made: Any) -> None:
        if not made.url.startswith((address, "data:", "blob:")):
            wrong.append(f"asked {made.url}")

    def open_page(
        path: str = "/", viewport: dict[str, int] = DESKTOP, tolerated: str | None = None, **options: Any
    ) -> Page:
        context = browser.new_context(viewport=viewport, **options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(SECONDS)
        page.on("console", lambda said: tolerated and tolerated in said.text or message(said))
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("request", request)
        page.goto(f"{address}{path}")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert wrong == []


@pytest.fixture
def page(opened: Callable[..., Page]) -> Page:
    return opened()


def check(page: Page, text: str) -> None:
    page.fill("#text", text)
    page.click("#submit")
    page.wait_for_selector("#verdict")
    playwright.expect(page.locator("#progress")).to_be_empty(timeout=SECONDS)


def sent(page: Page, path: str, action: Callable[[], Any]) -> dict[str, Any]:
    """The body of the request to `path` that the action leads to."""
    with page.expect_request(lambda request: request.url.endswith(path)) as caught:
        action()
    body: dict[str, Any] = json.loads(caught.value.post_data)
    return body


def answer(page: Page, path: str, status: int, body: Any, headers: dict[str, str] | None = None) -> None:
    """Answer the next requests to `path` in the server's place."""
    kind = "application/json" if status < 400 else "application/problem+json"
    page.route(
        f"**{path}",
        lambda route: route.fulfill(status=status, json=body, headers={"Content-Type": kind, **(headers or {})}),
    )


def focused(page: Page) -> str:
    text: str = page.evaluate("document.activeElement.textContent")
    return text


def drop(page: Page, name: str, content: bytes) -> None:
    page.evaluate(
        """([name, bytes]) => {
            const files = new DataTransfer();
            files.items.add(new File([new Uint8Array(bytes)], name));
            for (const kind of ["dragenter", "dragover", "drop"]) {
                const event = new DragEvent(kind, {dataTransfer: files, bubbles: true, cancelable: true});
                document.querySelector("main").dispatchEvent(event);
            }
        }""",
        [name, list(content)],
    )


WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def docx(body: str, name: str = "word/document.xml", compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A Word file with this body."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", compression) as archive:
        archive.comment = b"a comment at the end"
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr(
            name, f'<?xml version="1.0"?><w:document xmlns:w="{WORD}"><w:body>{body}</w:body></w:document>'
        )
    return packed.getvalue()


# --- a text and its findings


def test_the_odd_phrases_are_underlined_where_they_stand(page: Page) -> None:
    text = f"{CLEAN}\n\n🙂👩‍🚀 {SPUN}"
    body = sent(page, "/v1/score", lambda: check(page, text))
    assert body == {"text": text, "mode": "balanced", "format": "text", "offset_unit": "utf16"}
    assert page.locator("mark").all_text_contents() == ["social employees"]
    assert page.locator(".prose").all_text_contents() == text.split("\n\n")
    assert [margin.split() for margin in page.locator(".margin").all_text_contents()] == [
        ["Score", "10%", "not", "flagged"],
        ["Score", "90%", "flagged"],
    ]
    assert "Flagged" in page.text_content("#verdict")
    assert focused(page) == page.text_content("#verdict")
    told = page.text_content(".verdict")
    assert "Model fake 1.0, balanced mode, which flagged 0.9% of clean paragraphs" in told


@pytest.mark.parametrize("case", cases("page/replies"))
def test_a_reply_is_shown_as_it_says(page: Page, case: Case) -> None:
    reply = {"model": {"name": "fake", "version": "1.0"}, "mode": "balanced", "offset_unit": "utf16"}
    answer(page, "/v1/score", 200, {**reply, "documents": [case["document"]]})
    check(page, case["text"])
    marks = page.locator(".text mark")
    assert [[mark.text_content(), mark.get_attribute("class")] for mark in marks.all()] == case["marks"]
    dimmed = page.locator(".text .skipped")
    assert [[part.text_content(), part.get_attribute("title")] for part in dimmed.all()] == case["dimmed"]
    assert [margin.strip() for margin in page.locator(".margin").all_text_contents()] == case["margins"]
    assert "\n\n".join(page.locator(".prose").all_text_contents()) == case["text"]


def test_strengths_and_categories_differ_in_more_than_colour(page: Page) -> None:
    answer(page, "/v1/rules", 200, {"rules": SLIPPED})
    check(page, f"{SPUN} It was a individual of the town who took 1, 400 books.")
    assert page.locator(".legend .sample").all_text_contents() == [
        "slight sign", "clear sign", "strong sign", "grammar", "debris"
    ]  # fmt: skip
    styles = page.evaluate(
        """() => [...document.querySelectorAll(".legend .sample")].map((sample) => {
            const style = getComputedStyle(sample);
            return [style.textDecorationStyle, style.textDecorationThickness];
        })"""
    )
    assert len({tuple(style) for style in styles}) == 5


SLIPPED = [
    {"id": "article", "category": "grammar", "title": "Wrong article"},
    {"id": "split-number", "category": "debris", "title": "Broken number"},
]


def test_what_another_rule_found_is_named_by_it(page: Page) -> None:
    answer(page, "/v1/rules", 200, {"rules": SLIPPED})
    check(page, f"{CLEAN} It was a individual of the town who took 1, 400 books.")
    marks = page.locator(".text mark")
    assert [mark.get_attribute("aria-label") for mark in marks.all()] == [
        "a individual, Wrong article",
        "1, 400, Broken number",
    ]
    marks.first.click()
    told = page.text_content("#finding")
    assert "Wrong article" in told
    assert "sign" not in told
    assert "probably: an individual" in told


def test_without_the_rules_a_finding_is_called_by_its_id(opened: Callable[..., Page]) -> None:
    page = opened()
    answer(page, "/v1/rules", 503, {"status": 503, "detail": "Not now."})
    check(page, f"{CLEAN} It was a individual of the town.")
    assert page.locator(".text mark").get_attribute("aria-label") == "a individual, Article, clear sign"


def test_a_paragraph_that_reads_like_a_translation_says_so(page: Page) -> None:
    check(page, f"{SPUN.replace('in the town', 'in the hall of the town of the year')}\n\n{SPUN}")
    first, second = page.locator(".margin").all_text_contents()
    assert "flagged reads like machine translation" in " ".join(first.split())
    assert "translation" not in second
    assert "1 paragraph reads like machine translation." in page.text_content(".verdict")


def test_half_a_surrogate_pair_is_replaced_before_it_is_sent(page: Page) -> None:
    page.evaluate("text => document.getElementById('text').value = '\\ud83d ' + text", SPUN)
    body = sent(page, "/v1/score", lambda: page.click("#submit"))
    assert body["text"] == f"\N{REPLACEMENT CHARACTER} {SPUN}"
    assert page.locator("mark").text_content() == "social employees"


def test_another_mode_scores_again(page: Page) -> None:
    check(page, SPUN)
    body = sent(page, "/v1/score", lambda: page.get_by_label("Strict").check(force=True))
    assert (body["mode"], body["text"]) == ("strict", SPUN)
    playwright.expect(page.locator(".verdict")).to_contain_text("strict mode")
    assert page.evaluate("document.activeElement.value") == "strict"


def test_what_is_left_out_by_default_can_be_scored(page: Page) -> None:
    check(page, f"A title\n\n{SPUN}")
    body = sent(page, "/v1/score", lambda: page.get_by_label("Leave out quotations").uncheck())
    assert body["skip"] == []
    playwright.expect(page.locator(".margin").first).to_have_text("too short")
    body = sent(page, "/v1/score", lambda: page.get_by_label("Leave out quotations").check())
    assert "skip" not in body
    playwright.expect(page.locator(".margin").first).to_have_text("left out: heading")


def test_a_text_without_a_score_has_nothing_to_be_judged(page: Page) -> None:
    check(page, "Too short.")
    assert page.text_content("#verdict") == "Not scored"
    assert page.locator(".legend, .whole").count() == 0
    assert "by mistake" not in page.text_content(".verdict")


HEAD = f"<!doctype html><head><style>{'p { color: red } ' * 300}</style></head><body><p>"


def test_long_markup_is_folded_up_and_short_markup_is_not_shown(page: Page) -> None:
    page.select_option("#format", "html")
    check(page, f"{HEAD}{CLEAN}</p>\n<p class='x'>{SPUN.replace('victims', '<b>victims</b>')}</p></body>")
    assert page.locator("summary").all_text_contents() == [f"… markup, {len(HEAD):,} characters"]
    assert page.locator(".source").is_hidden()
    page.locator("summary").click()
    assert page.locator(".source").inner_text().startswith("<!doctype html>")
    assert page.locator(".prose").all_text_contents() == [CLEAN, SPUN.replace("victims", "<b>victims</b>")]
    assert page.locator(".tag").all_text_contents() == ["<b>", "</b>"]
    assert page.locator("mark").count() == 1


def test_control_and_enter_check(page: Page) -> None:
    page.fill("#text", SPUN)
    page.press("#text", "Control+Enter")
    page.wait_for_selector("mark")


def test_a_result_says_when_the_text_is_no_longer_the_one_above(page: Page) -> None:
    check(page, SPUN)
    assert page.locator("#stale").is_hidden()
    page.press("#text", "x")
    assert page.locator("#stale").is_visible()
    page.press("#text", "Backspace")
    assert page.locator("#stale").is_hidden()


def test_the_page_works_under_a_prefix(opened: Callable[..., Page]) -> None:
    page = opened(f"{PREFIX}/")
    check(page, SPUN)
    assert page.locator("mark").count() == 1


def test_a_long_text_stays_usable(page: Page) -> None:
    text = "\n\n".join([SPUN] * 6_500)
    assert len(text) > 1_000_000
    page.evaluate("text => { document.getElementById('text').value = text }", text)
    page.click("#submit")
    page.wait_for_selector("#verdict", timeout=2 * SECONDS)
    assert page.locator("mark").count() == 6_500
    for key in ("n", "n", "p", "p", "p"):  # the last goes around to the end of the text
        page.keyboard.press(key)
    assert "6,499 of 6,500" in page.text_content(".bar")
    assert (
        page.evaluate(
            """() => new Promise((done) => {
            const start = performance.now();
            document.querySelectorAll("mark")[3000].focus();
            requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now() - start)));
        })"""
        )
        < 2_000
    )


# --- the panel


TWO = f"{SPUN}\n\n{SPUN.replace('that year', 'that month')}"


def test_a_finding_opens_on_hover_and_stays_when_tapped(page: Page) -> None:
    check(page, TWO)
    first, second = page.locator("mark").all()
    first.hover()
    page.wait_for_selector("#finding.is-open")
    panel = page.text_content("#finding")
    for part in ("“social employees”", "strong sign", "90%", "probably: social workers", "odd", "1 of 2"):
        assert part in panel
    assert first.get_attribute("aria-expanded") == "true"
    second.hover()
    playwright.expect(page.locator(".bar")).to_contain_text("2 of 2")
    first.click()
    second.hover()
    page.wait_for_timeout(400)
    assert "1 of 2" in page.text_content(".bar")
    page.get_by_role("button", name="Close").click()
    assert page.locator("#finding.is-open").count() == 0
    assert first.get_attribute("aria-expanded") == "false"


def test_the_keyboard_goes_from_finding_to_finding(page: Page) -> None:
    check(page, TWO)
    number = "[...document.querySelectorAll('mark')].indexOf(document.activeElement)"
    for key, at in [
        ("n", 0), ("n", 1), ("n", 0), ("p", 1), ("ArrowLeft", 0), ("ArrowRight", 1), ("ArrowUp", 0), ("ArrowDown", 1),
    ]:  # fmt: skip
        page.keyboard.press(key)
        assert page.evaluate(number) == at, key
        assert f"{at + 1} of 2" in page.text_content(".bar")
    page.keyboard.press("Shift+Tab")
    assert page.evaluate(number) == 0
    page.keyboard.press("Enter")
    assert focused(page) == "“social employees”"
    page.keyboard.press("Tab")
    assert focused(page) == "Right"
    page.keyboard.press("Escape")
    assert page.evaluate(number) == 0
    assert page.locator("#finding.is-open").count() == 0


def test_typing_in_the_field_moves_nothing(page: Page) -> None:
    check(page, SPUN)
    page.press("#text", "n")
    assert page.evaluate("document.activeElement.id") == "text"


def test_the_focus_can_be_seen(page: Page) -> None:
    check(page, SPUN)
    for _ in range(30):
        page.keyboard.press("Tab")
        seen = page.evaluate(
            """() => {
                const at = document.activeElement;
                if (at === document.body) return "left";
                const shown = at.matches(".modes input") ? at.nextElementSibling : at;
                return getComputedStyle(shown).outlineStyle;
            }"""
        )
        if seen == "left":
            return
        assert seen in ("solid", "auto"), page.evaluate("document.activeElement.outerHTML")
    pytest.fail("Tab never leaves the page")


# --- feedback


@pytest.mark.parametrize(("button", "verdict"), [("Right", "right"), ("Wrong", "wrong"), ("Not sure", "not_sure")])
def test_feedback_on_a_finding_leaves_the_text_out(page: Page, button: str, verdict: str) -> None:
    text = f"🙂 {SPUN}"
    check(page, text)
    page.locator("mark").click()
    panel = page.locator("#finding")
    body = sent(page, "/v1/feedback", panel.get_by_role("button", name=button, exact=True).click)
    start = text.index("social") + 1  # the emoji has two units
    assert body == {
        "text": text,
        "span": {"start": start, "end": start + len("social employees")},
        "verdict": verdict,
        "model": "fake@1.0",
        "offset_unit": "utf16",
        "store_text": False,
    }
    playwright.expect(panel.get_by_role("status")).to_have_text("Thank you, noted without the text.")
    assert panel.get_by_role("button", name=button, exact=True).get_attribute("aria-pressed") == "true"


def test_feedback_on_the_whole_text_may_take_the_text_along(page: Page) -> None:
    check(page, SPUN)
    whole = page.locator(".whole")
    assert not whole.get_by_role("checkbox").is_checked()
    whole.get_by_role("checkbox").check()
    body = sent(page, "/v1/feedback", whole.get_by_role("button", name="Wrong").click)
    assert (body["span"], body["store_text"]) == (None, True)
    playwright.expect(whole.get_by_role("status")).to_have_text("Thank you, noted with the text.")


def test_feedback_that_fails_says_so(page: Page) -> None:
    answer(page, "/v1/feedback", 503, {"detail": "The feedback store cannot be reached."})
    check(page, SPUN)
    whole = page.locator(".whole")
    whole.get_by_role("button", name="Right").click()
    playwright.expect(whole.get_by_role("status")).to_have_text("The feedback store cannot be reached.")
    assert whole.get_by_role("button", name="Right").get_attribute("aria-pressed") == "false"


# --- files


PARAGRAPH = f"<w:p><w:pPr><w:tabs><w:tab/></w:tabs></w:pPr><w:r><w:t>{SPUN[:30]}</w:t></w:r><w:r><w:t>{SPUN[30:]}</w:t></w:r></w:p>"
WORDS = (
    f"<w:p><w:r><w:t>A title &amp; more</w:t></w:r></w:p>{PARAGRAPH}<w:p/>"
    "<w:p><w:r><w:t xml:space='preserve'>one </w:t><w:tab/><w:t>two</w:t><w:br/><w:t>three</w:t></w:r>"
    "<w:del><w:r><w:delText>gone</w:delText></w:r></w:del>"
    "<w:moveFrom><w:r><w:t>moved</w:t></w:r></w:moveFrom></w:p>"
    "<w:tbl><w:tr><w:tc><w:p><w:r><w:t>cell</w:t></w:r></w:p></w:tc></w:tr></w:tbl>"
)


@pytest.mark.parametrize("compression", [zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED])
@pytest.mark.parametrize("name", ["word/document.xml", "word/document2.xml"])
def test_a_word_file_can_be_dropped(page: Page, compression: int, name: str) -> None:
    drop(page, "An article.docx", docx(WORDS, name, compression))
    playwright.expect(page.locator("#text")).to_have_value(
        f"A title & more\n\n{SPUN}\n\none \ttwo\nthree\n\ncell", timeout=SECONDS
    )
    assert page.input_value("#format") == "text"
    assert page.text_content("#progress").startswith("An article.docx: ")
    page.click("#submit")
    page.wait_for_selector("mark")
    with page.expect_download() as download:
        page.click("text=Download JSON")
    assert download.value.suggested_filename == "unspun-An article.json"


@pytest.mark.parametrize(
    ("name", "content", "format_", "text"),
    [
        ("a.txt", SPUN.encode(), "text", SPUN),
        ("a.TXT", f"\ufeff{SPUN}".encode(), "text", SPUN),
        ("a.txt", f"\ufeff{SPUN}".encode("utf-16-le"), "text", SPUN),
        ("a.txt", f"Café. {SPUN}".encode("cp1252"), "text", f"Café. {SPUN}"),
        ("a.md", f"# Title\n\n{SPUN}".encode(), "markdown", f"# Title\n\n{SPUN}"),
        ("a.html", f"<p>{SPUN}</p>".encode(), "html", f"<p>{SPUN}</p>"),
        ("a.htm", f"<p>{SPUN}</p>".encode(), "html", f"<p>{SPUN}</p>"),
    ],
)
def test_the_format_follows_the_name(page: Page, name: str, content: bytes, format_: str, text: str) -> None:
    drop(page, name, content)
    playwright.expect(page.locator("#text")).to_have_value(text)
    body = sent(page, "/v1/score", lambda: page.click("#submit"))
    assert (body["format"], body["text"]) == (format_, text)
    page.wait_for_selector("#verdict")
    assert page.locator("mark").text_content() == "social employees"


def test_a_file_can_be_chosen(page: Page) -> None:
    with page.expect_file_chooser() as chooser:
        page.click("text=Choose a file")
    chooser.value.set_files({"name": "a.md", "mimeType": "text/markdown", "buffer": SPUN.encode()})
    playwright.expect(page.locator("#text")).to_have_value(SPUN)
    assert page.input_value("#format") == "markdown"


def test_a_text_over_the_servers_limit_is_refused_before_it_is_sent(page: Page) -> None:
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    drop(page, "a.txt", b"word " * 1_000_000)
    said = "The text is too long: it has 5.1 MB, and this server takes 4.1 MB at a time."
    playwright.expect(page.get_by_role("alert")).to_have_text(said, timeout=SECONDS)
    assert page.input_value("#text") == ""
    page.evaluate("document.getElementById('text').value = 'word '.repeat(1_000_000)")
    page.click("#submit")
    playwright.expect(page.get_by_role("alert")).to_have_text(said, timeout=SECONDS)
    assert [url for url in asked if url.endswith("/v1/score")] == []


def test_characters_are_counted_as_people_do(page: Page) -> None:
    drop(page, "a.txt", "🙂🙂🙂".encode())
    playwright.expect(page.locator("#progress")).to_have_text("a.txt: 3 characters read.")


def broken(content: bytes) -> bytes:
    """With the packed text of the main part overwritten."""
    at = content.rindex(b"word/document.xml", 0, content.rindex(b"PK\x01\x02")) + 40
    return content[:at] + b"\xff" * 60 + content[at + 60 :]


def protected(content: bytes) -> bytes:
    """With the bit for encryption set in the list of members."""
    at = content.rindex(b"PK\x01\x02") + 8
    return content[:at] + b"\x01" + content[at + 1 :]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.docx", b"", "The file is damaged, or not a .docx file."),
        ("a.docx", b"not a zip file at all, but long enough to look like one", "not a .docx file"),
        ("a.docx", docx(WORDS)[:-60], "not a .docx file"),
        ("a.docx", docx(WORDS)[300:], "The file is damaged"),
        ("a.docx", broken(docx(WORDS)), "The file is damaged: its contents cannot be unpacked."),
        ("a.docx", protected(docx(WORDS)), "The file is protected by a password."),
        ("a.docx", docx(WORDS, "content.xml"), "There is no Word document in this file."),
        ("a.docx", docx("<w:p/>"), "There is no text in the file."),
        ("a.docx", docx(f"<w:p><w:r><w:t>{'a ' * 34_000_000}</w:t></w:r></w:p>"), "The text in the file is too long."),
        ("a.docx", bytes.fromhex("d0cf11e0a1b11ae1") + bytes(600), "This is an old Word file (.doc)"),
        ("a.pdf", b"%PDF-1.7", "This kind of file cannot be read here."),
        ("a.txt", b" \n", "There is no text in the file."),
    ],
)
def test_a_file_that_cannot_be_read_says_why(page: Page, name: str, content: bytes, said: str) -> None:
    page.fill("#text", "what stood there before")
    drop(page, name, content)
    playwright.expect(page.get_by_role("alert")).to_contain_text(said, timeout=SECONDS)
    assert page.input_value("#text") == "what stood there before"


def test_a_word_file_with_broken_xml_says_so(opened: Callable[..., Page]) -> None:
    # The browser's own error message, which is in no page, has an inline style that the policy blocks.
    page = opened(tolerated="Applying inline style")
    drop(page, "a.docx", docx("<w:p>"))
    playwright.expect(page.get_by_role("alert")).to_contain_text("The file is damaged: the text in it cannot be read.")


# --- downloads


def test_the_downloaded_page_needs_nothing_else(page: Page, opened: Callable[..., Page], tmp_path: Path) -> None:
    text = f"<script>alert(1)</script> & {SPUN}"
    check(page, text)
    with page.expect_download() as download:
        page.click("text=Download HTML")
    assert download.value.suggested_filename == "unspun-text.html"
    html = Path(download.value.path()).read_text(encoding="utf-8")
    assert "<script" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; " in html
    assert not re.search(r"""(?:src|href)=|//\w""", html)
    shown = page.context.new_page()
    shown.set_content(html)
    assert shown.locator("mark").all_text_contents() == ["social employees"]
    assert shown.locator(".prose").text_content() == text
    assert "probably: social workers" in shown.text_content(".findings")
    assert "Flagged" in shown.text_content("#verdict")
    assert "90%, flagged" in shown.text_content(".margin")


def test_the_downloaded_json_is_the_reply(page: Page) -> None:
    with page.expect_response("**/v1/score") as response:
        check(page, SPUN)
    with page.expect_download() as download:
        page.click("text=Download JSON")
    assert json.loads(Path(download.value.path()).read_text(encoding="utf-8")) == response.value.json()


# --- errors


def test_an_empty_text_is_not_sent(page: Page) -> None:
    page.fill("#text", " \n")
    page.click("#submit")
    assert page.get_by_role("alert").text_content() == "Paste or drop a text first."


@pytest.mark.parametrize(
    ("status", "problem", "headers", "said"),
    [
        (413, {"detail": "The body is too long."}, {}, "The body is too long."),
        (422, {"detail": "Not so.", "errors": [{"detail": "Too long.", "pointer": "#/text"}]}, {}, "Not so. Too long."),
        (429, {"detail": "Too many requests."}, {"Retry-After": "7"}, "Too many requests. Try again in 7 seconds."),
        (503, {"detail": "Too busy."}, {"Retry-After": "1"}, "Too busy. Try again in a second."),
        (502, "a proxy's own words", {}, "The server answered with 502."),
    ],
)
def test_an_error_is_a_sentence_beside_the_button(
    page: Page, status: int, problem: Any, headers: dict[str, str], said: str
) -> None:
    answer(page, "/v1/score", status, problem, headers)
    page.fill("#text", SPUN)
    page.click("#submit")
    playwright.expect(page.get_by_role("alert")).to_have_text(said)
    assert page.locator("#progress").text_content() == ""
    page.unroute("**/v1/score")
    check(page, SPUN)
    assert page.get_by_role("alert").text_content() == ""


def test_without_a_connection_it_says_so(page: Page) -> None:
    page.context.set_offline(True)
    page.fill("#text", SPUN)
    page.click("#submit")
    playwright.expect(page.get_by_role("alert")).to_contain_text("The server cannot be reached.")


def refuse_without(page: Page, key: str) -> None:
    """Answer as a server that knows only this key."""

    def judge(route: Any) -> None:
        if route.request.headers.get("x-api-key") == key:
            route.fallback()
        else:
            route.fulfill(status=401, json={"detail": "Send an API key, as X-API-Key: KEY."})

    page.route("**/v1/score", judge)


def test_where_a_key_is_wanted_there_is_a_field_for_it(page: Page) -> None:
    field, kept = page.locator("#key-field"), page.locator("#key-kept")
    refuse_without(page, "a-key-for-a-test")
    assert field.is_hidden()
    page.fill("#text", SPUN)
    page.click("#submit")
    playwright.expect(page.locator("#key-why")).to_have_text("This server asks for an API key.")
    assert page.text_content("#problem") == ""
    assert page.evaluate("document.activeElement.id") == "key"
    page.fill("#key", "another-key")
    page.press("#key", "Enter")
    playwright.expect(page.locator("#key-why")).to_have_text("This server does not know that key.")
    page.fill("#key", "a-key-for-a-test")
    page.get_by_role("button", name="Use this key").click()
    page.wait_for_selector("mark")
    assert field.is_hidden()
    assert kept.is_visible()
    stored = page.evaluate("[Object.values(sessionStorage), Object.keys(localStorage), document.cookie]")
    assert stored == [["a-key-for-a-test"], [], ""]
    page.reload()
    assert kept.is_visible()


def test_a_kept_key_can_be_changed_or_forgotten(page: Page) -> None:
    page.evaluate("sessionStorage.setItem('unspun-api-key', 'an-old-key')")
    page.reload()
    refuse_without(page, "a-new-key")
    page.get_by_role("button", name="Change key").click()
    assert page.evaluate("document.activeElement.id") == "key"
    page.fill("#key", "a-new-key")
    check(page, SPUN)
    page.get_by_role("button", name="Forget key").click()
    assert page.locator("#key-kept").is_hidden()
    assert page.evaluate("sessionStorage.length") == 0


@pytest.mark.parametrize(("key", "asks"), [("", False), ("a-key", True)])
def test_a_server_that_forbids_says_why_in_its_own_words(page: Page, key: str, asks: bool) -> None:
    page.evaluate("key => key && sessionStorage.setItem('unspun-api-key', key)", key)
    answer(page, "/v1/score", 403, {"detail": "Not for you."})
    page.fill("#text", SPUN)
    page.click("#submit")
    playwright.expect(page.locator("#key-why" if asks else "#problem")).to_have_text("Not for you.")
    assert page.locator("#key-field").is_visible() == asks


# --- looks and access


def test_a_phone_shows_everything_without_scrolling_sideways(opened: Callable[..., Page]) -> None:
    page = opened(viewport=PHONE, has_touch=True, is_mobile=True)
    check(page, f"{TWO} {'w' * 300}")
    page.locator("mark").nth(1).tap()
    page.wait_for_selector("#finding.is-open")
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    panel, mark = page.locator("#finding").bounding_box(), page.locator("mark").nth(1).bounding_box()
    assert panel["x"] == 0
    assert panel["width"] == PHONE["width"]
    assert panel["y"] + panel["height"] == PHONE["height"]
    assert mark["y"] + mark["height"] <= panel["y"]
    page.locator("#finding").get_by_role("button", name="Right", exact=True).tap()
    playwright.expect(page.locator("#finding").get_by_role("status")).to_contain_text("Thank you")


def test_nothing_moves_for_those_who_asked_for_that(opened: Callable[..., Page]) -> None:
    page = opened(reduced_motion="reduce")
    check(page, SPUN)
    page.locator("mark").click()
    moving = "[...document.querySelectorAll('*')].filter((e) => getComputedStyle(e).animationName !== 'none').length"
    assert page.evaluate(moving) == 0
    assert page.evaluate("document.getAnimations().length") == 0


#: Every text with its colours, as the browser computed them; a background that lets through is laid over the one below.
COLOURS = """() => {
    const canvas = document.createElement("canvas");
    const brush = canvas.getContext("2d", {willReadFrequently: true});
    const painted = (colours) => {
        brush.clearRect(0, 0, 1, 1);
        for (const colour of colours) { brush.fillStyle = colour; brush.fillRect(0, 0, 1, 1); }
        return [...brush.getImageData(0, 0, 1, 1).data].slice(0, 3);
    };
    const found = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const at = walker.currentNode.parentElement;
        if (!walker.currentNode.data.trim() || !at.checkVisibility() || at.closest("noscript")) continue;
        const below = [];
        for (let e = at; e; e = e.parentElement) below.unshift(getComputedStyle(e).backgroundColor);
        const style = getComputedStyle(at);
        found.push([walker.currentNode.data.trim().slice(0, 30), painted([...below, style.color]), painted(below)]);
    }
    return found;
}"""


def contrast(one: list[int], other: list[int]) -> float:
    """The contrast ratio of WCAG 2."""

    def luminance(colour: list[int]) -> float:
        parts = [part / 255 for part in colour]
        red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_stands_out_from_its_ground(opened: Callable[..., Page], scheme: str) -> None:
    page = opened(color_scheme=scheme, reduced_motion="reduce")
    check(page, SPUN)
    page.locator("mark").click()
    page.evaluate("document.getElementById('key-field').hidden = false")
    page.evaluate("document.getElementById('problem').textContent = 'Something is wrong.'")
    colours = page.evaluate(COLOURS)
    assert len(colours) > 40
    assert [part for part in colours if contrast(part[1], part[2]) < 4.5] == []
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    red, green, blue = map(int, re.findall(r"\d+", ground))
    assert (max(red, green, blue) < 64) == (scheme == "dark")


def test_every_control_has_a_name(page: Page) -> None:
    check(page, SPUN)
    page.locator("mark").click()
    page.evaluate("document.getElementById('key-field').hidden = false")
    session = page.context.new_cdp_session(page)
    nodes = session.send("Accessibility.getFullAXTree")["nodes"]
    roles = {"button", "textbox", "combobox", "radio", "checkbox", "link", "group", "region", "complementary", "form"}
    found = [
        (node["role"]["value"], node["name"]["value"])
        for node in nodes
        if not node["ignored"] and node["role"]["value"] in roles
    ]
    assert {"button", "textbox", "combobox", "radio", "checkbox", "link", "region", "complementary", "form"} <= {
        role for role, _ in found
    }
    assert [role for role, name in found if not name.strip()] == []
    assert ("textbox", "Text to check") in found
    assert ("button", "social employees, Word choice, strong sign") in found


def test_headings_and_landmarks_are_in_order(page: Page) -> None:
    check(page, SPUN)
    levels = page.evaluate("[...document.querySelectorAll('h1, h2, h3')].map((h) => Number(h.tagName[1]))")
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert page.evaluate("document.documentElement.lang") == "en"
    for role in ("banner", "main", "contentinfo"):
        assert page.get_by_role(role).count() == 1
    assert page.evaluate(
        "[...document.querySelectorAll('[id]')].length === new Set([...document.querySelectorAll('[id]')].map((e) => e.id)).size"
    )
