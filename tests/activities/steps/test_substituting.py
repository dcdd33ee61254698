"""Substitutes: another article goes where the ordered one is missing at its bin."""

from decimal import Decimal

import pytest
from sqlalchemy import select

from domain.policy import ShortAct, StockPolicy, SubstituteMode, SubstitutePrice
from domain.shipments.status import ShipmentStatus
from messages.order_messages import ConfirmPutBack
from persistence.tables import order_line, price_list_entry
from tests.activities.steps.builders import OrderRun, Shop, line, picks
from tests.activities.steps.shortages import (
    allow_substitutes,
    assert_all_accounted_for,
    open_stops,
    set_stock_policy,
    short,
)

PRICED = {"currency": "EUR", "prices_include_tax": True}
AGREED = {"accepts_substitutes": True}


@pytest.fixture
def stocked(shop: Shop) -> Shop:
    """Have five cups of 1.50, to be sent instead of mugs."""
    shop.add_products("CUP", price=Decimal("1.50"), currency="EUR", weight_grams=200)
    shop.receive("B-1", CUP=5)
    allow_substitutes(shop, "MUG", "CUP")
    return shop


def terms(
    mode: SubstituteMode = SubstituteMode.WITH_CONSENT,
    price: SubstitutePrice = SubstitutePrice.LOWER_OF_BOTH,
) -> StockPolicy:
    return StockPolicy(
        short_acts=(ShortAct.REALLOCATE, ShortAct.SUBSTITUTE, ShortAct.WAIT),
        substitutes=mode,
        substitute_price=price,
    )


def stored_lines(run: OrderRun) -> list[dict[str, object]]:
    query = (
        select(order_line)
        .where(order_line.c.order_id == run.order_id)
        .order_by(order_line.c.line_no)
    )
    return [dict(row._mapping) for row in run.shop.rows(query)]


def test_a_substitute_takes_the_place_of_the_units_and_the_picker_goes_on(
    stocked: Shop,
) -> None:
    run = stocked.order("1", line("MUG", 4), **AGREED)

    answer = run.pick(short(1))

    assert "pick also 3 CUP at B-1" in answer.text
    assert open_stops(run) == [(2, "CUP", "B-1", 3)]
    ordered, instead = stored_lines(run)
    assert (ordered["quantity"], ordered["cancelled_quantity"]) == (4, 3)
    assert (instead["sku"], instead["quantity"]) == ("CUP", 3)
    assert instead["substitutes_line_no"] == 1
    assert run.data_of("substituted") == {
        "line_no": 1,
        "sku": "MUG",
        "substitute_sku": "CUP",
        "quantity": 3,
    }
    assert run.state.lines == 2
    run.pick(*picks(3, first=2))
    assert run.state.shipments[0].status is ShipmentStatus.PICKED
    assert_all_accounted_for(run)


@pytest.mark.parametrize(
    ("mode", "accepts", "is_sent"),
    [
        (SubstituteMode.WITH_CONSENT, True, True),
        (SubstituteMode.WITH_CONSENT, None, False),
        (SubstituteMode.WITH_CONSENT, False, False),
        (SubstituteMode.ALLOWED, None, True),
        (SubstituteMode.ALLOWED, False, False),
        (SubstituteMode.OFF, True, False),
    ],
)
def test_policy_and_customer_together_say_whether_a_substitute_may_be_sent(
    stocked: Shop, mode: SubstituteMode, accepts: bool | None, is_sent: bool
) -> None:
    set_stock_policy(stocked, terms(mode))
    run = stocked.order("1", line("MUG", 4), accepts_substitutes=accepts)

    run.pick(short(1))

    assert ("substituted" in run.events()) is is_sent
    assert run.state.backordered == (0 if is_sent else 3)
    assert_all_accounted_for(run)


def test_the_lower_price_of_the_substitute_is_owed_back(stocked: Shop) -> None:
    run = stocked.order("1", line("MUG", 4, unit_price="2.00"), **PRICED, **AGREED)

    run.pick(short(1))

    assert run.refunds() == [Decimal("1.5")]
    assert run.data_of("refund_due")["reason"] == "substituted"
    assert [each["unit_price"] for each in stored_lines(run)] == [2, Decimal("1.5")]


