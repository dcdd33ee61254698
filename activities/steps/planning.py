"""The day each shipment leaves and arrives, and its place in the warehouse's day."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date

from sqlalchemy import bindparam, select, update

from activities.steps.order_step import OrderStep
from domain.calendars import zone_of
from domain.events import EventKind
from domain.policy import Calendar, ReleaseMode
from domain.shipments.status import BEFORE_HAND_OVER, ShipmentStatus
from domain.stock.promise import ShippingTerms, delivery_day
from messages.order_state import ShipmentState
from persistence.tables import address, shipment
from persistence.warehouses import (
    WarehouseTerms,
    full_days,
    give_places_back,
    take_place,
    transit_days_to,
    warehouse_terms,
)

_SET_DAYS = (
    update(shipment)
    .where(shipment.c.shipment_id == bindparam("id"))
    .values(ship_on=bindparam("leaves"), deliver_by=bindparam("arrives"))
)
_SHIP_TO = select(address.c.country, address.c.postcode).where(
    address.c.address_id == bindparam("address_id")
)
Places = Counter[date]


def plan_at_once(step: OrderStep, subject: ShipmentState) -> None:
    """Give a new shipment its days, before its row is written.

    Only where its warehouse takes any number a day: the others' places are taken after
    the stock, by `plan_shipments`.
    """
    if _terms(step, subject).daily_capacity is None:
        _set_days(step, subject, _first_day(step, subject))


def plan_shipments(step: OrderStep) -> None:
    """Give back the places of what was cancelled, plan what has no day or missed it.

    Places are taken and given back warehouse by warehouse and day by day: no two steps
    wait for each other.
    """
    before = _days(step)
    freed = _freed_places(step)
    to_plan = [s for s in step.state.shipments if _wants_day(step, s)]
    for subject in to_plan:
        _give_up_place(subject, freed)
    for warehouse_id in sorted(set(freed) | {s.warehouse_id for s in to_plan}):
        days = _DaysOfWarehouse(step, warehouse_id, freed.get(warehouse_id, Counter()))
        for subject in to_plan:
            if subject.warehouse_id == warehouse_id:
                days.plan(subject)
        days.give_back_rest()
    _store(step, before)


def earliest_deliveries(
    step: OrderStep, warehouse_ids: Iterable[str]
) -> dict[str, date | None]:
    """Return when goods sent from each warehouse could be at the customer's door."""
    found: dict[str, date | None] = {}
    for warehouse_id in warehouse_ids:
        terms = warehouse_terms(step.connection, warehouse_id)
        day = _shipping_day(step, terms, _looks_full(step, terms))
        found[warehouse_id] = None if day is None else _delivery(step, terms, day)
    return found


def backorder_delivery(
    step: OrderStep, warehouse_id: str, arrives_on: date
) -> date | None:
    """Return when goods that a warehouse expects on a day could be at the door."""
    terms = warehouse_terms(step.connection, warehouse_id)
    day = _shipping_day(step, terms, not_before=arrives_on)
    return None if day is None else _delivery(step, terms, day)


def catch_up(step: OrderStep) -> None:
    """Move the days of what is late on the floor, or goes elsewhere now."""
    before = _days(step)
    late = step.recorded(EventKind.RELEASED) | step.recorded(EventKind.DEADLINE_MISSED)
    gone = step.recorded(EventKind.HANDED_OVER)
    is_moved = bool(step.recorded(EventKind.SHIP_TO_CHANGED))
    for subject in step.state.shipments:
        if subject.ship_on is None:
            continue
        if subject.status in BEFORE_HAND_OVER:
            if subject.shipment_id in late:
                _postpone(step, subject, _first_day(step, subject))
            if is_moved:
                _set_days(step, subject, subject.ship_on)
        elif subject.shipment_id in gone:
            _postpone(step, subject, _today(step, subject.warehouse_id))
    _store(step, before)


class _DaysOfWarehouse:
    """The days of one warehouse, gone through from the first to the last."""

    def __init__(self, step: OrderStep, warehouse_id: str, freed: Places) -> None:
        self._step = step
        self._terms = warehouse_terms(step.connection, warehouse_id)
        self._freed = freed
        self._full = _looks_full(step, self._terms) - set(freed)

    def plan(self, subject: ShipmentState) -> None:
        """Give a shipment the first day that has room for it."""
        subject.release_at = None
        first = _shipping_day(self._step, self._terms)
        day = first
        if self._terms.daily_capacity is not None:
            day = self._take_place()
            subject.holds_place = day is not None
        _set_days(self._step, subject, day)
        at_once = self._step.policy.stock.release is ReleaseMode.AT_ONCE
        if day is not None and day != first and at_once:
            calendar = _calendar(self._step, self._terms)
            subject.release_at = self._step.calendars.opens_at(day, calendar)

    def give_back_rest(self) -> None:
        """Give back what comes after the last day that was taken."""
        self._give_back_until(date.max)

    def _take_place(self) -> date | None:
        while True:
            day = _shipping_day(self._step, self._terms, self._full)
            if day is None:
                return None
            self._give_back_until(day)
            warehouse_id = self._terms.warehouse_id
            if take_place(self._step.connection, warehouse_id, day):
                return day
            self._full.add(day)

    def _give_back_until(self, last: date) -> None:
        for day in sorted(self._freed):
            if day <= last:
                give_places_back(
                    self._step.connection,
                    self._terms.warehouse_id,
                    day,
                    self._freed.pop(day),
                )


