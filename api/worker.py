"""`python -m api.worker`: one scoring process. Jobs come on standard input, replies go to standard output.

It ends when its input does, so no worker outlives its server, however that one died.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from typing import Final

from api import frames, language, logs
from api.settings import Settings
from api.tasks import perform
from detector import Detector
from detector.errors import UnspunError
from detector.results import Scorer

_WARM_UP: Final = "The first request should not be the one that pays for loading what is loaded late. " * 3


def main(load: Callable[[], Scorer]) -> int:
    """Answer until the input ends. The first frame in is the settings, the first frame out says what was loaded."""
    # Control-C at a terminal goes to every process there; the server decides when a worker ends.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    source, sink = sys.stdin.buffer, os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # a stray print must not end up between two replies
    first = frames.read(source.read)
    if first is None:
        return 0
    settings = Settings.model_construct(**first[0])  # the server has checked them
    logs.install(settings.log_level)
    try:
        detector = load()
        detector.score(_WARM_UP)
        language.detect(_WARM_UP)  # unpacks its model in the folder for temporary files
    except (UnspunError, OSError) as error:
        sink.write(frames.pack({"error": str(error)}))
        sink.flush()
        return 2
    sink.write(frames.pack({**detector.info.to_dict(), "modes": detector.about["modes"]}))
    sink.flush()
    while frame := frames.read(source.read):
        sink.write(frames.from_reply(perform(detector, settings, frames.to_job(*frame))))
        sink.flush()
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(Detector.load))
    except (BrokenPipeError, EOFError):  # the server is gone
        os._exit(0)
