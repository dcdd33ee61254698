"""The one alarm of a run: it serves deadlines, escalations and hold expiries alike."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime

from temporalio import workflow


class Alarm:
    """Keeps a single timer armed for whatever falls due first.

    Finishing a step leaves the timer alone; one that fires early is armed again, and an
    earlier due moment replaces it.
    """

    def __init__(
        self,
        next_due: Callable[[], datetime | None],
        reach_due: Callable[[], Awaitable[None]],
    ) -> None:
        """Ask `next_due` what to wait for, and call `reach_due` when it has come."""
        self._next_due = next_due
        self._reach_due = reach_due

    async def watch(self) -> None:
        """Watch until the run ends."""
        while True:
            await workflow.wait_condition(lambda: self._next_due() is not None)
            due = self._next_due()
            if due is not None and due > workflow.now():
                await self._sleep_until(due)
            due = self._next_due()
            if due is not None and due <= workflow.now():
                await self._reach_due()

    async def _sleep_until(self, armed_for: datetime) -> None:
        timer = asyncio.create_task(
            workflow.sleep(
                armed_for - workflow.now(),
                summary=f"due {armed_for:%Y-%m-%d %H:%M} UTC",
            )
        )
        await workflow.wait_condition(
            lambda: timer.done() or (self._next_due() or armed_for) < armed_for
        )
        if not timer.done():
            timer.cancel()
