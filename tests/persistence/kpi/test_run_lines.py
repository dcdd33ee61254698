"""Lines of runs: what was ordered, had at first, sent and delivered of each."""

from __future__ import annotations

from datetime import timedelta

import pytest

from domain.policy import (
    MissingAct,
    MissingTerms,
    ShortAct,
    StockPolicy,
    SubstituteMode,
)
from messages.order_messages import (
    CancelOrder,
    ChangeLines,
    ConfirmDelivery,
    ConfirmPick,
    LineChange,
    PickedLine,
    StockArrived,
)
from operations.adjustments import ReturnStock, return_stock
from tests.activities.steps.builders import (
    NOON,
    OrderRun,
    Shop,
    line,
    package_of,
    picks,
)
from tests.activities.steps.shortages import (
    allow_substitutes,
    open_stops,
    set_stock_policy,
    short,
)
from tests.persistence.kpi.asking import facts_in, numbers, sums_in

HOUR = timedelta(hours=1)


def send(run: OrderRun, place: int = 0, **units: int) -> None:
    """Pack, hand over and deliver what was picked into a shipment."""
    run.pack(package_of(**units))
    run.hand_over()
    told = run.state.shipments[place].shipment_id
    run.done(ConfirmDelivery(message_id=run.message_id(), shipment_id=told))


def test_a_line_that_was_there_is_filled_at_first_and_in_the_end(
    stocked_shop: Shop,
) -> None:
    run = stocked_shop.order("1", line("MUG", 2), line("POT", 3))
    [promised] = sums_in(stocked_shop.database)
    stocked_shop.now = NOON + HOUR
    run.pick(*picks(2, 3))
    send(run, MUG=2, POT=3)

    [sums] = sums_in(stocked_shop.database)

    assert numbers(promised) == {
        "lines": 2,
        "units_ordered": 5,
        "lines_filled_first": 2,
        "units_filled_first": 5,
    }
    assert numbers(sums) == {
        **numbers(promised),
        "lines_filled": 2,
        "units_shipped": 5,
    }
    assert (sums.warehouse, sums.delivered_at) == ("main", NOON + HOUR)


def test_units_that_came_back_are_told_of_the_line_they_were_sent_for(
    stocked_shop: Shop,
) -> None:
    run = stocked_shop.order("1", line("MUG", 2), line("POT", 3))
    run.pick(*picks(2, 3))
    send(run, MUG=2, POT=3)
    back = ReturnStock(
        message_id="back",
        actor="clerk:1",
        sku="POT",
        quantity=2,
        location="A-1",
        order_id=run.order_id,
    )
    return_stock(stocked_shop.database, back, lambda: NOON + HOUR)

    [sums] = sums_in(stocked_shop.database)

    assert (sums.lines_rejected, sums.units_rejected) == (1, 2)
    assert sums.units_shipped == 5


def test_a_backordered_line_is_filled_in_the_end_but_not_at_first(
    stocked_shop: Shop,
) -> None:
    run = stocked_shop.order("1", line("MUG", 12), line("POT", 1))
    run.pick(*picks(10, 1))
    send(run, MUG=10, POT=1)
    waiting = sums_in(stocked_shop.database)
    stocked_shop.now = NOON + HOUR
    stocked_shop.receive("B-1", MUG=2)
    run.done(StockArrived(message_id="came", skus=("MUG",)))
    second = run.state.shipments[1].shipment_id
    run.done(ConfirmPick(message_id="p2", lines=picks(2), shipment_id=second))
    send(run, 1, MUG=2)

    sums = {one.delivered_at: numbers(one) for one in sums_in(stocked_shop.database)}
    waited = {one.delivered_at: numbers(one) for one in waiting}

    pot = {
        "lines": 1,
        "units_ordered": 1,
        "lines_filled_first": 1,
        "units_filled_first": 1,
        "lines_filled": 1,
        "units_shipped": 1,
    }
    assert waited == {
        NOON: pot,
        None: {
            "lines": 1,
            "units_ordered": 12,
            "units_filled_first": 10,
            "units_shipped": 10,
        },
    }
    assert sums == {
        NOON: pot,
        NOON + HOUR: {
            "lines": 1,
            "units_ordered": 12,
            "units_filled_first": 10,
            "lines_filled": 1,
            "units_shipped": 12,
        },
    }


def test_a_line_that_was_promised_and_then_not_found_was_filled_at_first(
    stocked_shop: Shop,
) -> None:
    run = stocked_shop.order("1", line("MUG", 2))
    stocked_shop.now = NOON + HOUR
    run.pick(short(0))

    assert "backordered" in run.events()
    [sums] = sums_in(stocked_shop.database)
    assert (sums.lines_filled_first, sums.units_filled_first) == (1, 2)


def test_a_bundle_has_as_many_units_as_its_scarcest_part(stocked_shop: Shop) -> None:
    stocked_shop.add_bundle("SET", MUG=2, POT=1)
    run = stocked_shop.order("1", line("SET", 6))
    stops = open_stops(run)
    picked = tuple(
        PickedLine(line_no=1, sku=sku, quantity=units) for _, sku, _, units in stops
    )
    run.pick(*picked)
    send(run, **{sku: units for _, sku, _, units in stops})

    [sums] = sums_in(stocked_shop.database)

    assert numbers(sums) == {
        "lines": 1,
        "units_ordered": 6,
        "units_filled_first": 5,
        "units_shipped": 5,
    }
    assert sums.delivered_at is None  # a part of it is still owed


