"""A detector that does what its text says, and a real server around it: to see what the service bears.

Run as a script it is the `unspun` command around that detector.
"""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from fake import FakeScorer

from detector import cli
from detector.results import Result

ROOT = Path(__file__).parent.parent
ORDER = re.compile(r"please (sleep|fail|exit) ?([\d.]*)")
PATIENCE = 30
JSON = {"Content-Type": "application/json"}


class Obedient(FakeScorer):
    """`please sleep 1.5`, `please fail` (with the whole text in the message), `please exit` (at once, as if killed)."""

    def score(self, texts: str | Sequence[str], **options: Any) -> Result:  # type: ignore[override]
        for text in [texts] if isinstance(texts, str) else texts:
            for order, argument in ORDER.findall(text):
                if order == "sleep":
                    time.sleep(float(argument))
                elif order == "exit":
                    os._exit(9)
                else:
                    raise KeyError(text)
        return super().score(texts, **options)


class Answer(NamedTuple):
    """What came back. headers: names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


class Server:
    """`unspun serve` on a free port; `environment` are settings, without the prefix and in small letters."""

    def __init__(self, *arguments: str, **environment: object) -> None:
        given = {f"UNSPUN_{name.upper()}": str(value) for name, value in environment.items()}
        self._process = subprocess.Popen(
            [sys.executable, __file__, "serve", "--port", "0", *arguments],
            env={**os.environ, "PYTHONPATH": str(ROOT), "UNSPUN_DATABASE": "", **given},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        self._written: list[bytes] = []
        self._up = threading.Event()
        self.port = 0
        self._threads = [threading.Thread(target=self._read, args=[stream]) for stream in self._streams()]
        for thread in self._threads:
            thread.start()

    def wait_until_up(self) -> Server:
        assert self._up.wait(PATIENCE), self.output
        assert self.port, self.output
        return self

    @property
    def output(self) -> str:
        """All that was written to standard output and standard error so far."""
        return b"".join(self._written).decode()

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def running(self) -> bool:
        return self._process.poll() is None

    def workers(self) -> list[int]:
        """The process ids of the workers."""
        found = []
        for entry in Path("/proc").glob("[0-9]*/stat"):
            try:
                rest = entry.read_text().rpartition(")")[2]
            except OSError:
                continue
            state, parent = rest.split()[:2]
            if int(parent) == self.pid and state != "Z":
                found.append(int(entry.parent.name))
        return found

    def ask(self, method: str, path: str, body: bytes | str | None = None, headers: Mapping[str, str] = JSON) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            connection.request(method, path, body, dict(headers))
            reply = connection.getresponse()
            return Answer(reply.status, {name.lower(): value for name, value in reply.getheaders()}, reply.read())
        finally:
            connection.close()

    def score(self, text: str) -> Answer:
        return self.ask("POST", "/v1/score", json.dumps({"text": text}))

    def raw(self, *pieces: bytes, then_close: bool = False) -> bytes:
        """All that comes back for bytes on a socket, whose sending side is then shut or not."""
        with socket.create_connection(("127.0.0.1", self.port), PATIENCE) as connection:
            for piece in pieces:
                connection.sendall(piece)
            if then_close:
                connection.shutdown(socket.SHUT_WR)
            received = b""
            while more := connection.recv(65_536):
                received += more
            return received

    def signal(self, number: int = signal.SIGTERM) -> None:
        self._process.send_signal(number)

    def exit_code(self) -> int:
        """Waits for the end."""
        code = self._process.wait(PATIENCE)
        for thread in self._threads:
            thread.join(PATIENCE)
        return code

    def stop(self) -> int:
        """The exit code after SIGTERM."""
        if self.running:
            self.signal()
        try:
            return self.exit_code()
        finally:
            if self.running:
                self._process.kill()

    def _streams(self) -> list[Any]:
        return [self._process.stdout, self._process.stderr]

    def _read(self, stream: Any) -> None:
        for line in stream:
            self._written.append(line)
            if b'"listening"' in line:
                self.port = int(json.loads(line)["url"].rstrip("/").rpartition(":")[2])
                self._up.set()
        if stream is self._process.stderr:
            self._up.set()


def eventually(condition: Any, seconds: float = 10.0) -> bool:
    """Whether the condition comes true in time."""
    end = time.monotonic() + seconds
    while not (held := condition()) and time.monotonic() < end:
        time.sleep(0.02)
    return bool(held)


if __name__ == "__main__":
    from api import backends, worker

    if sys.argv[1:] == ["worker"]:
        try:
            sys.exit(worker.main(Obedient))
        except (BrokenPipeError, EOFError):
            os._exit(0)
    cli._loaded = Obedient  # type: ignore[assignment]
    backends.WORKER_COMMAND = (sys.executable, __file__, "worker")
    sys.exit(cli.main())
