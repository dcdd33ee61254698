"""Engines and transactions: one write connection on SQLite, a pool on PostgreSQL."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine, StaticPool, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.pool import ConnectionPoolEntry

from domain.errors import TemporaryError

# Below the start-to-close timeout of a step, so that a step fails by itself.
BUSY_TIMEOUT_SECONDS = 5
POOL_SIZE = 20


class StorageFailed(TemporaryError):
    """The database did not do what it was asked; nothing was stored.

    The text names the kind of error and the constraint: a driver's own text may hold
    personal data.
    """


class Database:
    """Transactions on one database, by URL; create one per process."""

    def __init__(self, url: str) -> None:
        """Open nothing yet; the first transaction connects."""
        self.url = normal_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self._writer = _sqlite_engine(self.url) if self.is_sqlite else None
        self._engine = _reader_engine(self.url)
        self._write_lock = threading.Lock()
        self.transactions = 0

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Run one transaction that may write: committed at the end, or not at all."""
        self.transactions += 1
        try:
            if self._writer is None:
                with self._engine.begin() as connection:
                    yield connection
                return
            with self._write_lock, self._writer.begin() as connection:
                yield connection
        except (DBAPIError, PoolTimeout) as error:
            raise StorageFailed(_reason(error)) from None

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Run one transaction that only reads."""
        try:
            with self._engine.connect() as connection:
                yield connection
        except (DBAPIError, PoolTimeout) as error:
            raise StorageFailed(_reason(error)) from None

    def close(self) -> None:
        """Close every connection; a thread that still writes is waited for."""
        self._engine.dispose()
        if self._writer is not None:
            with self._write_lock:
                self._writer.dispose()


def normal_url(url: str) -> URL:
    """Return the URL with the driver we use."""
    parsed = make_url(url)
    if parsed.drivername in {"postgresql", "postgres"}:
        return parsed.set(drivername="postgresql+psycopg")
    return parsed


def _reader_engine(url: URL) -> Engine:
    if url.get_backend_name() != "sqlite":
        return create_engine(
            url, hide_parameters=True, pool_size=POOL_SIZE, pool_pre_ping=True
        )
    engine = create_engine(url, hide_parameters=True)
    event.listen(engine, "connect", _prepare_sqlite)
    return engine


def _sqlite_engine(url: URL) -> Engine:
    if url.database:
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(
        url,
        hide_parameters=True,
        poolclass=StaticPool,
        connect_args={"check_same_thread": False, "timeout": BUSY_TIMEOUT_SECONDS},
    )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_immediate)
    return engine


def _prepare_sqlite(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    # The driver must not begin transactions by itself: we say BEGIN IMMEDIATE.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_SECONDS * 1000}")
    cursor.close()


def _begin_immediate(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _reason(error: DBAPIError | PoolTimeout) -> str:
    if isinstance(error, PoolTimeout):
        return "every connection to the database is in use"
    kind = type(error.orig).__name__
    if isinstance(error, IntegrityError):
        diagnostics = getattr(error.orig, "diag", None)
        constraint = getattr(diagnostics, "constraint_name", None)
        # SQLite names columns or the constraint, never values.
        detail = constraint or (str(error.orig) if diagnostics is None else "")
        return f"the database refused a row ({kind}: {detail})"
    return f"the database did not answer ({kind})"
