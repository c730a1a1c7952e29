from __future__ import annotations

import os
import random
import signal
import sqlite3
import stat
import subprocess
import sys
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from postgres import PASSWORD, PASSWORD_ESCAPED, Server, running

from api import store as module
from api.store import Record, Store, StoreError, migrate, sha256_of
from detector.errors import UnspunError

ROOT = Path(__file__).parent.parent.parent
START = datetime(2026, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)
ANY_TEXT = st.text(st.characters(codec=None, exclude_categories=()))


def record(created: datetime = START, text: str | None = None, **more: Any) -> Record:
    return Record(uuid4().hex, created, "feedback", sha256_of(text or ""), "right", text=text, **more)


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    with running() as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'feedback.sqlite3'}"
    server: Server = request.getfixturevalue("server")
    return server.database()


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    store = Store.open(url)
    yield store
    store.close()


def test_what_is_added_comes_back_in_the_order_of_time(store: Store) -> None:
    full = Record(
        id=uuid4().hex,
        created=START + DAY,
        source="perspective",
        text_sha256=sha256_of("x"),
        verdict="not_spun",
        attribute="SPUN_TEXT",
        suggested_score=0.1 + 0.2,
        start=3,
        end=2**40,
        offset_unit="utf16",
        model="unspun-en@0.2.0",
        key="newsroom",
        text="x",
    )
    later, earlier = record(START + 2 * DAY), record(START)
    store.add([later, full])
    store.add([])
    store.add([earlier])
    assert list(store.export()) == [earlier, full, later]
    assert list(store.export(after=START)) == [full, later]
    assert list(store.export(after=START - timedelta(microseconds=1))) == [earlier, full, later]
    assert list(store.export(after=START + 2 * DAY)) == []


def test_a_record_as_json() -> None:
    berlin = datetime(2026, 1, 1, 1, tzinfo=timezone(timedelta(hours=1)))
    sent = record(berlin, "x", start=1, end=2, offset_unit="utf8").to_dict()
    assert sent["created"] == "2026-01-01T00:00:00.000000Z"
    assert (sent["verdict"], sent["text"], sent["start"], sent["model"]) == ("right", "x", 1, None)


def test_the_hash_is_that_of_utf8() -> None:
    assert sha256_of("é") == "4a99557e4033c3539de2eb65472017cad5f9557f7a0625a09f1c3f6e2ba69c4c"
    assert sha256_of("\ud800") != sha256_of("\udfff")


def test_many_records_of_one_moment_are_all_exported(store: Store) -> None:
    records = [record(START) for _ in range(3 * module._PAGE)]
    store.add(records)
    assert [r.id for r in store.export()] == sorted(r.id for r in records)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(text=ANY_TEXT)
def test_any_text_comes_back_as_it_was(store: Store, text: str) -> None:
    kept = record(text=text)
    store.add([kept])
    assert list(store.export()) == [kept]
    assert store.delete(kept.id)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=20)
@given(moments=st.lists(st.datetimes(timezones=st.timezones()).filter(lambda m: 2 < m.year < 9998), max_size=8))
def test_any_moments_are_kept_in_order(store: Store, moments: list[datetime]) -> None:
    store.delete_before(datetime.max.replace(tzinfo=UTC))
    store.add([record(moment) for moment in moments])
    assert [r.created for r in store.export()] == sorted(moment.astimezone(UTC) for moment in moments)


@pytest.mark.parametrize("text", ["nul \x00", "half a pair \ud800", "\udc00\ud800", "a whole one 😀", ""])
def test_what_databases_dislike_in_a_text(store: Store, text: str) -> None:
    store.add([record(text=text)])
    assert [r.text for r in store.export()] == [text]


def test_delete_by_id(store: Store) -> None:
    kept, gone = record(), record()
    store.add([kept, gone])
    assert store.delete(gone.id)
    assert not store.delete(gone.id)
    assert list(store.export()) == [kept]


def test_delete_by_age_takes_what_is_older_and_nothing_else(store: Store) -> None:
    records = [record(START + n * DAY) for n in range(5)]
    store.add(records)
    assert store.delete_before(START + 2 * DAY) == 2
    assert store.delete_before(START + 2 * DAY) == 0
    assert list(store.export()) == records[2:]


def test_records_are_added_together_or_not_at_all(store: Store) -> None:
    first = record()
    store.add([first])
    with pytest.raises(StoreError) as failure:
        store.add([record(text="confidential"), first])
    assert "confidential" not in str(failure.value)
    assert list(store.export()) == [first]


def test_threads_may_share_a_store(store: Store) -> None:
    def work(n: int) -> int:
        store.add([record(START + n * DAY) for _ in range(5)])
        store.check()
        return len(list(store.export()))

    with ThreadPoolExecutor(8) as pool:
        seen = list(pool.map(work, range(40)))
    assert max(seen) == len(list(store.export())) == 200


