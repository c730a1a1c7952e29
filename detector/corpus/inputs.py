"""What the arguments of `unspun corpus` name: sources, each with a name, a path and a kind."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from glob import glob, has_magic
from pathlib import Path
from typing import Final, NamedTuple, get_args

from detector.corpus.compressed import SUFFIXES
from detector.corpus.records import Kind
from detector.errors import InputError
from detector.files import STANDARD, shown

KINDS: Final[tuple[Kind, ...]] = get_args(Kind)

#: Which kind a file is, by the end of its name; all but Parquet may be compressed (compressed.SUFFIXES follows).
KIND_OF: Final[dict[str, Kind]] = {
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "jsonl",
    ".csv": "csv",
    ".tsv": "tsv",
    ".parquet": "parquet",
    ".txt": "txt",
    ".html": "html",
    ".htm": "html",
    ".warc": "warc",
    ".wet": "warc",
}


#: The end of the name of what lies beside a finished output and says what it is. It is no input.
MANIFEST: Final = "run.json"


class Source(NamedTuple):
    """A file, or standard input where `path` is None. `name` is what the output calls it: the path as it was given, or
    relative to the folder or pattern that was."""

    name: str
    path: Path | None
    kind: Kind


def sources(arguments: Sequence[str], kind: Kind | None = None, output: Path | None = None) -> list[Source]:
    """What is read, in the order of the arguments; what one argument finds is sorted by path.

    An argument is a file, a folder (with its subfolders), a pattern (*, ?, [a-z], and ** for any depth) or "-" for standard
    input. In folders and patterns, hidden files, files of no readable kind, manifests and `output` itself are left out.
    `kind` says what every file is, whatever it is called. A file that is found twice is read once. Where two files would
    have one name, both are called by their paths.

    Raises InputError: `not_found`, `unreadable`, `unknown_kind`, `nothing_to_read`.
    """
    found: dict[str, Source] = {}
    for argument in arguments:
        for source in _found(argument, kind, output):
            found.setdefault(os.path.abspath(source.path) if source.path else STANDARD, source)
    times = Counter(source.name for source in found.values())
    return [
        source if times[source.name] == 1 or source.path is None else source._replace(name=shown(source.path))
        for source in found.values()
    ]


def kind_of(path: Path) -> Kind | None:
    """What the end of a file's name says, or None."""
    suffixes = [suffix.lower() for suffix in path.suffixes]
    compressed = bool(suffixes) and suffixes[-1] in SUFFIXES
    if compressed:
        suffixes.pop()
    kind = KIND_OF.get(suffixes[-1]) if suffixes else None
    return None if compressed and kind == "parquet" else kind


def _found(argument: str, kind: Kind | None, output: Path | None) -> Iterator[Source]:
    path = Path(argument)
    if not argument:  # which a variable that is not set gives, and which would be the folder that one is in
        raise InputError("not_found", "The name of an input is empty.")
    if argument == STANDARD:
        if kind == "parquet":
            raise InputError("unreadable", "Parquet cannot be read from standard input: its index stands at its end.")
        yield Source(STANDARD, None, kind or "jsonl")
    elif path.is_dir():
        yield from _readable(argument, path, _below(path), kind, output)
    elif path.exists() or not has_magic(argument):
        yield _named(path, kind)
    else:
        yield from _readable(argument, _root(path), _matching(argument), kind, output)


def _named(path: Path, kind: Kind | None) -> Source:
    """A file that was named outright: one that cannot be read is an error."""
    name = shown(path)
    if not path.exists():
        raise InputError("not_found", f"{name}: there is no such file or folder.")
    if not path.is_file():  # what is read once is gone, and a file is read twice: for its digest, and for its records
        raise InputError("unreadable", f"{name}: this is not a regular file; send it through standard input (-).")
    found = kind or kind_of(path)
    if found is None:
        raise InputError(
            "unknown_kind",
            f"{name}: its name does not say what it holds ({', '.join(KIND_OF)}; all but .parquet also with "
            f"{', '.join(SUFFIXES)}): say it with --input-kind.",
        )
    return _allowed(Source(name, path, found))


def _readable(
    argument: str, root: Path, paths: Sequence[Path], kind: Kind | None, output: Path | None
) -> Iterator[Source]:
    """Those of `paths` that are of a readable kind, called by their place below `root`."""
    some = False
    for path in paths:
        found = kind or kind_of(path)
        if found is not None and not path.name.endswith(f".{MANIFEST}") and not _is(path, output):
            some = True
            yield _allowed(Source(shown(path.relative_to(root)), path, found))
    if not some:
        name = shown(Path(argument))
        raise InputError(
            "nothing_to_read", f"{name}: there is no file of a readable kind ({', '.join(KIND_OF)}) there."
        )


def _is(path: Path, output: Path | None) -> bool:
    return output is not None and path.name == output.name and path.resolve() == output


def _allowed(source: Source) -> Source:
    if source.path and not os.access(source.path, os.R_OK):
        raise InputError("unreadable", f"{shown(source.path)}: the file cannot be read: permission denied.")
    return source


def _below(folder: Path) -> list[Path]:
    """The files of a folder and its subfolders, but for hidden ones, sorted. Links to folders are not followed."""

    def refuse(error: OSError) -> None:
        raise InputError("unreadable", f"{shown(Path(error.filename))}: the folder cannot be read: {error.strerror}.")

    found: list[Path] = []
    for parent, folders, files in os.walk(folder, onerror=refuse):
        folders[:] = [name for name in folders if not name.startswith(".")]
        found += [Path(parent, name) for name in files if not name.startswith(".")]
    return sorted((path for path in found if path.is_file()), key=_order)


def _matching(pattern: str) -> list[Path]:
    """The files that a pattern matches, and those in the folders that it does."""
    found: set[Path] = set()
    for path in map(Path, glob(pattern, recursive=True)):
        if path.is_file():
            found.add(path)
        elif "**" not in pattern:  # with it, what is in the folders has been matched as well
            found.update(_below(path))
    return sorted(found, key=_order)


def _root(pattern: Path) -> Path:
    """The folders that a pattern names before its first wildcard."""
    parts = pattern.parts
    return Path(*parts[: next(i for i, part in enumerate(parts) if has_magic(part))])


def _order(path: Path) -> tuple[str, ...]:
    return path.parts
