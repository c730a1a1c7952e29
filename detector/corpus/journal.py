"""How far a run has come, kept beside its output so that it survives whatever ends the run; and what a finished one was."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from detector.corpus.batches import BEGINNING, Place
from detector.corpus.scoring import NOTHING, Tally
from detector.results import Json

_VERSION: Final = 1


@dataclass(frozen=True)
class Progress:
    """key: what the output depends on, by name. size: so many bytes of the partial file are good; it holds the rows of
    everything before `place`."""

    key: Json
    place: Place = BEGINNING
    size: int = 0
    tally: Tally = NOTHING


def saved(path: Path) -> Progress | None:
    """What is in the journal; None where there is none that can be read."""
    found = _read(path)
    try:
        if found.get("version") != _VERSION:
            return None
        return Progress(found["key"], Place(*found["place"]), int(found["size"]), Tally(*found["tally"]))
    except (KeyError, TypeError, ValueError):
        return None


def save(path: Path, progress: Progress) -> None:
    """Replace the journal. Whenever this is interrupted, the old one is there or the new one."""
    write(path, {"version": _VERSION, **asdict(progress), "place": [*progress.place], "tally": [*progress.tally]})


def write(path: Path, content: Json, indent: int | None = None) -> None:
    """A file of JSON, whole or not at all. Raises OSError."""
    temporary = path.with_name(f"{path.name}.new")
    try:
        with temporary.open("wb") as file:
            file.write(json.dumps(content, indent=indent, ensure_ascii=False).encode("utf-8", "replace") + b"\n")
            file.flush()
            os.fsync(file.fileno())
        rename(temporary, path)
    except OSError:
        with suppress(OSError):
            temporary.unlink()
        raise


def rename(new: Path, path: Path) -> None:
    """Rename, for good."""
    new.replace(path)
    _sync(path.parent)


def remove(path: Path) -> None:
    """Remove a file that may be there, for good."""
    path.unlink(missing_ok=True)
    _sync(path.parent)


def _sync(folder: Path) -> None:
    """Have a folder remember its names."""
    if os.name == "posix":  # elsewhere a folder cannot be opened
        opened = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)


def manifest(path: Path) -> Json:
    """What the finished run beside this output was; nothing where that is not known."""
    return _read(path)


def differences(key: Mapping[str, Any], other: Mapping[str, Any]) -> list[str]:
    """The names of what is not the same, those of options one by one."""
    found = []
    for name in {**other, **key}:
        mine, theirs = key.get(name), other.get(name)
        if isinstance(mine, dict) and isinstance(theirs, dict):
            found += [f"{name}: {inner}" for inner in {**theirs, **mine} if mine.get(inner) != theirs.get(inner)]
        elif mine != theirs:
            found.append(name)
    return found


def _read(path: Path) -> Json:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
