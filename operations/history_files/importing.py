"""`history import`: storing the orders of a file, refused order by order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from domain.kpi.history import HistoryKind
from operations.files.dry_run import transaction
from operations.files.gathering import RefusedOrder
from operations.files.rejects import RejectsFile
from operations.history_files.building import ReadOrder
from operations.history_files.quality import Finding
from operations.history_files.reading import HistoryFile
from persistence.bulk import no_search_for_cycles
from persistence.database import Database
from persistence.history import (
    ORDERS_AT_ONCE,
    ImportRun,
    PlacedMeanwhile,
    Stored,
    finish_import,
    store_history,
)

_OURS = "the number of an order that was not placed here"


@dataclass(frozen=True, slots=True, kw_only=True)
class HistorySummary:
    """Rows read, what became of the orders among them, and what is odd about them.

    `lines` and `findings` are of the orders that were not rejected.
    """

    import_id: str
    read: int
    orders: int
    imported: int
    unchanged: int
    corrected: int
    rejected: int
    lines: int
    skipped: Mapping[str, int]
    findings: Mapping[Finding, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryTerms:
    """How far an import goes, and where it tells what happened.

    `limit` counts good orders. `on_refused` is told of each refused order,
    `on_progress` of the rows read (of how many, if that is known) whenever orders were
    stored; `rejects` is for refused rows.
    """

    actor: str
    clock: Callable[[], datetime]
    dry_run: bool = False
    limit: int | None = None
    rejects: Path | None = None
    on_refused: Callable[[RefusedOrder], object] | None = None
    on_progress: Callable[[int, int | None], object] | None = None


def import_history(
    database: Database, history_file: HistoryFile, terms: HistoryTerms
) -> HistorySummary:
    """Store the orders of a file in chunks, one transaction each.

    What breaks off leaves whole orders; the same again goes on. A dry run keeps none.
    """
    rejects = RejectsFile(terms.rejects, history_file.table) if terms.rejects else None
    with rejects or nullcontext(), no_search_for_cycles():
        importing = _Importing(database, history_file, terms, rejects)
        importing.run()
    return importing.summary()


@dataclass(slots=True)
class _Importing:
    database: Database
    file: HistoryFile
    terms: HistoryTerms
    rejects: RejectsFile | None
    became: Counter[Stored] = field(default_factory=Counter)
    findings: Counter[Finding] = field(default_factory=Counter)
    rejected: int = 0
    lines: int = 0

    def run(self) -> None:
        chunk: list[ReadOrder] = []
        for found in self.file:
            if isinstance(found, RefusedOrder):
                self._refuse(found)
                continue
            chunk.append(found)
            if len(chunk) >= self._room():
                self._store(chunk)
                chunk = []
                if self._room() == 0:
                    return
        self._store(chunk)
        if not self.terms.dry_run:
            with self.database.write() as connection:
                finish_import(connection, self._run_now())

    def summary(self) -> HistorySummary:
        kept = {what: self.became[what] for what in Stored}
        return HistorySummary(
            import_id=self.file.import_id,
            read=self.file.read,
            orders=self.became.total() + self.rejected,
            imported=kept[Stored.IMPORTED],
            unchanged=kept[Stored.UNCHANGED],
            corrected=kept[Stored.CORRECTED],
            rejected=self.rejected,
            lines=self.lines,
            skipped=self.file.skipped,
            findings={kind: n for kind in Finding if (n := self.findings[kind])},
        )

    def _room(self) -> int:
        """Return how many orders the next chunk takes."""
        if self.terms.limit is None:
            return ORDERS_AT_ONCE
        return min(ORDERS_AT_ONCE, self.terms.limit - self.became.total())

    def _run_now(self) -> ImportRun:
        return ImportRun(
            import_id=self.file.import_id,
            kind=HistoryKind.ORDERS,
            actor=self.terms.actor,
            now=self.terms.clock(),
        )

    def _store(self, chunk: list[ReadOrder]) -> None:
        if chunk:
            became = self._stored(chunk)
            for read in chunk:
                self._count(read, became[read.order.order_id])
        if self.terms.on_progress is not None:
            self.terms.on_progress(self.file.read, self.file.total)

    def _stored(self, chunk: list[ReadOrder]) -> dict[str, Stored]:
        told = [read.order for read in chunk]
        dry_run = self.terms.dry_run
        while True:
            try:
                with transaction(self.database, dry_run=dry_run) as connection:
                    return store_history(connection, self._run_now(), told)
            except PlacedMeanwhile:
                continue  # now it is known as ours

    def _count(self, read: ReadOrder, what: Stored) -> None:
        if what is Stored.PLACED_HERE:
            self._refuse(read.refuse("number", _OURS))
            return
        self.became[what] += 1
        self.lines += len(read.order.lines)
        self.findings.update(read.findings)

    def _refuse(self, refused: RefusedOrder) -> None:
        self.rejected += 1
        if self.rejects is not None:
            self.rejects.add(refused.rows, refused.refused)
        if self.terms.on_refused is not None:
            self.terms.on_refused(refused)
