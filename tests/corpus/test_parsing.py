"""What a raw record turns out to be: text, id and kept columns, or a failure with a code and without the text."""

from __future__ import annotations

import json
import sys
import time

import pytest
from corpus.damage import SECRET, html
from hypothesis import given
from hypothesis import strategies as st

from detector.corpus.inputs import Source
from detector.corpus.pages import decoded, main_text
from detector.corpus.parsing import parse
from detector.corpus.reading import check
from detector.corpus.records import Kind, Raw, Record, Unscorable, Wanted
from detector.errors import MAX_TEXT_BYTES, InputError, UnspunError
from detector.results import Failure

# What makes a line unusable, and the code that says so.
BAD_LINES = {
    b"": "empty_line",
    b"   \r": "empty_line",
    b"{confidential": "not_json",
    b'{"text": "confidential"} trailing': "not_json",
    b"[" * 100_000: "not_json",
    b'{"id": ' + b"9" * 5_000 + b', "text": "confidential"}': "not_json",
    b'["confidential"]': "not_an_object",
    b'"confidential"': "not_an_object",
    b"17": "not_an_object",
    b"null": "not_an_object",
    b'{"body": "confidential"}': "missing_field",
    b'{"text": ["confidential"]}': "wrong_type",
    b'{"text": null}': "wrong_type",
    b'{"text": "confidential \\ud800"}': "lone_surrogate",
    b'{"text": "confidential \xe9"}': "not_utf8",
    b'{"text": "confidential \x00"}': "not_text",
    b"\xff\xfe{\x00": "not_text",
    b'{"id": ["confidential"], "text": "confidential"}': "invalid_id",
    b'{"id": NaN, "text": "confidential"}': "invalid_id",
    b'{"id": 1e999, "text": "confidential"}': "invalid_id",
    b'{"id": true, "text": "confidential"}': "invalid_id",
    b'{"id": "\\udc00", "text": "confidential"}': "invalid_id",
    b'{"text": "confidential", "kept": ' + b"[" * 200 + b"]" * 200 + b"}": "too_deep",
    json.dumps({"text": "x" * (MAX_TEXT_BYTES + 1)}).encode(): "text_too_large",
    json.dumps({"text": "é" * (MAX_TEXT_BYTES // 2 + 1)}, ensure_ascii=False).encode(): "text_too_large",
}
KEPT = Wanted(kept=("kept",))


def failure(raw: Raw, kind: Kind, wanted: Wanted) -> Failure:
    found = parse(raw, kind, wanted)
    assert isinstance(found, Unscorable)
    return found.failure


@pytest.mark.parametrize(("bad", "code"), BAD_LINES.items(), ids=range(len(BAD_LINES)))
def test_a_bad_line_is_a_failure_that_says_why_and_not_what(bad: bytes, code: str) -> None:
    found = failure(Raw(2, bad), "jsonl", KEPT)
    assert (found.line, found.code) == (2, code)
    assert SECRET not in json.dumps(found.to_dict())


def test_an_id_is_kept_as_sent_or_is_the_position() -> None:
    for sent in ("a\u00e9", 17, 1.5, 10**400, ""):
        assert parse(Raw(3, json.dumps({"id": sent, "text": "x"}).encode()), "jsonl", KEPT).id == sent
    assert parse(Raw(3, b'{"id": null, "text": "x"}'), "jsonl", KEPT).id == "2"
    assert parse(Raw(3, {"id": "", "text": "x"}), "csv", KEPT).id == "2"
    assert parse(Raw(3, {"text": "x"}), "parquet", KEPT).id == "2"


def test_a_failure_keeps_the_id_where_it_could_be_read() -> None:
    for line, identifier in (
        (b'{"id": "a"}', "a"),
        (b"{}", "0"),
        (b'{"id": "b", "text": 1}', "b"),
        (b"nonsense", None),
    ):
        assert failure(Raw(1, line), "jsonl", KEPT).id == identifier


LOST = Failure(None, 1, "page_too_large", "It is too large.")


@pytest.mark.parametrize(
    ("raw", "kind", "identifier", "kept"),
    [
        (Raw(1, b'{"id": 7, "text": null, "outlet": "a", "n": [1]}'), "jsonl", 7, {"outlet": "a", "n": [1], "text": None}),
        (Raw(1, b'{"id": {}, "text": "x", "outlet": "a"}'), "jsonl", None, {"outlet": "a", "text": None}),
        (Raw(1, b'{"id": 7, "text": "x", "outlet": "a", "n": ' + b"[" * 200 + b"]" * 200 + b"}"), "jsonl", 7,
         {"outlet": "a", "n": None, "text": None}),
        (Raw(1, b"nonsense"), "jsonl", None, {}),
        (Raw(1, {"id": 7, "text": 1, "outlet": "a", "n": 2}), "parquet", 7, {"outlet": "a", "n": 2, "text": None}),
        (Raw(1, {"text": "x", "outlet": "a"}, failure=LOST), "csv", "0", {"outlet": "a", "text": None}),
        (Raw(1, {}, failure=LOST), "csv", None, {}),
        (Raw(1, b"\xff", "a.txt"), "txt", "a.txt", {"path": "a.txt", "text": None}),
        (Raw(1, {"path": "a.txt"}, failure=LOST), "txt", "a.txt", {"path": "a.txt", "text": None}),
        (Raw(1, {"path": "a.warc", "url": "u", "body": b"\0", "content_type": "text/html", "date": "d"}), "warc", "u",
         {"path": "a.warc", "url": "u", "text": None}),
    ],
)  # fmt: skip
def test_a_failure_has_what_is_kept_of_it_but_its_text(
    raw: Raw, kind: Kind, identifier: object, kept: dict[str, object]
) -> None:
    found = parse(raw, kind, Wanted(kept=("outlet", "n", "text", "path", "url")))
    assert isinstance(found, Unscorable)
    assert (found.failure.id, found.kept) == (identifier, kept)


def test_the_fields_can_be_named_and_columns_kept() -> None:
    line = json.dumps({"body": "words", "url": "u", "text": 1, "n": [1, {"a": None}], "half": "x\ud800"}).encode()
    wanted = Wanted("body", "url", ("n", "text", "gone", "half"))
    kept = {"n": [1, {"a": None}], "text": 1, "half": "x\ufffd"}
    assert parse(Raw(1, line), "jsonl", wanted) == Record("u", 1, "words", kept)
    assert parse(Raw(1, {"words": "x", "n": 1}), "parquet", Wanted("words", kept=("n",))) == Record(
        "0", 1, "x", {"n": 1}
    )


def test_the_usual_names_of_the_text_are_known_in_tables() -> None:
    for name in ("text", "content", "body", "article"):
        assert parse(Raw(1, {name: "x"}), "csv", Wanted()) == Record("0", 1, "x", {})


def test_a_byte_order_mark_stands_before_the_first_line_alone() -> None:
    line = b'\xef\xbb\xbf{"text": "x"}\r'
    assert isinstance(parse(Raw(1, line), "jsonl", Wanted()), Record)
    assert failure(Raw(2, line), "jsonl", Wanted()).code == "not_json"


def test_a_value_that_is_no_text_in_a_table_is_named() -> None:
    for value in (None, 7, b"x"):
        assert failure(Raw(1, {"text": value}), "parquet", Wanted()).code == "wrong_type"
    assert failure(Raw(1, {"id": b"x", "text": "x"}), "parquet", Wanted()).code == "invalid_id"


@given(st.binary(max_size=60))
def test_any_bytes_give_a_record_or_a_failure_of_every_kind(data: bytes) -> None:
    for kind in ("jsonl", "txt", "html"):
        found = parse(Raw(1, data, "name"), kind, Wanted())  # type: ignore[arg-type]
        assert isinstance(found, Record | Unscorable)
        json.dumps(found, ensure_ascii=False, default=str).encode()


PARAGRAPHS = (
    "The first paragraph of a page, which is long enough to be taken for prose by anybody.\n\n"
    "The second one, with a link and an ampersand & some more words than there were before."
)


def test_a_page_is_its_main_text_in_paragraphs() -> None:
    page = """<html><body><nav><a href=/>Home</a></nav><article><h1>The headline of this</h1>
        <p>First <b>paragraph</b> of it with a <a href=x>link</a>,
        which goes on on another line and ends with a word that is long.</p>
        <p>Old pages write so:<br>line after line.</p><p>Then comes another paragraph of the same sort as before.</p>
        <ul><li>one item in a list</li><li><p>another item in it</p></li></ul>
        <blockquote><p>A quoted saying.</p><p>And its second paragraph.</p></blockquote>
        <table><tr><td>A cell of a table</td></tr></table><p>The last paragraph, which is not a long one.</p></article>
        <div id=comments><p>A comment by a reader of the page.</p></div><footer>Copyright</footer></body></html>"""
    assert main_text(page).split("\n\n") == [
        "The headline of this",
        "First paragraph of it with a link, which goes on on another line and ends with a word that is long.",
        "Old pages write so:\nline after line.",
        "Then comes another paragraph of the same sort as before.",
        "- one item in a list\n- another item in it",
        "A quoted saying.",
        "And its second paragraph.",
        "The last paragraph, which is not a long one.",
    ]


def test_the_whole_source_is_the_text_where_texts_are_html() -> None:
    page = html(PARAGRAPHS)
    assert parse(Raw(1, page.encode(), "a.html"), "html", Wanted(), "html").text == page  # type: ignore[union-attr]
    assert parse(Raw(1, page.encode(), "a.html"), "html", Wanted()) == Record("a.html", 1, PARAGRAPHS, {})


@pytest.mark.parametrize("name", ["many spans", "deep", "many lines", "long attribute", "angles", "spaces"])
def test_an_absurd_page_takes_no_absurd_time(name: str) -> None:
    body = {
        "many spans": "<p>" + "<span>x</span> " * 200_000,
        "deep": "<div>" * 24_000 + PARAGRAPHS,
        "many lines": "<p>" + "a\n" * 2_000_000,
        "long attribute": f"<p title='{'x' * 5_000_000}'>x",
        "angles": "<" * 50_000,
        "spaces": "<p>" + " " * 5_000_000 + "x",
    }[name]
    start = time.process_time()
    found = parse(Raw(1, f"<html><body><article>{body}".encode(), "a"), "html", Wanted())
    assert time.process_time() - start < 10
    assert isinstance(found, Record) or found.failure.code in ("page_too_complex", "no_text")


def test_extracting_says_nothing_and_gives_the_same_again(capfd: pytest.CaptureFixture[str]) -> None:
    page = html(PARAGRAPHS)
    assert [main_text(page) for _ in range(3)] == [PARAGRAPHS] * 3
    for bad in ("", "<", "confidential", "<html></html>", "<p>" * 1_000, "\ufffe\x01"):
        with pytest.raises(InputError):
            main_text(bad)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (ModuleNotFoundError("No module named 'trafilatura'", name="trafilatura"), "needs trafilatura: pip install"),
        (ModuleNotFoundError("No module named 'lxml'", name="lxml"), "cannot be loaded: No module named 'lxml': pip"),
        (ImportError("lxml.html.clean is\nelsewhere"), "trafilatura cannot be loaded: lxml.html.clean is: pip install"),
        (ImportError(), "trafilatura cannot be loaded: ImportError: pip install --upgrade"),
    ],
)
def test_a_library_that_is_missing_and_one_that_is_broken_are_told_apart(
    error: ImportError, says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Broken:
        def find_spec(self, name: str, *_: object) -> None:
            if name == "trafilatura":
                raise error

    for name in [name for name in sys.modules if name.partition(".")[0] == "trafilatura"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(sys, "meta_path", [Broken(), *sys.meta_path])
    with pytest.raises(UnspunError, match=says):
        main_text("<p>x")
    with pytest.raises(UnspunError, match=says):
        check(Source("-", None, "html"), Wanted())


WORDS = "caf\u00e9 \u201cnaïve\u201d"


@pytest.mark.parametrize(
    ("data", "content_type", "text"),
    [
        (WORDS.encode(), None, WORDS),
        (WORDS.encode("cp1252"), None, WORDS),
        (WORDS.encode("cp1252"), "text/html; charset=ISO-8859-1", WORDS),
        (WORDS.encode(), 'text/html; charset="UTF-8"', WORDS),
        (b"<meta charset=windows-1251>\xc4\xe0", None, "<meta charset=windows-1251>Да"),
        (
            b"<meta content='text/html; charset=windows-1251'>\xc4\xe0",
            "text/html",
            "<meta content='text/html; charset=windows-1251'>Да",
        ),
        (b"<meta charset=windows-1251>caf\xc3\xa9", "text/html; charset=utf-8", "<meta charset=windows-1251>café"),
        (b"\xef\xbb\xbf" + WORDS.encode(), "text/html; charset=cp1252", WORDS),
        (b"\xff\xfe" + WORDS.encode("utf-16-le"), None, WORDS),
        (b"\xfe\xff" + WORDS.encode("utf-16-be"), None, WORDS),
        (WORDS.encode("utf-16-le"), "text/html; charset=utf-16le", WORDS),
        (b"x", "text/html; charset=rot13", "x"),
        (b"x", "text/html; charset=no-such", "x"),
        (b"x", "text/html; charset=iso-8859-12", "x"),
        (b"<meta charset=cp1259>x", None, "<meta charset=cp1259>x"),
        (b"\xa1", "text/html; charset=windows-874", "\u0e01"),
        (b"<meta charset=utf-16>x", None, "<meta charset=utf-16>x"),
        (b"caf\xe9 \xff", "text/html; charset=utf-8", "caf\ufffd \ufffd"),
        ("日本".encode("shift_jis"), "text/html; charset=Shift_JIS", "日本"),
    ],
)
def test_a_page_is_decoded_as_it_says(data: bytes, content_type: str | None, text: str) -> None:
    assert decoded(data, content_type) == text


def test_a_page_of_nul_bytes_is_no_text() -> None:
    with pytest.raises(InputError, match="NUL"):
        decoded(b"\x89PNG\0\0")


@given(st.binary(max_size=50), st.text(max_size=20))
def test_any_bytes_can_be_decoded(data: bytes, label: str) -> None:
    decoded(data.replace(b"\0", b""), f"text/html; charset={label}")
