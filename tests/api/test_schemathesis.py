"""schemathesis over the whole OpenAPI document: no server error, no undocumented answer."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from obedient import Server

CONFIG = Path(__file__).parent.parent / "schemathesis.toml"
EXAMPLES = os.environ.get("SCHEMATHESIS_EXAMPLES", "50")
SEED = os.environ.get("SCHEMATHESIS_SEED", "1")


def test_every_answer_is_as_documented(started: Any, tmp_path: Path) -> None:
    server: Server = started(
        "--workers", "1", database=f"sqlite:///{tmp_path / 'feedback.sqlite3'}", log_level="warning"
    )
    command = shutil.which("schemathesis", path=str(Path(sys.executable).parent)) or "schemathesis"
    run = subprocess.run(
        [command, "--config-file", str(CONFIG), "run", f"http://127.0.0.1:{server.port}/openapi.json"]
        + ["--max-examples", EXAMPLES, "--seed", SEED, "--no-color", "--no-shrink"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout[-20_000:] + run.stderr
    assert server.stop() == 0
    assert '"level": "error"' not in server.output, server.output
