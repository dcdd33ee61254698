"""Several shipments are picked in one walk, each with a tote of its own."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import insert

from domain.errors import NotFound, Refused
from domain.stock.movements import LocationKind
from messages.names import UpdateName
from messages.order_messages import CancelOrder, ConfirmPick
from operations.floor import whole_pick
from operations.pick_lists import (
    CancelPickList,
    FreedTasks,
    GatherPicks,
    cancel_pick_list,
    gather_picks,
)
from operations.queries.pick_lists import (
    PickListDetails,
    pick_list_details,
    pick_lists,
)
from persistence.database import Database
from persistence.stock import MovementCause
from persistence.tables import location, warehouse
from tests.builders.stock import put_in_stock
from tests.cli.in_process import now
from tests.operations.office import Office, open_office

WHY = MovementCause(
    cause="more", actor="receiver:7", occurred_at=now(), recorded_at=now()
)


@pytest.fixture
def office(database_url: str, tmp_path: Path) -> Iterator[Office]:
    opened = open_office(database_url, tmp_path)
    yield opened
    opened.database.close()


async def place(office: Office, mugs: int, **fields: object) -> str:
    """Place an order that does not look like another one sent twice."""
    return await office.place(str(mugs), ("MUG", mugs), **fields)


def gather(
    office: Office, tasks: int = 8, *, message_id: str = "", warehouse: str = "main"
) -> PickListDetails:
    told = GatherPicks(
        message_id=message_id or uuid.uuid4().hex,
        actor="picker:7",
        warehouse=warehouse,
        tasks=tasks,
    )
    return gather_picks(office.database, told, now)


def cancel(office: Office, pick_list_id: str) -> FreedTasks:
    told = CancelPickList(message_id=uuid.uuid4().hex, pick_list=pick_list_id)
    return cancel_pick_list(office.database, told, now)


def shown(office: Office, pick_list_id: str) -> PickListDetails:
    with office.reading() as connection:
        return pick_list_details(connection, pick_list_id)


async def pick(office: Office, shipment_id: str) -> None:
    with office.reading() as connection:
        lines = whole_pick(connection, shipment_id)
    order_id = shipment_id.rpartition("-")[0]
    message = ConfirmPick(message_id="pick", shipment_id=shipment_id, lines=lines)
    await office.orders.tell(order_id, UpdateName.CONFIRM_PICK, message)


async def test_stops_of_all_shipments_come_in_pick_sequence_with_their_tote(
    office: Office,
) -> None:
    with office.database.write() as connection:
        put_in_stock(connection, "LAMP", 9, WHY, "B-01")
    first = await office.place("1", ("LAMP", 1), ("MUG", 2))
    second = await office.place("2", ("JUG", 1), ("LAMP", 3))

    made = gather(office)

    assert (made.kind, made.status, made.created_by) == ("batch", "open", "picker:7")
    assert [(t.tote, t.shipment_id) for t in made.tasks] == [
        ("tote-1", f"{first}-1"),
        ("tote-2", f"{second}-1"),
    ]
    assert [(s.location_id, s.sku, s.quantity, s.tote) for s in made.stops] == [
        ("A-01", "JUG", 1, "tote-2"),
        ("A-01", "MUG", 2, "tote-1"),
        ("B-01", "LAMP", 1, "tote-1"),
        ("B-01", "LAMP", 3, "tote-2"),
    ]


async def test_one_shipment_alone_is_a_single_list(office: Office) -> None:
    await place(office, 1)
    await place(office, 2)

    made = gather(office, 1)

    assert made.kind == "single"
    assert [task.tote for task in made.tasks] == ["tote-1"]


async def test_urgent_orders_are_gathered_first_and_none_twice(office: Office) -> None:
    plain = await place(office, 1)
    urgent = await place(office, 2, priority=1)
    other = await place(office, 3)

    first = gather(office, 2)
    second = gather(office, 2)

    assert [t.order_id for t in first.tasks] == [urgent, plain]
    assert [t.order_id for t in second.tasks] == [other]
    with pytest.raises(Refused, match="no open pick task of main waits for a list"):
        gather(office)


async def test_each_shipment_is_confirmed_by_itself_and_the_last_closes_the_list(
    office: Office,
) -> None:
    first, second = await place(office, 1), await place(office, 2)
    made = gather(office)

    await pick(office, f"{first}-1")
    half = shown(office, made.pick_list_id)
    await pick(office, f"{second}-1")
    done = shown(office, made.pick_list_id)

    assert (half.status, half.closed_at) == ("open", None)
    assert {t.order_id: t.status for t in half.tasks} == {first: "done", second: "open"}
    assert {s.shipment_id: s.done_quantity for s in half.stops} == {
        f"{first}-1": 1,
        f"{second}-1": None,
    }
    assert done.status == "done"
    assert done.closed_at is not None


async def test_a_cancelled_order_leaves_its_task_closed_on_the_list(
    office: Office,
) -> None:
    order_id = await place(office, 1)
    made = gather(office)

    await office.orders.tell(
        order_id, UpdateName.CANCEL_ORDER, CancelOrder(message_id="c")
    )

    assert shown(office, made.pick_list_id).status == "done"


async def test_a_cancelled_list_frees_its_open_tasks(office: Office) -> None:
    first, second = await place(office, 1), await place(office, 2)
    made = gather(office)
    await pick(office, f"{first}-1")

    freed = cancel(office, made.pick_list_id)
    again = gather(office)
    old = shown(office, made.pick_list_id)

    assert freed.freed == (f"{second}-1-pick",)
    assert [t.order_id for t in again.tasks] == [second]
    assert old.status == "cancelled"
    assert [t.order_id for t in old.tasks] == [first]


async def test_open_lists_are_listed_and_all_if_wanted(office: Office) -> None:
    first = await place(office, 1)
    done = gather(office)
    await pick(office, f"{first}-1")
    await place(office, 2)
    gone = gather(office)
    cancel(office, gone.pick_list_id)
    still = gather(office)

    with office.reading() as connection:
        listed = pick_lists(connection)
        everything = pick_lists(connection, open_only=False)
        elsewhere = pick_lists(connection, warehouse_id="north", open_only=False)

    assert [(r.pick_list_id, r.tasks, r.open_tasks) for r in listed] == [
        (still.pick_list_id, 1, 1)
    ]
    assert {r.pick_list_id: r.status for r in everything} == {
        done.pick_list_id: "done",
        gone.pick_list_id: "cancelled",
        still.pick_list_id: "open",
    }
    assert elsewhere == []


async def test_the_same_message_makes_one_list(office: Office) -> None:
    await place(office, 1)
    await place(office, 2)

    first = gather(office, 1, message_id="m1")
    repeat = gather(office, 1, message_id="m1")

    assert repeat.pick_list_id == first.pick_list_id


async def test_only_tasks_of_that_warehouse(office: Office) -> None:
    with office.database.write() as connection:
        connection.execute(
            insert(warehouse),
            {"warehouse_id": "north", "name": "North", "time_zone": "UTC"},
        )
        connection.execute(
            insert(location),
            {
                "location_id": "N-01",
                "warehouse_id": "north",
                "kind": LocationKind.PICK_FACE,
                "pick_sequence": 1,
            },
        )
        put_in_stock(connection, "LAMP", 5, WHY, "N-01")
    await office.place("1", ("MUG", 1))
    north = await office.place("2", ("LAMP", 1))

    made = gather(office, warehouse="north")

    assert [t.order_id for t in made.tasks] == [north]


async def test_refusals_name_what_is_wrong(office: Office) -> None:
    await place(office, 1)
    made = gather(office)
    cancel(office, made.pick_list_id)

    with pytest.raises(NotFound, match="no warehouse nowhere"):
        gather(office, warehouse="nowhere")
    with pytest.raises(NotFound, match="no pick list none"):
        cancel(office, "none")
    with pytest.raises(Refused, match="is cancelled"):
        cancel(office, made.pick_list_id)


async def test_two_who_gather_at_one_moment_take_different_tasks(
    postgresql_database_url: str, tmp_path: Path
) -> None:
    office = open_office(postgresql_database_url, tmp_path)
    for number in range(6):
        await place(office, number + 1)
    gate = threading.Barrier(3)
    made: list[PickListDetails] = []
    failures: list[BaseException] = []

    def work() -> None:
        own = Database(postgresql_database_url)
        try:
            told = GatherPicks(message_id=uuid.uuid4().hex, warehouse="main", tasks=2)
            gate.wait()
            made.append(gather_picks(own, told, now))
        except BaseException as failure:
            failures.append(failure)
        finally:
            own.close()

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    office.database.close()

    assert failures == []
    tasks = [task.pick_task_id for one in made for task in one.tasks]
    assert len(tasks) == len(set(tasks)) == 6
