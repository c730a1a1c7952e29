"""From what was sent to the plain text in it, by format."""

from __future__ import annotations

from detector import html, markdown
from detector.plain import Plain
from detector.results import Format

__all__ = ["Plain", "read"]


def read(source: str, format: Format) -> Plain:
    """The plain text in `source`. Never fails: what is no markup is text. Takes time in proportion to the length."""
    match format:
        case "html":
            return html.read(source)
        case "markdown":
            return markdown.read(source)
        case "text":
            return Plain.seen_in(source)
