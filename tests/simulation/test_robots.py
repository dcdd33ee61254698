"""Robots carry orders to their end, whatever goes wrong on the way."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from importlib.resources import as_file
from pathlib import Path

import pytest
from sqlalchemy import select
from temporalio.client import Client

from config.policy import load_policy
from messages.names import UpdateName
from messages.order_messages import ConfirmPick, PlaceHold
from operations.catalog import import_catalog
from operations.files.table import open_table
from operations.floor import whole_pick
from operations.shop import Shop, open_shop
from operations.stock_files import ReceiptTerms, import_stock
from persistence.database import Database
from persistence.tables import bundle_component, stock_level
from simulation.habits import Habits
from simulation.jobs import Job
from simulation.left_for_person import LeftForPerson
from simulation.sample_orders import Fault, SampleOrders
from simulation.sample_shop import OPENING_STOCK, SAMPLE, furnish, sample_policy
from tests.cli.in_process import RunsInProcess
from tests.simulation.running import SPEED, now, robots, robots_on_server

CLUMSY = Habits(
    seed=3, speed=SPEED, short_rate=0.15, damaged_rate=0.1, miscount_rate=0.3
)


@pytest.fixture
def database(sqlite_database_url: str) -> Iterator[Database]:
    opened = Database(sqlite_database_url)
    yield opened
    opened.close()


async def test_twenty_orders_with_faults_end_on_a_real_server_and_the_books_agree(
    client: Client, task_queue: str, sqlite_database_url: str, tmp_path: Path
) -> None:
    sample = SampleOrders(seed=4, fault_rate=0.4, source="robots")

    async with robots_on_server(
        client, task_queue, sqlite_database_url, tmp_path, CLUMSY
    ) as at_work:
        outcomes = await at_work.carry_to_the_end(at_work.stream(sample, 20))

        assert len(outcomes) == 20
        assert set(outcomes.values()) == {"delivered", "cancelled"}
        assert "picked only" in at_work.texts()
        assert "counted wrong, counts again" in at_work.texts()
        assert "released hold" in at_work.texts()
        assert at_work.problems() == []


async def test_an_order_without_faults_is_delivered(
    database: Database, tmp_path: Path
) -> None:
    async with robots(database, RunsInProcess(database, tmp_path), tmp_path) as shop:
        stream = shop.stream(SampleOrders(fault_rate=0), 3)
        outcomes = await shop.carry_to_the_end(stream)

    assert set(outcomes.values()) == {"delivered"}


async def test_an_emptied_bin_is_refilled_and_its_orders_get_their_goods(
    database: Database, tmp_path: Path
) -> None:
    sample = SampleOrders(fault_rate=0)
    wanted = sample.document(0).lines[0].sku

    async with robots(database, RunsInProcess(database, tmp_path), tmp_path) as shop:
        for bin_ in _bins_of(shop.shop.database, wanted):
            await shop.staff.empty_bin(bin_)
        outcomes = await shop.carry_to_the_end(shop.stream(sample, 1))

        assert "not_there" in shop.texts()
        assert "counted" in shop.texts()
        assert set(outcomes.values()) == {"delivered"}
        assert shop.problems() == []


async def test_a_bin_worth_much_is_counted_twice_blind_and_approved_by_a_manager(
    database: Database, tmp_path: Path
) -> None:
    async with robots(database, RunsInProcess(database, tmp_path), tmp_path) as shop:
        order = SampleOrders(fault_rate=0).document(0)
        line = order.lines[0].model_copy(update={"sku": "JAR-SET", "quantity": 1})
        # Its twenty jars cost 8.30 each.
        await shop.staff.empty_bin("C-02-2")
        placed = await shop.shop.orders.place_document(
            order.model_copy(update={"lines": (line,)})
        )
        await shop.until(lambda: bool(shop.shop.outcomes([placed.order_id])))
        await shop.until(lambda: not shop.shop.open_work().counts)

        assert "another person counts it again" in shop.texts()
        assert "manager:1 approved the count" in shop.texts()
        assert not shop.staff.bins.is_empty("C-02-2")
        assert shop.problems() == []


async def test_a_customer_who_cancels_gets_no_goods(
    database: Database, tmp_path: Path
) -> None:
    all_cancel = Habits(seed=2, speed=SPEED, cancel_rate=1.0)
    runs = RunsInProcess(database, tmp_path)
    async with robots(database, runs, tmp_path, habits=all_cancel) as shop:
        stream = shop.stream(SampleOrders(fault_rate=0), 6)
        outcomes = await shop.carry_to_the_end(stream)

        assert shop.staff.cancels_asked == 6
        assert "cancelled" in outcomes.values()
        assert shop.problems() == []


async def test_the_first_orders_show_a_split_over_two_warehouses(
    database: Database, tmp_path: Path
) -> None:
    async with robots(database, RunsInProcess(database, tmp_path), tmp_path) as shop:
        stream = shop.stream(SampleOrders(fault_rate=0), 3)
        before = shop.shop.first_split(["demo-1001"])
        await shop.carry_to_the_end(stream)
        split = shop.shop.first_split(stream.placed)

    assert before is None
    assert split is not None
    assert set(split.explanation.winner) == {"main", "north"}
    assert split.explanation.split_reason


def test_a_sample_shop_of_one_warehouse_gets_the_second_one_and_keeps_its_stock(
    database: Database, tmp_path: Path
) -> None:
    with sample_policy() as path:
        policy = load_policy(path)
    shop = open_shop(
        database, RunsInProcess(database, tmp_path), policy=policy, clock=now
    )
    with_first_warehouse(shop)
    main = shop.on_hand("A-01-1")

    for _ in range(2):
        furnish(shop)

    assert main == shop.on_hand("A-01-1") == {"MUG-BLUE": 40}
    assert shop.on_hand("N-02-2") == {"MUG-BLUE": 20}


async def test_orders_go_on_when_the_carrier_comes_back(
    database: Database, tmp_path: Path
) -> None:
    async with robots(database, RunsInProcess(database, tmp_path), tmp_path) as shop:
        stream = shop.stream(SampleOrders(fault_rate=0), 1)
        await stream.run()
        await shop.until(lambda: bool(shop.shop.open_work().travelling))
        shop.carrier.go_down()
        await asyncio.sleep(0.5)
        was_down = shop.carrier.is_down

        shop.carrier.come_back()

        await shop.until(lambda: bool(shop.shop.outcomes(stream.placed)))
        assert was_down


async def test_robots_wait_for_a_server_that_is_away_and_then_go_on(
    database: Database, tmp_path: Path
) -> None:
    runs = RunsInProcess(database, tmp_path)
    async with robots(database, runs, tmp_path) as shop:
        stream = shop.stream(SampleOrders(fault_rate=0), 1)
        await stream.run()
        runs.is_down = True
        await shop.until(lambda: "waits for an answer" in shop.texts())

        runs.is_down = False

        await shop.until(lambda: bool(shop.shop.outcomes(stream.placed)))
        assert shop.problems() == []


async def test_work_that_a_hold_blocks_is_taken_up_once_it_is_released(
    database: Database, tmp_path: Path
) -> None:
    def until_held(job: Job) -> bool:
        return job.key.startswith("pick:") and not is_held

    is_held = False
    async with robots(
        database,
        RunsInProcess(database, tmp_path),
        tmp_path,
        is_left_alone=until_held,
    ) as shop:
        stream = shop.stream(SampleOrders(fault_rate=0), 1)
        await stream.run()
        [order_id] = stream.placed
        hold = PlaceHold(message_id="h", blocks=("pick",))
        await shop.shop.orders.tell(order_id, UpdateName.PLACE_HOLD, hold)
        is_held = True

        await shop.until(lambda: bool(shop.shop.outcomes(stream.placed)))

    assert "released hold manual" in shop.texts()


async def test_one_pick_is_left_for_the_person_and_the_rest_goes_on(
    database: Database, tmp_path: Path
) -> None:
    left = LeftForPerson(is_wanted=True)
    async with robots(
        database,
        RunsInProcess(database, tmp_path),
        tmp_path,
        is_left_alone=left.is_left_alone,
        # Slow enough that the person's choice comes before a robot's.
        habits=Habits(speed=4),
    ) as shop:
        stream = shop.stream(SampleOrders(fault_rate=0), 4)
        await stream.run()
        task = left.choose(shop.shop.open_work())
        assert task is not None
        others = [one for one in stream.placed if one != task.order_id]
        await shop.until(lambda: len(shop.shop.outcomes(others)) == len(others))
        untouched = shop.shop.open_work().orders[task.order_id].status

        with database.read() as connection:
            lines = whole_pick(connection, task.shipment_id)
        message = ConfirmPick(message_id="you", actor="picker:you", lines=lines)
        await shop.shop.orders.tell(task.order_id, UpdateName.CONFIRM_PICK, message)

        await shop.until(lambda: task.order_id in shop.shop.outcomes(stream.placed))
        assert untouched == "released"
        assert left.choose(shop.shop.open_work()) is None


@pytest.mark.parametrize(
    ("fault", "end"),
    [
        (Fault.PRICE, "delivered"),
        (Fault.EMAIL, "delivered"),
        (Fault.PAYMENT, "delivered"),
        (Fault.UNKNOWN_SKU, "cancelled"),
    ],
)
async def test_each_fault_of_a_sample_order_places_a_hold_that_the_office_answers(
    database: Database, tmp_path: Path, fault: Fault, end: str
) -> None:
    async with robots(database, RunsInProcess(database, tmp_path), tmp_path) as shop:
        document = SampleOrders().document(7, fault)
        placed = await shop.shop.orders.place_document(document)

        await shop.until(lambda: bool(shop.shop.outcomes([placed.order_id])))

        outcome = shop.shop.outcomes([placed.order_id])
        assert list(outcome.values()) == [end]
        assert f"{placed.order_id} office" in shop.texts()


async def test_the_same_goods_sent_twice_are_held_and_cancelled(
    database: Database, tmp_path: Path
) -> None:
    sample = SampleOrders()
    async with robots(database, RunsInProcess(database, tmp_path), tmp_path) as shop:
        first = await shop.shop.orders.place_document(sample.document(4, Fault.NONE))
        again = await shop.shop.orders.place_document(
            sample.document(5, Fault.DUPLICATE)
        )
        both = [first.order_id, again.order_id]
        await shop.until(lambda: len(shop.shop.outcomes(both)) == 2)

        assert shop.shop.outcomes(both) == {
            first.order_id: "delivered",
            again.order_id: "cancelled",
        }


async def test_a_second_stream_goes_on_with_new_numbers(
    database: Database, tmp_path: Path
) -> None:
    sample = SampleOrders(fault_rate=0)
    async with robots(database, RunsInProcess(database, tmp_path), tmp_path) as shop:
        first, second = shop.stream(sample, 2), shop.stream(sample, 2)
        await first.run()
        await second.run()

    assert first.placed == ["demo-1001", "demo-1002"]
    assert second.placed == ["demo-1003", "demo-1004"]


def with_first_warehouse(shop: Shop) -> None:
    """Furnish a shop as it was before it had a second warehouse."""
    opening, file = next(iter(OPENING_STOCK.items()))
    with as_file(SAMPLE / "catalog.csv") as path, open_table(path) as table:
        import_catalog(shop.database, table, clock=shop.clock)
    with as_file(SAMPLE / file) as path, open_table(path) as table:
        terms = ReceiptTerms(reference=opening)
        import_stock(shop.database, table, clock=shop.clock, terms=terms)


def _bins_of(database: Database, sku: str) -> list[str]:
    with database.read() as connection:
        parts = connection.execute(
            select(bundle_component.c.component_sku).where(
                bundle_component.c.bundle_sku == sku
            )
        ).scalars()
        wanted = [sku, *parts]
        found = connection.execute(
            select(stock_level.c.location_id).where(stock_level.c.sku.in_(wanted))
        )
        return list(found.scalars())
