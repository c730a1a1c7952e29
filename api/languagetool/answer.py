"""From a job to LanguageTool's reply. Offsets in it are UTF-16 code units into what was sent, markup included."""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from http import HTTPStatus
from typing import Final, NamedTuple

import numpy as np

from api.jobs import Facts, Job, Reply
from api.languagetool import form, languages, rules, wanted
from api.languagetool.wanted import Wanted
from api.problems import Problem
from api.settings import Settings
from detector import __version__
from detector.offsets import convert
from detector.plain import Plain
from detector.results import SKIPS, Document, Json, Paragraph, Scorer, Span

SOFTWARE: Final[Json] = {
    "name": "Unspun",
    "version": __version__,
    "buildDate": "",
    "apiVersion": 1,
    "premium": False,
    "status": "",
}
#: Stands for a text that its sender says is not English.
_UNREAD: Final = Document("0", "not_english", None, False, 0.0, ())
_ABOUT: Final = "https://en.wikipedia.org/wiki/Article_spinning"

#: Characters of context on each side of a match, and the dots where more of the text follows.
_CONTEXT: Final = 40
_DOTS: Final = "..."
#: A sentence is cut this far from a match: not all text has an end to its sentences.
_SENTENCE: Final = 500
_SENTENCE_END: Final = re.compile(r"""[.!?…]["'”’)\]]*(?=\s)""")


class _Finding(NamedTuple):
    """A phrase, and where it stands in what was sent, in code points."""

    start: int
    end: int
    span: Span
    paragraph: Paragraph


