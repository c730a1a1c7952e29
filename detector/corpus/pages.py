"""Web pages: from bytes to the main text, by trafilatura. Nothing here touches the network, and a page always gives one text."""

from __future__ import annotations

import codecs
import logging
import re
from typing import TYPE_CHECKING, Final

from detector.corpus.libraries import needed
from detector.errors import InputError

if TYPE_CHECKING:
    from lxml.etree import _Element

# trafilatura's time grows with the square of the inline tags: a page of so many takes seconds, and prose has few. A bound on
# the time itself would let a busy machine decide what is scored.
_MAX_TAGS: Final = 50_000

_META: Final = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w:-]{1,40})", re.IGNORECASE)
_META_BYTES: Final = 4096
_HEADER: Final = re.compile(r"charset\s*=\s*[\"']?\s*([\w:-]{1,40})", re.IGNORECASE)
_MARKS: Final = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
# Python knows encodings of other kinds as well (rot13, punycode): a page chooses among these.
_ENCODINGS: Final = re.compile(
    r"utf-?(?:8|16(?:-?[lb]e)?)|cp(?:125\d|874|932)|iso-?8859-?\d\d?|(?:us-)?ascii|latin-?1|koi8-[ru]"
    r"|gbk|gb2312|gb18030|big5(?:-hkscs)?|euc-(?:jp|kr)|shift[_-]jis|macintosh|tis-620"
)
#: Browsers read these as Windows-1252, which has quotation marks where they have control characters.
_WESTERN: Final = re.compile(r"iso-?8859-?1|(?:us-)?ascii|latin-?1")

_BLOCKS: Final = frozenset({"p", "head", "quote", "list", "code", "table", "row"})
_LINE_BREAK: Final = re.compile(r"[ \t]*\n[ \t]*")
_GAP: Final = re.compile(r"\n{3,}")


def decoded(page: bytes, content_type: str | None = None) -> str:
    """A page as text: by its byte-order mark, the header `content_type`, its <meta>, else as UTF-8 or Windows-1252.

    What is wrong in that encoding becomes U+FFFD. Raises InputError `not_text` for what holds NUL bytes.
    """
    for mark, encoding in _MARKS:
        if page.startswith(mark):
            return page[len(mark) :].decode(encoding, "replace")
    encoding = _encoding(page, content_type)
    if b"\0" in page and not encoding.startswith("utf-16"):
        raise InputError("not_text", "The page is not text: it holds NUL bytes.")
    return page.decode(encoding, "replace")


def main_text(html: str) -> str:
    """The main text of a page: its paragraphs, with blank lines between them; no comments, no tables, no menus.

    Raises InputError: `no_text`, `page_too_complex`, `damaged_page`; UnspunError where trafilatura is missing.
    """
    with needed("trafilatura", "Reading web pages"):
        import trafilatura
        from trafilatura.settings import Document
    logging.getLogger("trafilatura").disabled = True  # it would say on standard error what becomes a failure here
    logging.getLogger("trafilatura.core").disabled = logging.getLogger("trafilatura.utils").disabled = True
    if html.count("<") > _MAX_TAGS:
        raise InputError("page_too_complex", f"The page has more than {_MAX_TAGS:,} tags, the limit.")
    try:
        document = trafilatura.bare_extraction(
            html, fast=True, favor_precision=True, include_comments=False, include_tables=False
        )
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001  # whatever a page brings about in the library is that page's failure
        raise InputError("damaged_page", f"No text could be taken from the page ({type(error).__name__}).") from None
    text = _paragraphs(document.body) if isinstance(document, Document) else ""
    if not text:
        raise InputError("no_text", "The page has no main text.")
    return text


def _encoding(page: bytes, content_type: str | None) -> str:
    named = _HEADER.search(content_type or "")
    label = _label(named.group(1) if named else "")
    if not label:
        meta = _META.search(page, 0, _META_BYTES)
        # A page that could be read as far as its <meta> is not UTF-16, whatever it says.
        label = _label(meta.group(1).decode("ascii", "replace").lower().replace("utf-16", "utf-8")) if meta else ""
    if _WESTERN.fullmatch(label):
        return "cp1252"
    if label:
        return label
    try:
        page.decode("utf-8")
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


def _label(name: str) -> str:
    """An encoding as Python calls it; empty where there is none of that name that a page may choose."""
    label = name.lower().replace("windows-", "cp")
    try:
        codecs.lookup(label)
    except LookupError:
        return ""
    return label if _ENCODINGS.fullmatch(label) else ""


def _paragraphs(body: _Element) -> str:
    """The text of trafilatura's tree: blocks apart by blank lines, the items of a list as lines of their own."""
    from lxml.etree import iterwalk

    parts: list[str] = []
    for event, element in iterwalk(body, events=("start", "end")):
        in_item = element.getparent() is not None and element.getparent().tag == "item"
        block = element.tag in _BLOCKS and not in_item
        if event == "start":
            parts += ["\n\n" if block else {"item": "\n- ", "lb": "\n"}.get(element.tag, ""), element.text or ""]
        else:
            parts += ["\n\n" if block else "", (element.tail or "") if element is not body else ""]
    return _GAP.sub("\n\n", _LINE_BREAK.sub("\n", "".join(parts))).strip()