def test_a_store_that_is_opened_again_has_it_all(url: str) -> None:
    store = Store.open(url)
    kept = record(text="x")
    store.add([kept])
    store.close()
    again = Store.open(url)
    assert list(again.export()) == [kept]
    again.close()


COPY = """
    INSERT INTO feedback (id, created, source, text_sha256, verdict, text)
    WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 9999)
    SELECT CAST(n AS VARCHAR(32)), created, source, text_sha256, verdict, text FROM feedback CROSS JOIN numbers
"""


def test_an_export_does_not_hold_all_of_it_in_memory(store: Store) -> None:
    store.add([record(text="é" * 2_000)])
    with store._engine.begin() as connection:
        connection.exec_driver_sql(COPY)  # 20 MB of text
    tracemalloc.start()
    count = sum(1 for _ in store.export())
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count == 10_000
    assert most < 3_000_000


# Migrations

STEP_2 = ("ALTER TABLE feedback ADD COLUMN mood VARCHAR(20)", "UPDATE feedback SET mood = 'calm'")


def engine_of(url: str) -> sa.Engine:
    return module._engine(url)


def test_an_older_file_is_brought_up_to_date_with_its_rows(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    old = Store.open(url)
    kept = record(text="x")
    old.add([kept])
    old.close()
    monkeypatch.setattr(migrate, "__defaults__", ((*module._STEPS, STEP_2),))
    for _ in range(2):  # the second time there is nothing to do
        new = Store.open(url)
        assert list(new.export()) == [kept]
        new.close()
    engine = engine_of(url)
    with engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT mood FROM feedback").all() == [("calm",)]
        assert connection.exec_driver_sql("SELECT version FROM feedback_schema_version").all() == [(2,)]
    engine.dispose()


def test_a_step_that_fails_leaves_the_old_schema(url: str) -> None:
    store = Store.open(url)
    kept = record()
    store.add([kept])
    engine = engine_of(url)
    with pytest.raises(sa.exc.SQLAlchemyError):
        migrate(engine, (*module._STEPS, (STEP_2[0], "no such statement")))
    engine.dispose()
    store.check()
    assert list(store.export()) == [kept]
    store.close()
    Store.open(url).close()


def test_a_schema_of_the_future_is_refused(url: str) -> None:
    engine = engine_of(url)
    migrate(engine, (*module._STEPS, STEP_2))
    engine.dispose()
    with pytest.raises(UnspunError, match="schema version 2, and this release knows versions up to 1"):
        Store.open(url)


@pytest.mark.parametrize("attempt", range(5))
def test_a_new_database_may_be_opened_many_times_at_once(url: str, attempt: int) -> None:
    together = threading.Barrier(8)

    def opened(_: int) -> None:
        together.wait(20)
        Store.open(url).close()

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(opened, range(8))) == [None] * 8
    engine = engine_of(url)
    with engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT version FROM feedback_schema_version").all() == [(1,)]
    engine.dispose()


WRITE = """
import sys
from datetime import UTC, datetime
from uuid import uuid4
from api.store import Record, Store, sha256_of

store = Store.open(sys.argv[1])
for _ in range(int(sys.argv[2])):
    record = Record(uuid4().hex, datetime.now(UTC), "feedback", sha256_of("x"), "wrong", text="x" * 2000)
    store.add([record])
    print(record.id, flush=True)
"""


