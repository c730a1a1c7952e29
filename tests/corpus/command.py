"""The `unspun` command around a detector without a model, for tests that end it: small batches, saved at once, in no hurry.

A text can end the process that scores it, or make it fail.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from fake import CLEAN, FakeScorer

from detector import cli
from detector.corpus import batches, kept, workers
from detector.results import Result

ROOT = Path(__file__).parent.parent.parent
DEADLY = f"Deadly. {CLEAN}"
FAILING = f"Failing. {CLEAN}"
BATCH_RECORDS = 8


class SlowScorer(FakeScorer):
    def score(self, texts: str | Sequence[str], **options: Any) -> Result:
        texts = [texts] if isinstance(texts, str) else texts
        time.sleep(float(os.environ.get("SECONDS_EACH", "0")) * len(texts))
        if DEADLY in texts:
            os.kill(os.getpid(), signal.SIGKILL)
        if FAILING in texts:
            raise RuntimeError(FAILING)
        return super().score(texts, **options)


def command(*arguments: str | Path) -> list[str]:
    return [sys.executable, __file__, "corpus", *map(str, arguments)]


def environment(seconds_each: float = 0.0) -> dict[str, str]:
    path = os.pathsep.join([str(ROOT), str(ROOT / "tests")])
    return {**os.environ, "PYTHONPATH": path, "SECONDS_EACH": str(seconds_each)}


def started(*arguments: str | Path, seconds_each: float = 0.0, **more: Any) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        command(*arguments), env=environment(seconds_each), stderr=subprocess.PIPE, start_new_session=True, **more
    )


def ended(*arguments: str | Path, seconds_each: float = 0.0, **more: Any) -> tuple[int, str]:
    """The exit code, and what was said on standard error."""
    process = started(*arguments, seconds_each=seconds_each, **more)
    _, said = process.communicate(timeout=60)
    return process.returncode, said.decode()


if __name__ == "__main__":
    cli._loaded = SlowScorer
    batches.BATCH_RECORDS = BATCH_RECORDS
    kept.SAVE_SECONDS = 0.0
    workers.FORKED = workers.FORKED and "SPAWNED" not in os.environ
    sys.exit(cli.main())
