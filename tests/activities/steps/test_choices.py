"""What is done about missing goods: agreed, asked and answered, or done by default."""

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from domain.orders.status import OrderStatus
from domain.policy import MissingAct, MissingTerms, ShortAct, StockPolicy
from domain.shipments.status import ShipmentStatus
from messages.order_messages import (
    ChangeLines,
    LineChange,
    ResolveException,
    StockArrived,
)
from messages.waiting import waiting_of
from persistence.tables import exception_table, orders
from tests.activities.steps.builders import NOON, OrderRun, Shop, line, picks
from tests.activities.steps.shortages import (
    assert_all_accounted_for,
    question,
    set_stock_policy,
    short,
)

PRICED = {"currency": "EUR", "prices_include_tax": True}
HOUR = timedelta(hours=1)


def missing_terms(
    act: MissingAct, default: MissingAct = MissingAct.SHIP_AVAILABLE
) -> StockPolicy:
    return StockPolicy(
        missing=MissingTerms(act=act, ask_within=6 * HOUR, default_act=default)
    )


def half_missing(shop: Shop, **more: object) -> OrderRun:
    """An order of twelve mugs and a pot, of which ten mugs and the pot are there."""
    return shop.order("1", line("MUG", 12, unit_price="2.00"), line("POT", 1), **more)


def answer(run: OrderRun, resolution: str) -> ResolveException:
    return ResolveException(
        message_id=f"answer-{resolution}",
        exception_id=question(run).exception_id,
        resolution=resolution,
    )


def agreed(run: OrderRun) -> str | None:
    query = select(orders.c.when_missing).where(orders.c.order_id == run.order_id)
    choice: str | None = run.shop.rows(query)[0].when_missing
    return choice


def statuses(run: OrderRun) -> list[ShipmentStatus]:
    return [s.status for s in run.state.shipments]


def test_what_there_is_goes_to_the_floor_if_nothing_else_was_agreed(shop: Shop) -> None:
    run = half_missing(shop)

    assert statuses(run) == [ShipmentStatus.RELEASED]
    assert run.state.backordered == 2
    assert run.state.exceptions == []


def test_an_order_that_waits_for_all_has_its_stock_promised_and_nothing_released(
    shop: Shop,
) -> None:
    run = half_missing(shop, when_missing="wait_for_all")
    waiting = statuses(run)

    shop.receive("B-1", MUG=2)
    run.done(StockArrived(message_id="arrived", skus=("MUG",)))

    assert waiting == [ShipmentStatus.ALLOCATED]
    assert statuses(run) == [ShipmentStatus.RELEASED, ShipmentStatus.RELEASED]
    assert_all_accounted_for(run)


def test_what_is_missing_is_cancelled_and_refunded_where_that_was_agreed(
    shop: Shop,
) -> None:
    run = half_missing(shop, when_missing="cancel_rest", **PRICED)

    assert run.lines() == {1: (12, 2), 2: (1, 0)}
    assert run.refunds() == [Decimal(4)]
    assert statuses(run) == [ShipmentStatus.RELEASED]
    assert run.state.backordered == 0
    assert_all_accounted_for(run)


def test_an_order_of_which_nothing_is_there_ends_where_the_rest_is_cancelled(
    shop: Shop,
) -> None:
    shop.add_products("LAMP")
    run = shop.order("1", line("LAMP", 2), when_missing="cancel_rest")

    assert run.state.status is OrderStatus.CANCELLED
    assert run.data_of("cancelled")["reason"] == "missing"


def test_what_was_agreed_with_the_customer_goes_before_the_policy(shop: Shop) -> None:
    set_stock_policy(shop, missing_terms(MissingAct.CANCEL_REST))

    run = half_missing(shop, when_missing="ship_available")

    assert run.state.backordered == 2


def test_nothing_is_released_while_the_customer_is_asked(shop: Shop) -> None:
    set_stock_policy(shop, missing_terms(MissingAct.ASK_CUSTOMER))

    run = half_missing(shop)

    assert statuses(run) == [ShipmentStatus.ALLOCATED]
    asked = question(run)
    assert (asked.due_at, asked.default) == (NOON + 6 * HOUR, "ship_available")
    assert run.state.next_due() == NOON + 6 * HOUR
    told = waiting_of(run.state)
    assert told.waits_for.startswith(
        "the customer's answer by 2026-11-24 18:00 UTC, else ship_available"
    )
    assert "release" not in told.waits_for
    assert "resolve_exception" in told.what_to_do
    assert run.events().count("customer_asked") == 1


@pytest.mark.parametrize(
    ("choice", "status", "owed"),
    [
        ("ship_available", ShipmentStatus.RELEASED, 2),
        ("wait_for_all", ShipmentStatus.ALLOCATED, 2),
        ("cancel_rest", ShipmentStatus.RELEASED, 0),
    ],
)
def test_the_customers_answer_is_done_and_kept_for_later_shortages(
    shop: Shop, choice: str, status: ShipmentStatus, owed: int
) -> None:
    set_stock_policy(shop, missing_terms(MissingAct.ASK_CUSTOMER))
    run = half_missing(shop)

    run.done(answer(run, choice))

    assert statuses(run) == [status]
    assert run.state.backordered == owed
    assert run.state.exceptions == []
    assert agreed(run) == choice
    assert run.data_of("customer_answered")["choice"] == choice
    assert_all_accounted_for(run)


