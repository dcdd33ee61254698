"""The live auditor: asks the books every question, while orders move."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime

from temporalio import activity

from activities.metrics import AUDIT_DIFFERENCES, AUDIT_FOUND, AUDIT_SECONDS
from messages.stock_audit import CheckCount, StockAuditResult
from persistence.audit.checks import CHECKS, run_check
from persistence.audit.exceptions import keep_findings
from persistence.audit.findings import AuditCheck
from persistence.database import Database

# Well below the activity's heartbeat timeout.
BEAT_SECONDS = 5.0


class StockAudit:
    """The activity of the workflow `StockAudit`."""

    def __init__(self, *, database: Database, clock: Callable[[], datetime]) -> None:
        """Audit this database."""
        self._database = database
        self._clock = clock

    @activity.defn
    async def audit_stock(self) -> StockAuditResult:
        """Ask every question, each as of one moment; findings become exceptions.

        One that is tried again goes on behind the last question that was answered.
        Asking one twice is harmless: its exceptions are opened once.
        """
        done = dict(_answered().checks)
        for check in CHECKS:
            if check not in done:
                done[check] = await self._ask(check, StockAuditResult(checks=done))
                activity.heartbeat(StockAuditResult(checks=done))
        return StockAuditResult(checks=done, finished_at=self._clock())

    async def _ask(self, check: AuditCheck, so_far: StockAuditResult) -> CheckCount:
        """Work in a thread, and say every few seconds that it goes on."""
        asking = asyncio.ensure_future(asyncio.to_thread(self._check, check))
        while not asking.done():
            activity.heartbeat(so_far)
            await asyncio.wait({asking}, timeout=BEAT_SECONDS)
        return asking.result()

    def _check(self, check: AuditCheck) -> CheckCount:
        with AUDIT_SECONDS.labels(check).time():
            read_at = self._clock()
            findings = run_check(self._database, check, read_at)
            with self._database.write() as connection:
                kept = keep_findings(connection, check, findings, read_at=read_at)
        AUDIT_FOUND.labels(check).set(kept.found)
        AUDIT_DIFFERENCES.labels(check, "opened").inc(kept.opened)
        AUDIT_DIFFERENCES.labels(check, "gone").inc(kept.gone)
        return CheckCount(found=kept.found, opened=kept.opened, gone=kept.gone)


def _answered() -> StockAuditResult:
    """Return what an earlier attempt at this audit has answered."""
    details = activity.info().heartbeat_details
    return (
        StockAuditResult.model_validate(details[0]) if details else StockAuditResult()
    )
