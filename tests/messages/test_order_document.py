"""Order documents: the smallest that is enough, and refusals that name the field."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import InvalidInput
from messages.order_document import (
    MAX_LINES,
    MAX_QUANTITY,
    OrderDocument,
    differing_fields,
    parse_order_document,
    unknown_fields,
)

SECRET = "Somebody Private"
SHIP_TO = {
    "name": "Test Person",
    "street": "Musterweg 1",
    "city": "Berlin",
    "postcode": "10115",
    "country": "de",
}
LINE = {"sku": "MUG", "quantity": 2}


def raw(**changes: object) -> dict[str, object]:
    return {
        "source": "web",
        "number": "#1001",
        "ship_to": SHIP_TO,
        "lines": [LINE],
        **changes,
    }


def without(*names: str) -> dict[str, object]:
    return {name: value for name, value in raw().items() if name not in names}


def refusal_of(told: dict[str, object]) -> InvalidInput:
    with pytest.raises(InvalidInput) as refusal:
        parse_order_document(told)
    return refusal.value


def test_source_number_address_and_lines_are_enough() -> None:
    document = parse_order_document(raw())

    assert document.ship_to.country == "DE"
    assert (document.channel, document.service_level) == ("api", "standard")
    assert document.lines[0].quantity == 2
    assert document.lines[0].unit_price is None


def test_an_order_may_come_without_a_number_and_the_country_may_stand_alone() -> None:
    document = parse_order_document({**without("number"), "ship_to": {"country": "DE"}})

    assert document.number is None


def test_a_number_written_as_a_json_number_is_the_same_number() -> None:
    assert parse_order_document(raw(number=1001)).number == "1001"


@pytest.mark.parametrize("name", ["source", "ship_to", "lines"])
def test_what_is_missing_is_named(name: str) -> None:
    assert str(refusal_of(without(name))) == f"{name}: is required"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"source": f"{SECRET}"}, "source"),
        ({"source": "web\n"}, "source"),
        ({"number": ""}, "number"),
        ({"number": "x" * 201}, "number"),
        ({"number": 1.5}, "number"),
        ({"number": True}, "number"),
        ({"channel": "By Phone"}, "channel"),
        ({"service_level": ""}, "service_level"),
        ({"placed_at": "2026-11-24T12:00:00"}, "placed_at"),
        ({"placed_at": "0001-01-01T00:00:00Z"}, "placed_at"),
        ({"placed_at": SECRET}, "placed_at"),
        ({"currency": "euro"}, "currency"),
        ({"priority": 0}, "priority"),
        ({"priority": 10}, "priority"),
        ({"customer": {"email": "x" * 301}}, "customer.email"),
        ({"customer": {"phone": "1" * 61}}, "customer.phone"),
        ({"payment": {"status": SECRET}}, "payment.status"),
        ({"ship_to": {**SHIP_TO, "country": "Germany"}}, "ship_to.country"),
        ({"ship_to": {"name": SECRET, "country": "DE"}}, "ship_to.street"),
        (
            {"ship_to": {"name": SECRET, "street": "S 1", "country": "DE"}},
            "ship_to.city",
        ),
        ({"ship_to": SECRET}, "ship_to"),
        ({"lines": []}, "lines"),
        ({"lines": [LINE] * (MAX_LINES + 1)}, "lines"),
        ({"lines": [SECRET]}, "lines[0]"),
        ({"lines": [LINE, {"sku": " ", "quantity": 1}]}, "lines[1].sku"),
        ({"lines": [{"sku": "x" * 101, "quantity": 1}]}, "lines[0].sku"),
        ({"lines": [{"sku": "MUG", "quantity": 0}]}, "lines[0].quantity"),
        ({"lines": [{"sku": "MUG", "quantity": True}]}, "lines[0].quantity"),
        ({"lines": [{"sku": "MUG", "quantity": 1.5}]}, "lines[0].quantity"),
        (
            {"lines": [{"sku": "MUG", "quantity": MAX_QUANTITY + 1}]},
            "lines[0].quantity",
        ),
        ({"lines": [{**LINE, "unit_price": -1}]}, "lines[0].unit_price"),
        ({"lines": [{**LINE, "unit_price": "NaN"}]}, "lines[0].unit_price"),
        ({"lines": [{**LINE, "unit_price": "0.1234567"}]}, "lines[0].unit_price"),
        ({"lines": [{**LINE, "discount": "Infinity"}]}, "lines[0].discount"),
    ],
)
def test_a_refusal_names_the_field_and_never_repeats_a_value(
    changes: dict[str, object], field: str
) -> None:
    refusal = refusal_of(raw(**changes))

    assert refusal.field == field
    assert SECRET not in str(refusal)


def test_several_wrong_fields_are_named_together_and_a_flood_is_cut() -> None:
    two = refusal_of(raw(source="!", priority=0))
    many = refusal_of(raw(lines=[{"sku": "", "quantity": 0}] * 30))

    assert two.field == "source"
    assert "; priority: " in str(two)
    assert str(many).count("lines[") == 10
    assert str(many).endswith(" more")


def test_prices_are_exact() -> None:
    line = {"sku": "MUG", "quantity": 1, "unit_price": "0.1", "discount": "0.000001"}

    read = parse_order_document(raw(lines=[line])).lines[0]

    assert (read.unit_price, read.discount) == (Decimal("0.1"), Decimal("0.000001"))


def test_fields_nobody_knows_are_named_wherever_they_stand() -> None:
    told = raw(
        gift=True,
        customer={"nickname": SECRET},
        ship_to={**SHIP_TO, "floor": 3},
        payment={"status": "paid", "card": SECRET},
        lines=[LINE, {**LINE, "colour": "red"}],
    )

    assert unknown_fields(told) == [
        "gift",
        "ship_to.floor",
        "customer.nickname",
        "payment.card",
        "lines[1].colour",
    ]
    assert unknown_fields(raw()) == []
    # A newer sender's document can still be read.
    assert parse_order_document(told).number == "#1001"


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({}, []),
        ({"channel": "phone", "placed_at": "2026-11-24T12:00:00Z"}, []),
        ({"number": "1001"}, ["number"]),
        ({"lines": [{"sku": "MUG", "quantity": 3}]}, ["lines"]),
        ({"customer": {"email": "a@example.com"}}, ["customer"]),
        ({"priority": 1, "currency": "EUR"}, ["currency", "priority"]),
    ],
)
def test_a_repeat_differs_by_its_content_only(
    changes: dict[str, object], fields: list[str]
) -> None:
    first, second = parse_order_document(raw()), parse_order_document(raw(**changes))

    assert differing_fields(first, second) == fields


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=6,
)


def field_of_document(refusal: InvalidInput) -> str:
    return refusal.field.partition(".")[0].partition("[")[0]


def read_or_refused(told: dict[str, object]) -> OrderDocument | InvalidInput:
    try:
        return parse_order_document(told)
    except InvalidInput as refusal:
        return refusal


@given(st.sampled_from(sorted(raw())), JSON)
def test_whatever_comes_is_read_or_refused_by_the_field_that_is_wrong(
    name: str, junk: object
) -> None:
    told = raw(**{name: junk})

    answer = read_or_refused(told)

    assert isinstance(answer, OrderDocument) or field_of_document(answer) == name


@given(st.sampled_from(sorted(raw())), JSON)
def test_unknown_fields_are_named_below_the_field_they_came_in(
    name: str, junk: object
) -> None:
    unknown = unknown_fields(raw(**{name: junk}))

    assert {field.partition(".")[0].partition("[")[0] for field in unknown} <= {name}
