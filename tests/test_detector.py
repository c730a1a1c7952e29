"""The way of a text, from characters to a Result: its form with a small model, its judgement with the shipped one."""

from __future__ import annotations

import json
import threading
import warnings
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from drawers import cases, read
from hypothesis import given, settings
from hypothesis import strategies as st
from small_model import WORDS
from test_markup import SOURCES

from detector import Detector
from detector import detector as module
from detector.classifier import PARAGRAPH_NAMES, in_document
from detector.detector import PIECE_CHARACTERS
from detector.errors import MAX_TEXT_BYTES, InputError
from detector.features import NAMES
from detector.model import Model
from detector.results import (
    DECIMALS,
    FORMATS,
    MODES,
    OFFSET_UNITS,
    SKIPS,
    Document,
    Format,
    Mode,
    OffsetUnit,
    Paragraph,
    Reason,
    Result,
    Span,
)
from detector.rules import RULES
from detector.rules.find import Placed
from detector.rules.rule import Hit
from detector.spans import MOST_SUGGESTIONS, MOST_WORDS, RULE
from detector.text import paragraphs


@pytest.fixture(autouse=True)
def _no_arithmetic_warnings() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        yield


@pytest.fixture(scope="module")
def detector(small: Model) -> Detector:
    return Detector(small)


SENTENCE = "the worker was late and the old bus by the river was slow but they had not the money for a train"
#: What rules find whatever the vocabulary.
DEBRIS = ["cost $3, 200 in", "( CSE )", "said:” So", "late.The", "&amp;", "“the house'", "\u2018 reluctance", "it’ s"]
MARKS = st.sampled_from(
    [*DEBRIS, ",", ".", "\u2019s", "Zyzzyva", "1997", "\U0001f600", "e\u0301t\u00e9", "\u00a0", "\x00", "\ud800"]
)
SPACES = st.sampled_from([" ", " ", " ", " ", "\n", "\r\n", "\n\n", "\r\n\r\n", "\u00a0", "\u2028", ""])
ANY = st.text(st.characters(codec=None, exclude_categories=()), max_size=10)
CASED = st.sampled_from(WORDS) | st.sampled_from(WORDS).map(str.title) | st.sampled_from(WORDS).map(str.upper)
TEXTS = st.lists(st.tuples(CASED | CASED | CASED | MARKS | ANY, SPACES), max_size=120).map(
    lambda pieces: "".join(word + space for word, space in pieces)
)


def taken(text: str, start: int, end: int, unit: OffsetUnit) -> str:
    """What a program that counts in `unit` finds at [start, end)."""
    if unit == "codepoint":
        return text[start:end]
    encoding, width = ("utf-16-le", 2) if unit == "utf16" else ("utf-8", 1)
    return text.encode(encoding, "surrogatepass")[start * width : end * width].decode(encoding, "surrogatepass")


def spans_of(document: Document) -> list[Span]:
    return [span for paragraph in document.paragraphs for span in paragraph.spans]


def assert_well_formed(result: Result, texts: list[str], format: Format = "text") -> None:
    json.dumps(result.to_dict(), allow_nan=False)
    assert [document.id for document in result.documents] == [str(number) for number in range(len(texts))]
    for document, text in zip(result.documents, texts, strict=True):
        scored = [paragraph for paragraph in document.paragraphs if paragraph.status == "scored"]
        assert (document.status == "scored") == bool(scored)
        assert (document.score is None) == (not scored)
        assert 0 <= document.fraction_flagged <= 1
        assert (document.fraction_flagged > 0) == any(paragraph.flagged for paragraph in document.paragraphs)
        before = 0
        for paragraph in document.paragraphs:
            assert before <= paragraph.start < paragraph.end
            before = paragraph.end
            assert_paragraph_well_formed(paragraph, text, result.offset_unit, format)
        assert_apart(document)


def assert_apart(document: Document) -> None:
    """What is skipped is in order, and holds no part of a span."""
    before = 0
    for part in document.skipped:
        assert before <= part.start < part.end
        before = part.end
        assert all(span.end <= part.start or part.end <= span.start for span in spans_of(document))


