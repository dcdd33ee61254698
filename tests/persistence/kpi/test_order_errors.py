"""Errors on orders, and whether silence about them proves anything."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from domain.claims import ClaimKind
from domain.events import EventKind
from domain.kpi.facts import FoundError
from messages.order_messages import ConfirmPack
from operations.claims import RecordClaim, record_claim
from persistence.tables import label
from tests.activities.steps.builders import (
    NOON,
    OrderRun,
    Shop,
    line,
    package_of,
    picks,
)
from tests.persistence.kpi.asking import facts_in
from tests.persistence.kpi.past_orders import PastOrders, hour

HOUR = timedelta(hours=1)


def claimed(past: PastOrders, order_id: str, at: float, **data: object) -> None:
    told = {"line_no": 1, "kind": "missing", "quantity": 1, "imported": True, **data}
    past.event(order_id, EventKind.CLAIM_RECORDED, hour(at), data=told)


def test_an_imported_error_names_its_line_and_when_it_was_found(
    past: PastOrders,
) -> None:
    order_id = past.order("1")
    past.line(order_id, 1, ordered=1, shipped=1, category="toys")
    claimed(past, order_id, 40)
    inside = {"line_no": 1, "kind": "wrong_item", "quantity": None, "imported": True}
    past.event(order_id, EventKind.PACK_ERROR_FOUND, hour(6), data=inside)

    [facts] = facts_in(past.database).values()
    [told] = facts_in(past.database, by_category=True).values()

    assert facts.errors == (
        FoundError(kind="wrong_item", inside=True, found_at=hour(6), line_no=1),
        FoundError(kind="missing", inside=False, found_at=hour(40), line_no=1, units=1),
    )
    assert [one.category for one in told.errors] == ["toys", "toys"]


def test_claims_of_any_order_show_that_a_source_records_them(past: PastOrders) -> None:
    first, second = past.order("1"), past.order("2", source="other")
    third = past.order("3")
    claimed(past, first, 40)

    known = facts_in(past.database)
    before = facts_in(past.database, as_of=hour(39))

    assert {name: one.has_claims_channel for name, one in known.items()} == {
        first: True,
        second: False,
        third: True,
    }
    assert not any(one.has_claims_channel for one in before.values())
    assert before[first].errors == ()


def shipped(shop: Shop) -> OrderRun:
    run = shop.order("1", line("MUG", 2))
    run.pick(*picks(2))
    shop.now = NOON + HOUR
    run.tell(ConfirmPack(message_id="wrong", packages=(package_of(POT=2),)))
    run.pack(package_of(MUG=2))
    run.hand_over()
    return run


def test_the_pack_check_and_a_claim_are_errors_of_a_run(stocked_shop: Shop) -> None:
    run = shipped(stocked_shop)
    claim = RecordClaim(
        message_id="c1",
        actor="clerk:1",
        order_id=run.order_id,
        line_no=1,
        kind=ClaimKind.DAMAGED,
        found_at=NOON + 2 * HOUR,
        quantity=1,
    )
    record_claim(stocked_shop.database, claim, lambda: NOON + 3 * HOUR)

    [facts] = facts_in(stocked_shop.database).values()

    assert facts.errors == (
        FoundError(kind="wrong_item", inside=True, found_at=NOON + HOUR, units=2),
        FoundError(
            kind="damaged",
            inside=False,
            found_at=NOON + 2 * HOUR,
            line_no=1,
            units=1,
        ),
    )
    assert facts.has_claims_channel


def test_freight_is_what_labels_cost_that_were_not_voided(stocked_shop: Shop) -> None:
    run = shipped(stocked_shop)
    [shipment] = run.state.shipments
    for number, cost, voided_at in (
        (1, "4.90", NOON + 5 * HOUR),
        (2, "5.15", None),
        (3, "1.20", None),
        (4, None, None),
    ):
        stocked_shop.add(
            label,
            {
                "idempotency_key": f"k{number}",
                "shipment_id": shipment.shipment_id,
                "carrier": "simulator",
                "cost": cost and Decimal(cost),
                "currency": "EUR",
                "pdf": b"",
                "zpl": "",
                "made_at": NOON + HOUR,
                "voided_at": voided_at,
            },
        )

    [facts] = facts_in(stocked_shop.database).values()
    [earlier] = facts_in(stocked_shop.database, as_of=NOON + 2 * HOUR).values()
    [before] = facts_in(stocked_shop.database, as_of=NOON).values()

    assert facts.freight == pytest.approx(6.35)
    assert earlier.freight == pytest.approx(11.25)
    assert before.freight is None


def test_parts_nobody_asked_for_stay_empty(stocked_shop: Shop) -> None:
    run = shipped(stocked_shop)

    facts = facts_in(stocked_shop.database, parts=frozenset())[run.order_id]

    assert (facts.errors, facts.lines, facts.waits, facts.freight) == ((), (), (), None)
