"""Where feedback is kept: SQLAlchemy Core over one SQLite file or a PostgreSQL server."""

from __future__ import annotations

import hashlib
import os
import ssl
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Literal

import sqlalchemy as sa
from sqlalchemy.engine import URL, Connection, Dialect, Engine, make_url
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from detector.errors import UnspunError
from detector.results import OffsetUnit

Source = Literal["feedback", "perspective"]
Verdict = Literal["right", "wrong", "not_sure", "spun", "not_spun"]

# A stored text may be as long as a request body, so few are fetched at a time.
_PAGE: Final = 32
_LOCK_SECONDS: Final = 10.0
_ANSWER_SECONDS: Final = 30.0
# Any number will do, as long as no other program takes the same advisory lock in the same database.
_MIGRATION_LOCK: Final = 0x756E7370756E
_TLS: Final[dict[str, Callable[[], ssl.SSLContext | bool | None]]] = {
    "disable": lambda: False,
    "prefer": lambda: None,
    "require": lambda: True,
    "verify-full": ssl.create_default_context,
}


class StoreError(UnspunError):
    """The database did not do what it was asked. `kind` is safe to log: it never holds a text or a password."""

    def __init__(self, kind: str) -> None:
        super().__init__(f"The feedback database does not answer as it should: {kind}.")
        self.kind = kind


@dataclass(frozen=True, slots=True)
class Record:
    """One verdict on one text. docs/feedback.md says what each field is.

    id: 32 hex digits. created: with a time zone. start, end: of the span, in `offset_unit`s; all three or none.
    attribute, suggested_score: of a Perspective client's suggestion. text: only where the sender asked to keep it.
    No field but `text` may hold a NUL character or half a surrogate pair.
    """

    id: str
    created: datetime
    source: Source
    text_sha256: str
    verdict: Verdict
    attribute: str | None = None
    suggested_score: float | None = None
    start: int | None = None
    end: int | None = None
    offset_unit: OffsetUnit | None = None
    model: str | None = None
    key: str | None = None
    text: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """Ready for JSON."""
        return asdict(self) | {"created": _written(self.created)}


def sha256_of(text: str) -> str:
    """The SHA-256 of the text in UTF-8, in hex."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


class _Moment(sa.types.TypeDecorator[datetime]):
    """A time as text of fixed width in UTC, so that the order of the texts is the order in time in every database."""

    impl = sa.String(27)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:
        return None if value is None else _written(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> datetime | None:
        return None if value is None else datetime.fromisoformat(value)


class _Text(sa.types.TypeDecorator[str]):
    """Any Python string as bytes: a text column of PostgreSQL takes neither NUL nor half a surrogate pair."""

    impl = sa.LargeBinary
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> bytes | None:
        return None if value is None else value.encode("utf-8", "surrogatepass")

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> str | None:
        return None if value is None else value.decode("utf-8", "surrogatepass")


_RECORDS: Final = sa.table(
    "feedback",
    sa.column("id", sa.String),
    sa.column("created", _Moment),
    sa.column("source", sa.String),
    sa.column("text_sha256", sa.String),
    sa.column("verdict", sa.String),
    sa.column("attribute", sa.String),
    sa.column("suggested_score", sa.Double),
    sa.column("start", sa.BigInteger),
    sa.column("end", sa.BigInteger),
    sa.column("offset_unit", sa.String),
    sa.column("model", sa.String),
    sa.column("key", sa.String),
    sa.column("text", _Text),
)
_VERSION: Final = sa.table("feedback_schema_version", sa.column("version", sa.Integer))
_COLUMNS: Final = [_RECORDS.c[field.name] for field in fields(Record)]

# Step n leads from schema version n to n + 1. A released step is never changed. `{bytes}` is the database's name for a
# column of bytes. Two statements need no migration framework; alembic would bring a folder of scripts and no lock.
_STEPS: Final[tuple[tuple[str, ...], ...]] = (
    (
        """CREATE TABLE feedback (
            id VARCHAR(32) NOT NULL PRIMARY KEY,
            created VARCHAR(27) NOT NULL,
            source VARCHAR(20) NOT NULL,
            text_sha256 VARCHAR(64) NOT NULL,
            verdict VARCHAR(20) NOT NULL,
            attribute VARCHAR(200),
            suggested_score DOUBLE PRECISION,
            "start" BIGINT,
            "end" BIGINT,
            offset_unit VARCHAR(20),
            model VARCHAR(200),
            "key" VARCHAR(64),
            "text" {bytes}
        )""",
        "CREATE INDEX feedback_created ON feedback (created, id)",
    ),
)


class Store:
    """Feedback in a database. Every method may be called from any thread and raises StoreError."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @classmethod
    def open(cls, url: str) -> Store:
        """Connect to sqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME and bring the schema up to date.

        Raises UnspunError with a sentence that shows no part of the address.
        """
        engine = _engine(url)
        try:
            migrate(engine)
        except (SQLAlchemyError, OSError, TypeError) as error:
            engine.dispose()
            raise UnspunError(f"cannot open the feedback database: {_reason(error)}") from None
        except UnspunError:
            engine.dispose()
            raise
        return cls(engine)

    def add(self, records: Sequence[Record]) -> None:
        """Keep all of the records or none; on return they are on the disk."""
        if records:
            with _answering(), self._engine.begin() as connection:
                connection.execute(_RECORDS.insert(), [asdict(record) for record in records])

    def export(self, after: datetime | None = None) -> Iterator[Record]:
        """The records created after that moment, oldest first; no more than a page of them is in memory."""
        place = sa.tuple_(_RECORDS.c.created, _RECORDS.c.id)
        query = sa.select(*_COLUMNS).order_by(*place).limit(_PAGE)
        page = query if after is None else query.where(_RECORDS.c.created > after)
        while True:
            with _answering(), self._engine.connect() as connection:
                rows = connection.execute(page).all()
            for row in rows:
                yield Record(*row)
            if len(rows) < _PAGE:
                return
            last = sa.tuple_(sa.literal(rows[-1].created, _Moment), sa.literal(rows[-1].id))
            page = query.where(place > last)

    def delete(self, id: str) -> bool:
        """Forget one record; False if there is none of that id."""
        return self._forget(_RECORDS.c.id == id) == 1

    def delete_before(self, moment: datetime) -> int:
        """Forget what was created before that moment; returns how many records that were."""
        return self._forget(_RECORDS.c.created < moment)

    def check(self) -> None:
        """Ask the database for anything."""
        with _answering(), self._engine.connect() as connection:
            connection.execute(sa.select(_VERSION.c.version)).one()

    def close(self) -> None:
        """Give the connections back. The store may not be used afterwards."""
        self._engine.dispose()

    def _forget(self, which: sa.ColumnElement[bool]) -> int:
        with _answering():
            with self._engine.begin() as connection:
                deleted: int = connection.execute(_RECORDS.delete().where(which)).rowcount
            if deleted and self._engine.dialect.name == "sqlite":
                # The file is overwritten where the text stood (secure_delete), but the log still holds it. A reader or
                # writer beside us may keep the log from being emptied now; then a later one is.
                with self._engine.connect() as connection:
                    connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        return deleted


