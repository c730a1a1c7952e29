from __future__ import annotations

import io
import json
import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from fake import CLEAN, SPUN, FakeScorer, unspun

from detector import __version__, cli
from detector.errors import MAX_TEXT_BYTES, ModelError

ROOT = Path(__file__).parent.parent


@pytest.fixture(autouse=True)
def _fake_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cli, "_loaded", FakeScorer)
    monkeypatch.setenv("COLUMNS", "120")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "spun.txt").write_text(SPUN, encoding="utf-8")
    (tmp_path / "clean.txt").write_text(CLEAN, encoding="utf-8")
    (tmp_path / "empty.txt").write_bytes(b"")
    (tmp_path / "latin1.txt").write_bytes("Das Mädchen aß".encode("latin-1"))
    (tmp_path / "binary").write_bytes(b"\x7fELF\x00\x01")
    (tmp_path / "huge.txt").write_bytes(b"x" * (MAX_TEXT_BYTES + 1))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("files", "code"),
    [
        (["clean.txt"], 0),
        (["empty.txt"], 0),
        (["spun.txt"], 1),
        (["clean.txt", "spun.txt"], 1),
        (["latin1.txt"], 2),
        (["missing.txt", "spun.txt"], 2),
        (["spun.txt", "binary"], 2),
        (["."], 2),
    ],
)
@pytest.mark.parametrize("form", ["text", "json", "jsonl"])
def test_exit_codes(files: list[str], code: int, form: str) -> None:
    assert cli.main(["score", "--format", form, *files]) == code


@pytest.mark.usefixtures("folder")
def test_json_is_one_reply_for_all_files_and_jsonl_one_document_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    files = ["spun.txt", "missing.txt", "empty.txt"]
    cli.main(["score", "--format", "json", "--mode", "strict", *files])
    reply = json.loads(capsys.readouterr().out)
    assert list(reply) == ["model", "mode", "offset_unit", "documents"]
    assert (reply["model"], reply["mode"]) == ({"name": "fake", "version": "1.0"}, "strict")
    assert [(document["id"], document["status"]) for document in reply["documents"]] == [
        ("spun.txt", "scored"),
        ("missing.txt", "error"),
        ("empty.txt", "too_short"),
    ]
    cli.main(["score", "--format", "jsonl", *files])
    assert [json.loads(line) for line in capsys.readouterr().out.splitlines()] == reply["documents"]


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("latin1.txt", "not UTF-8"),
        ("binary", "not text"),
        ("huge.txt", "10,000,000 bytes (10 MB)"),
        ("missing.txt", "does not exist"),
        (".", "cannot be read"),
    ],
)
def test_an_unreadable_file_gets_one_line_and_the_others_their_report(
    name: str, says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["score", name, "spun.txt"]) == 2
    output = capsys.readouterr()
    (complaint,) = output.err.splitlines()
    assert complaint.startswith(f"unspun: {name}: ")
    assert says in complaint
    assert "social employees -> social workers" in output.out


def test_offsets_count_what_stands_in_the_file(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = f"\ufeffHello\r\n\r\n😀 {SPUN}\r\n"
    (folder / "mark.txt").write_bytes(text.encode())
    cli.main(["score", "--format", "jsonl", "mark.txt"])
    spans = [span for p in json.loads(capsys.readouterr().out)["paragraphs"] for span in p["spans"]]
    assert [text[span["start"] : span["end"]] for span in spans] == ["social employees"]


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(("skip", "code"), [([], 1), (["--skip", "code, quote"], 0), (["--skip", "all"], 0)])
def test_markup_is_stepped_over_and_quotations_are_skipped(skip: list[str], code: int) -> None:
    Path("page.html").write_text(f"<p>{CLEAN}<q>{SPUN.replace('social', 's<b>oc</b>ial')}</q>", encoding="utf-8")
    assert cli.main(["score", "--input-format", "html", *skip, "page.html"]) == code
    Path("in.jsonl").write_text(json.dumps({"text": Path("page.html").read_text()}), encoding="utf-8")
    cli.main(["corpus", "--input-format", "html", *skip, "in.jsonl", "out.jsonl"])
    reply = json.loads(Path("out.jsonl").read_text())
    assert reply["flagged"] == bool(code)
    assert [part["reason"] for part in reply["skipped"]] == ["quote"] * bool(skip)


def test_the_report_says_that_a_paragraph_was_skipped(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "quote.txt").write_text(f"“{SPUN}”", encoding="utf-8")
    assert cli.main(["score", "--skip", "quote", "quote.txt"]) == 0
    assert capsys.readouterr().out.startswith("quote.txt: not scored: quoted, or no running prose")


def test_standard_input(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(SPUN.encode())))
    assert cli.main(["score", "-"]) == 1
    assert capsys.readouterr().out.startswith("-: FLAGGED")


