"""Delivering messages to orders, whatever state their runs are in."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime

from activities.order_steps import OrderSteps
from domain.errors import Refused
from domain.identity import workflow_id_of
from domain.policy import FulfillmentPolicy
from gateways.runs.protocol import RunNotFound, Runs, RunStart, RunUnreachable
from messages.names import KEEP_RESERVATION, SignalName
from messages.order_state import OrderState
from messages.order_steps import Answer, ApplyMessageInput, Outcome
from persistence.database import Database
from persistence.history_lookup import unknown_order
from persistence.outbox import OutboxMessage
from persistence.progress import load_state
from persistence.run_starts import find_run_start
from persistence.soft_reservations import SoftReservation, find_soft

_SIGNALS = frozenset(SignalName)


class Delivery:
    """Starts runs and sends messages; an ended order answers from its rows."""

    def __init__(
        self,
        *,
        database: Database,
        runs: Runs,
        policy: FulfillmentPolicy,
        clock: Callable[[], datetime],
    ) -> None:
        """Deliver to these runs."""
        self._database = database
        self._runs = runs
        self._clock = clock
        # An ended order ships nothing, so no carrier is needed.
        self._steps = OrderSteps(
            database=database, policy=policy, carrier="none", clock=clock
        )

    async def deliver(self, message: OutboxMessage) -> Answer | None:
        """Deliver a message of the outbox.

        Raises `Refused` with the run's reason, or a temporary error if nobody answers.
        """
        if message.name == KEEP_RESERVATION:
            await self.keep_reservation(message.order_id)
            return None
        if message.name is None:
            await self.start_run(message.order_id)
            return None
        return await self.send(message.order_id, message.name, message.payload)

    async def start_run(self, order_id: str) -> bool:
        """Start the run of a stored order; False if it has or had one."""
        return await self._runs.start(
            await asyncio.to_thread(self._run_start, order_id)
        )

    async def keep_reservation(self, reservation_id: str) -> None:
        """Tell a reservation's run when it ends, as the database says it now."""
        found = await asyncio.to_thread(self._reservation, reservation_id)
        is_open = found is not None and found.is_open
        await self._runs.keep_reservation(
            reservation_id, found.expires_at if found and is_open else None
        )

    async def send(
        self, order_id: str, name: str, payload: Mapping[str, object]
    ) -> Answer | None:
        """Send an update or a signal; an order without a run gets it started first."""
        try:
            return await self._send(order_id, name, payload)
        except RunNotFound:
            state = await asyncio.to_thread(self._state, order_id)
        if state is None or not state.ended:
            await self.start_run(order_id)
            try:
                return await self._send(order_id, name, payload)
            except RunNotFound:
                # It ended between the look and the message.
                state = await asyncio.to_thread(self._state, order_id)
        if state is None or not state.ended:
            raise RunUnreachable(f"order {order_id} has lost its run: ask the doctor")
        return await asyncio.to_thread(self._answer, state, name, payload)

    async def _send(
        self, order_id: str, name: str, payload: Mapping[str, object]
    ) -> Answer | None:
        if name in _SIGNALS:
            await self._runs.signal(order_id, name, payload)
            return None
        return await self._runs.update(order_id, name, payload)

    def _answer(
        self, state: OrderState, name: str, payload: Mapping[str, object]
    ) -> Answer | None:
        applied = ApplyMessageInput(
            workflow_id=workflow_id_of(state.order_id),
            name=name,
            is_signal=name in _SIGNALS,
            now=self._clock(),
            state=state,
            payload=dict(payload),
        )
        answer = self._steps.apply_message(applied).answer
        if answer is not None and answer.outcome is Outcome.REFUSED:
            raise Refused(answer.text)
        return answer

    def _state(self, order_id: str) -> OrderState | None:
        with self._database.read() as connection:
            return load_state(connection, order_id)

    def _reservation(self, reservation_id: str) -> SoftReservation | None:
        with self._database.read() as connection:
            return find_soft(connection, reservation_id)

    def _run_start(self, order_id: str) -> RunStart:
        with self._database.read() as connection:
            row = find_run_start(connection, order_id)
            if row is None:
                raise unknown_order(connection, order_id)
        lines = "1 line" if row.lines == 1 else f"{row.lines} lines"
        return RunStart(
            order_id=order_id,
            source=row.source,
            channel=row.channel,
            service_level=row.service_level,
            placed_at=row.placed_at,
            priority=row.priority,
            summary=f"{lines}, {row.service_level}, from {row.source} by {row.channel}",
        )