def test_a_substitute_does_not_fill_the_line_it_is_sent_for(stocked_shop: Shop) -> None:
    stocked_shop.add_products("CUP", weight_grams=200)
    stocked_shop.receive("B-1", CUP=5)
    allow_substitutes(stocked_shop, "MUG", "CUP")
    acts = (ShortAct.REALLOCATE, ShortAct.SUBSTITUTE, ShortAct.WAIT)
    mode = SubstituteMode.WITH_CONSENT
    set_stock_policy(stocked_shop, StockPolicy(short_acts=acts, substitutes=mode))
    run = stocked_shop.order("1", line("MUG", 4), accepts_substitutes=True)
    run.pick(short(1))
    run.pick(*picks(3, first=2))
    send(run, MUG=1, CUP=3)

    [sums] = sums_in(stocked_shop.database)

    assert numbers(sums) == {
        "lines": 1,
        "units_ordered": 4,
        "lines_filled_first": 1,
        "units_filled_first": 4,
        "units_shipped": 1,
        "lines_substituted": 1,
    }


def test_what_the_customer_takes_off_was_not_ordered(stocked_shop: Shop) -> None:
    run = stocked_shop.order("1", line("MUG", 4), line("POT", 1))
    fewer = (LineChange(line_no=1, quantity=3), LineChange(line_no=2, quantity=0))
    run.done(ChangeLines(message_id="less", lines=fewer))

    sums = sums_in(stocked_shop.database)

    told = [numbers(one) for one in sums]
    assert sum(one.get("lines", 0) for one in told) == 2
    assert sum(one.get("lines_cancelled", 0) for one in told) == 1
    assert sum(one.get("units_ordered", 0) for one in told) == 3
    assert sum(one.get("lines_filled_first", 0) for one in told) == 1


def test_what_was_cancelled_because_it_was_not_there_was_ordered_and_not_filled(
    stocked_shop: Shop,
) -> None:
    terms = MissingTerms(act=MissingAct.CANCEL_REST)
    set_stock_policy(stocked_shop, StockPolicy(missing=terms))
    run = stocked_shop.order("1", line("MUG", 12, unit_price="2.00"), currency="EUR")
    run.pick(*picks(10))
    send(run, MUG=10)

    [sums] = sums_in(stocked_shop.database)

    assert run.lines() == {1: (12, 2)}
    assert numbers(sums) == {
        "lines": 1,
        "units_ordered": 12,
        "units_filled_first": 10,
        "units_shipped": 10,
    }
    assert sums.delivered_at == NOON


@pytest.mark.parametrize(("reason", "wanted"), [("missing", 2), ("customer", 0)])
def test_an_order_cancelled_by_us_was_wanted_and_one_cancelled_by_its_customer_not(
    stocked_shop: Shop, reason: str, wanted: int
) -> None:
    run = stocked_shop.order("1", line("MUG", 2))
    run.done(CancelOrder(message_id="no", reason=reason))

    [sums] = sums_in(stocked_shop.database)

    assert sums.lines == 1
    assert (sums.units_ordered, sums.lines_cancelled) == (wanted, int(not wanted))


def test_an_order_nobody_sought_stock_for_is_not_filled_at_first(
    stocked_shop: Shop,
) -> None:
    run = stocked_shop.order("1", line("UNHEARD-OF", 2))
    assert "allocated" not in run.events()

    [sums] = sums_in(stocked_shop.database)

    assert numbers(sums) == {"lines": 1, "units_ordered": 2}


def test_what_was_sent_after_the_moment_of_knowledge_is_not_known(
    stocked_shop: Shop,
) -> None:
    run = stocked_shop.order("1", line("MUG", 2))
    stocked_shop.now = NOON + HOUR
    run.pick(*picks(2))
    run.pack(package_of(MUG=2))
    run.hand_over()
    stocked_shop.now = NOON + 2 * HOUR
    run.done(ConfirmDelivery(message_id="there"))

    [before] = sums_in(stocked_shop.database, as_of=NOON)
    [between] = sums_in(stocked_shop.database, as_of=NOON + HOUR)
    [after] = sums_in(stocked_shop.database)

    assert (before.units_shipped, before.delivered_at) == (0, None)
    assert (between.units_shipped, between.delivered_at) == (2, None)
    assert (after.units_shipped, after.delivered_at) == (2, NOON + 2 * HOUR)


def test_the_lines_of_a_run_are_told_by_category_if_asked(stocked_shop: Shop) -> None:
    stocked_shop.add_products("TEA", category="food", weight_grams=1)
    stocked_shop.receive("B-1", TEA=5)
    run = stocked_shop.order("1", line("MUG", 1), line("TEA", 2), line("POT", 3))

    facts = facts_in(stocked_shop.database, by_category=True, parts=frozenset())

    assert {one.category: one.units_ordered for one in facts[run.order_id].lines} == {
        None: 4,
        "food": 2,
    }
    assert facts[run.order_id].category == "food"
