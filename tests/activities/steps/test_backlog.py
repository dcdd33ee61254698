"""Stock: each unit is promised once, and the next in line is woken once a cause."""

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import Connection, event, select, update

from activities.steps.backorders import source_order
from activities.steps.order_step import OrderStep, StepCause
from activities.working_calendars import WorkingCalendars
from domain.errors import TemporaryError
from domain.identity import order_id_of
from domain.orders.status import OrderStatus
from messages.order_messages import (
    CancelOrder,
    PickedLine,
    PlaceHold,
    ReleaseHold,
    ResourceShipment,
    ShortReason,
    StockArrived,
)
from messages.order_state import OrderState
from persistence.database import Database
from persistence.tables import allocation, backorder, outbox, stock_level
from tests.activities.steps.builders import (
    NOON,
    SOURCE,
    OrderRun,
    Shop,
    assert_balanced,
    assert_kept,
    document,
    line,
)

ARRIVED = StockArrived(message_id="arrived", skus=("MUG",))


def waiting(shop: Shop, number: str, units: int, **more: object) -> OrderRun:
    run = shop.order(number, line("MUG", units), **more)
    assert run.state.status is OrderStatus.BACKORDERED
    return run


def test_stock_freed_by_a_cancel_wakes_the_next_in_line_by_priority_then_age(
    shop: Shop,
) -> None:
    holder = shop.order("holder", line("MUG", 10))
    young = (NOON + timedelta(hours=1)).isoformat()
    waiting(shop, "young", 4, placed_at=young)
    waiting(shop, "old", 4)
    waiting(shop, "urgent", 4, priority=1, placed_at=young)
    waiting(shop, "late", 4, placed_at=(NOON + timedelta(hours=2)).isoformat())

    holder.cancel()

    # Ten free units serve two of four each, and part of a third.
    assert shop.woken() == ["web-urgent", "web-old", "web-young"]


def test_a_cancel_told_twice_wakes_nobody_twice(shop: Shop) -> None:
    holder = shop.order("holder", line("MUG", 10))
    waiting(shop, "next", 4)
    cancel = holder.cancel()

    holder.done(CancelOrder(message_id=cancel.message_id))

    assert shop.woken() == ["web-next"]
    assert shop.count(outbox) == 1


def test_damaged_units_wake_nobody(shop: Shop) -> None:
    holder = shop.order("holder", line("MUG", 10))
    waiting(shop, "next", 1)

    holder.pick(PickedLine(line_no=1, quantity=0, reason=ShortReason.DAMAGED))

    assert shop.stock()["main:damaged", "MUG"] == (10, 0)
    assert shop.woken() == []


def test_the_order_that_freed_stock_is_not_woken_by_itself(shop: Shop) -> None:
    shop.receive("B-1", MUG=1)
    run = shop.order("1", line("MUG", 20))

    run.done(ResourceShipment(message_id="again"))

    assert run.state.backordered == 9
    assert shop.woken() == []


def test_a_woken_order_takes_what_came_and_goes_on_waiting_for_the_rest(
    shop: Shop,
) -> None:
    run = shop.order("1", line("MUG", 15))
    shop.arrive("B-1", MUG=3)

    run.done(ARRIVED)

    assert run.state.backordered == 2
    assert [s.shipment_id for s in run.state.shipments] == ["web-1-1", "web-1-2"]
    owed = shop.rows(select(backorder).order_by(backorder.c.backorder_id))
    assert [(row.quantity, row.status) for row in owed] == [(5, "filled"), (2, "open")]
    assert {row.created_at for row in owed} == {NOON}
    assert_balanced(shop)


def test_an_order_that_may_not_allocate_lets_the_next_one_have_the_stock(
    shop: Shop,
) -> None:
    shop.order("holder", line("MUG", 10))
    first = waiting(shop, "first", 2)
    second = waiting(shop, "second", 2)
    first.done(PlaceHold(message_id="hold", blocks=("allocate",)))
    shop.arrive("B-1", MUG=2)

    first.done(ARRIVED)
    woken = shop.woken()
    second.done(ARRIVED)

    assert woken == ["web-first", "web-second"]
    assert second.state.backordered == 0
    assert "passed on by web-first" in str(second.data_of("backorder_filled"))
    assert_kept(shop)


def test_releasing_the_hold_on_allocation_takes_what_is_free_by_then(
    shop: Shop,
) -> None:
    shop.order("holder", line("MUG", 10))
    run = waiting(shop, "1", 2)
    run.done(PlaceHold(message_id="hold", blocks=("allocate",)))
    shop.arrive("B-1", MUG=2)
    run.done(ARRIVED)

    run.done(ReleaseHold(message_id="release", kind="manual"))

    assert run.state.backordered == 0
    assert run.state.status is OrderStatus.RELEASED


def test_a_bundle_is_backordered_whole_and_filled_whole(shop: Shop) -> None:
    shop.add_bundle("SET", MUG=1, POT=2)
    run = shop.order("1", line("SET", 6))
    assert shop.stock() == {("A-1", "MUG"): (10, 5), ("B-1", "POT"): (10, 10)}

    shop.arrive("A-1", POT=1)
    run.done(ARRIVED)
    half = run.state.backordered
    shop.arrive("A-1", POT=1)
    run.done(ARRIVED.model_copy(update={"message_id": "again"}))

    assert half == 3
    assert run.state.backordered == 0
    assert_balanced(shop)


