"""Backorders: a receipt's share goes to those in line, in turn, and no further."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from domain.errors import TemporaryError
from domain.orders.status import OrderStatus
from messages.order_messages import (
    ChangeLines,
    LineChange,
    PlaceHold,
    ReleaseHold,
    StockArrived,
)
from operations.backlog import continue_backlogs
from operations.queries.backlog import BacklogRow, backlog
from operations.stock_files import ReceiptTerms, receive_stock, received_line
from persistence import sharing
from persistence.tables import outbox, reservation, stock_level
from tests.activities.steps.builders import (
    NOON,
    OrderRun,
    Shop,
    assert_kept,
    line,
)


def waiting(shop: Shop, number: str, units: int, **more: object) -> OrderRun:
    run = shop.order(number, line("MUG", units), **more)
    assert run.state.backordered
    return run


def receipt(shop: Shop, reference: str, **units: int) -> tuple[str, ...]:
    lines = [
        received_line({"sku": sku, "quantity": quantity, "location": "B-1"})
        for sku, quantity in units.items()
    ]
    return receive_stock(
        shop.database,
        lines,
        clock=lambda: shop.now,
        terms=ReceiptTerms(reference=reference),
    ).woken


def wake(run: OrderRun) -> str:
    """Deliver the wake-ups of an order that nobody has delivered, as the relay does."""
    told = ""
    rows = run.shop.rows(
        select(outbox).where(
            outbox.c.order_id == run.order_id, outbox.c.name == "stock_arrived"
        )
    )
    for row in rows:
        told = run.done(StockArrived.model_validate(row.payload)).text
    return told


def line_of(shop: Shop, sku: str) -> list[BacklogRow]:
    with shop.database.read() as connection:
        return backlog(connection, sku=sku)


def kept(shop: Shop, *kinds: str) -> list[str | None]:
    query = select(reservation.c.order_id).where(
        reservation.c.kind.in_(kinds), reservation.c.status == "open"
    )
    return [row.order_id for row in shop.rows(query)]


@pytest.fixture
def sold_out(shop: Shop) -> Shop:
    shop.order("holder", line("MUG", 10))
    return shop


@pytest.fixture
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sharing, "BATCH", 2)


def test_two_orders_and_one_receipt_and_why_each_got_what_it_got(
    sold_out: Shop,
) -> None:
    late = (NOON + timedelta(hours=2)).isoformat()
    old = waiting(sold_out, "old", 3)
    urgent = waiting(sold_out, "urgent", 2, priority=1, placed_at=late)

    woken = receipt(sold_out, "R-17", MUG=4)
    before = line_of(sold_out, "MUG")
    wake(urgent)
    wake(old)

    assert woken == ("web-urgent", "web-old")
    assert [(row.place, row.order_id, row.units, row.reserved) for row in before] == [
        (1, "web-urgent", 2, 2),
        (2, "web-old", 3, 2),
    ]
    assert before[1].why == (
        "place 2 of 2 in line for R-17: priority 5, waiting since 2026-11-24 12:00 UTC"
    )
    assert (urgent.state.backordered, old.state.backordered) == (0, 1)
    assert old.data_of("backorder_filled") == {"units": 2, "reason": before[1].why}
    assert [row.order_id for row in line_of(sold_out, "MUG")] == ["web-old"]
    assert_kept(sold_out)


def test_a_new_order_cannot_take_what_is_kept_for_one_that_waits(
    sold_out: Shop,
) -> None:
    first = waiting(sold_out, "first", 4)
    receipt(sold_out, "R-1", MUG=5)

    new = sold_out.order("new", line("MUG", 4))
    wake(first)

    assert new.state.backordered == 3
    assert first.state.backordered == 0
    assert first.state.status is OrderStatus.RELEASED
    assert kept(sold_out, "backlog", "backorder") == []
    assert_kept(sold_out)


def test_what_a_cancel_frees_is_kept_for_the_next_in_line_at_once(shop: Shop) -> None:
    holder = shop.order("holder", line("MUG", 10))
    next_one = waiting(shop, "next", 4)

    holder.cancel()
    new = shop.order("new", line("MUG", 10))
    wake(next_one)

    assert new.state.backordered == 4
    assert next_one.state.backordered == 0
    assert "what web-holder gave back" in str(next_one.data_of("backorder_filled"))
    assert_kept(shop)


def test_what_nobody_waits_for_stays_free(sold_out: Shop) -> None:
    waiting(sold_out, "first", 2)

    receipt(sold_out, "R-1", MUG=9)

    level = sold_out.rows(select(stock_level).where(stock_level.c.location_id == "B-1"))
    by_sku = {row.sku: (row.on_hand, row.reserved) for row in level}
    assert by_sku["MUG"] == (9, 2)
    assert_kept(sold_out)


def test_a_line_longer_than_a_batch_is_served_in_turn(
    sold_out: Shop, small_batches: None
) -> None:
    runs = [
        waiting(
            sold_out,
            f"{number}",
            1,
            placed_at=(NOON + timedelta(hours=number)).isoformat(),
        )
        for number in (3, 1, 2, 5, 4)
    ]

    woken = receipt(sold_out, "R-1", MUG=4)
    places = [row.why for row in line_of(sold_out, "MUG")]

    assert woken == ("web-1", "web-2", "web-3", "web-4")
    assert [str(why).split(":")[0] for why in places] == [
        "place 1 of 5 in line for R-1",
        "place 2 of 5 in line for R-1",
        "place 3 of 5 in line for R-1",
        "place 4 of 5 in line for R-1",
        "None",
    ]
    for run in runs:
        wake(run)
    assert sum(run.state.backordered for run in runs) == 1
    assert kept(sold_out, "backlog", "backorder") == []
    assert_kept(sold_out)


def test_a_crash_after_the_receipt_is_made_good_by_the_worker(
    sold_out: Shop, monkeypatch: pytest.MonkeyPatch, small_batches: None
) -> None:
    for number in range(5):
        waiting(sold_out, f"{number}", 1)

    def die(*_: object, **__: object) -> list[str]:
        raise TemporaryError("the process was killed")

    with monkeypatch.context() as dead:
        dead.setattr("operations.stock_files.receiving.name_waiting_orders", die)
        assert receipt(sold_out, "R-1", MUG=5) == ()
    aside = kept(sold_out, "backlog")
    new = sold_out.order("new", line("MUG", 1))
    served = continue_backlogs(sold_out.database, clock=lambda: sold_out.now)
    again = continue_backlogs(sold_out.database, clock=lambda: sold_out.now)

    assert aside == [None]
    assert new.state.backordered == 1
    assert (served, again) == (5, 0)
    assert sold_out.woken() == [f"web-{number}" for number in range(5)]
    assert kept(sold_out, "backlog") == []
    assert_kept(sold_out)


def test_a_batch_that_fails_half_way_leaves_what_it_had_not_given(
    sold_out: Shop, monkeypatch: pytest.MonkeyPatch, small_batches: None
) -> None:
    for number in range(5):
        waiting(sold_out, f"{number}", 1)
    batches = iter(range(10))
    give = sharing.give_to_next

    def give_once(*given: object, **more: object) -> sharing.Given:
        if next(batches) == 1:
            raise TemporaryError("the process was killed")
        return give(*given, **more)  # type: ignore[arg-type]

    with monkeypatch.context() as dead:
        dead.setattr("persistence.backlog_batches.give_to_next", give_once)
        receipt(sold_out, "R-1", MUG=5)
    half = sold_out.woken()
    continue_backlogs(sold_out.database, clock=lambda: sold_out.now)

    assert half == ["web-0", "web-1"]
    assert sold_out.woken() == [f"web-{number}" for number in range(5)]
    assert_kept(sold_out)


def test_who_left_the_line_before_its_turn_leaves_its_share_to_the_others(
    sold_out: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = waiting(sold_out, "first", 2)
    waiting(sold_out, "second", 1)
    with monkeypatch.context() as dead:
        dead.setattr(
            "operations.stock_files.receiving.name_waiting_orders", lambda *_, **__: []
        )
        receipt(sold_out, "R-1", MUG=3)
    first.cancel()

    continue_backlogs(sold_out.database, clock=lambda: sold_out.now)
    new = sold_out.order("new", line("MUG", 2))

    assert sold_out.woken() == ["web-second"]
    assert new.state.backordered == 0
    assert kept(sold_out, "backlog") == []
    assert_kept(sold_out)


def test_a_held_order_passes_its_share_on_and_is_not_asked_again(
    sold_out: Shop,
) -> None:
    first = waiting(sold_out, "first", 3)
    second = waiting(sold_out, "second", 1)
    first.done(PlaceHold(message_id="hold", blocks=("allocate",)))
    receipt(sold_out, "R-1", MUG=3)

    told = wake(first)
    wake(second)
    free = sold_out.order("new", line("MUG", 2))

    assert told == "a hold keeps the order from allocation"
    assert sold_out.woken() == ["web-first", "web-second"]
    assert second.data_of("backorder_filled")["reason"] == (
        "place 1 of 1 in line for R-1: priority 5, waiting since 2026-11-24 12:00 UTC, "
        "passed on by web-first"
    )
    assert free.state.backordered == 0
    assert_kept(sold_out)


def test_an_order_whose_hold_is_released_before_it_wakes_takes_its_share(
    sold_out: Shop,
) -> None:
    run = waiting(sold_out, "1", 2)
    run.done(PlaceHold(message_id="hold", blocks=("allocate",)))
    receipt(sold_out, "R-1", MUG=2)

    run.done(ReleaseHold(message_id="release", kind="manual"))
    wake(run)

    assert run.state.backordered == 0
    assert kept(sold_out, "backorder") == []
    assert_kept(sold_out)


def test_half_a_bundle_is_passed_on_to_those_who_can_use_it(shop: Shop) -> None:
    shop.add_bundle("SET", MUG=1, POT=2)
    shop.order("holder", line("MUG", 10), line("POT", 10))
    bundle = shop.order("bundle", line("SET", 1))
    mug = waiting(shop, "mug", 1)

    receipt(shop, "R-1", MUG=1)
    wake(bundle)
    wake(mug)

    assert shop.woken() == ["web-bundle", "web-mug"]
    assert bundle.state.backordered == 3
    assert mug.state.backordered == 0
    assert_kept(shop)


def test_a_bundle_takes_its_kept_part_and_the_other_from_the_shelf(shop: Shop) -> None:
    shop.add_bundle("SET", MUG=1, POT=2)
    shop.order("holder", line("POT", 10))
    bundle = shop.order("bundle", line("SET", 2))
    assert bundle.state.backordered == 6

    receipt(shop, "R-1", POT=4)
    wake(bundle)

    assert bundle.state.backordered == 0
    assert kept(shop, "backorder") == []
    assert_kept(shop)


def test_a_cancelled_order_gives_its_share_to_the_next_in_line(sold_out: Shop) -> None:
    first = waiting(sold_out, "first", 2)
    waiting(sold_out, "second", 2)
    receipt(sold_out, "R-1", MUG=2)

    first.cancel()

    assert sold_out.woken() == ["web-first", "web-second"]
    assert kept(sold_out, "backorder") == ["web-second"]
    assert_kept(sold_out)


def test_changed_lines_give_the_share_back(sold_out: Shop) -> None:
    run = waiting(sold_out, "1", 5)
    receipt(sold_out, "R-1", MUG=5)

    run.done(
        ChangeLines(
            message_id="fewer",
            reason="customer",
            lines=(LineChange(line_no=1, quantity=2),),
        )
    )
    wake(run)

    assert run.state.backordered == 0
    assert kept(sold_out, "backorder", "backlog") == []
    assert sold_out.order("new", line("MUG", 3)).state.backordered == 0
    assert_kept(sold_out)


def test_a_wake_up_told_twice_allocates_once(sold_out: Shop) -> None:
    run = waiting(sold_out, "1", 3)
    receipt(sold_out, "R-1", MUG=3)

    wake(run)
    wake(run)

    assert run.state.backordered == 0
    assert sold_out.stock()["B-1", "MUG"] == (3, 3)
    assert run.events().count("backorder_filled") == 1
    assert_kept(sold_out)


def test_one_receipt_of_two_articles_wakes_an_order_for_both(shop: Shop) -> None:
    shop.order("holder", line("MUG", 10), line("POT", 10))
    run = shop.order("1", line("MUG", 1), line("POT", 2))

    receipt(shop, "R-1", MUG=3, POT=3)
    wake(run)

    assert run.state.backordered == 0
    assert kept(shop, "backorder", "backlog") == []
    assert_kept(shop)
