"""Whether a promise was kept: by instant or by day, in the zone where it counts."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from domain.kpi.definitions import DueKind
from domain.kpi.facts import OrderFacts, Promise
from domain.kpi.measuring import Excluded
from domain.kpi.orders.causes import CancelCause, cause_of, is_ours
from domain.kpi.orders.population import is_cancelled
from domain.kpi.question import OnTimeBy, Question, Window


class PromiseKeeping:
    """Judges orders against one kind of promise, under one question."""

    def __init__(self, kind: DueKind, window: Window, question: Question) -> None:
        self._kind, self._window, self._question = kind, window, question
        self._by_instant = question.on_time_by is OnTimeBy.INSTANT
        self._today: dict[str, date] = {}

    def why_excluded(self, order: OrderFacts) -> Excluded | None:
        """Say why an order counts neither as kept nor as missed, if it does not."""
        promise = self._promise_of(order)
        if promise is None:
            return Excluded("no_promise")
        if order.rejected_at:
            return Excluded("rejected")
        if is_cancelled(order) and not self._broke_by_cancel(order):
            return Excluded("cancelled")
        if self._window is Window.DELIVERED:
            return None
        if not self._is_due(promise, self._zone_of(order)):
            return Excluded("not_due_yet")
        return self._why_unknown(order)

    def is_kept(self, order: OrderFacts, at: datetime | None) -> bool:
        """Say whether what was done at an instant was done in time."""
        promise = self._promise_of(order)
        if promise is None or at is None:
            return False
        if self._by_instant and promise.at is not None:
            return at <= promise.at
        zone = self._zone_of(order)
        return at.astimezone(ZoneInfo(zone)).date() <= _day_of(promise, zone)

    def done_at(self, order: OrderFacts) -> datetime | None:
        """Return when the last shipment of an order did what was promised."""
        if self._kind is DueKind.DELIVERY:
            return order.delivered_at
        return order.handed_over_at

    def _promise_of(self, order: OrderFacts) -> Promise | None:
        return order.promised if self._kind is DueKind.DELIVERY else order.due_ship

    def _zone_of(self, order: OrderFacts) -> str:
        """Return the zone of the destination, or of the site for a shipment."""
        if self._kind is DueKind.DELIVERY and order.ship_to_zone:
            return order.ship_to_zone
        zones = self._question.site_zones
        return zones.get(order.warehouse or "", self._question.period.zone)

    def _broke_by_cancel(self, order: OrderFacts) -> bool:
        """Say whether a cancel leaves the promise standing, and broken."""
        if self._window is Window.DELIVERED:
            return False
        if is_ours(order.cancel_cause):
            return True
        by_customer = cause_of(order.cancel_cause) is CancelCause.CUSTOMER
        too_late = not self.is_kept(order, order.cancelled_at)
        return by_customer and order.cancelled_at is not None and too_late

    def _is_due(self, promise: Promise, zone: str) -> bool:
        as_of = self._question.as_of
        if self._by_instant and promise.at is not None:
            return promise.at <= as_of
        if zone not in self._today:
            self._today[zone] = as_of.astimezone(ZoneInfo(zone)).date()
        return _day_of(promise, zone) < self._today[zone]

    def _why_unknown(self, order: OrderFacts) -> Excluded | None:
        if self.done_at(order):
            return None
        if self._kind is DueKind.SHIPMENT and order.delivered_at:
            return Excluded("not_recorded")
        if order.says_delivered and not order.delivered_at:
            return Excluded("delivered_without_date")
        return None


def _day_of(promise: Promise, zone: str) -> date:
    if promise.at is not None:
        return promise.at.astimezone(ZoneInfo(zone)).date()
    return promise.on or date.max


def promise_choices(
    kind: DueKind, window: Window, question: Question
) -> dict[str, str]:
    """Tell in words which promise is meant, how it is compared and what counts."""
    of_shipment = kind is DueKind.SHIPMENT
    done = "shipped" if of_shipment else "delivered"
    promise = "planned ship time" if of_shipment else "promise"
    return {
        "promise": _WHICH[kind],
        "compared": _compared(kind, question.on_time_by, question.period.zone),
        "window": _windows(promise)[window],
        "undelivered": _undelivered(window, done),
        "cancelled": _cancelled(window),
    }


_WHICH = {
    DueKind.DELIVERY: "the delivery promise as last agreed with the customer",
    DueKind.SHIPMENT: "the planned ship time as last agreed",
}
_WHERE = {
    DueKind.DELIVERY: "in the zone of the destination, else of the warehouse, else",
    DueKind.SHIPMENT: "in the zone of the warehouse, else",
}


def _compared(kind: DueKind, by: OnTimeBy, zone: str) -> str:
    where = f"{_WHERE[kind]} {zone}"
    if by is OnTimeBy.DAY:
        return f"by whole calendar days {where}; a promised time means its whole day"
    return f"by the instant; a promised day lasts until its end {where}"


def _windows(promise: str) -> dict[Window, str]:
    return {
        Window.DUE: f"orders whose {promise} falls into the period",
        Window.DELIVERED: "orders delivered in the period, whenever they were due",
        Window.PLACED: "orders placed in the period",
    }


def _undelivered(window: Window, done: str) -> str:
    if window is Window.DELIVERED:
        return f"not seen: an order that is not {done} counts only once it is"
    return f"a miss once overdue; what is not due yet is left out, {done} or not"


def _cancelled(window: Window) -> str:
    if window is Window.DELIVERED:
        return "left out"
    return (
        "a miss if it was our fault, such as no stock, or if the customer cancelled "
        "when it was overdue; else left out"
    )