@pytest.mark.parametrize("resolution", ["done", "ask_customer", "closed"])
def test_what_is_no_answer_is_refused_and_the_answers_are_named(
    shop: Shop, resolution: str
) -> None:
    set_stock_policy(shop, missing_terms(MissingAct.ASK_CUSTOMER))
    run = half_missing(shop)

    text = run.refused(answer(run, resolution))

    assert "one of ship_available, wait_for_all, cancel_rest" in text
    assert question(run).default == "ship_available"


@pytest.mark.parametrize(
    ("default", "owed"), [(MissingAct.CANCEL_REST, 0), (MissingAct.SHIP_AVAILABLE, 2)]
)
def test_without_an_answer_the_default_is_done_once_when_its_time_has_come(
    shop: Shop, default: MissingAct, owed: int
) -> None:
    set_stock_policy(shop, missing_terms(MissingAct.ASK_CUSTOMER, default))
    run = half_missing(shop)

    early = list(run.reach_due(5 * HOUR).exceptions)
    run.reach_due(6 * HOUR)
    run.reach_due(7 * HOUR)

    assert len(early) == 1
    assert run.state.exceptions == []
    assert run.state.backordered == owed
    assert statuses(run) == [ShipmentStatus.RELEASED]
    assert run.events().count("customer_answered") == 1
    assert run.data_of("customer_answered") == {
        "choice": default,
        "reason": "no answer in time",
    }
    [asked] = shop.rows(
        select(exception_table).where(exception_table.c.kind == "customer_choice")
    )
    assert asked.resolution == default


def test_an_answer_after_the_default_was_done_is_refused(shop: Shop) -> None:
    set_stock_policy(shop, missing_terms(MissingAct.ASK_CUSTOMER))
    run = half_missing(shop)
    late = answer(run, "cancel_rest")
    run.reach_due(6 * HOUR)

    assert "no such open exception" in run.refused(late)
    assert run.state.backordered == 2


def test_a_repeated_answer_changes_nothing_more(shop: Shop) -> None:
    set_stock_policy(shop, missing_terms(MissingAct.ASK_CUSTOMER))
    run = half_missing(shop, **PRICED)
    told = answer(run, "cancel_rest")

    run.done(told)
    run.done(told)

    assert run.refunds() == [Decimal(4)]
    assert run.events().count("customer_answered") == 1


def test_stock_that_comes_while_the_customer_is_asked_closes_the_question(
    shop: Shop,
) -> None:
    set_stock_policy(shop, missing_terms(MissingAct.ASK_CUSTOMER))
    run = half_missing(shop)
    shop.receive("B-1", MUG=2)

    run.done(StockArrived(message_id="arrived", skus=("MUG",)))

    assert run.state.exceptions == []
    assert run.state.backordered == 0
    assert set(statuses(run)) == {ShipmentStatus.RELEASED}
    assert "customer_answered" not in run.events()


def test_a_cancel_of_the_order_closes_the_question(shop: Shop) -> None:
    set_stock_policy(shop, missing_terms(MissingAct.ASK_CUSTOMER))
    run = half_missing(shop)

    run.cancel()

    assert run.state.status is OrderStatus.CANCELLED
    assert run.exceptions() == []


def test_a_question_about_short_units_does_not_keep_other_shipments_from_the_floor(
    shop: Shop,
) -> None:
    set_stock_policy(shop, StockPolicy(short_acts=(ShortAct.ASK,)))
    shop.add_warehouse("north", "N-1")
    run = shop.order("1", line("MUG", 10), line("POT", 2))
    run.pick(short(4), *picks(2, first=2))
    asked = question(run)
    shop.receive("N-1", MUG=2)

    run.done(StockArrived(message_id="arrived", skus=("MUG",)))

    assert statuses(run) == [ShipmentStatus.PICKED, ShipmentStatus.RELEASED]
    assert question(run) == asked
    assert run.state.backordered == 4


def test_a_later_shortage_follows_what_the_customer_has_answered(shop: Shop) -> None:
    set_stock_policy(shop, missing_terms(MissingAct.ASK_CUSTOMER))
    run = half_missing(shop)
    run.done(answer(run, "cancel_rest"))

    run.pick(short(7), *picks(1, first=2))

    assert run.lines() == {1: (12, 5), 2: (1, 0)}
    assert run.state.exceptions == []
    assert_all_accounted_for(run)


def test_a_second_shortage_joins_the_question_that_is_open(shop: Shop) -> None:
    set_stock_policy(shop, StockPolicy(short_acts=(ShortAct.ASK,)))
    run = shop.order("1", line("MUG", 2), line("POT", 2))

    run.pick(short(0))
    run.pick(short(1, line_no=2))

    assert run.state.backordered == 3
    assert run.events().count("customer_asked") == 1
    run.done(answer(run, "cancel_rest"))
    assert run.lines() == {1: (2, 2), 2: (2, 1)}
    assert_all_accounted_for(run)


def test_nothing_is_asked_again_when_the_lines_change_after_the_answer(
    shop: Shop,
) -> None:
    set_stock_policy(shop, missing_terms(MissingAct.ASK_CUSTOMER))
    run = half_missing(shop)
    run.done(answer(run, "wait_for_all"))

    run.done(
        ChangeLines(message_id="more", lines=(LineChange(line_no=1, quantity=14),))
    )

    assert run.state.exceptions == []
    assert run.state.backordered == 4
    assert ShipmentStatus.RELEASED not in statuses(run)
