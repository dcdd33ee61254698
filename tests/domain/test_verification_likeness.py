"""Two orders look alike when one customer asks for the same goods twice, soon."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import InvalidInput
from domain.policy import DuplicateTerms
from domain.verification import (
    OrderLikeness,
    contact_fingerprints,
    likely_duplicates,
    likeness,
    units_by_sku,
)

SALT = b"sixteen bytes or more"
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
TERMS = DuplicateTerms(window=timedelta(hours=24))
ANNA = contact_fingerprints({"email": "Anna@example.com", "phone": None}, SALT)
BERT = contact_fingerprints({"email": "bert@example.com"}, SALT)


def order(
    order_id: str,
    *,
    after: timedelta = timedelta(0),
    units: tuple[tuple[str, int], ...] = (("MUG", 2), ("TEA", 1)),
) -> OrderLikeness:
    return OrderLikeness(
        order_id=order_id,
        source="shop",
        placed_at=NOON + after,
        units=units_by_sku(units),
        fingerprints=ANNA,
    )


def test_the_same_goods_for_the_same_customer_soon_after_look_like_a_repeat() -> None:
    found = likeness(
        order("shop-1"), order("shop-2", after=timedelta(minutes=5)), TERMS
    )

    assert found is not None
    assert found.order_id == "shop-2"
    assert found.same_contact == ("email",)
    assert found.shared_units_percent == 100
    assert found.minutes_apart == 5


def test_the_order_of_lines_and_a_split_line_do_not_matter() -> None:
    split = order("shop-2", units=(("tea ", 1), ("MUG", 1), ("mug", 1)))

    assert likeness(order("shop-1"), split, TERMS) is not None


@pytest.mark.parametrize(
    "other",
    [
        order("shop-1"),
        replace(order("shop-2"), source="market"),
        replace(order("shop-2"), fingerprints=BERT),
        replace(order("shop-2"), fingerprints={}),
        order("shop-2", after=timedelta(hours=24, seconds=1)),
        order("shop-2", after=timedelta(hours=-25)),
        order("shop-2", units=(("MUG", 2),)),
        order("shop-2", units=(("MUG", 2), ("TEA", 2))),
        order("shop-2", units=()),
    ],
    ids=[
        "itself",
        "another source",
        "another customer",
        "nobody named",
        "a day later",
        "a day earlier",
        "less",
        "more",
        "nothing ordered",
    ],
)
def test_what_differs_in_one_thing_that_counts_is_no_repeat(
    other: OrderLikeness,
) -> None:
    assert likeness(order("shop-1"), other, TERMS) is None


def test_a_source_may_ask_for_less_likeness() -> None:
    one, other = order("shop-1"), order("shop-2", units=(("MUG", 2),))

    found = likeness(one, other, replace(TERMS, shared_units_percent=Decimal(60)))

    assert found is not None
    assert found.shared_units_percent == Decimal("66.6")


def test_two_orders_of_nothing_do_not_look_alike() -> None:
    assert likeness(order("a", units=()), order("b", units=()), TERMS) is None


def test_the_nearest_repeat_comes_first() -> None:
    others = (
        order("shop-3", after=timedelta(minutes=9)),
        order("shop-2", after=timedelta(minutes=3)),
        replace(order("shop-4"), fingerprints=BERT),
    )

    found = likely_duplicates(order("shop-1"), others, TERMS)

    assert found is not None
    assert [like.order_id for like in found] == ["shop-2", "shop-3"]


def test_without_any_contact_it_is_not_known_whether_an_order_repeats() -> None:
    nobody = replace(order("shop-1"), fingerprints={})

    assert likely_duplicates(nobody, (order("shop-2"),), TERMS) is None


@given(
    one=st.dictionaries(st.sampled_from("ABC"), st.integers(0, 5)),
    other=st.dictionaries(st.sampled_from("ABC"), st.integers(0, 5)),
    minutes=st.integers(-3000, 3000),
)
def test_likeness_does_not_depend_on_which_order_is_asked_about(
    one: dict[str, int], other: dict[str, int], minutes: int
) -> None:
    terms = replace(TERMS, shared_units_percent=Decimal(50))
    first = replace(order("shop-1"), units=one)
    second = replace(order("shop-2", after=timedelta(minutes=minutes)), units=other)

    there, back = likeness(first, second, terms), likeness(second, first, terms)

    assert (there is None) == (back is None)
    if there and back:
        assert replace(there, order_id="x") == replace(back, order_id="x")


def test_a_fingerprint_overlooks_how_a_contact_is_spelt() -> None:
    one = contact_fingerprints(
        {"email": "Anna@Example.com", "phone": "+49 (30) 901820", "address": "Weg 1"},
        SALT,
    )
    other = contact_fingerprints(
        {"email": " anna@example.com", "phone": "+4930901820", "address": "WEG, 1"},
        SALT,
    )

    assert one == other
    assert set(one) == {"email", "phone", "address"}


def test_a_fingerprint_needs_the_salt_and_does_not_show_the_contact() -> None:
    other_salt = contact_fingerprints({"email": "anna@example.com"}, b"another" * 3)

    assert other_salt != ANNA
    assert "anna" not in str(ANNA)


def test_an_empty_contact_has_no_fingerprint() -> None:
    assert (
        contact_fingerprints({"email": None, "phone": " ", "address": ""}, SALT) == {}
    )


def test_a_phone_and_an_address_of_the_same_digits_are_told_apart() -> None:
    prints = contact_fingerprints({"phone": "123", "address": "123"}, SALT)

    assert prints["phone"] != prints["address"]


@given(text=st.text() | st.text(st.characters(categories=["Cs"])))
def test_any_text_can_be_a_contact(text: str) -> None:
    again = contact_fingerprints({"email": text, "address": text}, SALT)

    assert again == contact_fingerprints({"email": text, "address": text}, SALT)


def test_a_short_salt_is_refused() -> None:
    with pytest.raises(InvalidInput) as refusal:
        contact_fingerprints({"email": "anna@example.com"}, b"short")

    assert refusal.value.field == "salt"