def writer(url: str, count: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", WRITE, url, str(count)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    )


def test_processes_may_open_a_new_database_and_write_to_it_at_once(url: str) -> None:
    writers = [writer(url, 50) for _ in range(4)]
    acknowledged = {line.strip() for one in writers for line in one.communicate(timeout=100)[0].splitlines()}
    assert [one.returncode for one in writers] == [0] * 4
    store = Store.open(url)
    assert {r.id for r in store.export()} == acknowledged
    assert len(acknowledged) == 200
    store.close()


def test_what_was_acknowledged_survives_kill_9(url: str) -> None:
    acknowledged: set[str] = set()
    chance = random.Random(5)
    for _ in range(6):
        process = writer(url, 1_000_000)
        assert process.stdout is not None
        first = process.stdout.readline()
        time.sleep(chance.uniform(0.0, 0.3))
        process.send_signal(signal.SIGKILL)
        lines = [first, *process.communicate(timeout=30)[0].split("\n")[:-1]]  # without a last line cut short
        assert process.returncode == -signal.SIGKILL
        acknowledged |= {line.strip() for line in lines}
        store = Store.open(url)
        assert acknowledged <= {r.id for r in store.export()}
        store.close()
    assert len(acknowledged) > 20
    if url.startswith("sqlite"):
        with sqlite3.connect(url.removeprefix("sqlite:///")) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


# SQLite only


def test_the_file_is_for_its_owner_only_and_its_folder_is_made(tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "feedback.sqlite3"
    store = Store.open(f"sqlite:///{path}")
    store.add([record(text="x")])
    files = sorted(path.parent.iterdir())
    assert len(files) == 3  # the log and its index, too
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    store.close()
    assert list(path.parent.iterdir()) == [path]


def test_what_a_durable_file_needs_is_set(tmp_path: Path) -> None:
    store = Store.open(f"sqlite:///{tmp_path / 'f'}")
    with store._engine.connect() as connection:
        asked = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()
            for name in ("journal_mode", "synchronous", "busy_timeout", "secure_delete")
        }
    store.close()
    assert asked == {"journal_mode": "wal", "synchronous": 2, "busy_timeout": 10_000, "secure_delete": 1}


@pytest.mark.parametrize("delete", [lambda s, r: s.delete(r.id), lambda s, r: s.delete_before(START + DAY)])
def test_a_deleted_text_is_not_left_in_the_files(tmp_path: Path, delete: Callable[[Store, Record], Any]) -> None:
    store = Store.open(f"sqlite:///{tmp_path / 'f'}")
    secret = record(text="confidential " * 1_000)
    store.add([secret, record(START + 2 * DAY, "public")])

    def holding(word: bytes) -> list[str]:
        return [path.name for path in tmp_path.iterdir() if word in path.read_bytes()]

    assert holding(b"confidential")
    delete(store, secret)
    assert holding(b"confidential") == []
    assert holding(b"public")
    store.close()


def test_a_database_that_stays_locked_is_a_fault_with_a_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_LOCK_SECONDS", 0.1)
    store = Store.open(f"sqlite:///{tmp_path / 'f'}")
    other = sqlite3.connect(tmp_path / "f", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreError, match="OperationalError"):
        store.add([record()])
    store.check()  # reading needs no lock
    other.execute("ROLLBACK")
    other.close()
    store.add([record()])
    store.close()


# Addresses

SENTENCE = r"^the address of the feedback database must be like"


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("", SENTENCE),
        ("feedback.sqlite3", SENTENCE),
        ("mysql://root:confidential@localhost/x", SENTENCE),
        ("postgresql+psycopg://root:confidential@localhost/x", SENTENCE),
        ("postgresql://root:confidential@localhost:port/x", SENTENCE),
        ("sqlite://", r"^the address of an SQLite database"),
        ("sqlite:///:memory:", r"^the address of an SQLite database"),
        ("sqlite:///file.db?mode=ro", r"^the address of an SQLite database"),
        ("sqlite:////dev/null/confidential", r"^cannot open the feedback database: "),
        ("sqlite:////", r"^cannot open the feedback database: "),
        ("postgresql://root:confidential@localhost/x?sslmode=maybe", r"^sslmode in the address .* require"),
        ("postgresql://root:confidential@127.0.0.1:1/x", r"^cannot open the feedback database: Connection refused"),
        ("postgresql://root:word@confidential@127.0.0.1:1/x", r"^cannot open the feedback database: "),
        ("postgresql://root:confidential@127.0.0.1:1/x?what=this", r"an option that is not known$"),
    ],
)
def test_an_address_that_does_not_work_is_a_sentence_without_the_password(url: str, message: str) -> None:
    with pytest.raises(UnspunError, match=message) as failure:
        Store.open(url)
    assert "confidential" not in str(failure.value)
    assert failure.value.__cause__ is None


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("These are my notes, and no database. " * 100)
    with pytest.raises(UnspunError, match="^cannot open the feedback database: file is not a database$"):
        Store.open(f"sqlite:///{path}")


# PostgreSQL only


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda url: url.replace(PASSWORD_ESCAPED, "wrong"), "password authentication failed"),
        (lambda url: url + "nowhere", "does not exist"),
        (lambda url: url + "?sslmode=require", "TLS"),
        (lambda url: url + "?sslmode=verify-full", "TLS"),
    ],
)
def test_what_the_server_says_is_passed_on(server: Server, change: Callable[[str], str], message: str) -> None:
    with pytest.raises(UnspunError, match=message) as failure:
        Store.open(change(server.database()))
    assert PASSWORD not in str(failure.value)


def test_other_spellings_of_the_address(server: Server) -> None:
    url = server.database()
    socket = f"?unix_sock={server.socket}&sslmode=disable"
    for same in (url.replace("postgresql", "postgres"), url + "?sslmode=prefer", url + socket):
        store = Store.open(same)
        store.check()
        store.close()


def test_a_server_that_goes_away_is_a_fault_and_its_return_is_noticed(server: Server) -> None:
    store = Store.open(server.database())
    kept = record()
    store.add([kept])
    server.stop()
    for ask in (store.check, lambda: store.add([record()]), lambda: next(store.export()), lambda: store.delete("x")):
        with pytest.raises(StoreError):
            ask()
    server.start()
    assert list(store.export()) == [kept]
    server.stop()
    server.start()  # unnoticed
    assert list(store.export()) == [kept]
    store.close()
