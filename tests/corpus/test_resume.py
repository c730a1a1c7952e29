"""Whatever ends a run: the same command goes on where it was, and the output is that of an undisturbed run."""

from __future__ import annotations

import json
import os
import random
import resource
import signal
import time
from collections.abc import Callable
from errno import ENOSPC
from hashlib import sha256
from itertools import count
from pathlib import Path
from typing import Any, BinaryIO

import pytest
from corpus.command import command, ended, environment, started
from fake import CLEAN, SPUN, FakeScorer

from detector.corpus import batches, kept, outputs, provenance
from detector.corpus.outputs import Partial
from detector.corpus.records import Wanted
from detector.corpus.run import Request, run
from detector.corpus.scoring import Judging
from detector.errors import UnspunError
from detector.evaluation.kills import rounds
from detector.results import ModelInfo

RECORDS = 120
SUMMARY = "unspun: 120 records, 40 flagged, 0 could not be scored\n"


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "in.jsonl"
    rows = ({"id": n, "text": SPUN if n % 3 == 0 else f"{CLEAN} {n}", "outlet": "a"} for n in range(RECORDS))
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


@pytest.fixture
def output(tmp_path: Path) -> Path:
    return tmp_path / "out.jsonl"


def undisturbed(source: Path, output: Path, *options: str) -> bytes:
    assert ended(source, output, *options) == (0, SUMMARY)
    whole = output.read_bytes()
    output.unlink()
    return whole


def left(output: Path) -> set[str]:
    return {path.name for path in output.parent.iterdir()} - {"in.jsonl"}


def progress(output: Path) -> int:
    """How many records the journal says are done."""
    try:
        return int(json.loads(output.with_name(f".{output.name}.progress").read_text())["tally"][0])
    except FileNotFoundError:
        return 0


