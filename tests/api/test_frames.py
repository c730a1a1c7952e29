"""What goes through a pipe comes out as it was."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api import frames
from api.jobs import Facts, Job, Reply

TEXT = st.text(st.characters(codec=None, exclude_categories=()))
JOBS = st.builds(Job, TEXT, st.binary(), TEXT, TEXT, TEXT, TEXT)
FACTS = st.builds(Facts, st.integers(0), st.lists(st.floats(0, 1)).map(tuple))
REPLIES = st.builds(Reply, st.integers(100, 599), st.binary(), TEXT, st.dictionaries(TEXT, TEXT), FACTS)


@given(JOBS)
def test_a_job(job: Job) -> None:
    frame = frames.read(io.BytesIO(frames.from_job(job)).read)
    assert frame is not None
    assert frames.to_job(*frame) == job


@given(REPLIES)
def test_a_reply(reply: Reply) -> None:
    frame = frames.read(io.BytesIO(frames.from_reply(reply)).read)
    assert frame is not None
    assert frames.to_reply(*frame) == reply


@given(st.lists(JOBS))
def test_one_after_another_until_the_source_ends(jobs: list[Job]) -> None:
    source = io.BytesIO(b"".join(map(frames.from_job, jobs)))
    found = []
    while frame := frames.read(source.read):
        found.append(frames.to_job(*frame))
    assert found == jobs


@given(JOBS, st.data())
def test_an_end_in_the_middle_is_an_error(job: Job, data: st.DataObject) -> None:
    frame = frames.from_job(job)
    size = data.draw(st.integers(1, len(frame) - 1))
    with pytest.raises(EOFError):
        frames.read(io.BytesIO(frame[:size]).read)
