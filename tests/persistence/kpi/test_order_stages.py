"""When orders passed their stages: the last shipment counts, and what is known."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest
from sqlalchemy import delete, insert, select

from domain.events import EventKind
from domain.kpi.facts import SEVERAL, OrderFacts
from messages.order_messages import (
    CancelOrder,
    ConfirmDelivery,
    ConfirmPick,
    StockArrived,
)
from persistence.tables import fulfillment_event
from tests.activities.steps.builders import (
    NOON,
    OrderRun,
    Shop,
    line,
    package_of,
    picks,
)
from tests.persistence.kpi.asking import facts_in
from tests.persistence.kpi.past_orders import IMPORTED, PastOrders, hour

HOUR = timedelta(hours=1)
MISSING = {"kind": "missing", "line_no": 1}


def only(past: PastOrders, **more: object) -> OrderFacts:
    [facts] = facts_in(past.database, **more).values()  # type: ignore[arg-type]
    return facts


def test_an_order_passes_a_stage_when_its_last_shipment_does(past: PastOrders) -> None:
    past.order(
        "1",
        shipments=(
            {"picked": 5, "handed_over": 9, "delivered": 30},
            {"picked": 7, "handed_over": 8, "delivered": 20},
        ),
    )

    facts = only(past)

    assert (facts.picked_at, facts.handed_over_at, facts.delivered_at) == (
        hour(7),
        hour(9),
        hour(30),
    )
    assert (facts.first_handed_over_at, facts.first_delivered_at) == (hour(8), hour(20))
    assert facts.shipments == 2


def test_a_stage_is_open_as_long_as_one_shipment_has_not_passed_it(
    past: PastOrders,
) -> None:
    past.order(
        "1", shipments=({"picked": 5, "delivered": 30}, {"picked": 7, "packed": 8})
    )

    facts = only(past)

    assert (facts.picked_at, facts.packed_at, facts.delivered_at) == (
        hour(7),
        None,
        None,
    )
    assert facts.first_delivered_at == hour(30)


def test_a_shipment_to_which_nothing_happened_keeps_the_order_open(
    past: PastOrders,
) -> None:
    past.order("1", shipments=({"picked": 5, "delivered": 30}, {}))

    facts = only(past)

    assert (facts.picked_at, facts.delivered_at, facts.shipments) == (None, None, 2)
    assert facts.first_delivered_at == hour(30)


def test_a_cancelled_shipment_is_none_of_the_orders_shipments(
    past: PastOrders,
) -> None:
    order_id = past.order(
        "1",
        shipments=(
            {"picked": 5, "delivered": 30, "warehouse_id": "north"},
            {"picked": 7, "warehouse_id": "south"},
        ),
    )
    past.happened(order_id, 2, shipment_cancelled=8)

    facts = only(past)

    assert (facts.picked_at, facts.delivered_at) == (hour(5), hour(30))
    assert (facts.shipments, facts.warehouse) == (1, "north")


def test_an_order_whose_shipments_were_all_cancelled_is_not_delivered(
    past: PastOrders,
) -> None:
    order_id = past.order("1", shipments=({"picked": 5, "warehouse_id": "north"},))
    past.happened(order_id, 1, shipment_cancelled=8)

    facts = only(past)

    assert (facts.picked_at, facts.delivered_at, facts.shipments) == (None, None, 0)
    assert facts.warehouse == "north"  # where the cancelled order would have come from


def test_what_happened_after_the_moment_of_knowledge_is_not_known(
    past: PastOrders,
) -> None:
    order_id = past.order("1", shipments=({"picked": 5, "packed": 6, "delivered": 30},))
    past.happened(order_id, verified=1, cancelled=40)

    known = {
        number: only(past, as_of=hour(number)) for number in (0, 5.5, 6, 29, 30, 40)
    }

    assert {number: one.delivered_at for number, one in known.items()} == {
        0: None,
        5.5: None,
        6: None,
        29: None,
        30: hour(30),
        40: hour(30),
    }
    assert known[0].verified_at is None
    assert (known[5.5].picked_at, known[5.5].packed_at) == (hour(5), None)
    assert known[6].packed_at == hour(6)
    assert (known[30].cancelled_at, known[40].cancelled_at) == (None, hour(40))


def test_an_order_placed_after_the_moment_of_knowledge_is_not_there(
    past: PastOrders,
) -> None:
    past.order("1")

    assert facts_in(past.database, as_of=hour(-1)) == {}


def test_a_repeated_stage_counts_when_it_happened_last(past: PastOrders) -> None:
    order_id = past.order("1", shipments=({"packed": 6, "delivered": 30},))
    past.happened(order_id, 1, packed=9)
    past.happened(order_id, 1, packed=3)

    assert only(past).packed_at == hour(9)


def test_what_was_imported_before_a_correction_counts_no_more(past: PastOrders) -> None:
    order_id = past.order("1", shipments=({"packed": 6, "delivered": 30},))
    untouched = past.order("2", shipments=({"delivered": 31},))
    past.event(order_id, EventKind.CLAIM_RECORDED, hour(40), data=MISSING)
    past.event(order_id, EventKind.HISTORY_CORRECTED, IMPORTED)
    past.happened(order_id, placed=0)
    past.happened(order_id, 1, delivered=20)

    facts = facts_in(past.database)

    assert (facts[order_id].packed_at, facts[order_id].delivered_at) == (None, hour(20))
    assert facts[order_id].errors == ()
    assert facts[untouched].delivered_at == hour(31)


def test_the_newest_of_several_corrections_counts(past: PastOrders) -> None:
    order_id = past.order("1", shipments=({"delivered": 30},))
    for delivered in (20, 25):
        past.event(order_id, EventKind.HISTORY_CORRECTED, IMPORTED)
        past.happened(order_id, 1, delivered=delivered)

    assert only(past).delivered_at == hour(25)
    # A correction is no happening: what it tells was so all the time.
    assert only(past, as_of=hour(26)).delivered_at == hour(25)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_order_in_which_events_were_stored_changes_nothing(
    past: PastOrders, seed: int
) -> None:
    for number in range(1, 5):
        order_id = past.order(
            str(number),
            shipments=(
                {"picked": number, "packed": 6, "handed_over": 9, "delivered": 30},
                {"picked": 7, "packed": 8, "handed_over": 9 + number, "delivered": 20},
            ),
        )
        past.event(order_id, EventKind.CLAIM_RECORDED, hour(50), data=MISSING)
        held = {"hold_id": order_id, "kind": "payment"}
        past.event(order_id, EventKind.HOLD_PLACED, hour(2), data=held)
        past.event(order_id, EventKind.HOLD_RELEASED, hour(3), data=held)
    before = facts_in(past.database)

    with past.database.write() as connection:
        stored = connection.execute(select(fulfillment_event)).mappings().all()
        rows = [dict(row) for row in stored]
        random.Random(seed).shuffle(rows)
        for number, row in enumerate(rows, start=1):
            row["fulfillment_event_id"] = number
        connection.execute(delete(fulfillment_event))
        connection.execute(insert(fulfillment_event), rows)

    assert facts_in(past.database) == before


def test_the_source_may_say_more_than_its_instants(past: PastOrders) -> None:
    delivered = past.order("1", status="delivered")
    cancelled = past.order("2", status="cancelled", cancel_cause="fraud")

    facts = facts_in(past.database)

    assert facts[delivered].says_delivered
    assert facts[delivered].delivered_at is None
    assert facts[cancelled].says_cancelled
    assert (facts[cancelled].cancelled_at, facts[cancelled].cancel_cause) == (
        None,
        "fraud",
    )


def test_shipments_of_two_warehouses_have_no_warehouse_in_common(
    past: PastOrders,
) -> None:
    past.order(
        "1",
        shipments=(
            {"warehouse_id": "north", "carrier": "dhl"},
            {"warehouse_id": "south", "carrier": "dhl"},
            {"warehouse_id": None, "carrier": None},
        ),
    )

    facts = only(past)

    assert (facts.warehouse, facts.carrier) == (SEVERAL, "dhl")


def sent(shop: Shop, number: str = "1", *, at: int = 1, **more: object) -> OrderRun:
    """Send two mugs: picked, packed and handed over an hour after each other."""
    run = shop.order(number, line("MUG", 2), **more)
    steps = (
        lambda: run.pick(*picks(2)),
        lambda: run.pack(package_of(MUG=2)),
        run.hand_over,
    )
    for after, step in enumerate(steps, start=at):
        shop.now = NOON + after * HOUR
        step()
    return run


def delivered(run: OrderRun, after: int, shipment_id: str | None = None) -> None:
    run.shop.now = NOON + after * HOUR
    told = ConfirmDelivery(message_id=run.message_id(), shipment_id=shipment_id)
    run.done(told)


def test_a_run_and_the_facts_of_its_order_tell_the_same(stocked_shop: Shop) -> None:
    run = sent(stocked_shop, asked_for_on="2026-11-27", service_level="express")
    delivered(run, 20)

    [facts] = facts_in(stocked_shop.database).values()

    assert facts._replace(customer=None, waits=(), lines=(), due_ship=None) == (
        OrderFacts(
            order_id=run.order_id,
            source="web",
            is_imported=False,
            channel="api",
            service_level="express",
            customer_group=None,
            customer=None,
            warehouse="main",
            carrier="simulator",
            category=None,
            ship_to_zone=None,
            ship_to_country="DE",
            placed_at=NOON,
            verified_at=NOON,
            allocated_at=NOON,
            released_at=NOON,
            picked_at=NOON + HOUR,
            packed_at=NOON + 2 * HOUR,
            handed_over_at=NOON + 3 * HOUR,
            delivered_at=NOON + 20 * HOUR,
            shipments=1,
            first_handed_over_at=NOON + 3 * HOUR,
            first_delivered_at=NOON + 20 * HOUR,
            says_delivered=True,
            promised=facts.promised,
        )
    )
    assert facts.promised is not None
    assert facts.due_ship is not None
    assert facts.due_ship.on is not None


def test_an_order_of_which_goods_are_still_owed_is_not_delivered(
    stocked_shop: Shop,
) -> None:
    run = stocked_shop.order("1", line("MUG", 12))
    stocked_shop.now = NOON + HOUR
    run.pick(*picks(10))
    run.pack(package_of(MUG=10))
    run.hand_over()
    delivered(run, 20)
    [waiting] = facts_in(stocked_shop.database).values()

    stocked_shop.now = NOON + 30 * HOUR
    stocked_shop.receive("B-1", MUG=2)
    run.done(StockArrived(message_id="came", skus=("MUG",)))
    run.done(
        ConfirmPick(
            message_id="p2",
            actor="picker:7",
            lines=picks(2),
            shipment_id=run.state.shipments[1].shipment_id,
        )
    )
    run.pack(package_of(MUG=2))
    run.hand_over()
    delivered(run, 50, run.state.shipments[1].shipment_id)

    [whole] = facts_in(stocked_shop.database).values()
    [earlier] = facts_in(stocked_shop.database, as_of=NOON + 25 * HOUR).values()

    assert waiting.delivered_at is None
    assert waiting.allocated_at is None
    assert waiting.first_delivered_at == NOON + 20 * HOUR
    assert whole.delivered_at == NOON + 50 * HOUR
    assert whole.shipments == 2
    assert (earlier.delivered_at, earlier.first_delivered_at) == (
        None,
        NOON + 20 * HOUR,
    )


def test_a_cancelled_order_has_its_cause_and_no_stages(stocked_shop: Shop) -> None:
    run = stocked_shop.order("1", line("MUG", 2))
    stocked_shop.now = NOON + HOUR
    run.done(CancelOrder(message_id="no", reason="customer_changed_mind"))

    [facts] = facts_in(stocked_shop.database).values()
    [before] = facts_in(stocked_shop.database, as_of=NOON).values()

    assert facts.cancelled_at == NOON + HOUR
    assert (facts.cancel_cause, facts.says_cancelled) == ("customer_changed_mind", True)
    assert (facts.allocated_at, facts.shipments) == (None, 0)
    assert (before.cancelled_at, before.says_cancelled) == (None, False)
    assert before.allocated_at == NOON


def test_orders_of_one_address_of_mail_have_one_customer(stocked_shop: Shop) -> None:
    for number, customer in enumerate(
        [
            {"email": "a@example.org", "reference": "r1"},
            {"email": "A@example.org", "reference": "r2"},
            {"reference": "r1"},
            {"reference": "r1"},
        ]
    ):
        stocked_shop.order(str(number), line("MUG", 1), customer=customer)

    found = [one.customer for _, one in sorted(facts_in(stocked_shop.database).items())]

    assert found[0] == found[1] != found[2] == found[3]
    assert None not in found
