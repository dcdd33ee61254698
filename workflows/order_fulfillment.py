"""One order as a Temporal workflow: its type, its messages and its two queries.

What it does is in `order_run`. The class is kept small on purpose: the sandbox defines
it anew for every run, and Temporal looks at each of its members.
"""

from __future__ import annotations

from temporalio import workflow

from workflows.order_run import OrderRun

with workflow.unsafe.imports_passed_through():
    from domain.errors import OrderwrightError
    from messages.names import WORKFLOW_TYPE
    from messages.order_steps import OrderInput, OrderResult
    from messages.reports import Progress, StatusReport, progress_of, status_of
    from workflows.order_messages import OrderMessages


@workflow.defn(name=WORKFLOW_TYPE, failure_exception_types=[OrderwrightError])
class OrderFulfillment(OrderMessages):
    """The durable process of one order, from capture to delivery."""

    _order: OrderRun

    @workflow.init
    def __init__(self, order: OrderInput) -> None:
        """Be ready for messages before the first step."""
        self._order = OrderRun(order)

    @workflow.run
    async def run(self, order: OrderInput) -> OrderResult:
        """Carry the order to its end."""
        return await self._order.carry(order)

    @workflow.query(description="Where the order stands, in one line.")
    def status(self) -> StatusReport:
        """Return where the order stands."""
        return status_of(self._order.state)

    @workflow.query(description="Shipments, holds, what it waits for and until when.")
    def progress(self) -> Progress:
        """Return all that the run knows of its order."""
        return progress_of(self._order.state)
