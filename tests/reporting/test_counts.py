"""Statistics and phrases: what is counted, and that nothing grows without bound."""

from __future__ import annotations

import datetime
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.errors import UnspunError
from detector.reporting import phrases as phrases_module
from detector.reporting import statistics as statistics_module
from detector.reporting.phrases import AROUND, EXAMPLES, Phrases
from detector.reporting.rows import Odd, Part, Scored
from detector.reporting.statistics import BINS, NO_VALUE, By, Share, Statistics, by


def document(name: str, score: float = 0.1, flagged: bool = False, **kept: object) -> Scored:
    return Scored(name, "scored", None, score, flagged, (), None, kept)


def with_phrase(name: str, *found: str, text: str | None = None, suggestions: tuple[str, ...] = ("team",)) -> Scored:
    odd = tuple(Odd(0, len(phrase), phrase, suggestions, "word-choice") for phrase in found)
    if text is not None:
        odd = tuple(one._replace(start=text.index(one.text), end=text.index(one.text) + len(one.text)) for one in odd)
    return Scored(name, "scored", None, 0.9, True, (Part("scored", 0.9, True, text, odd, "spun"),), text, {})


def test_kinds_and_rules_are_counted() -> None:
    statistics = Statistics(())
    first, second = with_phrase("a", "odd words", "odd words"), with_phrase("b", "odd words")
    slip = Odd(0, 1, "a", (), "article")
    for one in (first, second, second):
        (part,) = one.parts
        statistics.add(replace(one, parts=(part._replace(phrases=(*part.phrases, slip)),)))
    assert statistics.kinds == {"spun": 3}
    assert statistics.spans == {"word-choice": 4, "article": 3}
    assert statistics.marked == {"word-choice": 3, "article": 3}


def test_debris_is_no_phrase() -> None:
    phrases = Phrases()
    one = with_phrase("a", "odd words")
    (part,) = one.parts
    debris = Odd(0, 6, "1, 400", ("1,400",), "split-number")
    phrases.add(replace(one, parts=(part._replace(phrases=(debris, *part.phrases)),)), None)
    assert [phrase.text for phrase in phrases.most_frequent(5, words=False)] == ["odd words"]


@pytest.mark.parametrize(
    ("argument", "kept", "value"),
    [
        ("outlet", "The Courier", "The Courier"),
        ("outlet", None, NO_VALUE),
        ("outlet", "", NO_VALUE),
        ("outlet", 7, "7"),
        ("outlet", float("nan"), NO_VALUE),
        ("outlet", True, "true"),
        ("outlet", ["a", {"b": None}], '["a", {"b": null}]'),
        ("outlet", b"Caf\xc3\xa9", "Café"),
        ("date:month", "2021-04-30T10:00:00Z", "2021-04"),
        ("date:year", "2021-04-30", "2021"),
        ("date:month", datetime.date(2021, 4, 3), "2021-04"),
        ("date:month", "30/04/2021", NO_VALUE),
        ("date:month", "2021-13-01", NO_VALUE),
        ("date:month", "٢٠٢١-04-01", NO_VALUE),
        ("date:month", 20210430, NO_VALUE),
    ],
)
def test_a_document_belongs_to_the_group_of_its_value(argument: str, kept: object, value: str) -> None:
    assert by(argument).value(kept) == value


def test_an_unknown_period_is_refused() -> None:
    with pytest.raises(UnspunError, match="month or year"):
        by("date:week")


def test_values_come_by_flagged_documents_and_the_rest_as_others() -> None:
    statistics = Statistics((By("outlet"),))
    for outlet, flagged in [("a", True), ("b", True), ("b", True), ("c", False), ("d", False), ("d", False)]:
        statistics.add(document("x", flagged=flagged, outlet=outlet))

    shown, others = statistics.table(0, 2)

    assert shown == [("b", Share(2, 2)), ("a", Share(1, 1))]
    assert others == (2, Share(0, 3))