def assert_paragraph_well_formed(paragraph: Paragraph, text: str, unit: OffsetUnit, format: Format) -> None:
    if paragraph.status != "scored":
        assert (paragraph.score, paragraph.kinds, paragraph.flagged, paragraph.spans) == (None, None, False, ())
        return
    assert paragraph.score is not None
    assert 0 < paragraph.score < 1
    assert_kinds_add_up(paragraph)
    before = paragraph.start
    for span in paragraph.spans:
        assert before <= span.start < span.end <= paragraph.end
        before = span.end
        assert taken(text, span.start, span.end, unit) == span.text
        assert span.rule in RULES
        assert 0 < span.score <= 1
        assert len(span.suggestions) <= MOST_SUGGESTIONS
        assert len(set(span.suggestions)) == len(span.suggestions)
        assert span.text not in span.suggestions
        assert span.message
        if format == "text" and span.rule == RULE:
            assert 1 <= len(span.text.split()) <= MOST_WORDS
            assert span.text in span.message


def assert_kinds_add_up(paragraph: Paragraph) -> None:
    kinds, published = paragraph.kinds, paragraph.to_dict()
    assert kinds is not None
    assert min(kinds.spun, kinds.machine_translated) >= 0
    assert kinds.spun + kinds.machine_translated == pytest.approx(paragraph.score, rel=1e-9)
    assert published["kinds"].keys() == {"spun", "machine_translated"}
    assert min(published["kinds"].values()) >= 0
    assert round(sum(published["kinds"].values()), DECIMALS) == published["score"]


@settings(max_examples=150)
@given(st.lists(TEXTS, max_size=4), st.sampled_from(MODES), st.sampled_from(OFFSET_UNITS), st.booleans())
def test_any_texts_are_scored(
    detector: Detector, texts: list[str], mode: Mode, unit: OffsetUnit, explain: bool
) -> None:
    result = detector.score(texts, mode=mode, offset_unit=unit, explain=explain)
    assert (result.mode, result.offset_unit, result.texts) == (mode, unit, tuple(texts))
    assert_well_formed(result, texts)


@pytest.mark.parametrize("text", [None, float("nan"), b"text", 3, ["text"]])
def test_what_is_no_text_is_refused_and_named(detector: Detector, text: Any) -> None:
    with pytest.raises(InputError, match=f"Text 1 is no string but of type {type(text).__name__}"):
        detector.score(["text", text])


@pytest.mark.parametrize(
    "wrong",
    [
        {"mode": "harsh"}, {"offset_unit": "bytes"}, {"format": "pdf"}, {"skip": ("quote", "footnote")}, {"skip": "quote"},
        {"allow": ["a phrase", 5]}, {"ids": ["one", "two"]},
    ],
    ids=str,
)  # fmt: skip
def test_an_argument_with_another_value_is_refused(detector: Detector, wrong: dict[str, Any]) -> None:
    with pytest.raises(InputError, match=next(iter(wrong))):
        detector.score("text", **wrong)


def test_one_string_is_no_list_of_phrases(detector: Detector) -> None:
    with pytest.raises(InputError, match="list of phrases"):
        detector.score("text", allow="a phrase")


def test_the_small_model_marks_phrases(detector: Detector) -> None:
    """What is asserted of spans above is not asserted of none."""
    (document,) = detector.score(f"{SENTENCE}. {SENTENCE.title()}", mode="sensitive").documents
    assert len(spans_of(document)) > 3


ENOUGH = st.sampled_from(
    [
        f" {SENTENCE} ",
        f"<p>{SENTENCE}, <b>{SENTENCE}</b>",
        f"\n\n**{SENTENCE}** and\n",
        f"\n\n> {SENTENCE}\n\n",
        f"“{SENTENCE}” ",
        "the wor`ker` was <q>late</q>, www.road.house ",
        "the small house <i>was</i> cold&amp;the ro&#97;d, ",
    ]
)
MARKED = st.lists(ENOUGH | SOURCES | CASED.map(lambda word: f"{word} "), max_size=30).map("".join)
SKIPPED = st.lists(st.sampled_from(SKIPS), unique=True).map(tuple) | st.just(SKIPS)


