"""A bar with records, rate and time left on a terminal, and nothing of it anywhere else."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path

import pytest
from corpus.command import command, ended, environment
from fake import CLEAN

pytest.importorskip("tqdm")
pty, termios = pytest.importorskip("pty"), pytest.importorskip("termios")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "in.jsonl"
    path.write_text((json.dumps({"text": CLEAN}) + "\n") * 100 + "nonsense\n")
    return path


def seen(*arguments: str | Path) -> str:
    """What a terminal shows of a run."""
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (24, 100))
    with subprocess.Popen(command(*arguments), env=environment(0.01), stderr=theirs) as process:
        os.close(theirs)
        shown = b""
        try:
            while piece := os.read(ours, 4_096):
                shown += piece
        except OSError:  # how a terminal says that the other end is closed
            pass
        assert process.wait() == 0
    os.close(ours)
    return shown.decode()


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_terminal_shows_a_bar(source: Path, tmp_path: Path, workers: str) -> None:
    shown = seen(source, tmp_path / "out.jsonl", "--workers", workers)
    found = re.search(r"(\d+)%\|.*?\| (\d+) records, (\d+)/s \[\d\d:\d\d<\d\d:\d\d\]", shown)
    assert found, shown
    assert re.search(r"100%\|.*101 records", shown)
    assert f"{source}:101: The line is not JSON" in shown
    assert shown.splitlines()[-1] == "unspun: 101 records, 0 flagged, 1 could not be scored"


def test_where_no_terminal_is_there_is_no_bar(source: Path, tmp_path: Path) -> None:
    _, said = ended(source, tmp_path / "out.jsonl")
    assert len(said.splitlines()) == 2
    assert "%" not in said
