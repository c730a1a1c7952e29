"""The `unspun` command. Exit codes: 0 nothing flagged, 1 something flagged, 2 error."""

from __future__ import annotations

import argparse
import csv
import io
import json
import os
import shutil
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Final

from detector import __version__
from detector.columns import UNITS
from detector.corpus.inputs import KINDS
from detector.corpus.records import Wanted
from detector.corpus.rows import OUTPUT_FORMATS
from detector.corpus.tables import TEXT_COLUMNS
from detector.errors import InputError, UnspunError
from detector.files import read_text
from detector.printable import printable
from detector.results import FORMATS, MODES, SKIPS, Document, Failure, Reason, Result

if TYPE_CHECKING:
    from detector.detector import Detector

CLEAN: Final = 0
FLAGGED: Final = 1
ERROR: Final = 2
_INTERRUPTED: Final = 130

#: What an API key may allow.
ROLES: Final = ("score", "feedback", "admin")

# Commands that parse their own arguments, and the extra that brings what they import.
_DELEGATED: Final = {
    "train": ("detector.training.train", "train"),
    "evaluate": ("detector.evaluation.run", "train"),
    "report": ("detector.reporting.command", "corpus"),
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code. Argument errors leave through SystemExit(2), as argparse does."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    try:
        code = _dispatch(arguments)
        sys.stdout.flush()
        return code
    except UnspunError as error:
        _give_up_output()
        return _fail(str(error))
    except BrokenPipeError:
        _give_up_output()
        return ERROR
    except OSError as error:
        _give_up_output()
        return _fail(f"{error.filename}: {error.strerror}" if error.filename else str(error))
    except KeyboardInterrupt:
        return _INTERRUPTED


def parser() -> argparse.ArgumentParser:
    """Every command and flag."""
    top = argparse.ArgumentParser(prog="unspun", description="Finds text that a spinner rewrote word by word.")
    top.add_argument("--version", action="version", version=f"unspun {__version__}")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")

    score = commands.add_parser("score", help="score text files", description="Score text files.")
    score.add_argument("files", nargs="+", metavar="FILE", help="a UTF-8 text file, or - for standard input")
    score.add_argument("--format", choices=("text", "json", "jsonl"), default="text", help="default: text")
    _add_judging(score)

    commands.add_parser("corpus", help="score files of any size", add_help=False, parents=[_corpus_parser()])

    serve = commands.add_parser("serve", help="answer over HTTP", description="Answer over HTTP.")
    serve.add_argument("--host", help="address to listen on; default: 127.0.0.1")
    serve.add_argument("--port", type=int, help="port to listen on, 0 for a free one; default: 8000")
    serve.add_argument("--workers", type=int, help="scoring processes; default: one for each core")
    serve.add_argument("--config", metavar="FILE", help="a TOML file of settings; docs/operate.md lists them")

    key = commands.add_parser("key", help="make an API key", description="Make an API key for `unspun serve`.")
    key.add_argument("name", metavar="NAME", help="who it is for: letters, digits, - . and _")
    key.add_argument(
        "--role", action="append", choices=ROLES, help="what it may do, may be given again; default: score"
    )

    benchmark = commands.add_parser(
        "benchmark", help="measure speed and memory", description="Measure speed and memory on one core."
    )
    benchmark.add_argument(
        "files", nargs="*", metavar="FILE", help="texts to recombine; default: data/samples of the checkout"
    )

    commands.add_parser("report", add_help=False, help="make a page about a scored corpus")
    commands.add_parser("train", add_help=False, help="rebuild the model from folders of text")
    commands.add_parser("evaluate", add_help=False, help="measure the model on labelled text")
    return top


def _corpus_parser() -> argparse.ArgumentParser:
    corpus = argparse.ArgumentParser(
        prog="unspun corpus",
        description="Score JSON lines, CSV, Parquet, text, HTML and WARC files of any size. Ended in any way, the same "
        "command goes on where it was.",
    )
    corpus.add_argument("input", nargs="+", metavar="IN", help="files, folders or patterns, or - for standard input")
    corpus.add_argument("output", metavar="OUT", help="the file to write, or - for standard output")
    corpus.add_argument("--input-kind", choices=KINDS, help="what every input is; default: by its name")
    corpus.add_argument(
        "--text-field",
        metavar="NAME",
        help=f"the field or column with the text; default: text, in tables the first of {', '.join(TEXT_COLUMNS)}",
    )
    corpus.add_argument("--id-field", metavar="NAME", help="the field or column with the id; default: id")
    corpus.add_argument(
        "--keep", action="append", default=[], metavar="NAME", help="a column to keep; several with commas, or again"
    )
    corpus.add_argument("--unit", choices=UNITS, default="document", help="what makes a row; default: document")
    corpus.add_argument("--output-format", choices=OUTPUT_FORMATS, help="default: by the name of OUT, or jsonl")
    corpus.add_argument("--workers", type=_count, default=1, metavar="N", help="processes, 0 for all cores; default: 1")
    corpus.add_argument("--strict", action="store_true", help="stop at the first record that cannot be scored")
    corpus.add_argument("--restart", action="store_true", help="throw away what an earlier run has done")
    _add_judging(corpus)
    return corpus


def _count(number: str) -> int:
    if not number.isdecimal():
        raise argparse.ArgumentTypeError("give a number, or 0 for all cores")
    return int(number)


def _add_judging(command: argparse.ArgumentParser) -> None:
    command.add_argument("--mode", choices=MODES, default="balanced", help="default: balanced")
    command.add_argument("--input-format", choices=FORMATS, default="text", help="what the texts are; default: text")
    command.add_argument(
        "--skip",
        type=_reasons,
        default=(),
        metavar="WHAT",
        help=f"what to read and not judge, with commas between: {', '.join(SKIPS)}, or all; default: nothing",
    )


def _reasons(names: str) -> tuple[Reason, ...]:
    wanted = [name.strip() for name in names.split(",")]
    if wanted == ["all"]:
        return SKIPS
    if not set(wanted) <= set(SKIPS):
        raise argparse.ArgumentTypeError(f"choose among {', '.join(SKIPS)}, with commas between, or all")
    return tuple(reason for reason in SKIPS if reason in wanted)


def _dispatch(arguments: list[str]) -> int:
    if arguments and arguments[0] in _DELEGATED:
        return _delegate(*arguments)
    if arguments[:1] == ["corpus"]:  # only a parser without commands takes options in the middle of the inputs
        corpus = _corpus_parser()
        parse = corpus.parse_args if "--" in arguments else corpus.parse_intermixed_args
        return _corpus(parse(arguments[1:]))
    options = parser().parse_args(arguments)
    match options.command:
        case "score":
            return _score(options)
        case "serve":
            return _serve(options)
        case "key":
            return _key(options)
        case _:
            return _benchmark(options)


def _score(options: argparse.Namespace) -> int:
    detector = _loaded()
    if isinstance(sys.stdout, io.TextIOWrapper):
        # JSON is UTF-8 wherever it goes; a report must not fail on a terminal that cannot show a character.
        sys.stdout.reconfigure(encoding=None if options.format == "text" else "utf-8", errors="backslashreplace")
    code = CLEAN
    entries: list[Document | Failure] = []
    for name in options.files:
        identifier = os.fsencode(name).decode("utf-8", "replace")
        try:
            result = detector.score(
                [read_text(name)],
                ids=[identifier],
                mode=options.mode,
                format=options.input_format,
                skip=options.skip,
            )
        except InputError as error:
            _complain(f"{identifier}: {error}")
            entry: Document | Failure = Failure(identifier, None, error.code, str(error))
            code = ERROR
        else:
            entry = result.documents[0]
            code = max(code, FLAGGED if entry.anything_flagged else CLEAN)
            if options.format == "text":
                _print_report(result)
        if options.format == "jsonl":
            print(json.dumps(entry.to_dict(), ensure_ascii=False))
        elif options.format == "json":
            entries.append(entry)
    if options.format == "json":
        envelope = Result(detector.info, options.mode, "codepoint", (), ()).to_dict()
        print(json.dumps({**envelope, "documents": [entry.to_dict() for entry in entries]}, ensure_ascii=False))
    return code


def _print_report(result: Result) -> None:
    from detector.report import Style, terminal

    color = sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    for line in terminal(result, Style(color, shutil.get_terminal_size().columns)):
        print(line)


def _corpus(options: argparse.Namespace) -> int:
    from detector.corpus.run import Request, run
    from detector.corpus.scoring import Judging
    from detector.corpus.workers import ONE_THREAD, cores

    os.environ.update(ONE_THREAD)
    kept = dict.fromkeys(name for names in csv.reader(options.keep, skipinitialspace=True) for name in names if name)
    request = Request(
        inputs=options.input,
        output=options.output,
        kind=options.input_kind,
        judging=Judging(
            Wanted(options.text_field, options.id_field, tuple(kept)),
            options.unit,
            options.mode,
            options.input_format,
            options.skip,
        ),
        output_format=options.output_format,
        workers=options.workers or cores(),
        strict=options.strict,
        restart=options.restart,
    )
    with _ended_by(signal.SIGTERM):
        tally = run(request, _loaded, _complain)
    flagged = f"{tally.flagged:,} paragraphs flagged" if options.unit == "paragraph" else f"{tally.flagged:,} flagged"
    _complain(f"{tally.records:,} records, {flagged}, {tally.failed:,} could not be scored")
    return CLEAN


@contextmanager
def _ended_by(number: signal.Signals) -> Iterator[None]:
    """A signal ends the block as Control-C does."""
    before = signal.signal(number, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(number, before)


def _serve(options: argparse.Namespace) -> int:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(CLEAN))  # until the server can do it better
    if options.config:
        os.environ["UNSPUN_CONFIG"] = options.config
    try:
        settings, server = import_module("api.settings"), import_module("api.server")
    except ModuleNotFoundError as error:
        return _fail_missing("serve", "server", error)
    read = settings.read(host=options.host, port=options.port, workers=options.workers)
    return int(server.serve(read))


def _key(options: argparse.Namespace) -> int:
    try:
        access = import_module("api.access")
    except ModuleNotFoundError as error:
        return _fail_missing("key", "server", error)
    for line in access.described_key(options.name, options.role or ["score"]):
        print(line)
    return CLEAN


def _benchmark(options: argparse.Namespace) -> int:
    from detector.benchmark import measure

    for line in measure([Path(name) for name in options.files]):
        print(line, flush=True)
    return CLEAN


def _delegate(command: str, *arguments: str) -> int:
    module, extra = _DELEGATED[command]
    try:
        return int(import_module(module).main(list(arguments)))
    except ModuleNotFoundError as error:
        return _fail_missing(command, extra, error)


def _loaded() -> Detector:
    from detector.detector import Detector

    return Detector.load()


def _give_up_output() -> None:
    """Keep what cannot be written (reader gone, disk full) from failing once more at exit."""
    try:
        if sys.stdout:
            sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _fail_missing(command: str, extra: str, error: ModuleNotFoundError) -> int:
    if error.name is None or error.name.partition(".")[0] in ("detector", "api"):
        raise error
    return _fail(f"`unspun {command}` needs the package {error.name}: pip install 'unspun[{extra}]'")


def _fail(message: str) -> int:
    _complain(message)
    return ERROR


def _complain(message: str) -> None:
    print(f"unspun: {printable(message)}", file=sys.stderr)
