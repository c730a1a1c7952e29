"""What an output depends on: the input, the options, the model, the program. Each by a name that a message can use."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import Final, NamedTuple

from detector import __version__
from detector.corpus.inputs import Source
from detector.corpus.outputs import Output, digest
from detector.corpus.rows import ROWS_VERSION
from detector.corpus.scoring import Judging
from detector.errors import UnspunError
from detector.results import Json, Scorer

#: The manifest lists so many files; of more it has the number, and one digest of all.
LISTED: Final = 1_000


class Input(NamedTuple):
    """A source as it was before the run. sha256, size, modified: None for standard input."""

    source: Source
    sha256: str | None
    state: tuple[int, int] | None  # bytes, and when it was modified


def looked_at(sources: Sequence[Source]) -> list[Input]:
    """Every source with its digest. Raises OSError."""
    return [_looked_at(source) for source in sources]


def check_unchanged(inputs: Sequence[Input]) -> None:
    """Raise UnspunError where a file was changed since it was looked at."""
    for source, _, state in inputs:
        if source.path and _state(source) != state:
            raise UnspunError(
                f"{source.name} was changed while it was being read, so the output would mix two versions of it. Run the "
                "same command again: it begins anew."
            )


def key(inputs: Sequence[Input], output: Output, judging: Judging, scorer: Scorer) -> Json:
    """Two runs with the same key have the same output, byte for byte."""
    wanted = judging.wanted
    return {
        "input": _digest_of(inputs),
        "options": {
            "text-field": wanted.text,
            "id-field": wanted.id,
            "keep": list(wanted.kept),
            "unit": judging.unit,
            "mode": judging.mode,
            "input-format": judging.format,
            "skip": list(judging.skip),
            "output-format": output.format,
            "compression": output.compression,
        },
        "model": {**scorer.info.to_dict(), "sha256": scorer.about.get("sha256")},
        "program": {"unspun": __version__, "rows": ROWS_VERSION, **_libraries(inputs)},
    }


def described(inputs: Sequence[Input]) -> Json:
    """The files as the manifest names them."""
    files = [
        {"name": source.name, "kind": source.kind, "bytes": state and state[0], "sha256": sha256}
        for source, sha256, state in inputs[:LISTED]
    ]
    return {"count": len(inputs), "sha256": _digest_of(inputs), "files": files}


def _looked_at(source: Source) -> Input:
    if source.path is None:
        return Input(source, None, None)
    state = _state(source)
    with source.path.open("rb") as file:
        return Input(source, digest(file), state)


def _state(source: Source) -> tuple[int, int] | None:
    assert source.path
    try:
        found = source.path.stat()
    except FileNotFoundError:
        return None
    return found.st_size, found.st_mtime_ns


def _digest_of(inputs: Sequence[Input]) -> str:
    """Of the contents, the names, the kinds and the order."""
    whole = hashlib.sha256()
    for source, sha256, _ in inputs:
        whole.update(f"{source.name}\0{source.kind}\0{sha256}\0".encode("utf-8", "surrogatepass"))
    return whole.hexdigest()


def _libraries(inputs: Sequence[Input]) -> Mapping[str, str]:
    """Versions of the libraries on which the text of a page depends."""
    if not {source.kind for source, *_ in inputs} & {"html", "warc"}:
        return {}
    try:
        return {"trafilatura": version("trafilatura")}
    except PackageNotFoundError:
        return {}
