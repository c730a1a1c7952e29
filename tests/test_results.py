from __future__ import annotations

import json

from fake import CLEAN, SPUN, FakeScorer
from hypothesis import given
from hypothesis import strategies as st

from detector.results import DECIMALS, Failure, Kinds, Paragraph


def test_the_wire_shape_and_its_order(scorer: FakeScorer) -> None:
    reply = scorer.score([SPUN, "Too short."], ids=["a", "b"]).to_dict()
    assert list(reply) == ["model", "mode", "offset_unit", "documents"]
    scored, short = reply["documents"]
    assert list(scored) == ["id", "status", "score", "flagged", "fraction_flagged", "skipped", "paragraphs"]
    (paragraph,) = scored["paragraphs"]
    assert list(paragraph) == ["start", "end", "status", "score", "kinds", "flagged", "spans"]
    (span,) = paragraph["spans"]
    assert list(span) == ["start", "end", "text", "rule", "score", "suggestions", "message"]
    assert SPUN[span["start"] : span["end"]] == span["text"] == "social employees"
    assert (short["status"], short["score"], short["flagged"], short["fraction_flagged"]) == (
        "too_short",
        None,
        False,
        0.0,
    )
    assert short["paragraphs"][0]["spans"] == []


def test_features_are_there_only_on_request(scorer: FakeScorer) -> None:
    explained = scorer.score(SPUN, explain=True).to_dict()["documents"][0]["paragraphs"][0]
    assert explained["features"] == {"odd": 1.0}
    assert explained["spans"][0]["features"] == {"odd": 1.0}
    assert "features" not in scorer.score(SPUN).to_dict()["documents"][0]["paragraphs"][0]


def test_scores_have_six_decimals() -> None:
    from detector.results import Document

    document = Document("0", "scored", 1 / 3, False, 2 / 3, ())
    assert document.to_dict()["score"] == 0.333333
    assert document.to_dict()["fraction_flagged"] == 0.666667


def test_a_failure_has_the_keys_of_a_document(scorer: FakeScorer) -> None:
    failure = Failure(None, 7, "not_json", "The line is not JSON.").to_dict()
    document = scorer.score(CLEAN).to_dict()["documents"][0]
    assert document.keys() <= failure.keys()
    assert failure["error"] == {"code": "not_json", "message": "The line is not JSON."}
    assert (failure["line"], failure["status"], failure["score"], failure["paragraphs"]) == (7, "error", None, [])


def test_texts_stay_out_of_json_and_repr(scorer: FakeScorer) -> None:
    result = scorer.score(CLEAN)
    assert "library" not in json.dumps(result.to_dict())
    assert "library" not in repr(result)


@given(st.floats(0, 1), st.floats(0, 1))
def test_the_kinds_add_up_to_the_score(score: float, share: float) -> None:
    kinds = Kinds(score * (1 - share), score * share)
    wire = Paragraph(0, 1, "scored", kinds.spun + kinds.machine_translated, True, (), None, kinds).to_dict()
    assert all(0 <= part <= 1 for part in wire["kinds"].values())
    assert round(sum(wire["kinds"].values()), DECIMALS) == wire["score"]


def test_a_kind_is_that_of_a_flagged_paragraph() -> None:
    def kind(flagged: bool, kinds: Kinds | None) -> str | None:
        return Paragraph(0, 1, "scored", 0.9, flagged, (), None, kinds).kind

    assert kind(True, Kinds(0.3, 0.6)) == "machine_translated"
    assert kind(True, Kinds(0.6, 0.3)) == kind(True, Kinds(0.45, 0.45)) == "spun"
    assert kind(False, Kinds(0.3, 0.6)) is kind(True, None) is None
