from __future__ import annotations

import io
import json
import os
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from fake import CLEAN, SPUN, FakeScorer
from hypothesis import given
from hypothesis import strategies as st

from detector.corpus import MAX_LINE_BYTES, Fields, Tally, replacing, run
from detector.errors import MAX_TEXT_BYTES
from detector.results import Failure

FIELDS = Fields("text", "id")
SECRET = "confidential"

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
}


def scored(data: bytes, fields: Fields = FIELDS) -> tuple[list[dict[str, Any]], list[Failure], Tally]:
    sink = io.BytesIO()
    failures: list[Failure] = []
    tally = run(io.BytesIO(data), sink, FakeScorer(), fields=fields, mode="balanced", on_failure=failures.append)
    lines = sink.getvalue().split(b"\n")
    assert lines.pop() == b""
    return [json.loads(line) for line in lines], failures, tally


def line(text: str, **more: object) -> bytes:
    return json.dumps({"text": text, **more}).encode() + b"\n"


@pytest.mark.parametrize(("bad", "code"), BAD_LINES.items(), ids=range(len(BAD_LINES)))
def test_a_bad_line_is_an_error_and_the_others_are_scored(bad: bytes, code: str) -> None:
    replies, failures, tally = scored(line(CLEAN) + bad + b"\n" + line(SPUN))
    first, middle, last = replies
    assert (first["status"], last["status"]) == ("scored", "scored")
    assert (first["flagged"], last["flagged"]) == (False, True)
    assert (middle["status"], middle["line"], middle["error"]["code"]) == ("error", 2, code)
    assert SECRET not in json.dumps(middle)
    assert [failure.line for failure in failures] == [2]
    assert SECRET not in failures[0].message
    assert tally == Tally(3, 1, 1)


def test_an_id_is_kept_as_sent_or_is_the_position() -> None:
    replies, _, _ = scored(
        line(CLEAN, id="a\u00e9") + line(CLEAN) + line(CLEAN, id=17) + line(CLEAN, id=None) + line(CLEAN, id=1.5)
    )
    assert [reply["id"] for reply in replies] == ["a\u00e9", "1", 17, "3", 1.5]
    (reply,), _, _ = scored(line(CLEAN, id=10**400))
    assert reply["id"] == 10**400


def test_an_error_keeps_the_id_where_it_could_be_read() -> None:
    replies, _, _ = scored(b'{"id": "a"}\n{}\n{"id": "b", "text": 1}\nnonsense\n')
    assert [reply["id"] for reply in replies] == ["a", "1", "b", None]


def test_the_fields_can_be_named() -> None:
    data = json.dumps({"body": SPUN, "url": "u", "text": 1}).encode()
    (reply,), _, _ = scored(data, Fields("body", "url"))
    assert (reply["id"], reply["flagged"]) == ("u", True)


def test_a_byte_order_mark_and_windows_line_ends_are_fine() -> None:
    data = b"\xef\xbb\xbf" + line(CLEAN).replace(b"\n", b"\r\n") + line(SPUN).rstrip()
    assert [reply["status"] for reply in scored(data)[0]] == ["scored", "scored"]


def test_an_empty_input_gives_an_empty_output() -> None:
    assert scored(b"") == ([], [], Tally(0, 0, 0))


def test_a_text_over_the_limit_is_an_error_that_names_it() -> None:
    replies, _, _ = scored(
        line("x" * (MAX_TEXT_BYTES + 1), id="a") + line("é" * (MAX_TEXT_BYTES // 2 + 1)) + line(CLEAN)
    )
    assert [reply["status"] for reply in replies] == ["error", "error", "scored"]
    assert replies[0]["error"]["code"] == "text_too_large"
    assert "10,000,000 bytes" in replies[0]["error"]["message"]


class Endless(io.RawIOBase):
    """A line of 300 MB that never stands in memory, then a good one."""

    HEAD = b'{"text": "'
    TAIL = b'"}\n' + line(SPUN)

    def __init__(self) -> None:
        self.pieces = iter([self.HEAD, *[b"x" * 8_192] * 36_000, self.TAIL])

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        piece = next(self.pieces, b"")
        buffer[: len(piece)] = piece
        return len(piece)


def test_an_endless_line_is_skipped_in_bounded_memory() -> None:
    sink = io.BytesIO()
    source = io.BufferedReader(Endless())
    tracemalloc.start()
    run(source, sink, FakeScorer(), fields=FIELDS, mode="balanced", on_failure=lambda _: None)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    first, second = [json.loads(reply) for reply in sink.getvalue().splitlines()]
    assert (first["error"]["code"], first["line"]) == ("line_too_large", 1)
    assert second["flagged"]
    assert peak < 4 * MAX_LINE_BYTES


def test_batches_are_bounded_in_bytes_and_in_number() -> None:
    scorer = FakeScorer()
    data = line(CLEAN) * 1_000 + line("x " * 200_000) * 3
    run(io.BytesIO(data), io.BytesIO(), scorer, fields=FIELDS, mode="balanced", on_failure=lambda _: None)
    assert sum(scorer.calls) == 1_003
    assert max(scorer.calls) <= 256
    assert scorer.calls[-2:] == [1, 1]


@given(st.lists(st.binary(max_size=30).map(lambda data: data.replace(b"\n", b" "))))
def test_any_bytes_give_one_line_for_one_line(lines: list[bytes]) -> None:
    replies, _, tally = scored(b"".join(raw + b"\n" for raw in lines))
    assert len(replies) == tally.lines == len(lines)


def interrupted_while_writing(path: Path) -> None:
    with replacing(path) as sink:
        sink.write(b"half")
        sink.flush()
        raise KeyboardInterrupt


def test_a_failed_run_leaves_the_old_output_and_nothing_else(tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    out.write_text("old")
    with pytest.raises(KeyboardInterrupt):
        interrupted_while_writing(out)
    assert out.read_text() == "old"
    assert list(tmp_path.iterdir()) == [out]


def test_a_good_run_replaces_what_a_link_points_at(tmp_path: Path) -> None:
    target, link = tmp_path / "target", tmp_path / "link"
    target.write_text("old")
    link.symlink_to(target)
    with replacing(link) as sink:
        sink.write(b"new")
    assert target.read_text() == "new"
    assert link.is_symlink()


def test_a_device_is_written_to_not_replaced() -> None:
    with replacing(Path(os.devnull)) as sink:
        sink.write(b"x")
    assert not Path(os.devnull).is_file()
