"""The simulated carrier's own memory: one SQLite file, safe from several processes.

It is the carrier's, not ours: nothing else of Orderwright reads or writes it.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

_WAIT_SECONDS = 30.0
_RETRY_SECONDS = 0.02
_PRIMARY_CODE = 0xFF  # SQLite keeps the detail of an error above this byte

_TABLES = """
CREATE TABLE IF NOT EXISTS purchase (
    idempotency_key TEXT PRIMARY KEY,
    request_hash TEXT NOT NULL,
    shipment_id TEXT NOT NULL,
    tracking_number TEXT NOT NULL UNIQUE,
    service TEXT NOT NULL,
    zone TEXT NOT NULL,
    pdf BLOB NOT NULL,
    zpl TEXT NOT NULL,
    cost TEXT NOT NULL,
    currency TEXT NOT NULL,
    bought_at TEXT NOT NULL,
    handed_over_at TEXT
);
CREATE TABLE IF NOT EXISTS package (
    serial INTEGER PRIMARY KEY,
    tracking_number TEXT NOT NULL UNIQUE,
    package_id TEXT NOT NULL,
    idempotency_key TEXT NOT NULL REFERENCES purchase (idempotency_key)
);
CREATE TABLE IF NOT EXISTS voided (
    idempotency_key TEXT PRIMARY KEY,
    voided_at TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS carrier_event (
    event_id TEXT PRIMARY KEY,
    tracking_number TEXT NOT NULL,
    milestone TEXT NOT NULL,
    occurred_at TEXT NOT NULL,
    place TEXT,
    description TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS carrier_event_of_package
    ON carrier_event (tracking_number);
CREATE TABLE IF NOT EXISTS posting (
    posting_id INTEGER PRIMARY KEY,
    event_id TEXT NOT NULL REFERENCES carrier_event (event_id),
    due_at TEXT NOT NULL,
    released INTEGER NOT NULL DEFAULT 0,
    posted_at TEXT
);
CREATE INDEX IF NOT EXISTS posting_due ON posting (due_at) WHERE posted_at IS NULL;
CREATE TABLE IF NOT EXISTS fault (
    kind TEXT PRIMARY KEY,
    rate REAL NOT NULL,
    remaining INTEGER,
    seconds REAL NOT NULL,
    country TEXT,
    postcode_pattern TEXT,
    draws INTEGER NOT NULL DEFAULT 0
);
"""


class SimulatorStore:
    """One connection to the carrier's file, used by one thread at a time."""

    def __init__(self, path: Path) -> None:
        """Open the file, and make it and its tables when they are missing."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()
        # Autocommit: transactions are opened by hand, as IMMEDIATE ones.
        self._connection = sqlite3.connect(
            path,
            timeout=_WAIT_SECONDS,
            isolation_level=None,
            check_same_thread=False,
        )
        try:
            self._prepare()
        except BaseException:
            self._connection.close()
            raise

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Hold the connection for reads."""
        with self._lock:
            yield self._connection

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Hold the connection in one transaction that no other process interleaves."""
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()

    def _prepare(self) -> None:
        self._connection.row_factory = sqlite3.Row
        _use_write_ahead_log(self._connection)
        # A killed process loses nothing; only a power cut could.
        self._connection.execute("PRAGMA synchronous=NORMAL")
        with self.writing() as connection:
            for statement in _TABLES.split(";"):
                connection.execute(statement)


def _use_write_ahead_log(connection: sqlite3.Connection) -> None:
    # SQLite does not wait for this one lock, so processes that open a fresh file at
    # one moment must wait for each other here.
    give_up_at = time.monotonic() + _WAIT_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as error:
            locked = error.sqlite_errorcode & _PRIMARY_CODE == sqlite3.SQLITE_BUSY
            if not locked or time.monotonic() > give_up_at:
                raise
            time.sleep(_RETRY_SECONDS)


def to_text(at: datetime) -> str:
    """Write an instant so that the order of texts is the order of instants."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def from_text(text: str) -> datetime:
    """Read an instant that `to_text` wrote."""
    return datetime.fromisoformat(text)
