"""`stock import --movements`: what came and left before our own ledger began.

Movements have no number of their own: a file makes sure that its movements are there,
so a row is stored as often as the fullest file has it. Nothing on hand changes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select, update

from domain.kpi.history import HistoryKind
from operations.files.rows import RefusedCell, Row
from operations.files.table import CsvTable
from operations.movement_files.lines import (
    TOLD_EVERY,
    Article,
    MovementFile,
    PastMovement,
    read_movements,
)
from operations.movement_files.storing import Stored, article_currencies, store
from persistence.database import Database
from persistence.tables import history_import
from persistence.upsert import insert_or_ignore

_DIGITS = 32
# A transaction is over before somebody who also wants to write gives up.
_ROWS_AT_ONCE = 20_000

Clock = Callable[[], datetime]
Batch = list[tuple[Article, Sequence[PastMovement]]]


def _untold() -> None:
    """Tell nobody of progress."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MovementTerms:
    """How movements are read and stored: so many articles in one transaction.

    `on_read` and `on_stored` are told of each thousand rows.
    """

    warehouse: str = "main"
    zone: str = "UTC"
    actor: str = "history"
    dry_run: bool = False
    articles_at_once: int = 500
    on_read: Callable[[], object] = _untold
    on_stored: Callable[[], object] = _untold


@dataclass(frozen=True, slots=True, kw_only=True)
class MovementImportResult:
    """What became of the rows of a file: stored, there already, or refused.

    `units_without_cost` came in at an unknown cost: they are worth nothing.
    """

    import_id: str
    dry_run: bool
    read: int
    stored: int = 0
    already_stored: int = 0
    articles: int = 0
    warehouses: int = 0
    units_in: int = 0
    units_out: int = 0
    units_without_cost: int = 0
    first_at: datetime | None = None
    last_at: datetime | None = None
    refused: tuple[RefusedCell, ...] = ()
    refused_rows: tuple[Row, ...] = ()


def read_movement_file(
    database: Database, table: CsvTable, terms: MovementTerms
) -> MovementFile:
    """Read the movements of a file; see `read_movements`."""
    with database.read() as connection:
        currencies = article_currencies(connection)
    return read_movements(
        table,
        warehouse=terms.warehouse,
        zone=terms.zone,
        currencies=currencies,
        on_read=terms.on_read,
    )


def store_movements(
    database: Database, found: MovementFile, *, clock: Clock, terms: MovementTerms
) -> MovementImportResult:
    """Store movements that are not there yet, and value their articles anew.

    Whole articles at a time: broken off, the same file goes on where it ended.
    """
    import_id = _import_id(found)
    now = clock()
    total = Stored()
    if not _is_finished(database, import_id):
        for batch in _batches(found, terms.articles_at_once):
            total = total.plus(_store(database, batch, import_id, now, terms))
            rows = sum(len(movements) for _, movements in batch)
            for _ in range(rows // TOLD_EVERY):
                terms.on_stored()
        if not terms.dry_run:
            _finish(database, import_id, now)
    return _result(found, total, import_id, terms)


def _store(
    database: Database,
    batch: Batch,
    import_id: str,
    now: datetime,
    terms: MovementTerms,
) -> Stored:
    if terms.dry_run:
        with database.read() as connection:
            return store(connection, batch, import_id, now, dry_run=True)
    with database.write() as connection:
        _begin(connection, import_id, now, terms.actor)
        return store(connection, batch, import_id, now, dry_run=False)


def _begin(connection: Connection, import_id: str, now: datetime, actor: str) -> None:
    """Note the import; of two at one moment the second waits here."""
    row = {
        "import_id": import_id,
        "kind": HistoryKind.MOVEMENTS,
        "started_at": now,
        "finished_at": None,
        "actor": actor,
    }
    insert_or_ignore(connection, history_import, [row])
    connection.execute(
        select(history_import.c.import_id)
        .where(history_import.c.kind == HistoryKind.MOVEMENTS)
        .order_by(history_import.c.import_id)
        .with_for_update()
    ).all()


def _finish(database: Database, import_id: str, now: datetime) -> None:
    with database.write() as connection:
        connection.execute(
            update(history_import)
            .where(history_import.c.import_id == import_id)
            .values(finished_at=now)
        )


def _is_finished(database: Database, import_id: str) -> bool:
    with database.read() as connection:
        finished_at = connection.execute(
            select(history_import.c.finished_at).where(
                history_import.c.import_id == import_id
            )
        ).scalar()
    return finished_at is not None


def _batches(found: MovementFile, articles_at_once: int) -> Iterator[Batch]:
    """Cut the articles into batches of one warehouse."""
    batch: Batch = []
    rows = 0
    for article in sorted(found.movements):
        movements = found.movements[article]
        is_full = rows >= _ROWS_AT_ONCE or len(batch) >= articles_at_once
        if batch and (is_full or batch[-1][0].warehouse != article.warehouse):
            yield batch
            batch, rows = [], 0
        batch.append((article, movements))
        rows += len(movements)
    if batch:
        yield batch


def _import_id(found: MovementFile) -> str:
    """Return the fingerprint of the movements; their order in the file is all one."""
    whole = hashlib.sha256()
    for article in sorted(found.movements):
        whole.update(f"{article.warehouse}\t{article.sku}\n".encode())
        rows = [
            f"{one.at.isoformat()}\t{one.change}\t{one.kind.value}\t{one.cost}"
            f"\t{one.currency}"
            for one in found.movements[article]
        ]
        whole.update("\n".join(sorted(rows)).encode())
    return f"movements:{whole.hexdigest()[:_DIGITS]}"


def _result(
    found: MovementFile, total: Stored, import_id: str, terms: MovementTerms
) -> MovementImportResult:
    movements = [one for each in found.movements.values() for one in each]
    return MovementImportResult(
        import_id=import_id,
        dry_run=terms.dry_run,
        read=found.read,
        stored=total.stored,
        already_stored=len(movements) - total.stored,
        articles=len(found.movements),
        warehouses=len({article.warehouse for article in found.movements}),
        units_in=total.units_in,
        units_out=total.units_out,
        units_without_cost=total.units_without_cost,
        first_at=min((one.at for one in movements), default=None),
        last_at=max((one.at for one in movements), default=None),
        refused=tuple(found.refused),
        refused_rows=tuple(found.refused_rows),
    )