@pytest.mark.parametrize(
    ("policy", "unit_price"),
    [
        (terms(price=SubstitutePrice.AS_ORDERED), "2.00"),
        (terms(), "1.20"),  # the substitute costs more: the customer does not pay it
    ],
    ids=["as ordered", "dearer substitute"],
)
def test_otherwise_the_customer_pays_what_was_ordered(
    stocked: Shop, policy: StockPolicy, unit_price: str
) -> None:
    set_stock_policy(stocked, policy)
    run = stocked.order("1", line("MUG", 4, unit_price=unit_price), **PRICED, **AGREED)

    run.pick(short(1))

    assert run.refunds() == []
    assert {each["unit_price"] for each in stored_lines(run)} == {Decimal(unit_price)}


def test_the_sources_own_price_list_goes_before_the_catalogue(stocked: Shop) -> None:
    stocked.add(
        price_list_entry,
        {"source": "web", "sku": "CUP", "price": Decimal("1.90"), "currency": "EUR"},
    )
    run = stocked.order("1", line("MUG", 4, unit_price="2.00"), **PRICED, **AGREED)

    run.pick(short(1))

    assert run.refunds() == [Decimal("0.3")]


def test_the_discount_of_the_units_moves_with_them(stocked: Shop) -> None:
    set_stock_policy(stocked, terms(price=SubstitutePrice.AS_ORDERED))
    ordered = line("MUG", 4, unit_price="2.00", discount="1.00")
    run = stocked.order("1", ordered, **PRICED, **AGREED)
    run.pick(short(1))

    run.cancel()
    run.done(ConfirmPutBack(message_id="back"))

    # All is cancelled: what the order cost comes back, no more and no less.
    assert sum(amount or 0 for amount in run.refunds()) == Decimal(7)


def test_an_order_without_prices_is_substituted_without_money(stocked: Shop) -> None:
    run = stocked.order("1", line("MUG", 4), **AGREED)

    run.pick(short(1))

    assert run.refunds() == []


def test_the_next_substitute_gives_what_the_first_lacks(stocked: Shop) -> None:
    stocked.add_products("BOWL")
    stocked.receive("A-1", BOWL=9)
    stocked.add_products("JAR")
    allow_substitutes(stocked, "JAR", "CUP", "BOWL")
    stocked.receive("A-1", JAR=8)
    run = stocked.order("1", line("JAR", 8), **AGREED)

    run.pick(short(0))

    assert open_stops(run) == [(3, "BOWL", "A-1", 3), (2, "CUP", "B-1", 5)]
    assert_all_accounted_for(run)


def test_a_substitute_is_never_substituted_again(stocked: Shop) -> None:
    set_stock_policy(stocked, terms())
    stocked.add_products("BOWL")
    stocked.receive("A-1", BOWL=9)
    allow_substitutes(stocked, "CUP", "BOWL", "MUG")
    run = stocked.order("1", line("MUG", 4), **AGREED)
    run.pick(short(1))

    run.pick(short(0, line_no=2))

    assert open_stops(run) == []
    assert run.state.backordered == 3
    assert_all_accounted_for(run)


def test_a_bundle_is_not_substituted(stocked: Shop) -> None:
    stocked.add_bundle("SET", MUG=1, POT=1)
    set_stock_policy(stocked, terms())
    run = stocked.order("1", line("SET", 2), **AGREED)

    run.pick(short(0).model_copy(update={"sku": "MUG"}))

    assert "substituted" not in run.events()
    assert run.state.backordered == 2


def test_another_warehouse_sends_the_article_itself_before_a_substitute(
    shop: Shop,
) -> None:
    shop.add_warehouse("north", "N-1")
    shop.add_products("CUP")
    allow_substitutes(shop, "MUG", "CUP")
    run = shop.order("1", line("MUG", 4), **AGREED)
    shop.receive("N-1", MUG=1, CUP=9)

    run.pick(short(1))

    assert open_stops(run) == [(1, "MUG", "N-1", 1), (2, "CUP", "N-1", 2)]
    assert [s.warehouse_id for s in run.state.shipments] == ["main", "north"]
    assert_all_accounted_for(run)
