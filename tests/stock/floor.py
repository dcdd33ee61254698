"""A shop without a Temporal server: its steps are asked as a run asks them.

A crash is a transaction that is rolled back, or one that is committed and whose answer
nobody hears; either way the same is asked again, as Temporal does.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, TypeVar, cast

from sqlalchemy import Connection, Row, select

from activities.order_steps import OrderSteps
from activities.reservation_steps import ReservationSteps
from benchmarks.scarce_shop import WAREHOUSES, add_article, add_places
from domain.errors import NotFound, TemporaryError
from domain.identity import order_id_of, workflow_id_of
from domain.policy import DEFAULT_POLICY
from domain.stock.reservations import ReservationKind
from gateways.runs.protocol import Runs
from messages.names import SignalName, UpdateName
from messages.order_messages import Message
from messages.order_state import LabelState, OrderState
from messages.order_steps import (
    Answer,
    ApplyMessageInput,
    OpenOrderInput,
    StateInput,
)
from messages.reservations import EndReservationInput, ReservationResult
from operations.backlog import continue_backlogs
from operations.delivery import Delivery
from operations.queries.reservations import ReservationView
from operations.reservations import ReservationOperations, ReservationTerms
from operations.stock_files.lines import ReceivedLine
from operations.stock_files.receipts import ReceiptTerms
from operations.stock_files.receiving import receive_stock
from persistence.database import Database
from persistence.outbox import OutboxMessage, mark_delivered, undelivered
from persistence.progress import load_state
from persistence.tables import allocation, pick_line, pick_task, stock_level
from tests.builders.documents import a_document

T = TypeVar("T")
ARTICLES = ("CUP", "JAR", "POT")


class Crash(StrEnum):
    """What becomes of the next transaction that writes."""

    NONE = "none"
    ROLLED_BACK = "rolled_back"
    ANSWER_LOST = "answer_lost"


class Crashed(Exception):
    """The process died here."""


class CrashingDatabase(Database):
    """A database whose next transaction may be the last that this process did."""

    crash = Crash.NONE

    @contextmanager
    def write(self) -> Iterator[Connection]:
        crash, self.crash = self.crash, Crash.NONE
        with super().write() as connection:
            yield connection
            if crash is Crash.ROLLED_BACK:
                raise Crashed
        if crash is Crash.ANSWER_LOST:
            raise Crashed


class NobodyThere(Delivery):
    """A Temporal server that is away: the test tells runs itself."""

    async def deliver(self, message: OutboxMessage) -> Answer | None:
        raise TemporaryError("nobody is there")


class FloorClock:
    """A clock that only the test moves."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 2, 8, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def pass_time(self, by: timedelta) -> None:
        self.now += by


