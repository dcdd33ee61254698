"""Ids are made of source and number, reversibly, and never collide."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from domain.errors import InvalidInput
from domain.identity import (
    MAX_ESCAPED_NUMBER,
    escape_number,
    order_id_of,
    order_id_of_shipment,
    pick_task_id_of,
    put_back_task_id_of,
    shipment_id_of,
    source_and_number,
    unescape_number,
    workflow_id_of,
)

# Four bytes each, three characters a byte: the longest that always fits.
NUMBERS = st.text(min_size=1, max_size=MAX_ESCAPED_NUMBER // 12)
SOURCES = st.from_regex(r"[a-z0-9]{1,40}", fullmatch=True)


@pytest.mark.parametrize(
    ("number", "escaped"),
    [
        ("#1001", "_231001"),
        ("A_1", "A_5f1"),
        ("2024.7", "2024.7"),
        ("ä", "_c3_a4"),
        ("a-b", "a_2db"),
        (" ", "_20"),
    ],
)
def test_only_letters_digits_and_dots_stay_as_they_are(
    number: str, escaped: str
) -> None:
    assert escape_number(number) == escaped
    assert unescape_number(escaped) == number


@given(NUMBERS)
def test_an_escaped_number_can_be_read_back(number: str) -> None:
    escaped = escape_number(number)

    assert unescape_number(escaped) == number
    assert set(escaped) <= set(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._"
    )


@given(SOURCES, NUMBERS, SOURCES, NUMBERS)
def test_two_orders_never_share_an_id(
    source: str, number: str, other_source: str, other_number: str
) -> None:
    assume((source, number) != (other_source, other_number))

    assert order_id_of(source, number) != order_id_of(other_source, other_number)


@given(SOURCES, NUMBERS)
def test_source_and_number_can_be_read_from_the_id(source: str, number: str) -> None:
    order_id = order_id_of(source, number)

    assert source_and_number(order_id) == (source, number)
    assert workflow_id_of(order_id) == f"order-{order_id}"


@given(NUMBERS, st.integers(1, 999), NUMBERS, st.integers(1, 999))
def test_ids_of_shipments_and_tasks_never_collide(
    number: str, sequence: int, other_number: str, other_sequence: int
) -> None:
    assume((number, sequence) != (other_number, other_sequence))
    one = shipment_id_of(order_id_of("web", number), sequence)
    other = shipment_id_of(order_id_of("web", other_number), other_sequence)

    ids = [
        order_id_of("web", number),
        order_id_of("web", other_number),
        *(one, pick_task_id_of(one), put_back_task_id_of(one)),
        *(other, pick_task_id_of(other), put_back_task_id_of(other)),
    ]

    assert len(set(ids[1:])) == len(ids) - 1
    assert order_id_of_shipment(one) == order_id_of("web", number)


@pytest.mark.parametrize("number", ["", "\ud800", "x" * 201, "#" * 67])
def test_a_number_that_is_empty_broken_or_too_long_is_refused(number: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        order_id_of("web", number)

    assert refusal.value.field == "number"
    assert number == "" or number not in str(refusal.value)


def test_the_longest_number_fits() -> None:
    assert len(escape_number("x" * 200)) == MAX_ESCAPED_NUMBER


@pytest.mark.parametrize("source", ["", "Web", "a-b", "ä", "web\n", "x" * 41])
def test_a_source_is_small_letters_and_digits(source: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        order_id_of(source, "1")

    assert refusal.value.field == "source"


@pytest.mark.parametrize("escaped", ["", "_", "_2", "_2G", "a-b", "_C3", "_ff", "_c3"])
def test_what_no_escape_gives_cannot_be_read_back(escaped: str) -> None:
    with pytest.raises(InvalidInput):
        unescape_number(escaped)


@pytest.mark.parametrize("order_id", ["web", "-1", "Web-1", "web-"])
def test_what_is_no_order_id_is_refused(order_id: str) -> None:
    with pytest.raises(InvalidInput):
        source_and_number(order_id)


@pytest.mark.parametrize("shipment_id", ["web-1", "web-1-", "web-1-x", "1"])
def test_what_is_no_shipment_id_is_refused(shipment_id: str) -> None:
    with pytest.raises(InvalidInput):
        order_id_of_shipment(shipment_id)
