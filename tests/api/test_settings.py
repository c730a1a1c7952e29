from __future__ import annotations

from pathlib import Path

import pytest
from fake import unspun

from api import settings
from api.access import described_key
from api.settings import Key, Settings
from detector.errors import UnspunError

SECRET = "confidential"
DIGEST = "0" * 64


@pytest.fixture(autouse=True)
def _bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting of whoever runs the tests."""
    import os

    for name in os.environ:
        if name.startswith(settings.PREFIX):
            monkeypatch.delenv(name)


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The settings file."""
    path = tmp_path / "unspun.toml"
    path.write_text("")
    monkeypatch.setenv(settings.FILE_VARIABLE, str(path))
    return path


def test_the_defaults_are_those_promised() -> None:
    read = settings.read()
    assert (read.host, read.port, read.queue, read.body_bytes) == ("127.0.0.1", 8000, 64, 4 * 1024 * 1024)
    assert read.workers >= 1
    assert read.keys == ()
    assert read.cors_origins == ()
    assert read.rate_limit == ""
    assert read.database.startswith("sqlite:///")


def test_flags_come_before_the_environment_and_that_before_the_file(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file.write_text("workers = 3\nqueue = 3\nport = 3\n")
    monkeypatch.setenv("UNSPUN_QUEUE", "2")
    monkeypatch.setenv("UNSPUN_PORT", "2")
    read = settings.read(port=1, host=None)
    assert (read.workers, read.queue, read.port, read.host) == (3, 2, 1, "127.0.0.1")


def test_tables_and_lists_are_json_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UNSPUN_CORS_ORIGINS", '["https://a.example"]')
    monkeypatch.setenv("UNSPUN_PERSPECTIVE_ALIASES", '{"TOXICITY": "SPUN_TEXT"}')
    monkeypatch.setenv("UNSPUN_KEYS", f'[{{"name": "desk", "sha256": "{DIGEST}", "roles": ["score"]}}]')
    read = settings.read()
    assert read.cors_origins == ("https://a.example",)
    assert read.perspective_aliases == {"TOXICITY": "SPUN_TEXT"}
    assert read.keys == (Key(name="desk", sha256=DIGEST, roles=frozenset({"score"})),)


def test_keys_as_the_command_prints_them_are_a_settings_file(file: Path) -> None:
    lines = [*described_key("desk", ["feedback", "score"]), *described_key("admin", ["admin"])]
    file.write_text('rate_limit = "60/minute"\n' + "\n".join(lines))
    desk, admin = settings.read().keys
    assert (desk.name, desk.roles) == ("desk", {"feedback", "score"})
    assert (admin.name, admin.roles) == ("admin", {"admin"})
    assert desk.sha256 != admin.sha256


FAULTS = [
    ("no_such_setting = 1", "no_such_setting"),
    ("port = 70000", "port"),
    ("port = -1", "port"),
    ("workers = 0", "workers"),
    ("queue = -1", "queue"),
    ("body_bytes = 10", "body_bytes"),
    ("body_seconds = 0", "body_seconds"),
    ("score_seconds = 0", "score_seconds"),
    ("stop_seconds = -1", "stop_seconds"),
    (f'rate_limit = "{SECRET}"', "rate_limit"),
    (f'log_level = "{SECRET}"', "log_level"),
    (f'cors_origins = "{SECRET}"', "cors_origins"),
    (f'keys = "{SECRET}"', "keys"),
    (f'[[keys]]\nname = "a"\nsha256 = "{SECRET}"\nroles = ["score"]', "keys.0.sha256"),
    (f'[[keys]]\nname = "a"\nsha256 = "{DIGEST}"\nroles = ["{SECRET}"]', "keys.0.roles"),
    (f'[[keys]]\nname = "a"\nsha256 = "{DIGEST}"\nroles = []', "keys.0.roles"),
    (f'[[keys]]\nname = "a b"\nsha256 = "{DIGEST}"\nroles = ["score"]', "keys.0.name"),
    (f'[[keys]]\nname = "a"\nsha256 = "{DIGEST}"\nroles = ["score"]\nrate_limit = "{SECRET}"', "keys.0.rate_limit"),
    (f'[[keys]]\nname = "a"\nsha256 = "{DIGEST}"\nroles = ["score"]\n' * 2, "the same name"),
    (
        "".join(f'[[keys]]\nname = "{name}"\nsha256 = "{DIGEST}"\nroles = ["score"]\n' for name in "ab"),
        "two keys are the same",
    ),
    (f"{SECRET}", "not TOML"),
]


@pytest.mark.parametrize(("written", "named"), FAULTS, ids=range(len(FAULTS)))
def test_a_fault_names_the_setting_and_never_its_value(file: Path, written: str, named: str) -> None:
    file.write_text(written)
    with pytest.raises(UnspunError) as told:
        settings.read()
    assert named in str(told.value)
    assert SECRET not in str(told.value)
    assert "\n" not in str(told.value)


@pytest.mark.parametrize(("name", "value"), [("KEYS", SECRET), ("CORS_ORIGINS", SECRET), ("WORKERS", SECRET)])
def test_so_does_one_in_the_environment(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"UNSPUN_{name}", value)
    with pytest.raises(UnspunError) as told:
        settings.read()
    assert name.lower() in str(told.value)
    assert SECRET not in str(told.value)


def test_a_file_that_is_not_there_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(settings.FILE_VARIABLE, str(tmp_path / "none.toml"))
    with pytest.raises(UnspunError, match=r"there is no settings file"):
        settings.read()


def test_a_file_that_is_not_utf8_is_said(file: Path) -> None:
    file.write_bytes(b'host = "\xe9"')
    with pytest.raises(UnspunError, match="not TOML in UTF-8"):
        settings.read()


def test_a_worker_learns_neither_keys_nor_the_database() -> None:
    read = Settings(database=f"postgresql://u:{SECRET}@h/d", keys=(Key(name="a", sha256=DIGEST, roles={"score"}),))
    told = read.for_workers()
    assert "keys" not in told
    assert SECRET not in str(told)
    assert Settings.model_construct(**told).body_bytes == read.body_bytes


@pytest.mark.parametrize(
    ("environment", "complaint"),
    [
        ({"UNSPUN_PORT": "many"}, b"port"),
        ({"UNSPUN_CONFIG": "/nowhere/at/all.toml"}, b"there is no settings file"),
        ({"UNSPUN_DATABASE": "sqlite:////proc/none/feedback.sqlite3"}, b"database"),
        ({"UNSPUN_HOST": "no.such.host.invalid"}, b"cannot listen"),
    ],
    ids=range(4),
)
def test_the_command_says_it_in_one_line_with_exit_code_2(environment: dict[str, str], complaint: bytes) -> None:
    process = unspun("serve", **environment)
    _, complaints = process.communicate(timeout=30)
    assert process.returncode == 2
    assert len(complaints.splitlines()) == 1, complaints
    assert complaint in complaints
