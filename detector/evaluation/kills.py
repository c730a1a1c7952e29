"""Whether a corpus run that is killed again and again gives what an undisturbed one does: python -m detector.evaluation.kills

Each round is a fresh run that is killed (-9) at random moments, once or several times, and then left to end.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from hashlib import file_digest
from pathlib import Path
from typing import Final, NamedTuple

_MOST_KILLS: Final = 3


class Round(NamedTuple):
    """After how many seconds each run was killed; whether the output came out as it should."""

    kills: list[float]
    equal: bool


def rounds(command: Sequence[str], output: Path, times: int, rng: random.Random) -> Iterator[Round]:
    """Run `command`, which writes `output`, undisturbed and then so many times with kills. Linux and the like only.

    Raises CalledProcessError where a run fails that nobody killed.
    """
    _remove(output)
    started = time.monotonic()
    subprocess.run(command, check=True, capture_output=True)
    seconds = time.monotonic() - started
    expected = _digest(output)
    for _ in range(times):
        _remove(output)
        kills: list[float] = []
        wanted = rng.randint(1, _MOST_KILLS)
        while len(kills) < wanted:
            moment = rng.uniform(0, seconds)
            if _killed(command, moment, everything=rng.random() < 0.5):
                kills.append(moment)
            else:  # it was quicker than the undisturbed run, or had little left to do
                _remove(output)
        subprocess.run(command, check=True, capture_output=True)
        yield Round(kills, _digest(output) == expected and not _left(output))


def _killed(command: Sequence[str], seconds: float, everything: bool) -> bool:
    """Kill a run, or it and its workers, after so many seconds; tell whether it was still going on."""
    process = subprocess.Popen(command, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        if everything:
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
        process.wait()
        return True
    return False


def _digest(output: Path) -> str:
    with output.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def _remove(output: Path) -> None:
    for path in (output, output.with_name(f"{output.name}.run.json"), *_left(output)):
        path.unlink(missing_ok=True)


def _left(output: Path) -> list[Path]:
    """What an unfinished run leaves."""
    return sorted(output.parent.glob(f".{output.name}.*"))


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Kill `unspun corpus` at random moments and compare what comes out.")
    parser.add_argument("input", metavar="IN")
    parser.add_argument("output", metavar="OUT", help="a file that may be overwritten")
    parser.add_argument("--times", type=int, default=20, help="rounds; default: 20")
    parser.add_argument("--seed", type=int, default=1)
    options, more = parser.parse_known_args(argv)  # what is not known here is for `unspun corpus`
    command = [sys.executable, "-m", "detector", "corpus", options.input, options.output, *more]
    equal = kills = 0
    for one in rounds(command, Path(options.output), options.times, random.Random(options.seed)):
        moments = ", ".join(f"{seconds:.2f}" for seconds in one.kills)
        print(f"killed after {moments} s: {'equal' if one.equal else 'DIFFERENT'}", flush=True)
        equal += one.equal
        kills += len(one.kills)
    print(f"{equal} of {options.times} rounds with {kills} kills gave the output of the undisturbed run")
    return 0 if equal == options.times else 1


if __name__ == "__main__":
    sys.exit(main())
