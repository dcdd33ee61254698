"""Why goods come from where they do, and from where an order would get them now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from pydantic import Field
from sqlalchemy import Connection, select

from activities.working_calendars import WorkingCalendars
from domain.errors import NotFound
from domain.policy import FulfillmentPolicy, OrderPolicy
from domain.stock.promise import ShippingTerms, delivery_day
from domain.stock.sourcing import (
    LineDemand,
    SourcingFacts,
    SourcingPlan,
    WarehouseFacts,
    plan_sourcing,
)
from messages.order_document import OrderDocument, parse_order_document
from operations.queries.models import View
from persistence.catalog import find_articles
from persistence.sourcing import Destination, service_facts, stored_decisions
from persistence.stock import free_stock
from persistence.tables import orders
from persistence.warehouses import full_days, transit_days_to, warehouse_terms


class VerdictView(View):
    """What a rule says of a candidate: a score from 0 to 1, times its weight."""

    score: float
    weight: int
    text: str


class CandidateView(View):
    """One way to source the order, as it was judged."""

    warehouses: list[str]
    units: int
    units_by_warehouse: dict[str, int]
    shipments: int
    verdicts: dict[str, VerdictView]
    total: float


class NotServing(View):
    """A warehouse that had stock and does not send it there."""

    warehouse: str
    reason: str | None


class SourcingExplanation(View):
    """The candidates, the best first, and why the winner won."""

    wanted: int
    missing: int
    considered: int
    candidates: list[CandidateView]
    not_serving: list[NotServing]
    winner: list[str]
    reason: str
    split_reason: str | None


class SourcingDecision(View):
    """A decision about an order, and the step that took it."""

    order_id: str
    decided_at: datetime
    cause: str
    explanation: SourcingExplanation


class TakenUnits(View):
    """Units that would be taken in one place."""

    line_no: int
    sku: str
    quantity: int
    warehouse_id: str
    location_id: str


class MissingUnits(View):
    """Units that would be missing."""

    line_no: int
    sku: str
    quantity: int


class UnknownLine(View):
    """A line whose article the catalogue does not know."""

    line_no: int
    sku: str


class TriedSourcing(View):
    """What sourcing would choose now; without explanation nothing is to choose."""

    taken: list[TakenUnits] = Field(default_factory=list)
    missing: list[MissingUnits] = Field(default_factory=list)
    unknown: list[UnknownLine] = Field(default_factory=list)
    explanation: SourcingExplanation | None = None


def explain_order(connection: Connection, order_id: str) -> list[SourcingDecision]:
    """Return every decision about an order, the first one first.

    There is none for an order that one warehouse could fill and nobody else.
    """
    stored = select(orders.c.order_id).where(orders.c.order_id == order_id)
    if connection.execute(stored).first() is None:
        raise NotFound(f"no order {order_id} is stored")
    return [
        SourcingDecision(
            order_id=order_id,
            decided_at=decision.decided_at,
            cause=decision.cause,
            explanation=SourcingExplanation.model_validate(decision.explanation),
        )
        for decision in stored_decisions(connection, order_id)
    ]


def try_sourcing(
    connection: Connection,
    raw: Mapping[str, object],
    policy: FulfillmentPolicy,
    now: datetime,
) -> TriedSourcing:
    """Return from where an order document would be filled now; nothing is changed."""
    document = parse_order_document(raw)
    articles = find_articles(
        connection, document.source, [line.sku for line in document.lines]
    )
    numbered = list(enumerate(document.lines, start=1))
    demands = [
        LineDemand(line_no=line_no, units=line.quantity, parts=articles[line.sku].parts)
        for line_no, line in numbered
        if line.sku in articles
    ]
    trial = _Trial(
        connection=connection,
        policy=policy.snapshot(
            source=document.source, service_level=document.service_level
        ),
        document=document,
        now=now,
    )
    unknown = [
        UnknownLine(line_no=line_no, sku=line.sku)
        for line_no, line in numbered
        if line.sku not in articles
    ]
    return _shown(trial.plan(demands), unknown)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Trial:
    """One document, looked at with the stock of this moment."""

    connection: Connection
    policy: OrderPolicy
    document: OrderDocument
    now: datetime

    def plan(self, demands: list[LineDemand]) -> SourcingPlan:
        """Source the demand as a step of the order would."""
        skus = [sku for demand in demands for sku, _ in demand.parts]
        stock = free_stock(self.connection, skus) if skus else []
        return plan_sourcing(
            demands,
            stock,
            weights=self.policy.stock.rules,
            facts=self._facts({level.warehouse_id for level in stock}),
        )

    def _facts(self, warehouse_ids: Iterable[str]) -> SourcingFacts:
        ship_to = self.document.ship_to
        to = Destination(country=ship_to.country, postcode=ship_to.postcode)
        facts = service_facts(self.connection, warehouse_ids, to)
        asked_for_on = self.document.promised_on
        if asked_for_on is not None:
            facts = {
                warehouse_id: self._with_delivery(known, to)
                for warehouse_id, known in facts.items()
            }
        return SourcingFacts(warehouses=facts, asked_for_on=asked_for_on)

    def _with_delivery(self, known: WarehouseFacts, to: Destination) -> WarehouseFacts:
        return replace(
            known, earliest_delivery=self._earliest_delivery(known.warehouse_id, to)
        )

    def _earliest_delivery(self, warehouse_id: str, to: Destination) -> date | None:
        terms = warehouse_terms(self.connection, warehouse_id)
        shipping = ShippingTerms(
            calendar=self.policy.calendar_for(warehouse_id),
            cut_off=terms.cut_off,
            cut_off_zone=terms.time_zone,
        )
        calendars = WorkingCalendars()
        day = calendars.shipping_day(self.now, shipping)
        capacity = terms.daily_capacity
        if day is not None and capacity is not None:
            full = full_days(self.connection, warehouse_id, day, capacity)
            day = calendars.shipping_day(self.now, shipping, full_days=full)
        if day is None:
            return None
        transit = transit_days_to(
            self.connection, warehouse_id, to.country, to.postcode
        )
        if transit is None:
            transit = self.policy.stock.transit_days_of(self.policy.service_level)
        return delivery_day(day, transit)


def _shown(plan: SourcingPlan, unknown: list[UnknownLine]) -> TriedSourcing:
    explanation = plan.explanation
    return TriedSourcing(
        taken=[
            TakenUnits(
                line_no=one.line_no,
                sku=one.sku,
                quantity=one.quantity,
                warehouse_id=one.stock.warehouse_id,
                location_id=one.stock.location_id,
            )
            for one in plan.allocations
        ],
        missing=[
            MissingUnits(line_no=one.line_no, sku=one.sku, quantity=one.quantity)
            for one in plan.missing
        ],
        unknown=unknown,
        explanation=explanation
        and SourcingExplanation.model_validate(explanation.as_json()),
    )
