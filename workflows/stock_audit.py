"""One audit of the stock; a Temporal Schedule starts one every quarter of an hour."""

from __future__ import annotations

from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy

with workflow.unsafe.imports_passed_through():
    from activities.stock_audit import StockAudit
    from messages.names import STOCK_AUDIT
    from messages.stock_audit import StockAuditResult

# A worker that dies is noticed by its silence; the next one goes on from there.
HEARTBEAT_TIMEOUT = timedelta(seconds=20)
ONE_ATTEMPT = timedelta(minutes=10)
# Then this audit is given up, and the schedule starts the next.
AT_MOST = timedelta(hours=1)
RETRY = RetryPolicy(
    initial_interval=timedelta(seconds=1),
    backoff_coefficient=2,
    maximum_interval=timedelta(minutes=1),
)


@workflow.defn(name=STOCK_AUDIT)
class StockAuditWorkflow:
    """Asks every question once and returns the counts."""

    @workflow.run
    async def run(self) -> StockAuditResult:
        """Audit."""
        result: StockAuditResult = await workflow.execute_activity_method(
            StockAudit.audit_stock,
            start_to_close_timeout=ONE_ATTEMPT,
            schedule_to_close_timeout=AT_MOST,
            heartbeat_timeout=HEARTBEAT_TIMEOUT,
            retry_policy=RETRY,
            summary="ask the books every question",
        )
        return result