def check(detector: Scorer, settings: Settings, job: Job) -> Reply:
    """The reply of `/v2/check`. Raises Problem, InputError."""
    asked = wanted.understood(form.parameters(job.query, job.body))
    text = asked.annotated.plain.text
    _limit(_units(text), settings.languagetool_characters)
    detected, confidence = languages.detected(text, asked.english)
    language = asked.language or detected
    english = asked.language is None or asked.language.is_english  # what `auto` finds foreign may have English in it
    document = _scored(detector, asked) if english else _UNREAD
    found = {"name": detected.name, "code": detected.long_code, "confidence": confidence}
    body: Json = {
        "language": {"name": language.name, "code": language.long_code, "detectedLanguage": found},
        "matches": _matches(document, asked),
        "unspun": {"model": detector.info.to_dict(), **_judgement(document, asked.annotated.plain)},
    }
    if not asked.compact:
        body = {"software": SOFTWARE, "warnings": {"incompleteResults": False}, **body}
    scores = () if document.score is None else (document.score,)
    encoded = json.dumps(body, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
    return Reply(HTTPStatus.OK, encoded, facts=Facts(len(text) if english else 0, scores))


def render(problem: Problem) -> Reply:
    """An error as LanguageTool tells it: clients take any JSON for a result."""
    return Reply(problem.status, f"Error: {problem.detail}".encode(), "text/plain; charset=utf-8", problem.headers)


def _scored(detector: Scorer, asked: Wanted) -> Document:
    return detector.score([asked.annotated.plain.text], mode=asked.mode, skip=SKIPS).documents[0]


def _limit(units: int, most: int) -> None:
    if units > most:
        raise Problem(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            f"Your text exceeds the limit of {most} characters (it's {units} characters). "
            "Please submit a shorter text.",
        )


def _judgement(document: Document, plain: Plain) -> Json:
    """What was found out about the document and its paragraphs."""
    ranges = _in_source(plain, [(paragraph.start, paragraph.end) for paragraph in document.paragraphs])
    whole = document.to_dict()
    paragraphs = [
        {"offset": start, "length": end - start, **_facts(paragraph)}
        for (start, end), paragraph in zip(ranges, whole["paragraphs"], strict=True)
    ]
    return {**_facts(whole), "paragraphs": paragraphs}


def _facts(judged: Json) -> Json:
    return {name: judged[name] for name in ("status", "score", "kinds", "flagged") if name in judged}


def _matches(document: Document, asked: Wanted) -> list[Json]:
    """The matches in order, no two of which overlap."""
    if not asked.phrases:
        return []
    plain = asked.annotated.plain
    findings = _apart(_findings(document, asked))
    places = _utf16(plain.source, [(finding.start, finding.end) for finding in findings])
    sentences = _Sentences(plain.text)
    return [
        _match(finding, offset, end - offset, plain)
        | ({} if asked.compact else _around(finding, plain.source, sentences))
        for finding, (offset, end) in zip(findings, places, strict=True)
    ]


def _findings(document: Document, asked: Wanted) -> Iterator[_Finding]:
    """The phrases to show, in order."""
    annotated = asked.annotated
    for paragraph in document.paragraphs:
        for span in paragraph.spans:
            shown = asked.rules.show(rules.rule_id(span.rule), rules.category_id(span.rule))
            if shown and annotated.is_sent(span.start, span.end):
                yield _Finding(*annotated.plain.place(span.start, span.end), span, paragraph)


def _apart(findings: Iterable[_Finding]) -> list[_Finding]:
    """Two phrases that end and begin in what the same piece of markup stands for overlap in the source; the surer stays."""
    kept: list[_Finding] = []
    for finding in findings:
        if kept and finding.start < kept[-1].end:
            if finding.span.score <= kept[-1].span.score:
                continue
            kept.pop()
        kept.append(finding)
    return kept


def _match(finding: _Finding, offset: int, length: int, plain: Plain) -> Json:
    span = finding.span
    # Clients apply a replacement to the whole range; markup in it would be lost.
    fits = plain.verbatim(span.start, span.end)
    return {
        "message": span.message,
        "shortMessage": rules.short(span.rule),
        "replacements": [{"value": suggestion} for suggestion in span.suggestions] if fits else [],
        "offset": offset,
        "length": length,
        "type": {"typeName": "Hint"},
        "rule": rules.in_match(span.rule, _ABOUT),
        "ignoreForIncompleteSentence": False,
        "contextForSureMatch": 0,
    }


def _around(finding: _Finding, source: str, sentences: _Sentences) -> Json:
    """The match's surroundings: in what was sent for `context`, in what was scored for `sentence`."""
    start, end, span, paragraph = finding
    left, right = max(0, start - _CONTEXT), min(len(source), end + _CONTEXT)
    before = _DOTS * (left > 0) + source[left:start]
    after = source[end:right] + _DOTS * (right < len(source))
    return {
        "context": {
            "text": (before + source[start:end] + after).replace("\n", " "),
            "offset": _units(before),
            "length": _units(source[start:end]),
        },
        "sentence": sentences.around(span, paragraph),
    }


class _Sentences:
    """Where the sentences of a text end."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._ends = [match.end() for match in _SENTENCE_END.finditer(text)]

    def around(self, span: Span, paragraph: Paragraph) -> str:
        """The sentence, or the sentences, of its paragraph in which a span stands."""
        before = bisect_right(self._ends, span.start)
        after = bisect_right(self._ends, span.end - 1)
        start = self._ends[before - 1] if before else 0
        end = self._ends[after] if after < len(self._ends) else len(self._text)
        start = max(start, paragraph.start, span.start - _SENTENCE)
        return self._text[start : min(end, paragraph.end, span.end + _SENTENCE)].strip()


def _in_source(plain: Plain, ranges: Sequence[tuple[int, int]]) -> list[list[int]]:
    """Ranges of the plain text, in code points, as ranges of what was sent, in UTF-16 units."""
    return _utf16(plain.source, plain.places(np.array(ranges, np.int64).reshape(-1, 2)).tolist())


def _utf16(source: str, ranges: Sequence[Sequence[int]]) -> list[list[int]]:
    converted: list[list[int]] = convert(source, np.array(ranges, np.int64).reshape(-1, 2), "utf16").tolist()
    return converted


def _units(text: str) -> int:
    """Length in UTF-16 code units."""
    return len(text.encode("utf-16-le")) // 2