def stopped(source: Path, output: Path, *options: str, number: int = signal.SIGKILL) -> tuple[int, str]:
    """End a run once something of it is done; its exit code, and what it said."""
    process = started(source, output, *options, seconds_each=0.02)
    while not progress(output):
        time.sleep(0.01)
    process.send_signal(number)
    _, said = process.communicate(timeout=20)
    assert not output.exists()
    assert 0 < progress(output) < RECORDS
    return process.returncode, said.decode()


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("out.jsonl", ()),
        ("out.parquet", ("--workers", "2", "--unit", "paragraph")),
    ],
)
def test_killed_at_random_moments(
    name: str, options: tuple[str, ...], source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if name == "out.parquet":
        pytest.importorskip("pyarrow")
    for key, value in environment(seconds_each=0.004).items():
        monkeypatch.setenv(key, value)
    found = list(rounds(command(source, tmp_path / name, *options), tmp_path / name, 1, random.Random(1)))
    assert [one.equal for one in found] == [True]


@pytest.mark.parametrize("name", ["out.jsonl.gz", "out.parquet"])
def test_killed_after_any_step_on_the_disk(
    name: str, source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if name == "out.parquet":
        pytest.importorskip("pyarrow")
    monkeypatch.setattr(batches, "BATCH_RECORDS", RECORDS // 2)
    monkeypatch.setattr(kept, "SAVE_SECONDS", 0.0)
    output = tmp_path / name
    request = Request([str(source)], str(output), Judging(Wanted()))
    run(request, FakeScorer, lambda _: None)
    whole, complete = output.read_bytes(), left(output)
    for steps in count(1):
        for path in complete:
            (tmp_path / path).unlink()
        ended = _ended_after(steps, request)
        assert not output.exists() or output.read_bytes() == whole
        run(request, FakeScorer, lambda _: None)
        assert (output.read_bytes(), left(output)) == (whole, complete), steps
        if ended:
            break
    assert steps > 12


def _ended_after(steps: int, request: Request) -> bool:
    """Run it in another process that ends, without another word, after so many steps; whether it had fewer."""
    process = os.fork()
    if process:
        code = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
        assert code in (0, 1)
        return code == 0
    left = iter(range(steps - 1))

    def deadly(step: Callable[..., Any]) -> Callable[..., Any]:
        def stepped(*arguments: Any, **options: Any) -> Any:
            done = step(*arguments, **options)
            if next(left, None) is None:
                os._exit(1)
            return done

        return stepped

    for owner, names in ((os, ["fsync"]), (Path, ["open", "replace", "unlink"]), (Partial, ["append", "keep"])):
        for name in names:
            setattr(owner, name, deadly(getattr(owner, name)))
    try:
        run(request, FakeScorer, lambda _: None)
        os._exit(0)
    finally:
        os._exit(2)


def test_a_killed_run_goes_on_and_says_where(source: Path, output: Path) -> None:
    whole = undisturbed(source, output)
    stopped(source, output)
    done = progress(output)
    code, said = ended(source, output, "--workers", "2")
    assert (code, said) == (0, f"unspun: going on after {done} records that are done\n{SUMMARY}")
    assert output.read_bytes() == whole
    assert left(output) == {"out.jsonl", "out.jsonl.run.json"}


def test_columns_that_the_records_before_had_are_not_missed(source: Path, output: Path) -> None:
    lines = source.read_text().splitlines(keepends=True)
    first = [lines[0].replace("outlet", "place")]
    source.write_text("".join([*first, *lines[1:]]))
    stopped(source, output, "--keep", "outlet,place,time")
    code, said = ended(source, output, "--keep", "outlet,place,time")
    assert code == 0
    assert said.splitlines()[1:] == ["unspun: no record has a column 'time'", SUMMARY.strip()]


def test_nothing_is_said_of_a_run_that_had_done_nothing(source: Path, output: Path) -> None:
    whole = undisturbed(source, output)
    stopped(source, output)
    journal = output.with_name(".out.jsonl.progress")
    nothing = {"place": [0, 0, 0, None], "size": 0, "tally": [0, 0, 0, 0, []]}
    journal.write_text(json.dumps({**json.loads(journal.read_text()), **nothing}))
    assert ended(source, output) == (0, SUMMARY)
    assert output.read_bytes() == whole


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize(("name", "called"), [("/dev/full", "/dev/full"), ("-", "standard output")])
def test_a_full_device_is_one_sentence(name: str, called: str, source: Path) -> None:
    with Path("/dev/full").open("wb") as full:
        code, said = ended(source, name, stdout=full)
    advice = "No space left on device. Make room and run the same command again."
    assert (code, said) == (2, f"unspun: {called} cannot be written: {advice}\n")


def test_a_run_goes_on_in_the_middle_of_a_folder_of_small_files(tmp_path: Path) -> None:
    folder, output = tmp_path / "folder", tmp_path / "out.jsonl"
    folder.mkdir()
    for number in range(RECORDS // 2):
        (folder / f"{number:03}.txt").write_text(f"{CLEAN} {number}")
    (folder / "more.csv").write_text("text,id\n" + "".join(f'"{SPUN}",{n}\n' for n in range(RECORDS // 2)))
    code, said = ended(folder, output)
    assert (code, said) == (0, "unspun: 120 records, 60 flagged, 0 could not be scored\n")
    whole = output.read_bytes()
    assert [json.loads(row)["source"] for row in whole.splitlines()] == sorted(
        [path.name for path in folder.glob("*.txt")] + ["more.csv"] * (RECORDS // 2)
    )
    output.unlink()
    stopped(folder, output)
    done = progress(output)
    assert f"going on after {done} records" in ended(folder, output, "--workers", "2")[1]
    assert output.read_bytes() == whole


def test_what_was_written_after_the_last_save_does_not_count(source: Path, output: Path) -> None:
    whole = undisturbed(source, output)
    stopped(source, output)
    with output.with_name(".out.jsonl.partial").open("ab") as partial:
        partial.write(b'{"half of a ro')
    assert ended(source, output)[0] == 0
    assert output.read_bytes() == whole


@pytest.mark.parametrize("damage", [lambda path: path.unlink(), lambda path: path.write_bytes(b"")])
def test_a_lost_partial_file_means_beginning_anew(damage: Callable[[Path], object], source: Path, output: Path) -> None:
    whole = undisturbed(source, output)
    stopped(source, output)
    damage(output.with_name(".out.jsonl.partial"))
    code, said = ended(source, output)
    assert (code, said) == (0, f"unspun: beginning anew: the unfinished output is shorter than it was\n{SUMMARY}")
    assert output.read_bytes() == whole


def test_a_damaged_journal_means_beginning_anew(source: Path, output: Path) -> None:
    whole = undisturbed(source, output)
    stopped(source, output)
    output.with_name(".out.jsonl.progress").write_text('{"version": 1, "key"')
    assert ended(source, output)[0] == 0
    assert output.read_bytes() == whole


@pytest.mark.parametrize("workers", ["1", "2"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_control_c_keeps_what_is_done_and_says_how_to_go_on(
    workers: str, number: int, source: Path, output: Path
) -> None:
    whole = undisturbed(source, output)
    started = time.monotonic()
    code, said = stopped(source, output, "--workers", workers, number=number)
    assert time.monotonic() - started < 10
    assert code == 130
    assert said == f"unspun: {progress(output)} records are done and kept; the same command goes on from there\n"
    assert ended(source, output)[0] == 0
    assert output.read_bytes() == whole


def test_workers_end_with_a_run_that_is_killed(source: Path, output: Path) -> None:
    process = started(source, output, "--workers", "2", seconds_each=0.02)
    while not progress(output):
        time.sleep(0.01)
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    if not children.exists():
        pytest.skip("needs /proc")
    workers = [Path(f"/proc/{pid}") for pid in children.read_text().split()]
    process.kill()
    process.communicate()
    assert len(workers) == 2
    deadline = time.monotonic() + 10
    while any(worker.exists() for worker in workers) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not any(worker.exists() for worker in workers)


# --- what the progress is good for


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--mode", "strict"), "options: mode"),
        (("--unit", "paragraph"), "options: unit"),
        (("--keep", "outlet"), "options: keep"),
        (("--skip", "all"), "options: skip"),
        (("--input-format", "html"), "options: input-format"),
        (("--text-field", "text", "--id-field", "id"), "options: text-field, options: id-field"),
    ],
)
def test_other_options_begin_anew_and_say_so(options: tuple[str, ...], says: str, source: Path, output: Path) -> None:
    stopped(source, output)
    code, said = ended(source, output, *options)
    assert code == 0
    assert said.startswith(f"unspun: beginning anew: the unfinished output is of another run ({says})\n")
    assert json.loads(output.with_name("out.jsonl.run.json").read_text())["counts"]["records"] == RECORDS


def test_another_input_begins_anew_and_says_so(source: Path, output: Path) -> None:
    stopped(source, output)
    source.write_text(source.read_text().replace("Dedicated", "Devoted"))
    code, said = ended(source, output)
    assert (code, said) == (0, f"unspun: beginning anew: the unfinished output is of another run (input)\n{SUMMARY}")


def test_another_model_or_program_is_another_key(source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from detector.corpus.inputs import sources
    from detector.corpus.journal import differences
    from detector.corpus.outputs import named

    def key(scorer: FakeScorer) -> dict[str, object]:
        looked_at = provenance.looked_at(sources([str(source)]))
        return provenance.key(looked_at, named("out.jsonl", None), Judging(Wanted()), scorer)

    class Newer(FakeScorer):
        @property
        def info(self) -> ModelInfo:
            return ModelInfo("fake", "1.1")

    class Rebuilt(FakeScorer):
        @property
        def about(self) -> dict[str, object]:
            return {"sha256": "0"}

    ours = key(FakeScorer())
    assert differences(ours, key(FakeScorer())) == []
    assert differences(ours, key(Newer())) == ["model: version"]
    assert differences(ours, key(Rebuilt())) == ["model: sha256"]
    monkeypatch.setattr(provenance, "__version__", "99")
    assert differences(ours, key(FakeScorer())) == ["program: unspun"]


def test_restart_throws_the_progress_away(source: Path, output: Path) -> None:
    whole = undisturbed(source, output)
    stopped(source, output)
    assert ended(source, output, "--restart") == (0, SUMMARY)
    assert output.read_bytes() == whole


# --- finished


def test_a_finished_output_is_left_alone(source: Path, output: Path) -> None:
    ended(source, output)
    before = [(path, path.stat().st_mtime_ns, path.read_bytes()) for path in sorted(output.parent.iterdir())]
    code, said = ended(source, output, "--workers", "2")
    assert (code, said.splitlines()[1]) == (0, SUMMARY.strip())
    assert "is finished already" in said
    assert [(path, path.stat().st_mtime_ns, path.read_bytes()) for path in sorted(output.parent.iterdir())] == before


def test_a_finished_output_of_other_options_is_replaced_when_the_new_one_is_complete(
    source: Path, output: Path
) -> None:
    ended(source, output)
    old = output.read_bytes()
    process = started(source, output, "--unit", "paragraph", seconds_each=0.02)
    while not progress(output):
        time.sleep(0.01)
    process.kill()
    _, said = process.communicate()
    assert b"the finished output is of another run (options: unit), and will be replaced" in said
    assert output.read_bytes() == old
    assert ended(source, output, "--unit", "paragraph")[0] == 0
    assert output.read_bytes() != old


def test_an_output_that_was_altered_is_made_again(source: Path, output: Path) -> None:
    ended(source, output)
    whole = output.read_bytes()
    output.write_bytes(whole.replace(b"social", b"asocial"))
    assert ended(source, output)[0] == 0
    assert output.read_bytes() == whole


def test_killed_between_the_last_two_steps(source: Path, output: Path) -> None:
    """The output is in its place, the journal still there."""
    stopped(source, output)
    journal = output.with_name(".out.jsonl.progress").read_bytes()
    ended(source, output)
    output.with_name(".out.jsonl.progress").write_bytes(journal)
    assert "is finished already" in ended(source, output)[1]
    assert left(output) == {"out.jsonl", "out.jsonl.run.json"}


def test_killed_with_the_manifest_written_and_the_output_not_in_its_place(source: Path, output: Path) -> None:
    whole = undisturbed(source, output)
    manifest = output.with_name("out.jsonl.run.json").read_bytes()
    stopped(source, output)
    output.with_name("out.jsonl.run.json").write_bytes(manifest)
    assert "going on" in ended(source, output)[1]
    assert output.read_bytes() == whole


def test_the_manifest_says_what_the_output_is(source: Path, output: Path) -> None:
    ended(source, output, "--keep", "outlet")
    manifest = json.loads(output.with_name("out.jsonl.run.json").read_text())
    assert manifest["output"]["sha256"] == sha256(output.read_bytes()).hexdigest()
    assert manifest["output"]["bytes"] == output.stat().st_size
    assert manifest["counts"] == {"records": RECORDS, "flagged": 40, "failed": 0, "rows": RECORDS, "kept": ["outlet"]}
    (described,) = manifest["inputs"]["files"]
    assert described["sha256"] == sha256(source.read_bytes()).hexdigest()
    assert manifest["key"]["options"]["keep"] == ["outlet"]
    assert manifest["key"]["model"] == {"name": "fake", "version": "1.0", "sha256": None}


# --- standard input


def test_standard_input_goes_on_where_it_begins_as_before(source: Path, output: Path) -> None:
    assert ended("-", output, stdin=source.open("rb"))[0] == 0
    whole = output.read_bytes()
    output.unlink()
    process = started("-", output, stdin=source.open("rb"), seconds_each=0.02)
    while not progress(output):
        time.sleep(0.01)
    process.kill()
    process.communicate()
    changed = source.with_name("changed.jsonl")
    changed.write_text(source.read_text().replace("Dedicated", "Devoted"))
    code, said = ended("-", output, stdin=changed.open("rb"))
    assert code == 2
    assert "does not begin with what the earlier run has read" in said
    code, said = ended("-", output, stdin=source.open("rb"))
    assert code == 0
    assert "going on" in said
    assert output.read_bytes() == whole


# --- two at once, changed inputs, full disks


def test_two_runs_at_once_are_refused(source: Path, output: Path) -> None:
    process = started(source, output, seconds_each=0.02)
    while not progress(output):
        time.sleep(0.01)
    code, said = ended(source, output)
    assert code == 2
    assert "Another run is writing this output" in said
    _, first = process.communicate(timeout=60)
    assert (process.returncode, first.decode()) == (0, SUMMARY)


def test_an_input_that_changes_under_way_gives_no_output(source: Path, output: Path) -> None:
    process = started(source, output, seconds_each=0.02)
    while not progress(output):
        time.sleep(0.01)
    with source.open("a") as file:
        file.write(json.dumps({"text": CLEAN}) + "\n")
    _, said = process.communicate(timeout=60)
    assert process.returncode == 2
    assert b"in.jsonl was changed while it was being read" in said
    assert not output.exists()
    code, again = ended(source, output)
    assert code == 0
    assert "beginning anew" in again
    assert "121 records" in again


def test_what_could_not_be_put_together_takes_no_room(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("pyarrow")

    def full(_: object, sink: BinaryIO, *__: object) -> None:
        sink.write(b"PAR1")
        raise OSError(ENOSPC, "No space left on device")

    monkeypatch.setattr(outputs, "_write_parquet", full)
    with pytest.raises(UnspunError, match="Make room and run the same command again"):
        run(Request([str(source)], str(tmp_path / "out.parquet"), Judging(Wanted())), FakeScorer, lambda _: None)
    assert left(tmp_path / "out.parquet") == {".out.parquet.partial", ".out.parquet.progress"}


@pytest.mark.parametrize("name", ["out.jsonl", "out.parquet"])
@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_full_disk_is_reported_and_recoverable(name: str, workers: str, source: Path, tmp_path: Path) -> None:
    """A file may not grow beyond a limit, which looks like a full disk to who writes."""
    if name == "out.parquet":
        pytest.importorskip("pyarrow")
    output = tmp_path / name
    whole = undisturbed(source, output, "--workers", workers)
    some = 8_192

    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (some, resource.RLIM_INFINITY))

    code, said = ended(source, output, "--workers", workers, preexec_fn=limited)
    assert code == 2
    assert f"{output} cannot be written: File too large. Make room and run the same command again." in said
    assert not output.exists()
    done = progress(output)
    code, said = ended(source, output, "--workers", workers)
    assert (code, said) == (0, f"unspun: going on after {done} records that are done\n{SUMMARY}")
    assert output.read_bytes() == whole