def test_dates_come_in_their_order_the_latest_of_them() -> None:
    statistics = Statistics((By("date", "month"),))
    for month in ("2021-03", "2020-12", "2021-01"):
        statistics.add(document("x", date=f"{month}-05"))

    shown, others = statistics.table(0, 2)

    assert [name for name, _ in shown] == ["2021-01", "2021-03"]
    assert others == (1, Share(0, 1))


def test_values_beyond_the_bound_are_summed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(statistics_module, "MOST_VALUES", 3)
    statistics = Statistics((By("outlet"),))
    for number in range(10):
        statistics.add(document("x", flagged=number > 7, outlet=str(number)))

    assert len(statistics.groups[0]) == 3
    assert statistics.table(0, 5)[1] == (0, Share(2, 7))


def test_a_score_of_one_is_in_the_last_bin() -> None:
    statistics = Statistics(())
    for score in (0.0, 0.5, 1.0):
        statistics.add(document("x", score))

    counts = statistics.document_scores.counts
    assert (counts[0], counts[BINS // 2], counts[-1], sum(counts)) == (1, 1, 1, 3)


@given(st.integers(0, 500), st.integers(0, 500))
def test_the_interval_holds_the_share(flagged: int, others: int) -> None:
    share = Share(flagged, flagged + others)
    low, high = share.interval
    assert 0 <= low <= share.share + 1e-12
    assert share.share - 1e-12 <= high <= 1


def test_the_interval_is_wilsons() -> None:
    low, high = Share(3, 20).interval
    assert (round(low, 4), round(high, 4)) == (0.0524, 0.3604)


def test_phrases_are_counted_whatever_their_case_and_white_space() -> None:
    phrases = Phrases()
    phrases.add(with_phrase("1", "Social employees", "social  Employees"), "a")
    phrases.add(with_phrase("2", "social employees"), "b")
    phrases.add(with_phrase("3", "squad"), None)

    (found,) = phrases.most_frequent(10, words=False)

    assert (found.text, found.spans, found.documents, len(found.outlets)) == ("social employees", 3, 2, 2)
    assert [one.text for one in phrases.most_frequent(10, words=True)] == ["squad"]
    assert phrases.spans == 4


def test_phrases_that_are_as_frequent_come_by_the_alphabet_and_white_space_is_short() -> None:
    phrases = Phrases()
    phrases.add(with_phrase("1", "wood plank", "bad apple", "mad" + " " * 100_000 + "max"), None)

    found = phrases.most_frequent(3, words=False)

    assert [one.text for one in found] == ["bad apple", "mad max", "wood plank"]
    assert [example.phrase for _, example in found[1].examples] == ["mad max"]


def test_suggestions_are_merged_the_likeliest_first() -> None:
    phrases = Phrases()
    phrases.add(with_phrase("1", "squad", suggestions=("Group", "team")), None)
    phrases.add(with_phrase("2", "squad", suggestions=("team", "crew")), None)

    assert phrases.most_frequent(1, words=True)[0].likely == ["team", "group", "crew"]


def test_examples_are_few_from_different_documents_with_their_surroundings() -> None:
    phrases = Phrases()
    text = "word " * 100 + "our squad said" + " word" * 100
    for number in range(20):
        phrases.add(with_phrase(str(number), "squad", "squad", text=text), None)

    examples = [example for _, example in phrases.most_frequent(1, words=True)[0].examples]

    assert len({example.id for example in examples}) == len(examples) == EXAMPLES
    assert examples[0].before is not None
    assert examples[0].behind is not None
    assert examples[0].before.endswith("word our ")
    assert examples[0].behind.startswith(" said word")
    assert examples[0].before.startswith("… word")
    assert examples[0].behind.endswith("word …")
    assert len(examples[0].before) <= AROUND + 2


def test_what_is_rare_is_forgotten_and_what_is_frequent_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(phrases_module, "MOST_PHRASES", 50)
    phrases = Phrases()
    for number in range(1000):
        phrases.add(with_phrase(str(number), f"rare{number}", "frequent"), None)

    (best,) = phrases.most_frequent(1, words=True)

    assert len(phrases) <= 50
    assert (best.text, best.documents) == ("frequent", 1000)
    assert phrases.uncounted == 1
