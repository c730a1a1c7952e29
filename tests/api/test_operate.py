"""What an operator is told and given: docs/operate.md, the container, the compose file, the systemd unit."""

from __future__ import annotations

import argparse
import json
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from api.access import described_key
from api.settings import PREFIX, Key, Settings, read
from detector import cli

ROOT = Path(__file__).parent.parent.parent
GUIDE = (ROOT / "docs" / "operate.md").read_text(encoding="utf-8")
GIVEN = ROOT / "docs" / "operate"
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
COMPOSE = (ROOT / "compose.yaml").read_text(encoding="utf-8")
PINNED = re.compile(r"[\w./-]+:v?\d+\.\d+(\.\d+)?(-[\w.]+)*(@sha256:[0-9a-f]{64})?")


def rows(title: str) -> list[list[str]]:
    """The cells of the first table under a heading, without its head."""
    found = re.search(rf"^#+ {re.escape(title)}\n[\s\S]*?^\|[-|]+\|\n((?:\|.*\n)+)", GUIDE, re.MULTILINE)
    assert found, title
    return [[cell.strip() for cell in row.strip("|\n").split("|")] for row in found[1].splitlines()]


def longest_stop() -> float:
    fields = Settings.model_fields
    return float(fields["drain_seconds"].default + fields["stop_seconds"].default)


# --- settings


def test_every_setting_is_in_the_table_with_its_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", "$XDG_STATE_HOME")
    table = {row[1].strip("`"): row for row in rows("Settings")}
    assert list(table) == list(Settings.model_fields)
    for name, (variable, _, default, meaning) in table.items():
        assert variable == f"`{PREFIX}{name.upper()}`"
        assert meaning
        field = Settings.model_fields[name]
        if name == "workers":
            assert default == "one for each core"
        else:
            written = tomllib.loads(f"value = {default.strip('`')}")["value"]
            wanted = field.get_default(call_default_factory=True)
            assert written == (list(wanted) if isinstance(wanted, tuple) else wanted), name


def test_every_part_of_a_key_is_told() -> None:
    (meaning,) = (row[3] for row in rows("Settings") if row[1] == "`keys`")
    for part in Key.model_fields:
        assert f"`{part}`" in meaning


def test_the_example_file_loads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UNSPUN_CONFIG", str(GIVEN / "unspun.toml"))
    assert read() == Settings()


def uncommented(text: str) -> str:
    return re.sub(r"^# (?=(?:\w+ = )|\[\[)", "", text, flags=re.MULTILINE)


