"""A person puts shipments on the floor: which go first, how many, why others not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from domain.errors import NotFound, Refused
from domain.policy import DEFAULT_POLICY, ReleaseMode
from messages.names import UpdateName
from messages.order_messages import PlaceHold
from operations.delivery import Delivery
from operations.orders import OrderOperations
from operations.releases import (
    ReleasedShipment,
    ReleaseOperations,
    ReleaseReport,
    ReleaseWish,
)
from persistence.tables import order_progress, outbox, shipment, warehouse
from persistence.warehouses import forget_warehouses
from tests.cli.in_process import now
from tests.operations.office import Office, open_office

ON_REQUEST = replace(
    DEFAULT_POLICY, stock=replace(DEFAULT_POLICY.stock, release=ReleaseMode.ON_REQUEST)
)


@pytest.fixture
def office(database_url: str, tmp_path: Path) -> Iterator[Office]:
    forget_warehouses()
    opened = open_office(database_url, tmp_path)
    orders = OrderOperations(
        database=opened.database,
        delivery=delivery_of(opened),
        policy=ON_REQUEST,
        clock=now,
    )
    yield replace(opened, orders=orders)
    opened.database.close()
    forget_warehouses()


async def place(office: Office, mugs: int, **fields: object) -> str:
    """Place an order that does not look like another one sent twice."""
    return await office.place(str(mugs), ("MUG", mugs), **fields)


def delivery_of(office: Office) -> Delivery:
    return Delivery(
        database=office.database, runs=office.runs, policy=ON_REQUEST, clock=now
    )


async def release(
    office: Office, message_id: str = "r1", **wanted: object
) -> ReleaseReport:
    operations = ReleaseOperations(
        database=office.database, delivery=delivery_of(office), clock=now
    )
    wish = ReleaseWish(
        **{  # type: ignore[arg-type]
            "warehouse_id": "main",
            "message_id": message_id,
            "actor": "lead:1",
            **wanted,
        }
    )
    return await operations.release(wish)


def ids(report: ReleaseReport, outcome: str = "released") -> list[str]:
    return [one.shipment_id for one in report.shipments if one.outcome == outcome]


def status_of(office: Office, shipment_id: str) -> str:
    query = select(shipment.c.status).where(shipment.c.shipment_id == shipment_id)
    with office.reading() as connection:
        return str(connection.execute(query).scalar_one())


def plan(office: Office, order_id: str, day: date) -> None:
    with office.database.write() as connection:
        connection.execute(
            update(shipment).where(shipment.c.order_id == order_id).values(ship_on=day)
        )


def set_terms(office: Office, **terms: object) -> None:
    with office.database.write() as connection:
        connection.execute(update(warehouse).values(**terms))
    forget_warehouses()


async def test_what_waits_is_put_on_the_floor_by_its_run(office: Office) -> None:
    order_id = await place(office, 1)
    before = status_of(office, f"{order_id}-1")

    report = await release(office)

    assert before == "allocated"
    assert report == ReleaseReport(
        warehouse_id="main",
        released=1,
        refused=0,
        sent=0,
        left=0,
        shipments=(
            ReleasedShipment(
                shipment_id=f"{order_id}-1", order_id=order_id, outcome="released"
            ),
        ),
    )
    assert status_of(office, f"{order_id}-1") == "released"


async def test_priority_goes_first_then_the_day_then_age(office: Office) -> None:
    old = await place(office, 1)
    late = await place(office, 2)
    soon = await place(office, 3)
    urgent = await place(office, 4, priority=1)
    today = now().date()
    for order_id, ahead in ((old, 2), (late, 9), (soon, 1), (urgent, 9)):
        plan(office, order_id, today + timedelta(days=ahead))

    first = await release(office, "r1", limit=2)
    rest = await release(office, "r2")

    assert ids(first) == [f"{urgent}-1", f"{soon}-1"]
    assert first.left == 2
    assert ids(rest) == [f"{old}-1", f"{late}-1"]


async def test_only_what_must_leave_by_then(office: Office) -> None:
    set_terms(office, cut_off="14:00")  # in Berlin
    today = await place(office, 1)
    tomorrow = await place(office, 2)
    unplanned = await place(office, 3)
    plan(office, today, date(2031, 1, 14))
    plan(office, tomorrow, date(2031, 1, 15))
    with office.database.write() as connection:
        connection.execute(
            update(shipment)
            .where(shipment.c.order_id == unplanned)
            .values(ship_on=None)
        )

    early = await release(
        office, "r1", before=datetime(2031, 1, 14, 12, 59, tzinfo=UTC)
    )
    due = await release(office, "r2", before=datetime(2031, 1, 14, 13, tzinfo=UTC))

    assert early.shipments == ()
    assert ids(due) == [f"{today}-1"]


async def test_without_a_cut_off_the_end_of_the_day_counts(office: Office) -> None:
    order_id = await place(office, 1)
    plan(office, order_id, date(2031, 1, 14))
    midnight = datetime(2031, 1, 14, 23, tzinfo=UTC)  # in Berlin

    early = await release(office, "r1", before=midnight - timedelta(seconds=1))
    due = await release(office, "r2", before=midnight)

    assert (early.released, due.released) == (0, 1)


async def test_only_of_one_carrier(office: Office) -> None:
    await place(office, 1)

    report = await release(office, carrier="other")

    assert report.shipments == ()


async def test_no_more_in_a_day_than_the_warehouse_can_send(office: Office) -> None:
    for number in range(4):
        await place(office, number + 1)
    set_terms(office, daily_capacity=3)

    first = await release(office, "r1", limit=2)
    second = await release(office, "r2", limit=2)
    third = await release(office, "r3")

    assert [r.released for r in (first, second, third)] == [2, 1, 0]
    assert third.left == 1


async def test_a_held_shipment_is_refused_with_its_hold(office: Office) -> None:
    order_id = await place(office, 1)
    await office.orders.tell(order_id, UpdateName.PLACE_HOLD, PlaceHold(message_id="h"))

    report = await release(office)

    [refused] = report.shipments
    assert refused.outcome == "refused"
    assert refused.reason == f"held: {order_id}.h1 (manual)"


async def test_what_its_run_refuses_is_told_with_the_runs_reason(
    office: Office,
) -> None:
    order_id = await place(office, 1)
    await office.orders.tell(order_id, UpdateName.PLACE_HOLD, PlaceHold(message_id="h"))
    # The read model is behind, the run is not.
    with office.database.write() as connection:
        state = connection.execute(select(order_progress.c.state)).scalar_one()
        connection.execute(update(order_progress).values(state={**state, "holds": []}))

    report = await release(office)

    assert report.refused == 1
    assert "manual" in (report.shipments[0].reason or "")
    assert status_of(office, f"{order_id}-1") == "allocated"


async def test_a_run_out_of_reach_is_told_later(office: Office) -> None:
    order_id = await place(office, 1)
    office.runs.is_down = True

    report = await release(office, "r1")

    assert ids(report, "sent") == [f"{order_id}-1"]
    with office.reading() as connection:
        waiting = connection.execute(
            select(outbox.c.name).where(outbox.c.delivered_at.is_(None))
        ).scalars()
        assert "release_shipment" in list(waiting)


async def test_a_repeat_releases_nothing_twice(office: Office) -> None:
    await place(office, 1)
    await release(office, "r1")

    repeat = await release(office, "r1")

    assert repeat.shipments == ()


async def test_an_unknown_or_frozen_warehouse_is_refused(office: Office) -> None:
    with pytest.raises(NotFound, match="no warehouse nowhere"):
        await release(office, warehouse_id="nowhere")
    set_terms(office, frozen_at=now(), frozen_reason="flood")
    with pytest.raises(Refused, match="main is frozen"):
        await release(office)
