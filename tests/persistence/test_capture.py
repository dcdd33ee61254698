"""An order is stored once, whatever comes how often; its articles are looked up."""

import threading
from collections.abc import Iterator

import pytest
from sqlalchemy import select

from domain.errors import InvalidInput, TemporaryError
from persistence.database import Database
from persistence.tables import (
    address,
    contact_fingerprint,
    customer,
    order_demand,
    order_line,
    orders,
    sku_alias,
)
from tests.activities.steps.builders import (
    SOURCE,
    OrderRun,
    Shop,
    document,
    line,
    shop_at,
)

LONG = "ä" * 300


@pytest.fixture
def shop(database_url: str) -> Iterator[Shop]:
    with shop_at(database_url) as open_shop:
        yield open_shop


def demands(shop: Shop) -> dict[tuple[int, str], int]:
    return {
        (row.line_no, row.sku): row.quantity_per_unit
        for row in shop.rows(select(order_demand))
    }


def test_a_repeat_is_not_stored_again(shop: Shop) -> None:
    told = document("#1001", line("MUG", 2), customer={"email": "a@example.com"})

    assert shop.capture(told)
    assert not shop.capture(told)

    [row] = shop.rows(select(orders))
    assert (row.order_id, row.number) == ("web-_231001", "#1001")
    assert shop.count(order_line) == shop.count(customer) == shop.count(address) == 1


def test_the_same_order_by_two_channels_at_once_is_one_order(
    shop: Shop, database_url: str
) -> None:
    told = document("1", line("MUG", 2), customer={"email": "a@example.com"})
    others = [Shop(database=Database(database_url)) for _ in range(4)]
    start = threading.Barrier(len(others))
    answers: list[bool | Exception] = []

    def capture(by: Shop) -> None:
        start.wait()
        try:
            answers.append(by.capture(told))
        except TemporaryError as failure:
            answers.append(failure)

    threads = [threading.Thread(target=capture, args=(other,)) for other in others]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=20)
    for other in others:
        other.database.close()

    assert sorted(map(str, answers)) == ["False", "False", "False", "True"]
    assert shop.count(orders) == shop.count(order_line) == 1
    assert shop.count(contact_fingerprint) == 2


def test_a_direct_start_with_other_content_keeps_the_first_and_names_the_fields(
    shop: Shop,
) -> None:
    shop.capture(document("1", line("MUG", 2)))
    run = OrderRun(shop, "web-1")

    run.open(document("1", line("MUG", 3), priority=1, channel="phone"))

    assert run.lines() == {1: (2, 0)}
    assert run.data_of("repeat_refused") == {"fields": ["priority", "lines"]}


def test_an_alias_counts_for_its_source_and_goes_before_a_sku_spelled_alike(
    shop: Shop,
) -> None:
    shop.add(
        sku_alias,
        {"source": SOURCE, "alias": "POT", "sku": "MUG"},
        {"source": "elsewhere", "alias": "CUP", "sku": "MUG"},
    )

    shop.capture(document("1", line("POT", 1), line("CUP", 1)))

    stored = shop.rows(select(order_line).order_by(order_line.c.line_no))
    assert [(row.ordered_sku, row.sku) for row in stored] == [
        ("POT", "MUG"),
        ("CUP", None),
    ]
    assert demands(shop) == {(1, "MUG"): 1}


def test_a_bundle_is_stored_as_its_parts(shop: Shop) -> None:
    shop.add_bundle("SET", MUG=4, POT=1)

    shop.capture(document("1", line("SET", 2), line("MUG", 1)))

    assert demands(shop) == {(1, "MUG"): 4, (1, "POT"): 1, (2, "MUG"): 1}


def test_who_ordered_is_kept_as_salted_hashes_beside_the_details(shop: Shop) -> None:
    shop.capture(
        document("1", customer={"email": "Person@Example.com", "phone": "+49 30 1"})
    )

    kept = {
        row.field: row.fingerprint for row in shop.rows(select(contact_fingerprint))
    }
    assert set(kept) == {"address", "email", "phone"}
    assert all(len(fingerprint) == 64 for fingerprint in kept.values())


def test_the_longest_texts_a_document_may_have_are_stored(shop: Shop) -> None:
    told = document(
        "9" * 200,
        line("X" * 100, 1_000_000, unit_price="999999999999.999999"),
        channel="c" * 40,
        service_level="s" * 40,
        currency="EUR",
        customer={"name": LONG, "email": LONG, "phone": "9" * 60, "reference": LONG},
        ship_to={
            "name": LONG,
            "street": LONG,
            "street2": LONG,
            "city": LONG,
            "region": LONG,
            "postcode": "9" * 30,
            "country": "DE",
        },
    )

    assert shop.capture(told)

    run = OrderRun(shop, f"web-{'9' * 200}")
    run.open()
    run.cancel()
    assert run.state.status == "cancelled"


@pytest.mark.parametrize(
    ("field", "told"),
    [
        ("number", document("1\x00")),
        ("lines[0].sku", document("1", line("MU\x00G", 1))),
        ("customer.name", document("1", customer={"name": "A\x00"})),
        (
            "ship_to.region",
            document("1", ship_to={"country": "DE", "region": "A\x00"}),
        ),
        ("customer.email", document("1", customer={"email": "a\ud800@b.de"})),
    ],
)
def test_text_that_a_database_cannot_hold_is_refused_naming_its_field(
    shop: Shop, field: str, told: dict[str, object]
) -> None:
    with pytest.raises(InvalidInput) as refusal:
        shop.capture(told)

    assert refusal.value.field == field
