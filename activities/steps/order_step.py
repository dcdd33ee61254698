"""The working object of one step: state, facts to record, one transaction."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property, lru_cache
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Connection, Row, bindparam, insert, select, update

from activities.steps.order_lines import StoredLine, load_lines, load_parts
from activities.working_calendars import WorkingCalendars
from domain.events import EventKind
from domain.exceptions import HANDLING, ExceptionKind
from domain.orders.status import ENDED, OrderStatus, advance_order, derive_status
from domain.policy import OrderPolicy, Stage
from domain.shipments.status import ShipmentStatus, advance_shipment
from messages.order_state import (
    DeadlineLevel,
    DeadlineState,
    ExceptionState,
    OrderState,
    ShipmentState,
)
from persistence.backlog import look_again, wake_waiting_orders
from persistence.exceptions import insert_exception
from persistence.progress import save_progress
from persistence.reservations import lock_levels_of
from persistence.stock import Movement, MovementCause, move_stock
from persistence.tables import exception_table, fulfillment_event, orders, shipment

_ADD_EVENTS = insert(fulfillment_event)
_POLICY = TypeAdapter(OrderPolicy)
_ORDER = select(
    orders.c.order_id,
    orders.c.source,
    orders.c.number,
    orders.c.has_own_number,
    orders.c.channel,
    orders.c.service_level,
    orders.c.currency,
    orders.c.prices_include_tax,
    orders.c.payment_status,
    orders.c.priority,
    orders.c.placed_at,
    orders.c.received_at,
    orders.c.customer_id,
    orders.c.ship_to_address_id,
    orders.c.asked_for_on,
    orders.c.when_missing,
    orders.c.accepts_substitutes,
    orders.c.reservation_id,
    orders.c.policy,
).where(orders.c.order_id == bindparam("order_id"))
_SET_SHIPMENT_STATUS = (
    update(shipment)
    .where(shipment.c.shipment_id == bindparam("id"))
    .values(status=bindparam("new_status"))
)
_RESOLVE = (
    update(exception_table)
    .where(exception_table.c.exception_id == bindparam("id"))
    .values(
        resolved_at=bindparam("at"),
        resolved_by=bindparam("by"),
        resolution=bindparam("how"),
        note_reference=bindparam("note"),
    )
)


@lru_cache(maxsize=256)
def read_policy(text: str) -> OrderPolicy:
    """Return the policy an order keeps."""
    return _POLICY.validate_json(text)


def write_policy(policy: OrderPolicy) -> str:
    """Return the policy as it is stored with an order."""
    return _POLICY.dump_json(policy).decode()


@dataclass(frozen=True, slots=True, kw_only=True)
class StepCause:
    """Who caused a step, by what, when it happened and when it was written down."""

    cause: str
    actor: str
    now: datetime
    occurred_at: datetime
    recorded_at: datetime


class OrderStep:
    """One step on one order: handlers change `state` and record facts."""

    def __init__(
        self,
        connection: Connection,
        state: OrderState,
        why: StepCause,
        calendars: WorkingCalendars,
    ) -> None:
        """Work on this state, which is the step's own."""
        self.connection = connection
        self.state = state
        self.why = why
        self.calendars = calendars
        # The day on which goods can leave now, by warehouse, once it was asked for.
        self.first_days: dict[str, date | None] = {}
        self._events: list[dict[str, Any]] = []
        self._freed_levels: set[int] = set()
        self._awaited_skus: set[str] = set()

    @property
    def order_id(self) -> str:
        """Return the order's id."""
        return self.state.order_id

    @cached_property
    def order(self) -> Row[*tuple[Any, ...]]:
        """Return the stored order."""
        return self.connection.execute(_ORDER, {"order_id": self.order_id}).one()

    @cached_property
    def policy(self) -> OrderPolicy:
        """Return the policy the order keeps since its capture."""
        return read_policy(self.order.policy)

    @cached_property
    def lines(self) -> list[StoredLine]:
        """Return every line of the order, also cancelled ones."""
        return load_lines(self.connection, self.order_id)

    @cached_property
    def parts(self) -> dict[int, tuple[tuple[str, int], ...]]:
        """Return, for each line, the articles one unit takes and how many of each."""
        return load_parts(self.connection, self.order_id)

    def forget_stored(self) -> None:
        """Read the order and its lines again: the step has changed them."""
        for name in ("order", "lines", "parts"):
            self.__dict__.pop(name, None)

    def record(
        self,
        kind: EventKind,
        shipment_id: str | None = None,
        /,
        *,
        at: datetime | None = None,
        **data: object,
    ) -> None:
        """Say that something happened; written when the step is saved."""
        self._events.append(
            {
                "order_id": self.order_id,
                "shipment_id": shipment_id,
                "kind": kind,
                "actor": self.why.actor,
                "cause": self.why.cause,
                "data": data,
                "occurred_at": at or self.why.occurred_at,
                "recorded_at": self.why.recorded_at,
            }
        )

    def recorded(self, kind: EventKind) -> set[str | None]:
        """Return the shipments (None: the order) of which the step has said this."""
        return {e["shipment_id"] for e in self._events if e["kind"] == kind}

    def hold_levels(self, more_skus: Iterable[str] = ()) -> None:
        """Keep every level of the order's articles from other steps, in key order.

        For a step that gives units back and takes others: two that did so crosswise
        would wait for each other.
        """
        own = {sku for parts in self.parts.values() for sku, _ in parts}
        lock_levels_of(self.connection, own.union(more_skus))

    def move(self, movements: list[Movement]) -> None:
        """Apply stock movements and write them to the ledger."""
        move_stock(self.connection, movements, self.movement_cause())
        self._freed_levels.update(m.stock_level_id for m in movements if m.frees)

    def free_levels(self, levels: Iterable[int]) -> None:
        """Say that units at these levels are free now; others may wait for them."""
        self._freed_levels.update(levels)

    def await_stock(self, skus: Iterable[str]) -> None:
        """Say that the order begins to wait for stock of these articles."""
        self._awaited_skus.update(skus)

    def movement_cause(self) -> MovementCause:
        """Return the cause of this step's stock movements."""
        return MovementCause(
            cause=self.why.cause,
            actor=self.why.actor,
            order_id=self.order_id,
            occurred_at=self.why.occurred_at,
            recorded_at=self.why.recorded_at,
        )

    def set_status(self, status: OrderStatus) -> None:
        """Move the order's status; an end closes deadlines and what hangs on them."""
        if status is self.state.status:
            return
        self.state.status = advance_order(self.state.status, status)
        self.state.status_since = self.why.now
        if status in ENDED:
            self.state.ended_at = self.why.now
            self.state.deadlines.clear()
            for exception in list(self.state.exceptions):
                if exception.kind in _ENDS_WITH_ORDER:
                    self.close_exception(exception, "order_ended")

    def set_shipment_status(
        self, subject: ShipmentState, status: ShipmentStatus
    ) -> None:
        """Move a shipment's status, here and in its row."""
        subject.status = advance_shipment(subject.status, status)
        self.connection.execute(
            _SET_SHIPMENT_STATUS, {"id": subject.shipment_id, "new_status": status}
        )

    def arm(self, stage: Stage, subject: ShipmentState | None = None) -> None:
        """Start the deadline of a stage, if the policy sets one."""
        terms = self.policy.deadlines.get(stage)
        if terms is None:
            return
        calendar = self.policy.calendar_for(subject.warehouse_id if subject else None)
        due_at = self.calendars.due_at(self.why.now, terms, calendar)
        self.state.deadlines.append(
            DeadlineState(
                stage=stage,
                shipment_id=subject.shipment_id if subject else None,
                since=self.why.now,
                due_at=due_at,
                escalate_at=self.calendars.escalation_at(due_at, terms, calendar),
            )
        )

    def disarm(self, stage: Stage, shipment_id: str | None = None) -> None:
        """End the deadline of a stage; a missed one is cleared."""
        kept = []
        for deadline in self.state.deadlines:
            if (deadline.stage, deadline.shipment_id) != (stage, shipment_id):
                kept.append(deadline)
            elif deadline.level is not DeadlineLevel.WAITING:
                self.record(EventKind.DEADLINE_CLEARED, shipment_id, stage=stage)
        self.state.deadlines = kept
        for exception in list(self.state.exceptions):
            if (exception.stage, exception.shipment_id) == (stage, shipment_id):
                self.close_exception(exception, "done")

    def disarm_shipment(self, shipment_id: str) -> None:
        """End every deadline of a shipment."""
        for stage in (Stage.PICK, Stage.PACK, Stage.HAND_OVER, Stage.DELIVER):
            self.disarm(stage, shipment_id)

    def open_exception(
        self,
        kind: ExceptionKind,
        cause: str,
        *,
        owner_role: str | None = None,
        shipment_id: str | None = None,
        stage: Stage | None = None,
        hold_id: str | None = None,
    ) -> None:
        """Ask a person; the same open question is not asked twice."""
        for open_one in self.state.exceptions:
            if (open_one.kind, open_one.shipment_id, open_one.cause) == (
                kind,
                shipment_id,
                cause,
            ):
                return
        opened = ExceptionState(
            exception_id=self.next_exception_id,
            kind=kind,
            owner_role=owner_role or HANDLING[kind].owner_role,
            cause=cause,
            shipment_id=shipment_id,
            stage=stage,
            hold_id=hold_id,
        )
        self.add_exception(opened)

    @property
    def next_exception_id(self) -> str:
        """Return the id of the order's next exception."""
        return f"{self.order_id}.x{self.state.next_exception}"

    def add_exception(self, opened: ExceptionState) -> None:
        """Store an exception whose id is the order's next."""
        self.state.next_exception += 1
        self.state.exceptions.append(opened)
        insert_exception(
            self.connection, opened, order_id=self.order_id, opened_at=self.why.now
        )
        self.record(
            EventKind.EXCEPTION_OPENED,
            opened.shipment_id,
            exception_id=opened.exception_id,
            kind=opened.kind,
            owner_role=opened.owner_role,
        )

    def close_exception(
        self, exception: ExceptionState, resolution: str, note: str | None = None
    ) -> None:
        """Say that an exception needs nobody any more."""
        self.state.exceptions.remove(exception)
        self.connection.execute(
            _RESOLVE,
            {
                "id": exception.exception_id,
                "at": self.why.now,
                "by": self.why.actor,
                "how": resolution,
                "note": note,
            },
        )
        self.record(
            EventKind.EXCEPTION_RESOLVED,
            exception.shipment_id,
            exception_id=exception.exception_id,
            resolution=resolution,
        )

    def follow_shipments(self) -> None:
        """Let the status of an open order follow its shipments."""
        if not self.state.ended:
            shipments = [subject.status for subject in self.state.shipments]
            self.set_status(
                derive_status(
                    shipments,
                    backordered=bool(self.state.backordered),
                    verified=self.state.verified,
                )
            )

    def save(self) -> OrderState:
        """Write events, wake-ups of other orders and the read model."""
        self.follow_shipments()
        if not self.state.backordered:
            self._close_moot_questions()
        if self._events:
            self.connection.execute(_ADD_EVENTS, self._events)
        if self._freed_levels:
            wake_waiting_orders(
                self.connection,
                sorted(self._freed_levels),
                cause=self.why.cause,
                freed_by=self.order_id,
                at=self.why.recorded_at,
            )
        if self._awaited_skus and self.state.backordered:
            look_again(
                self.connection,
                self.order_id,
                self._awaited_skus,
                cause=self.why.cause,
                at=self.why.recorded_at,
            )
        self.state.revision += 1
        save_progress(self.connection, self.state, self.why.now)
        return self.state

    def _close_moot_questions(self) -> None:
        """Nothing is missing any more: what to do about it is no question."""
        for exception in list(self.state.exceptions):
            if exception.kind is ExceptionKind.CUSTOMER_CHOICE:
                self.close_exception(exception, "nothing_missing")


_ENDS_WITH_ORDER = frozenset(
    {
        ExceptionKind.DEADLINE_MISSED,
        ExceptionKind.HOLD_EXPIRED,
        ExceptionKind.LABEL_REFUSED,
        ExceptionKind.CANCEL_AFTER_HANDOVER,
        ExceptionKind.CUSTOMER_CHOICE,
        ExceptionKind.DELIVERY_TROUBLE,
    }
)
