"""Rows that are kept whatever happens: appended to a partial file, with a journal of how far that is good."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from detector.corpus import journal
from detector.corpus.batches import Place
from detector.corpus.inputs import MANIFEST
from detector.corpus.journal import Progress
from detector.corpus.outputs import Output, Partial, completed, digest, writing
from detector.corpus.rows import Encoder
from detector.corpus.scoring import Done, Tally
from detector.results import Json

#: Between two moments at which what is done is made safe.
SAVE_SECONDS: Final = 1.0


class Kept:
    """An output on its way. Only one run can have it at a time; raises UnspunError where another does."""

    def __init__(self, output: Output) -> None:
        self._output = output
        self._journal = output.beside("progress")
        self._manifest = output.beside(MANIFEST, hidden=False)
        with writing(output.name):
            self._partial = Partial(output.beside("partial"))
        self._saved = time.monotonic()
        self._progress = Progress({})

    @property
    def place(self) -> Place:
        return self._progress.place

    @property
    def tally(self) -> Tally:
        return self._progress.tally

    def finished(self, key: Json) -> Tally | None:
        """What the finished output has, where it is there, untouched, and of this key."""
        path, manifest = self._output.path, journal.manifest(self._manifest)
        assert path
        if manifest.get("key") != key or not path.is_file():
            return None
        with path.open("rb") as file:
            if digest(file) != manifest["output"]["sha256"]:
                return None
        self._journal.unlink(missing_ok=True)  # of a run that ended between its last two steps
        return Tally(**manifest["counts"])

    def begin(self, key: Json, tell: Callable[[str], None], restart: bool) -> None:
        """Stand where the earlier run of this key ended, or at the beginning, and say which and why."""
        earlier = journal.saved(self._journal)
        self._progress = Progress(key)
        if earlier and not restart:
            other = journal.differences(key, earlier.key)
            if other:
                tell(f"beginning anew: the unfinished output is of another run ({', '.join(other)})")
            elif self._partial.length < earlier.size:
                tell("beginning anew: the unfinished output is shorter than it was")
            else:
                self._progress = earlier
                if earlier.tally.records:
                    tell(f"going on after {earlier.tally.records:,} records that are done")
        elif not restart and (other := journal.differences(key, journal.manifest(self._manifest).get("key", key))):
            tell(f"the finished output is of another run ({', '.join(other)}), and will be replaced")
        with writing(self._output.name):
            if self._progress is not earlier:
                journal.remove(self._journal)
            self._partial.keep(self._progress.size)

    def add(self, done: Done, place: Place) -> None:
        """Append the rows of a batch, up to `place`. Raises UnspunError."""
        with writing(self._output.name):
            self._partial.append(done.data)
            tally = self._progress.tally.plus(done.tally)
            self._progress = replace(self._progress, place=place, size=self._partial.size, tally=tally)
            if time.monotonic() - self._saved >= SAVE_SECONDS:
                self._save()

    @contextmanager
    def keeping(self, tell: Callable[[str], None]) -> Iterator[None]:
        """Make safe what is done, however the block ends."""
        try:
            yield
        except BaseException:
            with suppress(OSError):
                self._save()
            records = (journal.saved(self._journal) or Progress({})).tally.records
            if records:
                tell(f"{records:,} records are done and kept; the same command goes on from there")
            raise
        with writing(self._output.name):
            self._save()

    def complete(self, encode: Encoder, about: Json) -> None:
        """Put the output in its place, and a manifest beside it that says what it is. Raises UnspunError."""
        path, key = self._output.path, self._progress.key
        assert path
        with writing(self._output.name):
            ready = completed(self._partial, self._output, encode, {name: key[name] for name in key if name != "input"})
            manifest = {
                "output": {"name": path.name, "bytes": ready.bytes, "sha256": ready.sha256},
                "finished": datetime.now(UTC).isoformat(timespec="seconds"),
                "counts": self.tally._asdict(),
                **about,
                "key": key,
            }
            # The manifest goes first: without the output that it describes, it says nothing.
            journal.write(self._manifest, manifest, indent=1)
            journal.rename(ready.path, path)
            self._journal.unlink()

    def close(self) -> None:
        """Let it go; nothing stays where nothing was done."""
        if not self._journal.exists():
            self._partial.remove()
        self._partial.close()

    def _save(self) -> None:
        self._partial.sync()
        journal.save(self._journal, self._progress)
        self._saved = time.monotonic()
