"""One soft reservation as a Temporal workflow: its exact end is a durable timer."""

from __future__ import annotations

import asyncio
from datetime import datetime

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.reservation_steps import ReservationSteps
    from domain.errors import OrderwrightError
    from domain.stock.reservations import ReservationStatus
    from messages.names import RESERVATION_WORKFLOW_TYPE, ReservationSignal
    from messages.reservations import (
        EndReservationInput,
        ExtendReservation,
        ReservationInput,
        ReservationResult,
    )
    from workflows.alarm import Alarm
    from workflows.policies import run_step


@workflow.defn(
    name=RESERVATION_WORKFLOW_TYPE, failure_exception_types=[OrderwrightError]
)
class StockReservation:
    """Keeps units until a moment that activity puts off, then frees them."""

    @workflow.init
    def __init__(self, kept: ReservationInput) -> None:
        """Be ready for signals before the first step."""
        self._reservation_id = kept.reservation_id
        self._expires_at = kept.expires_at
        self._is_released = False
        self._result: ReservationResult | None = None

    @workflow.run
    async def run(self, kept: ReservationInput) -> ReservationResult:
        """Wait for the end of the reservation."""
        alarm = asyncio.create_task(Alarm(self._next_due, self._reach_due).watch())
        await workflow.wait_condition(lambda: self._result is not None or alarm.done())
        if self._result is None:
            alarm.result()  # it ends only by an error, which ends the run
            raise LookupError("the alarm has ended without an error")
        alarm.cancel()
        return self._result

    @workflow.signal(name=ReservationSignal.EXTEND)
    def extend(self, told: ExtendReservation) -> None:
        """Keep the units longer; a signal that was overtaken shortens nothing."""
        self._expires_at = max(self._expires_at, told.expires_at)

    @workflow.signal(name=ReservationSignal.RELEASE)
    def release(self) -> None:
        """Give the units back at once."""
        self._is_released = True

    def _next_due(self) -> datetime | None:
        if self._result is not None:
            return None
        return workflow.now() if self._is_released else self._expires_at

    async def _reach_due(self) -> None:
        result = await run_step(
            ReservationSteps.end_reservation,
            EndReservationInput(
                reservation_id=self._reservation_id,
                now=workflow.now(),
                is_released=self._is_released,
            ),
            summary=f"end reservation {self._reservation_id}",
        )
        if result.status == ReservationStatus.OPEN:
            # The database knows of an extension that has not reached the run.
            self._expires_at = result.expires_at
        else:
            self._result = result