@settings(max_examples=200)
@given(
    st.lists(MARKED, max_size=3),
    st.sampled_from(FORMATS),
    SKIPPED,
    st.sampled_from(OFFSET_UNITS),
)
def test_any_format_is_scored_with_anything_skipped(
    detector: Detector, texts: list[str], format: Format, skip: tuple[Reason, ...], unit: OffsetUnit
) -> None:
    result = detector.score(texts, mode="sensitive", offset_unit=unit, format=format, skip=skip)
    assert result.texts == tuple(texts)
    assert_well_formed(result, texts, format)
    assert {part.reason for document in result.documents for part in document.skipped} <= set(skip)


@settings(max_examples=50)
@given(st.lists(TEXTS | MARKED, min_size=2, max_size=5), st.sampled_from(FORMATS), SKIPPED)
def test_a_batch_gives_what_single_texts_give(
    detector: Detector, texts: list[str], format: Format, skip: tuple[Reason, ...]
) -> None:
    together = detector.score(texts, format=format, skip=skip).documents
    for text, document in zip(texts, together, strict=True):
        (alone,) = detector.score(text, format=format, skip=skip).documents
        assert_alike(alone, document)


def assert_alike(a: Document, b: Document) -> None:
    assert a.status == b.status
    assert a.score == pytest.approx(b.score, abs=2e-6)
    for one, other in zip(a.paragraphs, b.paragraphs, strict=True):
        assert (one.start, one.end, one.status) == (other.start, other.end, other.status)
        assert one.score == pytest.approx(other.score, abs=2e-6)
        assert (one.kinds is None) == (other.kinds is None)
        if one.kinds and other.kinds:
            assert one.kinds.spun == pytest.approx(other.kinds.spun, abs=2e-6)
        told, same = ([(s.start, s.end, s.text, s.rule, s.suggestions) for s in p.spans] for p in (one, other))
        assert told == same


@settings(max_examples=50)
@given(st.lists(TEXTS, min_size=2, max_size=6), st.integers(50, 1500))
def test_nor_does_the_size_of_a_batch_change_anything(detector: Detector, texts: list[str], size: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "BATCH_CHARACTERS", size)
        together = detector.score(texts, mode="sensitive").documents
    for text, document in zip(texts, together, strict=True):
        if len(text) <= size:  # one that is larger is cut
            (alone,) = detector.score(text, mode="sensitive").documents
            assert_alike(alone, document)


@given(st.lists(st.lists(st.integers(1, 60), max_size=6), max_size=8), st.integers(20, 200))
def test_a_document_is_cut_between_batches_only_where_it_is_larger_than_one(
    sizes: list[list[int]], largest: int
) -> None:
    texts = ["\n\n".join("x" * size for size in own) for own in sizes]
    places = [list(paragraphs(text)) for text in texts]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "BATCH_CHARACTERS", largest)
        batches = list(module._batches(texts, places))
    pieces = [piece for batch in batches for piece in batch]
    assert [(piece.document, piece.start, piece.end) for piece in pieces] == [
        (number, *place) for number, own in enumerate(places) for place in own
    ]
    assert [piece.paragraph for piece in pieces] == list(range(len(pieces)))
    for number, own in enumerate(sizes):
        if own and sum(own) <= largest:
            assert sum(any(piece.document == number for piece in batch) for batch in batches) == 1


def test_the_order_of_texts_and_their_names_are_kept(detector: Detector) -> None:
    texts = [SENTENCE, "", f"{SENTENCE}\n\n{SENTENCE}", "short"] * 40
    names = [f"name {number}" for number in range(len(texts))]
    result = detector.score(texts, ids=names)
    assert [document.id for document in result.documents] == names
    assert [len(document.paragraphs) for document in result.documents] == [1, 0, 2, 1] * 40
    with pytest.raises(InputError, match="159 ids for 160 texts"):
        detector.score(texts, ids=names[1:])


def test_no_text_is_no_document(detector: Detector) -> None:
    assert detector.score([]).documents == ()


@given(TEXTS)
def test_a_document_of_one_scored_paragraph_has_its_verdict(detector: Detector, text: str) -> None:
    (document,) = detector.score(text).documents
    scored = [paragraph for paragraph in document.paragraphs if paragraph.status == "scored"]
    if len(scored) == 1:
        assert document.score == pytest.approx(scored[0].score, abs=1e-9)
        assert (document.flagged, document.fraction_flagged) == (scored[0].flagged, float(scored[0].flagged))


