"""A buyer is an order's first step: captured, verified and sourced, in our own code."""

from __future__ import annotations

import time
from datetime import timedelta

from activities.order_steps import OrderSteps
from benchmarks.scarce_shop import buyer_document
from benchmarks.shop import SOURCE, policy_of
from domain.errors import TemporaryError
from domain.identity import order_id_of, workflow_id_of
from messages.names import SignalName
from messages.order_steps import ApplyMessageInput, OpenOrderInput
from persistence.database import Database
from persistence.outbox import mark_delivered, undelivered
from persistence.progress import load_state
from worker import now

CARRIER = "simulator"
# As the run asks a step again that met a busy database.
MOST_TRIES = 50
PAUSE_SECONDS = 0.02


class Buyers:
    """Opens orders as a worker process does, with a database of its own."""

    def __init__(self, url: str) -> None:
        """Connect at the first order."""
        self._database = Database(url)
        self._steps = OrderSteps(
            database=self._database,
            policy=policy_of(timedelta(hours=1)),
            carrier=CARRIER,
            clock=now,
        )

    def __call__(self, number: int) -> int:
        """Let the buyer of this number buy, once; return the units still owed."""
        order_id = order_id_of(SOURCE, str(number))
        asked = OpenOrderInput(
            workflow_id=workflow_id_of(order_id),
            order_id=order_id,
            now=now(),
            document=buyer_document(number),
        )
        for _ in range(MOST_TRIES):
            try:
                return self._steps.open_order(asked).state.backordered
            except TemporaryError:
                time.sleep(PAUSE_SECONDS)
        raise RuntimeError(f"the database did not answer in {MOST_TRIES} tries")

    def wake(self) -> int:
        """Tell waiting orders what the outbox has for them; return how many."""
        with self._database.read() as connection:
            messages = [
                message
                for message in undelivered(
                    connection, written_before=now(), limit=10_000
                )
                if message.name == SignalName.STOCK_ARRIVED
            ]
        for message in messages:
            with self._database.read() as connection:
                state = load_state(connection, message.order_id)
            if state is not None:
                self._steps.apply_message(
                    ApplyMessageInput(
                        workflow_id=workflow_id_of(message.order_id),
                        now=now(),
                        state=state,
                        name=SignalName.STOCK_ARRIVED,
                        is_signal=True,
                        payload=dict(message.payload),
                    )
                )
            with self._database.write() as connection:
                mark_delivered(connection, message.outbox_id, now())
        return len(messages)

    def close(self) -> None:
        """Close the connections."""
        self._database.close()