def test_one_warehouse_fills_an_order_if_it_can_and_several_if_it_must(
    shop: Shop,
) -> None:
    shop.add_warehouse("second", "Z-1")
    shop.receive("Z-1", MUG=12, POT=12)

    whole = shop.order("1", line("MUG", 11), line("POT", 3))
    split = shop.order("2", line("MUG", 11))

    assert [s.warehouse_id for s in whole.state.shipments] == ["second"]
    assert [s.warehouse_id for s in split.state.shipments] == ["main", "second"]
    assert split.state.backordered == 0


def rival(connection: Connection, steals: int) -> Callable[[], int]:
    """Take one unit after each look at the free stock, as a faster order would."""
    looks = 0

    def steal(*context: object) -> None:
        nonlocal looks
        statement = str(context[2])
        if "pick_sequence" not in statement or not statement.startswith("SELECT"):
            return
        if "FROM stock_level JOIN location" not in statement.replace("\n", ""):
            return
        looks += 1
        if looks <= steals:
            connection.execute(
                update(stock_level)
                .where(stock_level.c.sku == "MUG", stock_level.c.on_hand > 0)
                .values(allocated=stock_level.c.allocated + 1)
            )

    event.listen(connection, "after_cursor_execute", steal)
    return lambda: looks


@pytest.mark.parametrize(("steals", "looks", "got"), [(2, 3, 8), (4, 5, 6), (5, 5, 0)])
def test_a_lost_race_is_planned_anew_five_times_and_then_waits_for_stock(
    shop: Shop, steals: int, looks: int, got: int
) -> None:
    shop.capture(document("1", line("MUG", 10)))
    order_id = order_id_of(SOURCE, "1")
    why = StepCause(
        cause="test", actor="run", now=NOON, occurred_at=NOON, recorded_at=NOON
    )
    with shop.database.write() as connection:
        count = rival(connection, steals)
        step = OrderStep(
            connection,
            OrderState(order_id=order_id, status_since=NOON),
            why,
            WorkingCalendars(),
        )
        source_order(step, "simulator")
        state = step.save()

    assert count() == looks
    assert state.backordered == 10 - got
    allocated = shop.rows(select(allocation.c.open_quantity))
    assert sum(row[0] for row in allocated) == got
    assert shop.stock()["A-1", "MUG"] == (10, got + steals)


def in_parallel(acts: list[Callable[[], None]]) -> list[BaseException]:
    start = threading.Barrier(len(acts))
    failures: list[BaseException] = []

    def go(act: Callable[[], None]) -> None:
        start.wait()
        try:
            act()
        except BaseException as failure:
            failures.append(failure)

    threads = [threading.Thread(target=go, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    return failures


def test_many_orders_at_once_sell_each_unit_of_a_hot_article_once(
    shop: Shop, database_url: str
) -> None:
    workers = [Shop(database=Database(database_url)) for _ in range(4)]
    runs: list[OrderRun] = []

    def orders_of(number: int) -> Callable[[], None]:
        def place() -> None:
            for turn in range(6):
                run = OrderRun(workers[number], f"web-{number}.{turn}")
                run.open(document(f"{number}.{turn}", line("MUG", 1)))
                runs.append(run)

        return place

    failures = in_parallel([orders_of(number) for number in range(len(workers))])
    for worker in workers:
        worker.database.close()

    assert failures == []
    assert len(runs) == 24
    assert sum(run.state.backordered for run in runs) == 14
    assert shop.stock()["A-1", "MUG"] == (10, 10)
    assert_balanced(shop)


def test_two_orders_for_the_same_articles_in_opposite_order_both_end(
    shop: Shop, database_url: str
) -> None:
    workers = [Shop(database=Database(database_url)) for _ in range(2)]
    lines = [line("MUG", 1), line("POT", 1)]
    runs: list[OrderRun] = []

    def orders_of(number: int, wanted: list[dict[str, object]]) -> Callable[[], None]:
        def place() -> None:
            for turn in range(5):
                run = OrderRun(workers[number], f"web-{number}.{turn}")
                told = document(f"{number}.{turn}", *wanted)
                # A deadlock is a temporary error: the step is done again.
                for _ in range(5):
                    try:
                        run.open(told)
                        break
                    except TemporaryError:
                        continue
                run.cancel()
                runs.append(run)

        return place

    failures = in_parallel([orders_of(0, lines), orders_of(1, lines[::-1])])
    for worker in workers:
        worker.database.close()

    assert failures == []
    assert {run.state.status for run in runs} == {OrderStatus.CANCELLED}
    assert shop.stock() == {("A-1", "MUG"): (10, 0), ("B-1", "POT"): (10, 0)}
    assert_balanced(shop)


def test_the_same_step_in_two_workers_at_once_has_one_effect(
    shop: Shop, database_url: str
) -> None:
    workers = [Shop(database=Database(database_url)) for _ in range(2)]
    states = []

    def opened_by(worker: Shop) -> Callable[[], None]:
        def act() -> None:
            run = OrderRun(worker, "web-1")
            try:
                state = run.open(document("1", line("MUG", 2)))
            except TemporaryError:
                state = run.open(document("1", line("MUG", 2)))
            states.append(state)

        return act

    failures = in_parallel([opened_by(worker) for worker in workers])
    for worker in workers:
        worker.database.close()

    assert failures == []
    assert states[0] == states[1]
    assert shop.stock()["A-1", "MUG"] == (10, 2)
    assert shop.count(allocation) == 1
