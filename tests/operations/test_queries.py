"""What lists and details show, alike on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from domain.errors import NotFound, Refused
from domain.events import EventKind
from domain.orders.status import OrderStatus
from domain.policy import CheckName, CheckOutcome
from operations.floor import fitting_shipment_of, package_as_picked, whole_pick
from operations.queries.checks import check_rates
from operations.queries.details import order_details
from operations.queries.floor import open_tasks
from operations.queries.labels import valid_label
from operations.queries.orders import (
    OrderFilter,
    count_by_status,
    count_ended,
    count_orders,
    list_orders,
)
from operations.queries.refunds import find_refund, list_refunds
from operations.queries.stock import stock_levels, stock_movements
from operations.queries.timeline import WORDS, in_words, order_timeline
from tests.builders.documents import a_ship_to
from tests.cli.in_process import now
from tests.operations.office import Office, open_office


@pytest.fixture
def office(database_url: str, tmp_path: Path) -> Iterator[Office]:
    opened = open_office(database_url, tmp_path)
    yield opened
    opened.database.close()


async def test_orders_are_listed_and_counted_by_where_they_stand(
    office: Office,
) -> None:
    released = await office.place("1")
    office.runs.is_down = True
    received = await office.place("2")

    with office.reading() as connection:
        rows = {row.order_id: row for row in list_orders(connection, OrderFilter())}
        waiting = OrderFilter(statuses=(OrderStatus.RECEIVED,))
        found = list_orders(connection, waiting)
        count = count_orders(connection, waiting)
        counts = count_by_status(connection, [released, received, released])
        ended = count_ended(connection, [released, received])

    assert rows[released].status is OrderStatus.RELEASED
    assert rows[released].due_at is not None
    assert rows[received].since >= rows[released].since
    assert [row.order_id for row in found] == [received]
    assert count == 1
    assert counts == {OrderStatus.RECEIVED: 1, OrderStatus.RELEASED: 1}
    assert ended == 0


async def test_orders_that_need_a_person_are_found(office: Office) -> None:
    order_id = await office.place("1")
    shipment_id = await office.ship(order_id)
    await office.place("2")
    await office.runs.signal(
        order_id,
        "carrier_event",
        {
            "message_id": "lost",
            "shipment_id": shipment_id,
            "milestone": "lost",
            "occurred_at": now().isoformat(),
        },
    )

    with office.reading() as connection:
        worried = list_orders(connection, OrderFilter(needs_attention=True))
        calm = count_orders(connection, OrderFilter(needs_attention=False))

    assert [row.attention_reason for row in worried] == ["delivery_trouble"]
    assert calm == 1


async def test_details_hold_the_last_answer_of_each_check(office: Office) -> None:
    order_id = await office.place("1", ship_to=a_ship_to(postcode="1"))

    with office.reading() as connection:
        details = order_details(connection, order_id, now())

    checks = {check.check: check for check in details.checks}
    assert checks["address"].outcome == "hold"
    assert checks["address"].evidence
    assert len(details.checks) == len(checks)
    assert details.holds[0].released_at is None


async def test_a_rate_counts_held_orders_of_all(office: Office) -> None:
    good = await office.place("1")
    bad = await office.place("2", ship_to=a_ship_to(postcode="1"))

    with office.reading() as connection:
        rates = {rate.check: rate for rate in check_rates(connection, [good, bad])}
        none = check_rates(connection, [])

    address = rates[CheckName.ADDRESS]
    assert (address.orders, address.hold_rate) == (2, 0.5)
    assert address.outcomes[CheckOutcome.HOLD] == 1
    assert none == []


async def test_a_whole_pick_and_its_package_are_what_was_asked(office: Office) -> None:
    order_id = await office.place("1", ("SET", 2), ("MUG", 1))
    shipment_id = f"{order_id}-1"

    with office.reading() as connection:
        [task] = open_tasks(connection, shipment_id=shipment_id)
        picked = whole_pick(connection, shipment_id)
        with pytest.raises(Refused, match="nothing picked"):
            package_as_picked(connection, shipment_id)
        with pytest.raises(NotFound):
            whole_pick(connection, f"{order_id}-9")

    assert {stop.sku: stop.quantity for stop in task.lines} == {
        "JUG": 2,
        "TRAY": 4,
        "MUG": 1,
    }
    assert sum(line.quantity for line in picked) == 7


async def test_the_one_fitting_shipment_is_found_or_asked_for(office: Office) -> None:
    order_id = await office.place("1")

    with office.reading() as connection:
        found = fitting_shipment_of(connection, order_id, frozenset({"released"}))
        with pytest.raises(Refused, match="is released"):
            fitting_shipment_of(connection, order_id, frozenset({"packed"}))

    assert found == f"{order_id}-1"


async def test_stock_and_its_ledger_agree(office: Office) -> None:
    order_id = await office.place("1")

    with office.reading() as connection:
        [level] = stock_levels(connection, skus=("MUG",), warehouse_id="main")
        moves = stock_movements(connection, sku="MUG", limit=10)
        of_order = stock_movements(connection, order_id=order_id, limit=10)

    assert (level.on_hand, level.allocated, level.available) == (100, 2, 98)
    assert sum(one.allocated_change for one in moves) == 2
    assert [one.kind for one in of_order] == ["allocated"]


async def test_a_label_is_found_once_it_is_made(office: Office) -> None:
    order_id = await office.place("1")
    with office.reading() as connection, pytest.raises(NotFound):
        valid_label(connection, f"{order_id}-1")

    shipment_id = await office.ship(order_id)

    with office.reading() as connection:
        label = valid_label(connection, shipment_id)
    assert label.pdf.startswith(b"%PDF")
    assert label.tracking_number


async def test_no_refund_is_owed_without_a_reason(office: Office) -> None:
    await office.place("1")

    with office.reading() as connection:
        assert list_refunds(connection) == []
        with pytest.raises(NotFound):
            find_refund(connection, "web-1.r1")


async def test_a_timeline_goes_on_after_an_event(office: Office) -> None:
    order_id = await office.place("1")

    with office.reading() as connection:
        events = order_timeline(connection, order_id)
        rest = order_timeline(connection, order_id, events[0].event_id)
        with pytest.raises(NotFound):
            order_timeline(connection, "web-404")

    assert events[0].kind is EventKind.PLACED
    assert rest == events[1:]


def test_every_kind_of_event_has_its_words() -> None:
    assert set(WORDS) == set(EventKind)


@pytest.mark.parametrize("kind", EventKind)
def test_an_event_is_told_even_without_its_facts(kind: EventKind) -> None:
    told = in_words(kind, {})

    assert told
    assert "{" not in told


def test_what_an_event_does_not_know_is_left_out() -> None:
    full = {"refund_id": "r1", "amount": "5", "currency": "EUR", "reason": "customer"}

    assert in_words(EventKind.REFUND_DUE, full) == (
        "a refund is due: r1, 5 EUR, customer"
    )
    assert in_words(EventKind.REFUND_DUE, full | {"amount": None}) == (
        "a refund is due: r1, customer"
    )