def logit(score: float | None) -> float:
    assert score is not None
    return float(np.log(score / (1 - score)))


@pytest.mark.parametrize("mode", MODES)
def test_verdicts_follow_the_bars_of_the_mode(detector: Detector, small: Model, mode: Mode) -> None:
    """One paragraph has a bar of its own; several are judged in their document, and by other bars. Both depend on its
    length."""
    rng = np.random.default_rng(0)
    texts = [" ".join(rng.choice(WORDS, 40)) for _ in range(40)]
    bars, verdicts = small.bars[mode], set()
    together = ["\n\n".join(texts[at : at + 4]) for at in range(0, len(texts), 4)]
    alone = [document.paragraphs[0] for document in detector.score(texts, mode=mode, explain=True).documents]
    documents = detector.score(together, mode=mode).documents
    shift = [bars.per_log_slot * paragraph.features["log_slots"] for paragraph in alone if paragraph.features]
    for paragraph, of_length in zip(alone, shift, strict=True):
        assert paragraph.flagged == (logit(paragraph.score) > bars.paragraph + of_length)
    for number, document in enumerate(documents):
        assert document.flagged == (logit(document.score) > bars.document)
        words = [
            len(text.split()) * paragraph.flagged for text, paragraph in zip(texts, document.paragraphs, strict=False)
        ]
        assert document.fraction_flagged == pytest.approx(sum(words) / 160)
        for paragraph, same, of_length in zip(
            document.paragraphs, alone[4 * number :], shift[4 * number :], strict=False
        ):
            own = np.array([logit(same.score)])
            inside = in_document(own, np.array([logit(document.score)]))
            assert logit(paragraph.score) == pytest.approx(inside[0], abs=1e-3)
            assert paragraph.flagged == (logit(paragraph.score) > bars.in_document + of_length)
            verdicts.add((same.flagged, paragraph.flagged, document.flagged))
    assert len(verdicts) > 1