def migrate(engine: Engine, steps: Sequence[Sequence[str]] = _STEPS) -> None:
    """Bring the schema to version len(steps), in one transaction that other processes wait for.

    Raises UnspunError if the schema is newer than that, SQLAlchemyError if the database refuses.
    """
    sqlite = engine.dialect.name == "sqlite"
    if sqlite:
        with engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA journal_mode=WAL")
    with engine.begin() as connection:
        if sqlite:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        else:
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_MIGRATION_LOCK)))
        version = _version(connection)
        if version > len(steps):
            raise UnspunError(
                f"the feedback database has schema version {version}, and this release knows versions up to "
                f"{len(steps)}: run a newer release, or name another database"
            )
        for statement in (statement for step in steps[version:] for statement in step):
            connection.exec_driver_sql(statement.format(bytes="BLOB" if sqlite else "BYTEA"))
        if version < len(steps):
            connection.execute(_VERSION.update().values(version=len(steps)))


def _version(connection: Connection) -> int:
    if not sa.inspect(connection).has_table(_VERSION.name):
        connection.exec_driver_sql(f"CREATE TABLE {_VERSION.name} (version INTEGER NOT NULL)")
        connection.execute(_VERSION.insert().values(version=0))
    version: int = connection.execute(sa.select(_VERSION.c.version)).scalar_one()
    return version


def _engine(address: str) -> Engine:
    try:
        url = make_url(address)
        kind = {"sqlite": _sqlite, "postgresql": _postgresql, "postgres": _postgresql}[url.drivername]
    except (SQLAlchemyError, KeyError, ValueError):
        raise UnspunError(
            "the address of the feedback database must be like sqlite:///FILE or "
            "postgresql://USER:PASSWORD@HOST/NAME, with %-escapes in the password"
        ) from None
    return kind(url)


def _sqlite(url: URL) -> Engine:
    if not url.database or url.database == ":memory:" or url.query:
        raise UnspunError("the address of an SQLite database must be like sqlite:///FILE and name a file")
    path = Path(url.database)
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # SQLite would make it readable by everyone. Its log beside it gets the same rights.
        with suppress(FileExistsError):
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    except OSError as error:
        raise UnspunError(f"cannot open the feedback database: {error.strerror}") from None
    engine = sa.create_engine(
        url,
        hide_parameters=True,
        # A transaction that is going to write takes the lock at its beginning, where waiting for it is possible.
        connect_args={"timeout": _LOCK_SECONDS, "isolation_level": "IMMEDIATE"},
    )

    @sa.event.listens_for(engine, "connect")
    def configure(connection: Any, _: Any) -> None:
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA secure_delete=ON")

    return engine


def _postgresql(url: URL) -> Engine:
    mode = url.query.get("sslmode", "prefer")
    if not isinstance(mode, str) or mode not in _TLS:
        raise UnspunError(f"sslmode in the address of the feedback database must be one of {', '.join(_TLS)}")
    return sa.create_engine(
        url.set(drivername="postgresql+pg8000").difference_update_query(["sslmode"]),
        hide_parameters=True,
        pool_pre_ping=True,
        pool_timeout=_LOCK_SECONDS,
        connect_args={"timeout": _ANSWER_SECONDS, "ssl_context": _TLS[mode]()},
    )


@contextmanager
def _answering() -> Iterator[None]:
    """Turn what the database and the driver raise into StoreError; their messages may quote what was to be stored."""
    try:
        yield
    except (SQLAlchemyError, OSError) as error:
        cause = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
        raise StoreError(type(cause).__name__) from None


def _reason(error: Exception) -> str:
    """Why a database cannot be opened, in the server's or the system's words, which name neither host nor password."""
    cause: BaseException | None = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(cause, TypeError):
        return "its address has an option that is not known"
    if cause is not None and cause.args and isinstance(cause.args[0], dict):  # pg8000's form of a server's message
        return str(cause.args[0].get("M"))
    if cause is not None and type(cause).__module__ == "sqlite3":
        return str(cause)
    while cause is not None and not isinstance(cause, OSError):
        cause = cause.__cause__
    return (cause and cause.strerror) or "the server does not answer, or does not offer TLS"


def _written(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