class Floor:
    """Everything that moves stock, over one database."""

    def __init__(self, url: str) -> None:
        self.database = CrashingDatabase(url)
        self.clock = FloorClock()
        self.states: dict[str, OrderState] = {}
        self._steps = OrderSteps(
            database=self.database,
            policy=DEFAULT_POLICY,
            carrier="simulator",
            clock=self.clock,
        )
        self._ends = ReservationSteps(database=self.database, clock=self.clock)
        self._reservations = ReservationOperations(
            database=self.database,
            delivery=NobodyThere(
                database=self.database,
                runs=cast(Runs, None),
                policy=DEFAULT_POLICY,
                clock=self.clock,
            ),
            clock=self.clock,
        )

    def furnish(self, units: int = 0) -> None:
        """Add two warehouses and the articles, so many units of each."""
        with self.database.write() as connection:
            add_places(connection)
            for sku in ARTICLES:
                add_article(connection, sku, units)

    def close(self) -> None:
        self.database.close()

    # Orders.

    def open(
        self,
        number: str,
        *lines: tuple[str, int],
        crash: Crash = Crash.NONE,
        **fields: object,
    ) -> str:
        """Let a run open its order."""
        order_id = order_id_of("web", number)
        asked = OpenOrderInput(
            workflow_id=workflow_id_of(order_id),
            order_id=order_id,
            now=self.clock(),
            document=a_document(
                number, lines, customer={"email": f"{number}@example.com"}, **fields
            ),
        )
        opened = self.crashing(crash, lambda: self._steps.open_order(asked))
        self._take(opened.state)
        return order_id

    def tell(
        self,
        order_id: str,
        name: UpdateName | SignalName,
        message: Message,
        crash: Crash = Crash.NONE,
    ) -> Answer:
        """Let the order's run apply a message."""
        asked = ApplyMessageInput(
            workflow_id=workflow_id_of(order_id),
            now=self.clock(),
            state=self.states[order_id],
            name=name,
            is_signal=isinstance(name, SignalName),
            payload=message.model_dump(mode="json", exclude_none=True),
        )
        result = self.crashing(crash, lambda: self._steps.apply_message(asked))
        self._take(result.state)
        assert result.answer is not None
        return result.answer

    def reach_due(self, order_id: str, crash: Crash = Crash.NONE) -> None:
        """Let the run do what has fallen due."""
        asked = StateInput(
            workflow_id=workflow_id_of(order_id),
            now=self.clock(),
            state=self.states[order_id],
        )
        result = self.crashing(crash, lambda: self._steps.reach_due(asked))
        self._take(result.state)

    def know(self, order_id: str) -> OrderState:
        """Take up an order that another process has worked on."""
        with self.database.read() as connection:
            state = load_state(connection, order_id)
        if state is None:
            raise NotFound(f"{order_id} was never opened")
        self._take(state)
        return state

    def wake_next(self, crash: Crash = Crash.NONE) -> bool:
        """Deliver the oldest wake-up of the outbox, if there is one."""
        with self.database.read() as connection:
            waiting = undelivered(
                connection, written_before=self.clock(), limit=1_000_000
            )
        woken = [one for one in waiting if one.name == SignalName.STOCK_ARRIVED]
        if not woken:
            return False
        message = woken[0]
        state = self.states[message.order_id]
        if not state.ended:
            asked = ApplyMessageInput(
                workflow_id=workflow_id_of(message.order_id),
                now=self.clock(),
                state=state,
                name=SignalName.STOCK_ARRIVED,
                is_signal=True,
                payload=dict(message.payload),
            )
            told = self.crashing(crash, lambda: self._steps.apply_message(asked))
            self._take(told.state)
        with self.database.write() as connection:
            mark_delivered(connection, message.outbox_id, self.clock())
        return True

    def wake_all(self, at_most: int = 1_000) -> None:
        """Share out and deliver until nothing is left to do; fail if it never ends."""
        for _ in range(at_most):
            shared = continue_backlogs(self.database, clock=self.clock)
            if not self.wake_next() and not shared:
                return
        raise AssertionError(f"more than {at_most} wake-ups: they never end")

    # Stock.

    def receive(
        self, reference: str, *lines: tuple[str, str, int], crash: Crash = Crash.NONE
    ) -> None:
        """Book goods that arrived: place, article and units."""
        received = [
            ReceivedLine(sku=sku, location=place, quantity=units, warehouse=place[:5])
            for place, sku, units in lines
        ]
        self.crashing(
            crash,
            lambda: receive_stock(
                self.database,
                received,
                clock=self.clock,
                terms=ReceiptTerms(reference=reference, warehouse=WAREHOUSES[0]),
            ),
        )

    def share_out(self, crash: Crash = Crash.NONE) -> None:
        """Go on with what is set aside for waiting orders, as the relay does."""
        self.crashing(crash, lambda: continue_backlogs(self.database, clock=self.clock))

    def reserve(
        self,
        reference: str,
        units: Mapping[str, int],
        lasts: timedelta,
        crash: Crash = Crash.NONE,
    ) -> ReservationView:
        """Keep units for a cart; raise `Refused` if not so many are free."""
        terms = ReservationTerms(
            kind=ReservationKind.CHECKOUT,
            expires_at=self.clock() + lasts,
            reference=reference,
        )
        return self.crashing(
            crash, lambda: asyncio.run(self._reservations.reserve(units, terms))
        ).reservation

    def extend(
        self, reservation_id: str, lasts: timedelta, crash: Crash = Crash.NONE
    ) -> ReservationView:
        """Keep them longer, so long from now."""
        until = self.clock() + lasts
        return self.crashing(
            crash,
            lambda: asyncio.run(self._reservations.extend(reservation_id, until)),
        ).reservation

    def end_reservation(
        self, reservation_id: str, *, is_released: bool, crash: Crash = Crash.NONE
    ) -> ReservationResult:
        """Let the reservation's run end it: it is given up, or its time has come."""
        asked = EndReservationInput(
            reservation_id=reservation_id,
            now=self.clock(),
            is_released=is_released,
        )
        return self.crashing(crash, lambda: self._ends.end_reservation(asked))

    def crashing(self, crash: Crash, act: Callable[[], T]) -> T:
        """Do something; if the process dies on the way, do the same again."""
        self.database.crash = crash
        try:
            return act()
        except Crashed:
            return act()
        finally:
            self.database.crash = Crash.NONE

    # Looking.

    def stops(self, shipment_id: str) -> list[Row[Any]]:
        """Return the pick lines of a shipment that nobody has confirmed."""
        return self._rows(
            select(pick_line)
            .join(pick_task, pick_task.c.pick_task_id == pick_line.c.pick_task_id)
            .where(
                pick_task.c.shipment_id == shipment_id,
                pick_task.c.kind == "pick",
                pick_task.c.status == "open",
                pick_line.c.done_quantity.is_(None),
            )
            .order_by(pick_line.c.pick_line_no)
        )

    def allocations(self, shipment_id: str) -> list[Row[Any]]:
        """Return a shipment's allocations and the bins they are taken from."""
        return self._rows(
            select(allocation, stock_level.c.location_id)
            .join(
                stock_level,
                stock_level.c.stock_level_id == allocation.c.stock_level_id,
            )
            .where(allocation.c.shipment_id == shipment_id)
            .order_by(allocation.c.allocation_id)
        )

    def _rows(self, query: Any) -> list[Row[Any]]:
        with self.database.read() as connection:
            return list(connection.execute(query))

    def _take(self, state: OrderState) -> None:
        # As the run does when a carrier has made the label.
        for one in state.shipments:
            if one.label is LabelState.WANTED:
                one.label = LabelState.MADE
                one.tracking_number = one.shipment_id
        self.states[state.order_id] = state