@pytest.mark.parametrize("blank", [" ", "\u00a0", ""], ids=["blanks", "non-breaking", "none"])
def test_an_enormous_paragraph_is_one_paragraph(detector: Detector, blank: str) -> None:
    text = SENTENCE.replace(" ", blank) if blank else SENTENCE + "," + "x" * (3 * PIECE_CHARACTERS)
    text = blank.join([text] * (3 * PIECE_CHARACTERS // len(text))) if blank else text
    result = detector.score(text)
    assert_well_formed(result, [text])
    (paragraph,) = result.documents[0].paragraphs
    assert (paragraph.start, paragraph.end, paragraph.status) == (0, len(text), "scored")


def test_a_gap_as_long_as_a_piece_is_no_obstacle(detector: Detector) -> None:
    text = SENTENCE + " " * (3 * PIECE_CHARACTERS) + SENTENCE
    result = detector.score(text, mode="sensitive")
    assert_well_formed(result, [text])
    assert len(result.documents[0].paragraphs) == 1


@pytest.mark.parametrize(
    "text", ["x" * (MAX_TEXT_BYTES + 1), "\u00e9" * (MAX_TEXT_BYTES // 2 + 1), "\ud800" * (MAX_TEXT_BYTES // 3 + 1)]
)
def test_a_text_over_the_limit_is_an_error_that_names_it(detector: Detector, text: str) -> None:
    with pytest.raises(InputError, match="10 MB") as caught:
        detector.score(["short", text])
    assert caught.value.code == "text_too_large"


def test_allowed_phrases_are_never_evidence(detector: Detector) -> None:
    text = f"{SENTENCE}. They say that the small house was cold."
    before = spans_of(detector.score(text, mode="sensitive").documents[0])
    words = {span.text for span in before}
    assert words
    after = spans_of(detector.score(text, mode="sensitive", allow=[word.upper() for word in words]).documents[0])
    assert not words & {span.text for span in after}
    assert detector.score(text, allow=["", " "]) == detector.score(text)


@pytest.mark.parametrize("words", ["very very very", "the of and to in a is", "I had to be"])
def test_a_paragraph_of_function_words_has_nothing_to_be_judged_by(words: str) -> None:
    (document,) = Detector.load().score(f"{words} " * 25).documents
    assert (document.status, document.score, document.flagged) == ("not_prose", None, False)


def test_nor_has_one_in_which_everything_is_allowed(detector: Detector) -> None:
    (document,) = detector.score(SENTENCE, allow=[SENTENCE]).documents
    assert (document.status, document.score) == ("not_prose", None)


@pytest.mark.parametrize("sign", ["\u00ad", "\u200b", "\u200c", "\u2060", "\ufeff"])
def test_what_nobody_sees_changes_nothing(detector: Detector, sign: str) -> None:
    text = f"{SENTENCE}. They say that the small house was cold."
    hidden = f"{sign}{text}".replace("e", f"e{sign}").replace(" ", f" {sign}")
    plain = detector.score(text, mode="sensitive").documents[0]
    (document,) = detector.score(hidden, mode="sensitive").documents
    assert document.score == plain.score
    assert [span.text.replace(sign, "") for span in spans_of(document)] == [span.text for span in spans_of(plain)]
    for span in spans_of(document):
        assert hidden[span.start : span.end] == span.text


def test_an_allowed_phrase_may_be_spaced_otherwise_and_is_whole_words(detector: Detector) -> None:
    text = SENTENCE.replace("old bus", "old\u00a0 bus")
    everything = {
        span.text for span in spans_of(detector.score(text, mode="sensitive", allow=["ol", "us"]).documents[0])
    }
    assert everything == {span.text for span in spans_of(detector.score(text, mode="sensitive").documents[0])}
    features = detector.score(text, allow=["old bus", "(+"], explain=True).documents[0].paragraphs[0].features
    expected = detector.score(text, allow=["old", "bus"], explain=True).documents[0].paragraphs[0].features
    assert features
    assert features == expected
    assert features != detector.score(text, explain=True).documents[0].paragraphs[0].features


def test_markup_is_stepped_over(detector: Detector) -> None:
    plain = f"{SENTENCE} & {SENTENCE}.\n\n{SENTENCE}."
    html = f"<h1></h1><p>{SENTENCE} &amp; {SENTENCE}.<p>{SENTENCE}.".replace(" and ", "\n  and ")
    html = html.replace("worker", "<b>wor</b>ker")
    (expected,) = detector.score(plain, mode="sensitive").documents
    (document,) = detector.score(html, mode="sensitive", format="html").documents
    assert (document.score, document.flagged) == (expected.score, expected.flagged)
    assert [p.score for p in document.paragraphs] == [p.score for p in expected.paragraphs]
    for span, same in zip(spans_of(document), spans_of(expected), strict=True):
        assert html[span.start : span.end] == span.text
        assert span.text.replace("<b>", "").replace("</b>", "").split() == same.text.split()
        assert span.suggestions == (() if "<" in span.text or "&" in span.text else same.suggestions)
        assert span.message == same.message
    assert any("<" in span.text for span in spans_of(document))


def test_what_is_skipped_is_context_and_no_evidence(detector: Detector) -> None:
    quoted = "“the small house was cold and the new train was late”"
    text = f"{SENTENCE} {quoted} {SENTENCE}"
    judged, left_out = (
        detector.score(text, mode="sensitive", explain=True, skip=skip).documents[0] for skip in ((), ("quote",))
    )
    assert [text[part.start : part.end] for part in left_out.skipped] == [quoted]
    assert judged.skipped == ()
    at = left_out.skipped[0]
    assert any(at.start <= span.start < at.end for span in spans_of(judged))
    assert not any(at.start <= span.start < at.end for span in spans_of(left_out))
    # It has the slots that are left when all its words are allowed, and those are features of the same context.
    allowed = detector.score(text, explain=True, allow=[quoted.strip("“”")]).documents[0]
    (one,), (other,) = left_out.paragraphs, allowed.paragraphs
    assert one.features
    assert other.features
    assert one.features["log_slots"] == other.features["log_slots"]


SLIPS = f"{SENTENCE}. It was 3, 200 pounds ( and more ) that day."


def rules_of(document: Document) -> list[str]:
    return [span.rule for span in spans_of(document) if span.rule != RULE]


def traces_of(document: Document) -> dict[str, float]:
    (features,) = (dict(paragraph.features or {}) for paragraph in document.paragraphs)
    return features


def test_what_rules_find_is_marked_and_counted(detector: Detector) -> None:
    (document,) = detector.score(SLIPS, explain=True).documents
    assert rules_of(document) == ["split-number", "loose-bracket"]
    assert traces_of(document)["debris"] == 2
    (document,) = detector.score(SENTENCE, explain=True).documents
    assert rules_of(document) == []
    assert traces_of(document)["debris"] == 0


def test_what_rules_find_in_a_part_that_is_left_out_is_neither_marked_nor_counted(detector: Detector) -> None:
    quoted = f"{SENTENCE}. “It was 3, 200 pounds that day.” {SENTENCE}."
    (judged,) = detector.score(quoted, explain=True).documents
    (left_out,) = detector.score(quoted, explain=True, skip=("quote",)).documents
    assert (rules_of(judged), traces_of(judged)["debris"]) == (["split-number"], 1)
    assert (rules_of(left_out), traces_of(left_out)["debris"]) == ([], 0)


def test_what_is_left_out_dilutes_no_trace(detector: Detector) -> None:
    text = f"{SENTENCE} “{SENTENCE} {SENTENCE}” {SENTENCE}"
    judged, left_out = (
        traces_of(detector.score(text, explain=True, skip=skip).documents[0]) for skip in ((), ("quote",))
    )
    alike = ["unknown", "old", "small_words", "content_words", *(name for name in judged if name.startswith("rate_"))]
    assert {name: left_out[name] for name in alike} == pytest.approx({name: judged[name] for name in alike})


def test_what_rules_find_in_an_allowed_phrase_is_neither_marked_nor_counted(detector: Detector) -> None:
    (document,) = detector.score(SLIPS, explain=True, allow=["3, 200", "POUNDS ( AND MORE )"]).documents
    assert (rules_of(document), traces_of(document)["debris"]) == ([], 0)
    (document,) = detector.score(SLIPS, explain=True, allow=["200"]).documents
    assert "split-number" not in rules_of(document)


@pytest.mark.parametrize("mode", MODES)
def test_what_people_write_too_is_marked_only_where_the_paragraph_is_flagged(
    detector: Detector, mode: Mode, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(1)
    text = "\n\n".join(" ".join(rng.choice(WORDS, 40)) for _ in range(12))
    places = list(paragraphs(text))

    def found(*_: object) -> Iterator[tuple[int, Placed]]:
        for number, (start, _end) in enumerate(places):
            yield 0, Placed(number, Hit(start, start + 9, "html-entity", (), "Sure."))
            yield 0, Placed(number, Hit(start + 20, start + 30, "altered-name", (), "Not sure.", sure=False))

    monkeypatch.setattr(module, "in_texts", found)
    (document,) = detector.score(text, mode=mode).documents
    assert [len(paragraph.spans) > 0 for paragraph in document.paragraphs] == [True] * len(places)
    for paragraph in document.paragraphs:
        told = [span.message for span in paragraph.spans]
        assert ("Not sure." in told) == paragraph.flagged
        before = paragraph.start
        for span in paragraph.spans:
            assert before <= span.start < span.end
            before = span.end


def test_a_short_paragraph_has_no_marks(detector: Detector) -> None:
    (document,) = detector.score("It was 3, 200 pounds ( and more ).").documents
    assert (document.status, spans_of(document)) == ("too_short", [])


def test_a_paragraph_is_judged_by_what_is_not_skipped(detector: Detector) -> None:
    quoted = f"“{SENTENCE}”"
    text = f"{quoted}\n\n{quoted}, they said.\n\n{quoted} {SENTENCE}"
    (document,) = detector.score(text, skip=("quote",)).documents
    assert [paragraph.status for paragraph in document.paragraphs] == ["skipped", "too_short", "scored"]
    assert document.fraction_flagged in (0.0, 1.0)
    (document,) = detector.score(quoted, skip=("quote",)).documents
    assert (document.status, document.score, document.flagged) == ("skipped", None, False)
    (document,) = detector.score("", skip=SKIPS).documents
    assert document.status == "too_short"


def test_an_enormous_paragraph_is_judged_where_nothing_is_skipped(detector: Detector) -> None:
    quoted = "“" + " ".join([SENTENCE] * (2 * PIECE_CHARACTERS // len(SENTENCE))) + "”"
    result = detector.score(f"{quoted} {SENTENCE}", skip=("quote",))
    assert_well_formed(result, [f"{quoted} {SENTENCE}"])
    assert [paragraph.status for paragraph in result.documents[0].paragraphs] == ["scored"]


def test_explaining_adds_features(detector: Detector) -> None:
    text = f"{SENTENCE}. {SENTENCE}\n\nshort"
    plain, explained = detector.score(text, mode="sensitive"), detector.score(text, mode="sensitive", explain=True)
    scored, short = explained.documents[0].paragraphs
    assert tuple(scored.features or ()) == PARAGRAPH_NAMES
    assert short.features is None
    assert scored.spans
    assert len(set(PARAGRAPH_NAMES)) == len(PARAGRAPH_NAMES)
    for span in scored.spans:
        assert tuple(span.features or ()) == (NAMES if span.rule == RULE else ())
        assert ("features" in span.to_dict()) == (span.rule == RULE)
    bare = [replace(p, features=None, spans=tuple(replace(s, features=None) for s in p.spans)) for p in (scored, short)]
    assert tuple(bare) == plain.documents[0].paragraphs
    assert "features" not in json.dumps(plain.to_dict())


def test_threads_share_a_detector(detector: Detector) -> None:
    texts = [f"{SENTENCE} Stranger{number}" for number in range(60)]
    expected = detector.score(texts)
    found: list[Result] = []
    threads = [threading.Thread(target=lambda: found.append(detector.score(texts))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [expected] * 6


# What the shipped model finds.


@pytest.mark.parametrize("case", cases("detector/statuses"))
def test_statuses(shipped_detector: Detector, case: dict[str, Any]) -> None:
    (document,) = shipped_detector.score(case["text"]).documents
    assert document.status == case["status"]
    assert document.status == "scored" or (document.score, document.flagged) == (None, False)


@pytest.mark.parametrize("case", cases("detector/paragraphs"))
def test_paragraphs_are_flagged_or_not(shipped_detector: Detector, case: dict[str, Any]) -> None:
    (document,) = shipped_detector.score(case["text"]).documents
    assert document.flagged == case["flagged"], document.score


TEXTS_OF_CASES: list[str] = [case["text"] for case in read("detector/paragraphs")]


def test_a_stricter_mode_flags_less(shipped_detector: Detector) -> None:
    whole = ["\n\n".join(TEXTS_OF_CASES), "\n\n".join(TEXTS_OF_CASES[:6]), *TEXTS_OF_CASES]
    flagged, marked = [], []
    for mode in MODES:
        documents = shipped_detector.score(whole, mode=mode).documents
        places = [(d, p) for d, document in enumerate(documents) for p in range(len(document.paragraphs))]
        flagged.append(
            {(d, -1) for d, document in enumerate(documents) if document.flagged}
            | {(d, p) for d, p in places if documents[d].paragraphs[p].flagged}
        )
        marked.append(
            {(d, at) for d, document in enumerate(documents) for s in spans_of(document) for at in (s.start, s.end - 1)}
        )
        assert [document.score for document in documents] == [
            document.score for document in shipped_detector.score(whole).documents
        ]
    strict, balanced, sensitive = flagged
    assert strict <= balanced <= sensitive
    assert len(marked[0]) <= len(marked[1]) <= len(marked[2])


def test_batches_of_real_text_give_what_single_texts_give(shipped_detector: Detector) -> None:
    texts = [*TEXTS_OF_CASES, "\n\n".join(TEXTS_OF_CASES)] * 3
    for text, document in zip(texts, shipped_detector.score(texts).documents, strict=True):
        (alone,) = shipped_detector.score(text).documents
        assert_alike(alone, document)


def test_clean_text_is_hardly_marked(shipped_detector: Detector) -> None:
    texts = [case["text"] for case in read("detector/paragraphs") if not case["flagged"]]
    marked = [span.text for document in shipped_detector.score(texts).documents for span in spans_of(document)]
    assert sum(len(odd.split()) for odd in marked) <= 0.02 * sum(len(text.split()) for text in texts), marked


def test_scores_have_no_plateaus(shipped_detector: Detector) -> None:
    """Six decimals of a strictly increasing function: paragraphs that differ have scores that differ."""
    sentences = [s.strip() + "." for text in TEXTS_OF_CASES for s in text.split(".") if len(s.split()) > 10]
    rng = np.random.default_rng(0)
    texts = [" ".join(rng.choice(sentences, 4, replace=False)) for _ in range(150)]
    scores = [document.to_dict()["score"] for document in shipped_detector.score(texts).documents]
    assert len(set(scores)) > 0.97 * len(set(texts))


CLEAN_TEXTS: list[str] = [case["text"] for case in read("detector/paragraphs") if not case["flagged"]]
BROKEN: list[tuple[str, str]] = [
    (" (", " ( "), (") ", " ) "), (" the ", " ( the ) "), (". ", "."), (" and ", " &amp; "), (", ", " , "),
    ("\u2019s", "\u2019 s"), (" in ", " in $3, 200 of "), (", ", ",” "), (" was ", " \u201cwas' "), (". ", ".&nbsp;"),
]  # fmt: skip


@settings(max_examples=60)
@given(
    st.sampled_from(CLEAN_TEXTS),
    st.lists(st.tuples(st.sampled_from(BROKEN), st.integers(1, 3)), max_size=5),
    st.sampled_from(["", " Share this: Facebook Twitter Email", " All rights reserved."]),
    st.booleans(),
)
def test_debris_alone_flags_nothing(
    shipped_detector: Detector, text: str, breaks: list[tuple[tuple[str, str], int]], footer: str, repeated: bool
) -> None:
    for (whole, broken), times in breaks:
        text = text.replace(whole, broken, times)
    text += (" " + text.split(". ")[0] + ".") * repeated + footer
    (document,) = shipped_detector.score(text).documents
    assert not document.anything_flagged, [(span.rule, span.text) for span in spans_of(document)]


@settings(max_examples=20)
@given(st.lists(st.sampled_from(BROKEN), min_size=3, max_size=8, unique=True))
def test_nor_does_debris_all_over_a_document(shipped_detector: Detector, breaks: list[tuple[str, str]]) -> None:
    text = "\n\n".join(CLEAN_TEXTS)
    before = {span.text for span in spans_of(shipped_detector.score(text).documents[0])}
    for whole, broken in breaks:
        text = text.replace(whole, broken, 4)
    (document,) = shipped_detector.score(text).documents
    found = [(span.rule, span.text) for span in spans_of(document) if span.text not in before]
    assert not document.anything_flagged, found


def test_debris_is_named_where_it_is(shipped_detector: Detector) -> None:
    text = f"{CLEAN_TEXTS[0]} It was 3, 200 pounds ( and more ) that day."
    (document,) = shipped_detector.score(text).documents
    assert rules_of(document) == ["split-number", "loose-bracket"]
    assert not document.anything_flagged


def test_a_renderings_other_form_is_looked_for_in_the_whole_document(
    shipped_detector: Detector, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However its paragraphs fall into batches, but in no other document."""
    usual = "They asked the social workers of the town for help, and most of them came on the same day to see what they could do."
    odd = "The social employees of the town had none of it, and so they went home again in the evening without a word to us."
    document = f"{usual}\n\n{odd}"
    filler = CLEAN_TEXTS[0]
    monkeypatch.setattr(module, "BATCH_CHARACTERS", len(document))
    texts = [filler, document, filler[:40], document, usual, odd]
    told = [rules_of(each) for each in shipped_detector.score(texts).documents]
    assert told[1] == told[3] == ["two-renderings"]
    assert "two-renderings" not in [rule for at in (0, 2, 4, 5) for rule in told[at]]


def test_an_allowed_stock_phrase_is_no_evidence(shipped_detector: Detector) -> None:
    text = f"On the off chance that it rains, we stay in. {CLEAN_TEXTS[0]}"
    judged, allowed = (
        shipped_detector.score(text, explain=True, allow=allow).documents[0]
        for allow in ((), ("on the off chance that",))
    )
    assert "stock-phrase" in rules_of(judged)
    assert traces_of(judged)["phrases"] > 0
    assert "stock-phrase" not in rules_of(allowed)
    assert traces_of(allowed)["phrases"] == 0
