"""A PostgreSQL server for tests: Debian's, in a folder of its own, on a free port of this machine."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

PASSWORD = "s3cret/with?odd@characters"
PASSWORD_ESCAPED = "s3cret%2Fwith%3Fodd%40characters"


def _programs() -> Path:
    """The folder of `initdb` and `pg_ctl`; skips the test where there is none."""
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: float(path.parts[-3]))
    on_path = shutil.which("initdb")
    if installed:
        return installed[-1].parent
    if on_path:
        return Path(on_path).parent
    pytest.skip("PostgreSQL is not installed here (Debian: apt-get install postgresql)")


def _user() -> str | None:
    """Whom to run the server as: it refuses to run as root."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return next(name for name in ("postgres", "nobody") if name in names)


class Server:
    """One server, which may be stopped at once, as if it had crashed, and started again."""

    def __init__(self, programs: Path, folder: Path, user: str | None) -> None:
        self._programs, self._folder, self._user = programs, folder, user
        self._count = 0
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]

    @property
    def socket(self) -> Path:
        """The Unix socket it listens on, too."""
        return self._folder / f".s.PGSQL.{self.port}"

    def run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(
            [str(self._programs / program), *arguments],
            user=self._user,
            extra_groups=[] if self._user else None,
            cwd=self._folder,
            env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "PGPASSWORD": PASSWORD},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr

    def start(self) -> None:
        # Crashes here are crashes of the server, never of the machine under it.
        options = (
            f"-c fsync=off -c listen_addresses=127.0.0.1 -c port={self.port} -c unix_socket_directories={self._folder}"
        )
        data, log = str(self._folder / "data"), str(self._folder / "log")
        self.run("pg_ctl", "start", "-w", "-D", data, "-l", log, "-o", options)

    def stop(self) -> None:
        self.run("pg_ctl", "stop", "-w", "-m", "immediate", "-D", str(self._folder / "data"))

    def database(self) -> str:
        """The address of a new, empty database."""
        self._count += 1
        name = f"test{self._count}"
        self.run("createdb", "-h", "127.0.0.1", "-p", str(self.port), "-U", "unspun", name)
        return f"postgresql://unspun:{PASSWORD_ESCAPED}@127.0.0.1:{self.port}/{name}"


@contextmanager
def running() -> Iterator[Server]:
    """A server that asks for a password and is gone, with its data, at the end."""
    programs, user = _programs(), _user()
    # Not under pytest's own folder, into which another user may not go.
    with tempfile.TemporaryDirectory(prefix="unspun-postgres-") as name:
        folder = Path(name)
        password = folder / "password"
        password.write_text(PASSWORD)
        if user:
            shutil.chown(folder, user)
            shutil.chown(password, user)
        server = Server(programs, folder, user)
        data = str(folder / "data")
        server.run(
            "initdb", "-D", data, "-U", "unspun", "-A", "scram-sha-256", f"--pwfile={password}", "-E", "UTF8", "-N"
        )
        server.start()
        try:
            yield server
        finally:
            server.stop()
