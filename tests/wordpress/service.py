"""The real service, `unspun serve`, with a key and the shipped model."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import threading
import urllib.request
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).parent.parent.parent
KEY: Final = "a-key-for-tests-alone-0123456789"
PATIENCE: Final = 60


class Service:
    """It runs from here to `stop`."""

    def __init__(self) -> None:
        digest = hashlib.sha256(KEY.encode()).hexdigest()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "detector", "serve", "--port", "0", "--workers", "1"],
            env={
                **os.environ,
                "PYTHONPATH": str(ROOT),
                "OPENBLAS_NUM_THREADS": "1",
                "UNSPUN_DATABASE": "",
                "UNSPUN_KEYS": json.dumps([{"name": "wordpress", "sha256": digest, "roles": ["score"]}]),
            },
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.lines: list[str] = []
        self.address = ""
        self._up = threading.Event()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()
        assert self._up.wait(PATIENCE), self.lines
        assert self.address, self.lines

    def score(self, text: str, **options: Any) -> Any:
        """The reply to a request of our own, beside the plug-in."""
        request = urllib.request.Request(
            f"{self.address}/v1/score",
            json.dumps({"text": text, "offset_unit": "utf16", "skip": ["quote", "url", "code"], **options}).encode(),
            {"Content-Type": "application/json", "X-API-Key": KEY},
        )
        with urllib.request.urlopen(request, timeout=PATIENCE) as reply:
            return json.load(reply)

    @property
    def requests(self) -> int:
        """How many texts it was sent so far, from its log."""
        return sum('"/v1/score"' in line for line in self.lines)

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(PATIENCE)
        self._reader.join(PATIENCE)

    def _read(self) -> None:
        assert self._process.stdout
        for line in self._process.stdout:
            self.lines.append(line)
            if '"listening"' in line:
                self.address = json.loads(line)["url"].rstrip("/")
                self._up.set()
        self._up.set()
