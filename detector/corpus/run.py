"""A corpus run, from its arguments to a finished output. Reads like a table of contents."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, closing, nullcontext
from dataclasses import dataclass
from typing import Protocol

from detector.columns import names
from detector.corpus import outputs, provenance
from detector.corpus.batches import Place, batches
from detector.corpus.inputs import MANIFEST, Source, sources
from detector.corpus.kept import Kept
from detector.corpus.outputs import Output, Sink, Straight
from detector.corpus.progress import Display, described
from detector.corpus.reading import check
from detector.corpus.records import PAGES, Kind, Wanted
from detector.corpus.rows import ArrowFrames, Encoder, JsonLines, OutputFormat
from detector.corpus.scoring import Done, Judging, Tally, Work
from detector.corpus.workers import finished
from detector.errors import UnspunError
from detector.files import STANDARD
from detector.results import Scorer


@dataclass(frozen=True)
class Request:
    """What is asked for. What comes out depends on the inputs, `judging` and the form of the output, and on nothing else."""

    inputs: Sequence[str]
    output: str
    judging: Judging
    kind: Kind | None = None
    output_format: OutputFormat | None = None
    workers: int = 1
    strict: bool = False
    restart: bool = False


def run(request: Request, load: Callable[[], Scorer], tell: Callable[[str], None]) -> Tally:
    """Score everything; go on where an earlier run of the same request ended. tell: hears what a person should know.

    Raises UnspunError, and OSError where an input cannot be opened. Into a file, what was done by then is kept; so it is
    on KeyboardInterrupt, on SIGKILL and when the power fails.
    """
    output = outputs.named(request.output, request.output_format)
    found = sources(request.inputs, request.kind, output.path)
    _check(request, found, output)
    work = Work(load, request.judging, _encoder(request, found, output), load())
    if output.path is None:
        tally = _straight(request, found, work, output, tell)
    else:
        with closing(Kept(output)) as kept:
            tally = _kept(request, found, work, output, kept, tell)
    for remark in _remarks(tally, found, request.judging.wanted):
        tell(remark)
    return tally


def _check(request: Request, found: Sequence[Source], output: Output) -> None:
    """Refuse what cannot come to a good end, before anything is scored."""
    for name in request.judging.wanted.kept:
        if name in names(request.judging.unit):
            raise UnspunError(f"The column {name!r} cannot be kept: the output has one of that name. Rename it.")
    if any(source.path is None for source in found):
        if len(found) > 1:
            raise UnspunError("Standard input cannot be read together with files.")
        if not sys.stdin:
            raise UnspunError("Standard input is closed.")
    if output.path and output.path.exists():
        if any(source.path and source.path.samefile(output.path) for source in found):
            raise UnspunError(f"{output.name} is one of the inputs; it cannot be the output too.")
        if output.path.stat().st_size and not output.beside(MANIFEST, hidden=False).exists():
            raise UnspunError(f"{output.name} is there already, and no run has made it: remove it, or name another.")
    for source in found:
        check(source, request.judging.wanted)


def _encoder(request: Request, found: Sequence[Source], output: Output) -> Encoder:
    judging = request.judging
    if output.format == "jsonl":
        return JsonLines(judging.unit, judging.wanted, output.compress)
    from detector.corpus.tables import kept_types

    return ArrowFrames(judging.unit, judging.wanted, kept_types(found, judging.wanted))


def _kept(
    request: Request, found: Sequence[Source], work: Work, output: Output, kept: Kept, tell: Callable[[str], None]
) -> Tally:
    """Into a file, which appears when it is complete."""
    assert work.scorer
    inputs = provenance.looked_at(found)
    key = provenance.key(inputs, output, request.judging, work.scorer)
    done = None if request.restart or found[0].path is None else kept.finished(key)
    if done:
        tell(f"{output.name} is finished already, from this input with these options; nothing was done")
        _check_strict(request, done)
        return done
    kept.begin(key, tell, request.restart)
    with kept.keeping(tell):
        _check_strict(request, kept.tally)
        _score(request, found, work, kept, tell)
        provenance.check_unchanged(inputs)
    kept.complete(work.encode, {"inputs": provenance.described(inputs)})
    return kept.tally


def _straight(
    request: Request, found: Sequence[Source], work: Work, output: Output, tell: Callable[[str], None]
) -> Tally:
    """To standard output, a pipe or a device: what is written is gone, so nothing is kept."""
    if output.name == STANDARD and not sys.stdout:
        raise UnspunError("Standard output is closed.")
    if output.name == STANDARD:
        opened: AbstractContextManager[Sink] = nullcontext(sys.stdout.buffer)
        name = "standard output"
    else:
        opened, name = io.FileIO(output.name, "wb"), output.name
    with opened as sink:
        straight = Straight(sink, name)
        _score(request, found, work, straight, tell)
    return straight.tally


class _Rows(Protocol):
    """Where rows go: it stands at a place, with so much done, and goes on from there."""

    @property
    def place(self) -> Place: ...

    @property
    def tally(self) -> Tally: ...

    def add(self, done: Done, place: Place) -> None: ...


def _score(request: Request, found: Sequence[Source], work: Work, rows: _Rows, tell: Callable[[str], None]) -> None:
    """Everything that is not done yet."""
    if request.workers > 1:
        work.warm({source.kind for source in found})
    with (
        closing(Display(found, rows.place, rows.tally.records, tell)) as display,
        closing(finished(batches(found, request.judging.wanted, rows.place), work, request.workers)) as stream,
    ):
        for batch, done in stream:
            if request.strict and done.failed:
                raise UnspunError(f"stopped at the first record that cannot be scored: {described(done.failed[0])}")
            rows.add(done, batch.end)
            display.advance(batch.end, done)
        display.complete()


def _remarks(tally: Tally, found: Sequence[Source], wanted: Wanted) -> Iterator[str]:
    """What a name that was mistyped brings about."""
    if tally.records and tally.failed == tally.records:
        columns = any(source.kind not in PAGES for source in found)
        advice = ": is --text-field right?" if columns else ""
        yield f"none of the {tally.records:,} records could be scored{advice}"
    if tally.records:
        yield from (f"no record has a column {name!r}" for name in wanted.kept if name not in tally.kept)


def _check_strict(request: Request, tally: Tally) -> None:
    if request.strict and tally.failed:
        raise UnspunError(f"{tally.failed:,} of the records could not be scored; their rows have the status error.")
