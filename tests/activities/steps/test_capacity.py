"""A warehouse takes on no more shipments a day than it can send, whoever comes."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import event, select, update

from domain.policy import DEFAULT_POLICY, ReleaseMode
from domain.shipments.status import ShipmentStatus
from messages.order_messages import (
    CancelOrder,
    ChangeLines,
    ConfirmPutBack,
    LineChange,
    PickedLine,
    ReleaseHold,
    ReleaseShipment,
    ResourceShipment,
    ShortReason,
)
from messages.order_state import ShipmentState
from messages.order_steps import StateInput
from messages.waiting import waiting_of
from persistence.database import Database
from persistence.tables import shipment, warehouse, warehouse_day
from persistence.warehouses import forget_warehouses, take_place
from tests.activities.steps.builders import (
    NOON,
    OrderRun,
    Shop,
    assert_balanced,
    line,
    picks,
    shop_at,
)

TUESDAY = NOON.date()
DAY = timedelta(days=1)
WEDNESDAY, THURSDAY = TUESDAY + DAY, TUESDAY + 2 * DAY
# 08:00 in Berlin.
WEDNESDAY_OPENS = datetime.fromisoformat("2026-11-25T07:00Z")


@pytest.fixture(autouse=True)
def _read_warehouses_anew() -> Iterator[None]:
    forget_warehouses()
    yield
    forget_warehouses()


def limit(shop: Shop, capacity: int | None, warehouse_id: str = "main") -> None:
    with shop.database.write() as connection:
        connection.execute(
            update(warehouse)
            .where(warehouse.c.warehouse_id == warehouse_id)
            .values(daily_capacity=capacity)
        )
    forget_warehouses()


def planned(shop: Shop, warehouse_id: str = "main") -> dict[date, int]:
    rows = shop.rows(
        select(warehouse_day).where(warehouse_day.c.warehouse_id == warehouse_id)
    )
    return {row.day: row.planned for row in rows if row.planned}


def only(run: OrderRun) -> ShipmentState:
    [subject] = [s for s in run.state.shipments if s.status != "cancelled"]
    return subject


def only_status(run: OrderRun) -> list[str]:
    return [s.status.value for s in run.state.shipments]


def test_without_a_limit_no_place_is_taken(shop: Shop) -> None:
    run = shop.order("1")

    assert planned(shop) == {}
    assert not only(run).holds_place


def test_a_full_day_sends_the_next_order_to_the_next_working_day(shop: Shop) -> None:
    limit(shop, 1)

    first, second, third = (shop.order(number) for number in "123")

    assert planned(shop) == {TUESDAY: 1, WEDNESDAY: 1, THURSDAY: 1}
    assert only(first).status == "released"
    assert (only(second).status, only(second).ship_on) == ("allocated", WEDNESDAY)
    assert only(second).release_at == WEDNESDAY_OPENS
    assert only(third).ship_on == THURSDAY
    row = shop.rows(
        select(shipment).where(shipment.c.shipment_id == only(third).shipment_id)
    )[0]
    assert (row.ship_on, row.deliver_by) == (THURSDAY, THURSDAY + 3 * DAY)
    assert third.state.promised_on == THURSDAY + 3 * DAY


def test_the_run_puts_it_on_the_floor_when_its_day_opens(shop: Shop) -> None:
    limit(shop, 1)
    shop.order("1")
    run = shop.order("2")
    assert run.state.next_due() == WEDNESDAY_OPENS

    run.reach_due(WEDNESDAY_OPENS - NOON)

    assert only(run).status == "released"
    assert only(run).release_at is None
    assert "promise_changed" not in run.events()
    assert planned(shop) == {TUESDAY: 1, WEDNESDAY: 1}


def test_it_says_which_day_it_waits_for(shop: Shop) -> None:
    limit(shop, 1)
    shop.order("1")
    run = shop.order("2")

    waiting = waiting_of(run.state)

    assert waiting.waits_for == (
        f"release on {WEDNESDAY} (first day with room) of {run.order_id}-1"
    )
    assert "send release_shipment" in waiting.what_to_do
    assert waiting.until == WEDNESDAY_OPENS


def test_a_hold_that_stands_when_the_day_opens_does_not_wake_the_run_again(
    shop: Shop,
) -> None:
    limit(shop, 1)
    shop.order("1")
    run = shop.order("2", payment={"status": "awaited"})

    run.reach_due(WEDNESDAY_OPENS - NOON)
    held = only(run).status
    due = run.state.next_due()
    run.done(ReleaseHold(message_id="m1"))

    assert held == "allocated"
    assert due is not None
    assert due > shop.now
    assert only(run).status == "released"


def test_a_person_may_put_it_on_the_floor_before_its_day(shop: Shop) -> None:
    limit(shop, 1)
    shop.order("1")
    run = shop.order("2")

    run.done(ReleaseShipment(message_id="m1"))

    assert only(run).status == "released"
    assert only(run).ship_on == WEDNESDAY


def test_a_cancelled_order_gives_its_place_back(shop: Shop) -> None:
    limit(shop, 1)
    first = shop.order("1")
    first.done(CancelOrder(message_id="m1"))

    second = shop.order("2")

    assert only(second).ship_on == TUESDAY
    assert planned(shop) == {TUESDAY: 1}
    assert not first.state.shipments[0].holds_place


def test_a_place_is_given_back_when_the_floor_has_put_the_goods_back(
    shop: Shop,
) -> None:
    limit(shop, 1)
    run = shop.order("1")
    run.pick(*picks(1))
    run.done(CancelOrder(message_id="m1"))
    asked = planned(shop)

    run.done(ConfirmPutBack(message_id="m2"))

    assert asked == {TUESDAY: 1}
    assert planned(shop) == {}


def test_a_shipment_of_which_nothing_was_there_gives_its_place_back(
    shop: Shop,
) -> None:
    limit(shop, 5)
    run = shop.order("1", line("MUG", 10))

    run.pick(PickedLine(line_no=1, quantity=0, reason=ShortReason.NOT_THERE))

    assert planned(shop) == {}
    assert only_status(run) == ["cancelled"]


def test_an_order_stopped_from_outside_gives_its_place_back(shop: Shop) -> None:
    limit(shop, 1)
    run = shop.order("1")

    shop.steps.stop_order(
        StateInput(workflow_id=f"order-{run.order_id}", now=shop.now, state=run.state)
    )

    assert planned(shop) == {}


def test_a_shipment_sourced_again_has_one_place(shop: Shop) -> None:
    limit(shop, 1)
    run = shop.order("1")

    run.done(ResourceShipment(message_id="m1"))

    assert only(run).ship_on == TUESDAY
    assert planned(shop) == {TUESDAY: 1}


def test_changed_lines_keep_one_place(shop: Shop) -> None:
    limit(shop, 3)
    run = shop.order("1", line("MUG", 2))

    run.done(ChangeLines(message_id="m1", lines=(LineChange(line_no=1, quantity=1),)))

    assert planned(shop) == {TUESDAY: 1}


def test_what_missed_its_day_changes_its_place(shop: Shop) -> None:
    limit(shop, 1)
    run = shop.order("1", payment={"status": "awaited"})
    shop.now = NOON + DAY

    run.done(ReleaseHold(message_id="m1"))

    assert planned(shop) == {WEDNESDAY: 1}
    assert only(run).ship_on == WEDNESDAY


def test_a_limit_that_is_set_later_gives_no_place_back_that_was_not_taken(
    shop: Shop,
) -> None:
    unlimited = shop.order("1")
    limit(shop, 1)
    shop.order("2")

    unlimited.done(CancelOrder(message_id="m1"))

    assert planned(shop) == {TUESDAY: 1}


def test_on_request_nothing_goes_to_the_floor_by_itself(database_url: str) -> None:
    stock = replace(DEFAULT_POLICY.stock, release=ReleaseMode.ON_REQUEST)
    with shop_at(database_url, replace(DEFAULT_POLICY, stock=stock)) as shop:
        shop.receive("A-1", MUG=3)
        run = shop.order("1")
        waiting = waiting_of(run.state)
        before = only(run).status

        run.done(ReleaseShipment(message_id="m1"))

        assert before == "allocated"
        assert waiting.waits_for == f"release to the floor of {run.order_id}-1"
        assert "release_shipment" in waiting.what_to_do
        assert only(run).status == "released"


def test_on_request_a_full_day_wakes_nobody(database_url: str) -> None:
    stock = replace(DEFAULT_POLICY.stock, release=ReleaseMode.ON_REQUEST)
    with shop_at(database_url, replace(DEFAULT_POLICY, stock=stock)) as shop:
        shop.receive("A-1", MUG=3)
        limit(shop, 1)
        shop.order("1")

        second = shop.order("2")

        assert only(second).ship_on == WEDNESDAY
        assert only(second).release_at is None


def test_places_are_taken_in_every_warehouse_in_the_same_order(shop: Shop) -> None:
    for name in ("north", "east"):
        shop.add_warehouse(name, f"{name}-1")
        shop.receive(f"{name}-1", MUG=10)
    for name in ("main", "north", "east"):
        limit(shop, 1, name)
    seen: list[str] = []

    def note(*told: object) -> None:
        statement, parameters = str(told[2]), told[3]
        if statement.startswith("UPDATE warehouse_day"):
            assert isinstance(parameters, tuple | dict)
            values = parameters.values() if isinstance(parameters, dict) else parameters
            seen.extend(v for v in values if v in {"main", "north", "east"})

    for engine in (shop.database._engine, shop.database._writer):
        if engine is not None:
            event.listen(engine, "before_cursor_execute", note)
    run = shop.order("1", line("MUG", 30))

    assert len(run.state.shipments) == 3
    assert list(dict.fromkeys(seen)) == ["east", "main", "north"]


def test_the_guard_holds_though_the_day_was_thought_to_have_room(shop: Shop) -> None:
    limit(shop, 1)

    with shop.database.write() as connection:
        first = take_place(connection, "main", TUESDAY)
        second = take_place(connection, "main", TUESDAY)

    assert (first, second) == (True, False)
    assert planned(shop) == {TUESDAY: 1}


def test_a_race_for_the_last_places_fills_each_day_exactly(
    postgresql_database_url: str,
) -> None:
    buyers, capacity = 12, 5
    with shop_at(postgresql_database_url) as shop:
        shop.receive("A-1", MUG=buyers)
        limit(shop, capacity)
        gate = threading.Barrier(buyers)
        failures: list[BaseException] = []

        def buy(number: int) -> None:
            try:
                own = Shop(database=Database(postgresql_database_url))
                gate.wait()
                own.order(str(number))
                own.database.close()
            except BaseException as failure:
                failures.append(failure)

        threads = [
            threading.Thread(target=buy, args=(number,)) for number in range(buyers)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert failures == []
        assert planned(shop) == {TUESDAY: 5, WEDNESDAY: 5, THURSDAY: 2}
        rows = shop.rows(select(shipment.c.ship_on, shipment.c.status))
        assert sum(r.status == ShipmentStatus.RELEASED for r in rows) == capacity
        assert_balanced(shop)