def test_the_example_file_has_every_setting_with_its_default(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "unspun.toml"
    file.write_text(uncommented((GIVEN / "unspun.toml").read_text("utf-8")).replace("64 hex digits", "0" * 64))
    assert tomllib.loads(file.read_text()).keys() == Settings.model_fields.keys()
    monkeypatch.setenv("UNSPUN_CONFIG", str(file))
    monkeypatch.setenv("XDG_STATE_HOME", "/var/lib")
    everything = read(workers=1)
    assert [key.name for key in everything.keys] == ["desk"]
    monkeypatch.delenv("UNSPUN_CONFIG")
    assert everything.model_copy(update={"keys": ()}) == read(workers=1)


def test_a_key_looks_as_the_guide_shows_it() -> None:
    printed = list(described_key("desk", ["score", "feedback"]))
    for line in printed:
        shape = re.sub(r"unspun_\S+", "unspun_…", re.sub(r'"[0-9a-f]{64}"', '"…"', line))
        assert f"    {shape}\n" in GUIDE


# --- the command


def flags(command: argparse.ArgumentParser) -> set[str]:
    return {option for action in command._actions for option in action.option_strings} - {"-h", "--help"}


def commands() -> Mapping[str, argparse.ArgumentParser]:
    (choice,) = (action for action in cli.parser()._actions if isinstance(action, argparse._SubParsersAction))
    found: Mapping[str, argparse.ArgumentParser] = choice.choices
    return found


@pytest.mark.parametrize("name", ["serve", "key"])
def test_every_flag_of_the_service_is_in_the_guide(name: str) -> None:
    (row,) = (row for row in rows("Running the service") if row[0].startswith(f"`unspun {name}"))
    assert set(re.findall(r"--\w+", row[1])) == flags(commands()[name])


def test_every_command_and_flag_is_in_the_readme_or_the_guides() -> None:
    guides = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
    told = "".join(path.read_text(encoding="utf-8") for path in guides)
    for name, command in commands().items():
        assert f"unspun {name}" in told
        for flag in flags(command):
            assert re.search(rf"(?<![\w-]){flag}(?![\w-])", told), flag


# --- metrics and logs


def test_every_metric_and_its_labels_are_in_the_table(serve: Any, tmp_path: Path) -> None:
    client = serve(database=f"sqlite:///{tmp_path / 'feedback.sqlite3'}")
    client.post("/v1/feedback", json={"text": "short", "verdict": "wrong"})
    client.get("/healthz")
    page = client.get("/metrics").text
    types = set(re.findall(r"^# TYPE (\S+)", page, re.MULTILINE))
    names = {name for name in types if name.startswith("unspun_")}
    table = {row[0].strip("`"): row for row in rows("Metrics")}
    assert table.keys() == names
    for name, (_, labels, meaning) in table.items():
        samples = re.findall(rf"^{name}(?:_count)?(?:{{(.*)}})? ", page, re.MULTILINE)
        assert samples, name
        assert set(re.findall(r"`(\w+)`", labels)) == set(re.findall(r'(\w+)="', samples[0])), name
        assert meaning
    assert all(name.startswith("process_") or name == "python_info" for name in types - names)


def test_every_field_of_a_log_line_is_told(started: Any) -> None:
    server = started(workers=1)
    server.ask("GET", "/healthz")
    server.stop()
    text = GUIDE.partition("## Logs\n")[2].partition("\n## ")[0]
    lines = [json.loads(line) for line in server.output.splitlines()]
    assert any(line["message"] == "request" for line in lines)
    for line in lines:
        for field in line:
            assert f"`{field}`" in text


# --- the container


def instructions(name: str) -> list[str]:
    joined = DOCKERFILE.replace("\\\n", " ")
    return re.findall(rf"^{name} (.*)$", joined, re.MULTILINE)


def test_the_base_is_pinned_and_nothing_runs_as_root() -> None:
    bases = [base.partition(" ")[0] for base in instructions("FROM")]
    assert len(bases) == 2
    assert len(set(bases)) == 1  # an environment made with one Python is run by the other
    assert PINNED.fullmatch(bases[0])
    last = DOCKERFILE.rpartition("\nFROM ")[2]
    (user,) = re.findall(r"^USER (\d+):(\d+)$", last, re.MULTILINE)
    assert all(int(number) >= 1000 for number in user)
    assert f"--uid {user[0]} " in last
    assert f"user {user[0]}" in GUIDE
    assert last.index("\nUSER ") < last.index("\nENTRYPOINT ")
    assert "ADD " not in DOCKERFILE
    assert "http://" not in DOCKERFILE


def test_the_container_has_settings_that_there_are_and_keeps_its_database_in_its_volume(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    variables = dict(re.findall(r"(\w+)=(\S+)", " ".join(instructions("ENV"))))
    (volume,) = instructions("VOLUME")
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
        if name.startswith(PREFIX):
            assert name.removeprefix(PREFIX).lower() in Settings.model_fields
    settings = Settings()
    assert settings.host == "0.0.0.0"
    assert settings.database == f"sqlite:///{volume}/feedback.sqlite3"
    assert settings.database.removeprefix("sqlite:///") in GUIDE
    assert instructions("EXPOSE") == [str(settings.port)]


def health_check() -> list[str]:
    (check,) = instructions("HEALTHCHECK")
    command = json.loads(check.partition("CMD ")[2])
    assert command[0] == "python"
    return [sys.executable, *command[1:]]


def test_the_health_check_tells_up_from_down(started: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    server = started(workers=1)
    monkeypatch.setenv("UNSPUN_PORT", str(server.port))
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")  # which the check must not go through
    assert subprocess.run(health_check(), check=False, timeout=30).returncode == 0
    assert '"/healthz"' in server.output
    server.stop()
    assert subprocess.run(health_check(), check=False, timeout=30, capture_output=True).returncode == 1


def test_the_build_context_is_all_that_the_wheel_needs(tmp_path: Path) -> None:
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    patterns = [line for line in lines if line and not line.startswith("#")]
    assert patterns[0] == "*"
    kept = [pattern[1:] for pattern in patterns if pattern.startswith("!")]
    assert not {"data", "tests", ".git", "."} & set(kept)
    for name in kept:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, tmp_path)
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", "dist"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (wheel,) = (tmp_path / "dist").glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    assert any(name.startswith("detector/_model/") for name in names)
    assert "api/static/index.html" in names


# --- compose and Prometheus


def composed() -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load(COMPOSE)
    return document


def test_every_service_is_pinned_and_checked() -> None:
    services = composed()["services"]
    assert services.keys() == {"unspun", "postgres", "prometheus"}
    for name, service in services.items():
        if "build" in service:
            assert instructions("HEALTHCHECK")
        else:
            assert PINNED.fullmatch(service["image"]), name
            assert service["healthcheck"]["test"][0] == "CMD"
        for port in service.get("ports", []):
            assert port.startswith("127.0.0.1:")


def test_the_service_writes_nowhere_and_has_time_to_stop() -> None:
    service = composed()["services"]["unspun"]
    assert service["read_only"] is True
    assert service["tmpfs"] == ["/tmp"]
    assert service["cap_drop"] == ["ALL"]
    assert int(service["stop_grace_period"].removesuffix("s")) > longest_stop()
    for variable in service["environment"]:
        assert variable == "UNSPUN_CONFIG" or variable.removeprefix(PREFIX).lower() in Settings.model_fields


def test_there_is_no_password_but_the_operators() -> None:
    variables = re.findall(r"\$\{(\w+)([^}]*)}", COMPOSE)
    assert all(rest.startswith(":?") for _, rest in variables)
    assert {name for name, _ in variables} == {"POSTGRES_PASSWORD", "UNSPUN_SETTINGS_FILE", "UNSPUN_METRICS_KEY_FILE"}
    for name, _ in variables:
        assert f"    {name}=" in GUIDE
    for service in composed()["services"].values():
        for variable, value in service.get("environment", {}).items():
            if "PASSWORD" in variable or "://" in value:
                assert "${POSTGRES_PASSWORD:?" in value


def test_prometheus_asks_our_service_with_a_key(serve: Any) -> None:
    (job,) = yaml.safe_load((GIVEN / "prometheus.yml").read_text(encoding="utf-8"))["scrape_configs"]
    (target,) = (target for group in job["static_configs"] for target in group["targets"])
    host, port = target.split(":")
    assert host in composed()["services"]
    assert int(port) == Settings.model_fields["port"].default
    assert job["authorization"]["type"] == "Bearer"
    secret = Path(job["authorization"]["credentials_file"])
    assert secret.parent == Path("/run/secrets")
    assert secret.name in composed()["services"]["prometheus"]["secrets"]
    assert serve().get(job["metrics_path"]).status_code == 200


# --- systemd and nginx


def unit() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in (GIVEN / "unspun.service").read_text(encoding="utf-8").splitlines():
        name, equals, value = line.partition("=")
        if equals and not line.startswith("#"):
            found.setdefault(name, []).append(value)
    return found


def test_the_unit_runs_as_nobody_else_and_lets_the_service_finish() -> None:
    found = unit()
    for name in ("DynamicUser", "NoNewPrivileges", "PrivateTmp", "MemoryDenyWriteExecute"):
        assert found[name] == ["yes"]
    assert found["ProtectSystem"] == ["strict"]
    assert found["KillMode"] == ["mixed"]
    assert int(found["TimeoutStopSec"][0]) > longest_stop()
    assert int(found["LimitNOFILE"][0]) >= 65_536  # one for each connection
    assert found["ExecStart"] == ["/opt/unspun/bin/unspun serve"]


def test_the_unit_keeps_the_database_in_its_state_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    found = unit()
    for assignment in found["Environment"]:
        name, _, value = assignment.partition("=")
        monkeypatch.setenv(name, value.replace("%S", "/var/lib"))
    monkeypatch.delenv("UNSPUN_CONFIG")
    assert Settings().database == f"sqlite:////var/lib/{found['StateDirectory'][0]}/feedback.sqlite3"
    credential, _, source = found["LoadCredential"][0].partition(":")
    assert f"UNSPUN_CONFIG=%d/{credential}" in found["Environment"]
    assert source == "/etc/unspun/unspun.toml"


def test_the_proxy_takes_bodies_that_the_service_takes_and_logs_nothing() -> None:
    (snippet,) = re.findall(r"```nginx\n(.*?)```", GUIDE, re.DOTALL)
    (megabytes,) = re.findall(r"client_max_body_size (\d+)m;", snippet)
    assert int(megabytes) * 1024**2 > Settings.model_fields["body_bytes"].default
    assert f"client_body_buffer_size {megabytes}m;" in snippet
    assert "access_log off;" in snippet
    (seconds,) = re.findall(r"proxy_read_timeout (\d+)s;", snippet)
    assert int(seconds) > Settings.model_fields["score_seconds"].default


def test_a_misspelt_name_in_the_file_stops_the_service(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "unspun.toml"
    file.write_text("wokers = 2")
    monkeypatch.setenv("UNSPUN_CONFIG", str(file))
    with pytest.raises(Exception, match="wokers"):
        read()
    monkeypatch.delenv("UNSPUN_CONFIG")
    monkeypatch.setenv("UNSPUN_WOKERS", "2")
    assert read() == Settings()