def _days(step: OrderStep) -> dict[str, tuple[date | None, date | None]]:
    return {s.shipment_id: (s.ship_on, s.deliver_by) for s in step.state.shipments}


def _store(
    step: OrderStep, before: Mapping[str, tuple[date | None, date | None]]
) -> None:
    changed = [
        {"id": shipment_id, "leaves": ship_on, "arrives": deliver_by}
        for shipment_id, (ship_on, deliver_by) in _days(step).items()
        if before[shipment_id] != (ship_on, deliver_by)
    ]
    if changed:
        step.connection.execute(_SET_DAYS, changed)


def _freed_places(step: OrderStep) -> dict[str, Places]:
    freed: dict[str, Places] = {}
    for subject in step.state.shipments:
        if subject.status is ShipmentStatus.CANCELLED:
            _give_up_place(subject, freed)
    return freed


def _give_up_place(subject: ShipmentState, freed: dict[str, Places]) -> None:
    if subject.holds_place and subject.ship_on is not None:
        freed.setdefault(subject.warehouse_id, Counter())[subject.ship_on] += 1
    subject.holds_place = False


def _wants_day(step: OrderStep, subject: ShipmentState) -> bool:
    """Say whether a shipment that nobody works on has no day, or missed it."""
    if subject.status is not ShipmentStatus.ALLOCATED:
        return False
    if subject.release_at is not None and subject.release_at <= step.why.now:
        # Reached: what still keeps it back is not its day.
        subject.release_at = None
    if subject.ship_on is None:
        return True
    first = _first_day(step, subject)
    return first is not None and subject.ship_on < first


def _postpone(step: OrderStep, subject: ShipmentState, day: date | None) -> None:
    """Move a shipment that the floor has: its place was in a day that is over."""
    if day is None or subject.ship_on is None or day <= subject.ship_on:
        return
    if subject.deliver_by is not None:
        subject.deliver_by += day - subject.ship_on
    subject.ship_on = day
    subject.holds_place = False


def _set_days(step: OrderStep, subject: ShipmentState, day: date | None) -> None:
    subject.ship_on = day
    subject.deliver_by = (
        None if day is None else _delivery(step, _terms(step, subject), day)
    )


def _delivery(step: OrderStep, terms: WarehouseTerms, ship_on: date) -> date:
    days: int | None = None
    if terms.has_transit_days:
        asked = {"address_id": step.order.ship_to_address_id}
        to = step.connection.execute(_SHIP_TO, asked).one()
        days = transit_days_to(
            step.connection, terms.warehouse_id, to.country, to.postcode
        )
    if days is None:
        days = step.policy.stock.transit_days_of(step.policy.service_level)
    return delivery_day(ship_on, days)


def _terms(step: OrderStep, subject: ShipmentState) -> WarehouseTerms:
    return warehouse_terms(step.connection, subject.warehouse_id)


def _calendar(step: OrderStep, terms: WarehouseTerms) -> Calendar:
    return step.policy.calendar_for(terms.warehouse_id)


def _first_day(step: OrderStep, subject: ShipmentState) -> date | None:
    known = step.first_days
    if subject.warehouse_id not in known:
        known[subject.warehouse_id] = _shipping_day(step, _terms(step, subject))
    return known[subject.warehouse_id]


def _today(step: OrderStep, warehouse_id: str) -> date:
    calendar = step.policy.calendar_for(warehouse_id)
    return step.why.now.astimezone(zone_of(calendar.time_zone)).date()


def _shipping_day(
    step: OrderStep,
    terms: WarehouseTerms,
    full: frozenset[date] | set[date] = frozenset(),
    not_before: date | None = None,
) -> date | None:
    shipping = ShippingTerms(
        calendar=_calendar(step, terms),
        cut_off=terms.cut_off,
        cut_off_zone=terms.time_zone,
    )
    return step.calendars.shipping_day(
        step.why.now, shipping, full_days=full, not_before=not_before
    )


def _looks_full(step: OrderStep, terms: WarehouseTerms) -> set[date]:
    if terms.daily_capacity is None:
        return set()
    day = _shipping_day(step, terms)
    if day is None:
        return set()
    return full_days(step.connection, terms.warehouse_id, day, terms.daily_capacity)
