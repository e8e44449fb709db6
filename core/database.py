"""The engine, its safety settings, and one transaction for one act.

SQLite runs in WAL mode with ``synchronous=FULL``: with NORMAL, 31 of 40 power cuts lost
acknowledged rows; with FULL, 0 of 200 (reliability handbook, F3).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, DateTime, Dialect, Engine, MetaData, create_engine, event
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.pool import StaticPool
from sqlalchemy.types import TypeDecorator

from core.errors import HuiyingError

READ_ONLY = "huiying_read_only"
ASK_FIRST = "huiying_ask_first"
"""Engine option: called with the connection in each writing transaction, before anything else.

It already holds the write lock then, and may refuse the transaction by raising.
"""
BUSY_TIMEOUT_MS = 10_000
WITHOUT_ROWID = {"sqlite_with_rowid": False}
"""Table arguments of a guarded table whose key is not one integer: it has no hidden row number.

With one, ``INSERT OR REPLACE`` at an old number removes that row unseen by any trigger.
"""


class Moment(TypeDecorator[datetime]):
    """An aware UTC moment; refuses naive ones. SQLite keeps it as naive UTC text."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse a naive moment and store UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"naive moment: {value}")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return an aware UTC moment."""
        del dialect
        return value if value is None or value.tzinfo else value.replace(tzinfo=UTC)


def sqlite_moment(moment: datetime) -> str:
    """Return *moment* as ``Moment`` keeps it in SQLite, for rows that go straight to the driver."""
    if moment.tzinfo is not UTC:
        if moment.tzinfo is None:
            raise ValueError(f"naive moment: {moment}")
        moment = moment.astimezone(UTC)
    return moment.isoformat(" ", "microseconds")[:26]


class Base(DeclarativeBase):
    """The base of every stage's tables."""

    type_annotation_map = {datetime: Moment()}  # noqa: RUF012  SQLAlchemy reads a plain dict
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


def sqlite_url(path: Path) -> str:
    """Return the address of the SQLite database in the file *path*."""
    return f"sqlite:///{path}"


def make_engine(url: str) -> Engine:
    """Return an engine for *url* whose connections are checked to be crash-safe.

    ``sqlite://`` alone is an in-memory database that all threads share (for tests).
    Raises ``HuiyingError`` for another kind of database: PostgreSQL comes with scale-out.
    """
    if not url.startswith("sqlite"):
        raise HuiyingError(f"database_url: only sqlite is supported so far, got {url}")
    in_memory = url == "sqlite://"
    arguments: dict[str, Any] = {
        "connect_args": {"check_same_thread": False},
        # An error message must not carry the texts and names that a statement was given.
        "hide_parameters": True,
    }
    if in_memory:
        arguments["poolclass"] = StaticPool
    engine = create_engine(url, **arguments)
    event.listen(engine, "connect", _prepare_memory if in_memory else _prepare_file)
    event.listen(engine, "begin", _begin)
    return engine


def _pragma(connection: Any, name: str, value: str | int) -> str:
    cursor = connection.execute(f"PRAGMA {name}={value}")
    cursor.close()
    found = connection.execute(f"PRAGMA {name}").fetchone()
    return str(found[0])


def _prepare_memory(connection: Any, _record: object) -> None:
    # Our own BEGIN decides when a transaction opens; the driver's would leave DDL outside it.
    connection.isolation_level = None
    _pragma(connection, "foreign_keys", "ON")
    # Delete triggers fire on INSERT OR REPLACE only with this (reliability handbook, 0.3 a).
    _pragma(connection, "recursive_triggers", "ON")


def _prepare_file(connection: Any, record: object) -> None:
    _prepare_memory(connection, record)
    _pragma(connection, "busy_timeout", BUSY_TIMEOUT_MS)
    _pragma(connection, "secure_delete", "ON")
    if (mode := _pragma(connection, "journal_mode", "WAL")) != "wal":
        raise HuiyingError(f"SQLite journal_mode must be wal, got {mode}: use a local disk")
    if (level := _pragma(connection, "synchronous", "FULL")) != "2":
        raise HuiyingError(f"SQLite synchronous must be 2 (FULL), got {level}")


def _begin(connection: Connection) -> None:
    options = connection.get_execution_options()
    if options.get(READ_ONLY, False):
        connection.exec_driver_sql("BEGIN")
        return
    connection.exec_driver_sql("BEGIN IMMEDIATE")
    if (ask := options.get(ASK_FIRST)) is not None:
        try:
            ask(connection)
        except BaseException:
            connection.exec_driver_sql("ROLLBACK")
            raise


@contextmanager
def transaction(engine: Engine) -> Iterator[Session]:
    """Open one writing transaction: committed at the end, rolled back on any error."""
    with Session(engine, expire_on_commit=False) as session, session.begin():
        yield session


@contextmanager
def reading(engine: Engine) -> Iterator[Session]:
    """Open a reading transaction that sees one state and never holds up a writer."""
    with Session(engine.execution_options(**{READ_ONLY: True})) as session:
        yield session
