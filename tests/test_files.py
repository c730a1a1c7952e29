"""Files that are written whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from detector.files import replacing


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
