"""From a batch of raw records to what is written of it. Runs in the workers; the same batch always gives the same bytes."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

from detector.columns import Unit
from detector.corpus.batches import Batch, Item, alone
from detector.corpus.pages import main_text
from detector.corpus.parsing import parse
from detector.corpus.records import Kind, Raw, Record, Unscorable, Wanted
from detector.corpus.rows import Encoder, Failed, Judged
from detector.errors import InputError, UnspunError
from detector.results import Document, Failure, Format, Mode, Reason, Scorer

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
    """How many records were read, how many rows are flagged, how many records could not be scored, and how many rows all
    of them made; and which of the columns to keep some record had."""

    records: int = 0
    flagged: int = 0
    failed: int = 0
    rows: int = 0
    kept: Sequence[str] = ()

    def plus(self, other: Tally) -> Tally:
        return Tally(
            self.records + other.records,
            self.flagged + other.flagged,
            self.failed + other.failed,
            self.rows + other.rows,
            tuple(sorted({*self.kept, *other.kept})),
        )


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
        done = self._tried(batch._replace(items=[self._possible(item) for item in batch.items]))
        if isinstance(done, Done):
            return done
        raise UnspunError(f"Each of some records can be scored alone, but not all together: {done.message}")

    def _possible(self, item: Item) -> Item:
        """A record as it is; else its failure, with what is kept of it; or where that is to blame, without."""
        done = self._tried(alone(item))
        if isinstance(done, Done):
            return item
        failure = replace(done, line=item.raw.line)
        told = item._replace(raw=item.raw._replace(failure=failure))
        done = self._tried(alone(told))
        if isinstance(done, Done):
            return told
        with suppress(Exception):  # reading its id may be what fails
            entry = parse(told.raw, item.kind, self.judging.wanted)
            failure = entry.failure if isinstance(entry, Unscorable) else failure
        return item._replace(raw=Raw(item.raw.line, {}, failure=failure))

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
        flagged = sum(_flagged(entry.document, self.judging.unit) for entry in entries if isinstance(entry, Judged))
        kept = tuple(sorted({name for entry in entries for name in _kept(entry)}))
        encoded = self.encode(entries)
        return Done(encoded.data, Tally(len(entries), flagged, len(failed), encoded.rows, kept), failed)

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
        if isinstance(entry, Unscorable):
            yield Failed(item.source, *entry)
        else:
            yield Judged(item.source, entry, next(documents))


def _flagged(document: Document, unit: Unit) -> int:
    """How many of a document's rows are flagged."""
    return document.flagged if unit == "document" else sum(paragraph.flagged for paragraph in document.paragraphs)


def _kept(entry: Judged | Failed) -> Collection[str]:
    return entry.kept if isinstance(entry, Failed) else entry.record.kept
