"""From a batch of raw records to what is written of it. Runs in the workers; the same batch always gives the same bytes."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

from detector.columns import Unit
from detector.corpus.batches import BEGINNING, Batch, Item
from detector.corpus.pages import main_text
from detector.corpus.parsing import parse
from detector.corpus.records import Kind, Record, Wanted
from detector.corpus.rows import Encoder, Failed, Judged
from detector.errors import InputError, UnspunError
from detector.results import Failure, Format, Mode, Reason, Scorer

_SAMPLE: Final = (
    "Whatever is loaded late is loaded by scoring a paragraph that has enough words for it to be scored. " * 3
)


@dataclass(frozen=True)
class Judging:
    """What is scored, and how."""

    wanted: Wanted
    unit: Unit = "document"
    mode: Mode = "balanced"
    format: Format = "text"
    skip: tuple[Reason, ...] = ()


class Tally(NamedTuple):
    """How many records were read, flagged (or have a flagged paragraph), not scored, and the rows that they made."""

    records: int = 0
    flagged: int = 0
    failed: int = 0
    rows: int = 0

    def plus(self, other: Tally) -> Tally:
        return Tally(*map(sum, zip(self, other, strict=True)))


NOTHING: Final = Tally()


class Done(NamedTuple):
    """A batch as it is written, and what in it could not be scored."""

    data: bytes
    tally: Tally
    failed: list[Failed]


@dataclass
class Work:
    """What becomes of a batch. Sent to another process, it goes without the model, and loads it there."""

    load: Callable[[], Scorer]
    judging: Judging
    encode: Encoder
    scorer: Scorer | None = None

    def __call__(self, batch: Batch) -> Done:
        """Parse, score and encode; where that fails, find what is to blame, so that only that goes without a score.

        Raises UnspunError only for what keeps every record from being scored.
        """
        done = self._tried(batch)
        if isinstance(done, Done):
            return done
        items = [
            item._replace(raw=item.raw._replace(data=self._failure(item) or item.raw.data)) for item in batch.items
        ]
        done = self._tried(batch._replace(items=items))
        if isinstance(done, Done):
            return done
        raise UnspunError(f"Each of some records can be scored alone, but not all together: {done.message}")

    def _failure(self, item: Item) -> Failure | None:
        """Why a record cannot be scored."""
        done = self._tried(Batch([item], item.raw.size, BEGINNING))
        if isinstance(done, Done):
            return None
        with suppress(Exception):  # reading its id may be what fails
            record = parse(item.raw, item.kind, self.judging.wanted, self.judging.format)
            return replace(done, id=record.id, line=item.raw.line)
        return replace(done, line=item.raw.line)

    def _tried(self, batch: Batch) -> Done | Failure:
        """The batch, done; or what kept it from that."""
        try:
            return self._done(batch)
        except InputError as error:
            return Failure(None, None, error.code, str(error))
        except UnspunError:
            raise
        except Exception as error:  # noqa: BLE001  # whatever it is, the other records can be scored
            return Failure(None, None, "scoring_failed", f"The record could not be scored: {type(error).__name__}.")

    def _done(self, batch: Batch) -> Done:
        self.scorer = self.scorer or self.load()
        entries = list(_entries(batch, self.scorer, self.judging))
        failed = [entry for entry in entries if isinstance(entry, Failed)]
        flagged = sum(isinstance(entry, Judged) and entry.document.anything_flagged for entry in entries)
        encoded = self.encode(entries)
        return Done(encoded.data, Tally(len(entries), flagged, len(failed), encoded.rows), failed)

    def warm(self, kinds: Collection[Kind]) -> None:
        """Load what is loaded late, so that the processes which are copies of this one share it."""
        self.encode(())
        if not {"html", "warc"}.isdisjoint(kinds):
            with suppress(InputError):
                main_text(f"<p>{_SAMPLE}</p>")
        if self.scorer:
            self.scorer.score(_SAMPLE)

    def __getstate__(self) -> dict[str, object]:
        return {**self.__dict__, "scorer": None}


def _entries(batch: Batch, scorer: Scorer, judging: Judging) -> Iterator[Judged | Failed]:
    parsed = [parse(item.raw, item.kind, judging.wanted, judging.format) for item in batch.items]
    texts = [entry.text for entry in parsed if isinstance(entry, Record)]
    result = scorer.score(texts, mode=judging.mode, format=judging.format, skip=judging.skip) if texts else None
    documents = iter(result.documents if result else ())
    for item, entry in zip(batch.items, parsed, strict=True):
        if isinstance(entry, Failure):
            yield Failed(item.source, entry)
        else:
            yield Judged(item.source, entry, next(documents))