def test_a_file_name_cannot_steer_the_terminal(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "\x1b[2Jx.txt").write_text(SPUN)
    assert cli.main(["score", "\x1b[2Jx.txt", "\x1b[2Jmissing"]) == 2
    output = capsys.readouterr()
    assert "\x1b" not in output.out + output.err


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["score"],
        ["nonsense"],
        ["score", "--mode", "lax", "x"],
        ["score", "--input-format", "docx", "x"],
        ["score", "--skip", "quote,nonsense", "x"],
        ["corpus", "--skip", "", "in", "out"],
        ["corpus", "in"],
        ["corpus", "in", "out", "--workers", "-1"],
        ["corpus", "in", "out", "--unit", "sentence"],
        ["serve", "--port", "many"],
    ],
)
def test_wrong_arguments_exit_with_2(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as left:
        cli.main(arguments)
    assert left.value.code == 2


def test_a_wrong_setting_exits_with_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["serve", "--port", "99999"]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        cli.main(["--version"])
    assert left.value.code == 0
    assert capsys.readouterr().out == f"unspun {__version__}\n"


def test_a_damaged_model_is_one_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def broken() -> FakeScorer:
        raise ModelError("The model file weights.npz is cut short: install the package again.")

    monkeypatch.setattr(cli, "_loaded", broken)
    assert cli.main(["score", __file__]) == 2
    assert capsys.readouterr().err == "unspun: The model file weights.npz is cut short: install the package again.\n"


@pytest.mark.parametrize(("command", "extra"), [("train", "train"), ("evaluate", "train"), ("serve", "server")])
def test_a_missing_extra_is_one_line_that_names_it(
    command: str, extra: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def missing(_: str) -> object:
        raise ModuleNotFoundError("No module named 'sklearn'", name="sklearn")

    monkeypatch.setattr(cli, "import_module", missing)
    assert cli.main([command]) == 2
    assert f"pip install 'unspun[{extra}]'" in capsys.readouterr().err


def test_corpus(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [{"body": SPUN, "key": "a", "x": 1}, {"key": "b"}, {"body": CLEAN, "y": 2, "z": 3}]
    (folder / "in.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    fields = ["--text-field", "body", "--id-field", "key", "--keep", "x, y", "--keep", "z,x"]
    assert cli.main(["corpus", "in.jsonl", "out.jsonl", *fields]) == 0
    replies = [json.loads(line) for line in (folder / "out.jsonl").read_text().splitlines()]
    assert [(reply["id"], reply["status"]) for reply in replies] == [("a", "scored"), ("b", "error"), ("2", "scored")]
    assert [(reply["x"], reply["y"], reply["z"]) for reply in replies] == [(1, None, None), (None,) * 3, (None, 2, 3)]
    assert list(replies[0])[:6] == ["id", "source", "line", "x", "y", "z"]
    complaints = capsys.readouterr().err
    assert "in.jsonl:2: " in complaints
    assert "3 records, 1 flagged, 1 could not be scored" in complaints


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    "arguments",
    [
        ["spun.txt", "clean.txt", "--unit", "paragraph", "out.jsonl"],
        ["spun.txt", "--unit", "paragraph", "clean.txt", "--keep", "path", "out.jsonl"],
        ["--unit", "paragraph", "--", "spun.txt", "clean.txt", "out.jsonl"],
    ],
)
def test_flags_may_stand_among_the_names(arguments: list[str]) -> None:
    assert cli.main(["corpus", *arguments]) == 0
    replies = [json.loads(line) for line in Path("out.jsonl").read_text().splitlines()]
    assert [(reply["source"], reply["paragraph"]) for reply in replies] == [("spun.txt", 0), ("clean.txt", 0)]


def test_wrong_arguments_show_how_the_command_is_used(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in (["in", "out", "--nonsense"], ["in"]):
        with pytest.raises(SystemExit):
            cli.main(["corpus", *arguments])
        assert capsys.readouterr().err.startswith("usage: unspun corpus [-h]")


def test_a_column_with_a_comma_in_its_name_can_be_kept(folder: Path) -> None:
    (folder / "in.jsonl").write_text(json.dumps({"text": CLEAN, "last, first": "x", "a b": "y"}) + "\n")
    assert cli.main(["corpus", "in.jsonl", "out.jsonl", "--keep", 'a b, "last, first"']) == 0
    row = json.loads((folder / "out.jsonl").read_text())
    assert (row["a b"], row["last, first"]) == ("y", "x")


def test_corpus_reads_several_inputs_of_a_kind_that_is_named(folder: Path) -> None:
    for name in ("a.data", "b.data"):
        (folder / name).write_text(f"text\tid\n{SPUN}\t{name}\n")
    assert cli.main(["corpus", "a.data", "b.data", "out", "--input-kind", "tsv", "--unit", "paragraph"]) == 0
    replies = [json.loads(line) for line in (folder / "out").read_text().splitlines()]
    assert [(reply["source"], reply["id"], reply["paragraph"]) for reply in replies] == [
        ("a.data", "a.data", 0),
        ("b.data", "b.data", 0),
    ]


@pytest.mark.usefixtures("folder")
def test_strict_corpus_stops_with_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["corpus", "clean.txt", "latin1.txt", "spun.txt", "out.jsonl", "--strict"]) == 2
    (complaint,) = capsys.readouterr().err.splitlines()
    assert "latin1.txt:1: The file is not UTF-8" in complaint
    assert not Path("out.jsonl").exists()


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    "paths", [("missing.jsonl", "out.jsonl"), ("spun.txt", "nowhere/out.jsonl"), ("binary", "out.jsonl")]
)
def test_corpus_that_cannot_read_or_write_exits_with_2(
    paths: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["corpus", *paths]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1
    assert not Path("out.jsonl").exists()


def test_a_reader_that_goes_away_is_no_stack_trace() -> None:
    process = unspun("corpus", "-", "-")
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    process.stdin.write(json.dumps({"text": CLEAN}).encode() + b"\n")
    process.stdin.close()
    assert process.wait() == 2
    assert process.stderr.read() == b""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_is_one_line(folder: Path) -> None:
    with Path("/dev/full").open("wb") as full:
        process = unspun("score", str(folder / "spun.txt"), stdout=full)
        _, complaints = process.communicate()
    assert process.returncode == 2
    assert len(complaints.splitlines()) == 1


def test_a_terminal_that_cannot_show_a_character_still_gets_a_report(folder: Path) -> None:
    (folder / "emoji.txt").write_text(f"😀 {SPUN}", encoding="utf-8")
    output, _ = unspun("score", str(folder / "emoji.txt"), PYTHONIOENCODING="ascii").communicate()
    assert b"\\U0001f600" in output
    output, _ = unspun("score", "--format", "json", str(folder / "emoji.txt"), PYTHONIOENCODING="ascii").communicate()
    assert json.loads(output.decode("utf-8"))["documents"][0]["flagged"]


def test_nothing_heavy_is_imported_for_help() -> None:
    code = "import sys, detector.cli; detector.cli.parser(); print('numpy' in sys.modules, 'fastapi' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "False False\n"


def test_every_command_and_flag_is_documented() -> None:
    documents = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
    text = "\n".join(document.read_text(encoding="utf-8") for document in documents)
    top = cli.parser()
    commands = next(action.choices for action in top._actions if isinstance(action.choices, dict))
    for name, command in commands.items():
        assert f"unspun {name}" in text
        for action in command._actions:
            for flag in set(action.option_strings) - {"-h", "--help"}:
                assert re.search(rf"{flag}\b", text), f"{flag} of unspun {name} is not in the documentation"
