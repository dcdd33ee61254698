"""Demand, shelves and facts for tests of sourcing, by hand and drawn."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime

from hypothesis import strategies as st

from domain.policy import SourcingRule
from domain.stock.movements import LocationKind
from domain.stock.sourcing import (
    FreeStock,
    LineDemand,
    SourcingFacts,
    SourcingPlan,
    WarehouseFacts,
)

SKUS = ("MUG", "POT", "PAN")
WAREHOUSES = ("east", "north", "south", "west")
QUANTITIES = st.integers(1, 6)
MOMENTS = st.datetimes(
    datetime.fromisoformat("2026-01-01"),
    datetime.fromisoformat("2026-12-31"),
    timezones=st.just(UTC),
)


def level(
    number: int, warehouse_id: str = "east", sku: str = "MUG", **more: object
) -> FreeStock:
    facts: dict[str, object] = {
        "location_id": f"{warehouse_id}-{number}",
        "pick_sequence": number,
        "free": 2,
        **more,
    }
    return FreeStock(
        stock_level_id=number,
        warehouse_id=warehouse_id,
        sku=sku,
        **facts,  # type: ignore[arg-type]
    )


def stock_of(**units: dict[str, int]) -> list[FreeStock]:
    """Return one level for each article of each warehouse."""
    wanted = [
        (warehouse_id, sku, free)
        for warehouse_id, by_sku in units.items()
        for sku, free in by_sku.items()
    ]
    return [
        level(number, warehouse_id, sku, free=free)
        for number, (warehouse_id, sku, free) in enumerate(wanted, start=1)
    ]


def wanted(**units: int) -> list[LineDemand]:
    return [
        LineDemand(line_no=number, units=quantity, parts=((sku, 1),))
        for number, (sku, quantity) in enumerate(units.items(), start=1)
    ]


def facts_of(*known: WarehouseFacts, **more: object) -> SourcingFacts:
    return SourcingFacts(
        warehouses={each.warehouse_id: each for each in known},
        **more,  # type: ignore[arg-type]
    )


def far(warehouse_id: str, distance_km: int, **more: object) -> WarehouseFacts:
    return WarehouseFacts(
        warehouse_id=warehouse_id,
        distance_km=distance_km,
        **more,  # type: ignore[arg-type]
    )


def sent_by(plan: SourcingPlan) -> dict[str, int]:
    units: Counter[str] = Counter()
    for one in plan.allocations:
        units[one.stock.warehouse_id] += one.quantity
    return dict(sorted(units.items()))


@st.composite
def shelves(draw: st.DrawFn) -> list[FreeStock]:
    places = draw(
        st.lists(
            st.tuples(
                st.sampled_from(WAREHOUSES),
                st.sampled_from(SKUS),
                st.integers(1, 9),
                QUANTITIES,
                st.sampled_from((LocationKind.PICK_FACE, LocationKind.BULK)),
                st.none() | MOMENTS,
                st.booleans(),
            ),
            max_size=12,
        )
    )
    return [
        FreeStock(
            stock_level_id=number,
            warehouse_id=warehouse,
            location_id=f"{warehouse}-{number}",
            pick_sequence=sequence,
            sku=sku,
            free=free,
            kind=kind,
            received_at=received_at,
            is_trusted=trusted,
        )
        for number, (
            warehouse,
            sku,
            sequence,
            free,
            kind,
            received_at,
            trusted,
        ) in enumerate(places, start=1)
    ]


PARTS = st.one_of(
    st.sampled_from(SKUS).map(lambda sku: ((sku, 1),)),
    st.dictionaries(st.sampled_from(SKUS), st.integers(1, 3), min_size=2).map(
        lambda parts: tuple(sorted(parts.items()))
    ),
)


@st.composite
def orders(draw: st.DrawFn) -> list[LineDemand]:
    lines = draw(st.lists(st.tuples(QUANTITIES, PARTS), min_size=1, max_size=4))
    return [
        LineDemand(line_no=number, units=units, parts=parts)
        for number, (units, parts) in enumerate(lines, start=1)
    ]


def facts() -> st.SearchStrategy[SourcingFacts]:
    """Draw what is known of each warehouse, and the date that was asked for."""
    days = st.none() | MOMENTS.map(lambda moment: moment.date())
    each = [
        st.builds(
            WarehouseFacts,
            warehouse_id=st.just(warehouse_id),
            serves=st.booleans(),
            distance_km=st.none() | st.integers(0, 900),
            same_country=st.booleans(),
            earliest_delivery=days,
            reason=st.just("sends nothing there"),
        )
        for warehouse_id in WAREHOUSES
    ]
    return st.builds(
        lambda known, day: facts_of(*known, asked_for_on=day),
        st.tuples(*each),
        days,
    )


WEIGHTS = st.dictionaries(st.sampled_from(list(SourcingRule)), st.integers(0, 100))
