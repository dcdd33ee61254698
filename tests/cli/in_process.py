"""Runs without a server: the real steps, on the test's database, at once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from activities.label_steps import LabelSteps
from activities.order_steps import OrderSteps
from domain.errors import InvalidInput
from domain.identity import workflow_id_of
from domain.policy import DEFAULT_POLICY
from gateways.carrier.factory import CARRIER_NAMES, build_carrier
from gateways.runs.protocol import RunNotFound, RunRefused, RunStart, RunUnreachable
from messages.names import SignalName
from messages.order_state import LabelState, OrderState
from messages.order_steps import (
    Answer,
    ApplyMessageInput,
    LabelInput,
    OpenOrderInput,
    Outcome,
)
from messages.reports import Progress, progress_of
from persistence.database import Database
from persistence.progress import load_state


def now() -> datetime:
    return datetime.now(UTC)


class RunsInProcess:
    """The runs of orders, kept as far as their database rows keep them."""

    def __init__(self, database: Database, directory: Path) -> None:
        self.is_down = False
        self.connections = 0
        self._database = database
        self._steps = OrderSteps(
            database=database, policy=DEFAULT_POLICY, carrier="simulator", clock=now
        )
        store = directory / "carrier.db"
        self._labels = LabelSteps(
            database=database,
            carriers={name: build_carrier(name, store) for name in CARRIER_NAMES},
            clock=now,
        )
        self._states: dict[str, OrderState] = {}
        self.reservations: dict[str, datetime | None] = {}

    async def start(self, start: RunStart) -> bool:
        self._refuse_if_down()
        if start.order_id in self._states:
            return False
        opened = self._steps.open_order(
            OpenOrderInput(
                workflow_id=workflow_id_of(start.order_id),
                order_id=start.order_id,
                now=now(),
            )
        )
        self._states[start.order_id] = opened.state
        return True

    async def update(
        self, order_id: str, name: str, payload: Mapping[str, object]
    ) -> Answer:
        answer = await self._apply(order_id, name, payload)
        assert answer is not None
        if answer.outcome is Outcome.REFUSED:
            raise RunRefused(answer.text)
        return answer

    async def signal(
        self, order_id: str, name: str, payload: Mapping[str, object]
    ) -> None:
        await self._apply(order_id, name, payload)

    async def progress(self, order_id: str) -> Progress:
        return progress_of(self._open_state(order_id))

    async def is_open(self, order_id: str) -> bool:
        return order_id in self._states and not self._states[order_id].ended

    async def keep_reservation(
        self, reservation_id: str, expires_at: datetime | None
    ) -> None:
        self._refuse_if_down()
        self.reservations[reservation_id] = expires_at

    async def cancel(self, order_id: str) -> None:
        raise NotImplementedError(order_id)

    async def _apply(
        self, order_id: str, name: str, payload: Mapping[str, object]
    ) -> Answer | None:
        self._refuse_if_down()
        try:
            applied = self._steps.apply_message(
                ApplyMessageInput(
                    workflow_id=workflow_id_of(order_id),
                    name=name,
                    is_signal=name in set(SignalName),
                    now=now(),
                    state=self._open_state(order_id),
                    payload=dict(payload),
                )
            )
        except InvalidInput as refusal:
            raise RunRefused(str(refusal)) from None
        self._states[order_id] = applied.state
        await self._buy_labels(order_id, applied.state)
        return applied.answer

    async def _buy_labels(self, order_id: str, state: OrderState) -> None:
        for shipment in state.shipments:
            if shipment.label is not LabelState.WANTED:
                continue
            made = await self._labels.buy_label(
                LabelInput(
                    workflow_id=workflow_id_of(order_id),
                    order_id=order_id,
                    shipment_id=shipment.shipment_id,
                    carrier=shipment.carrier,
                    round=shipment.label_round,
                    now=now(),
                )
            )
            shipment.label = LabelState.MADE
            shipment.tracking_number = made.tracking_number

    def _open_state(self, order_id: str) -> OrderState:
        state = self._states.get(order_id)
        if state is None or state.ended:
            raise RunNotFound(f"order {order_id} has no open run")
        return state

    def _refuse_if_down(self) -> None:
        if self.is_down:
            raise RunUnreachable("the Temporal server did not answer (taken down)")

    def stored_state(self, order_id: str) -> OrderState | None:
        with self._database.read() as connection:
            return load_state(connection, order_id)
