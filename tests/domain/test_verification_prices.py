"""A price is compared with the source's own list, or said not to be compared."""

from dataclasses import replace
from decimal import Decimal

import pytest

from domain.money import Money
from domain.policy import (
    CheckName,
    CheckOutcome,
    PriceTolerance,
)
from domain.verification import (
    ListPrice,
)
from tests.domain.verification_facts import (
    NET_SHOP,
    answer,
    euros,
    good_facts,
    line,
)


@pytest.mark.parametrize(
    ("ordered", "outcome"),
    [
        ("10.00", CheckOutcome.PASS),
        ("10.10", CheckOutcome.PASS),
        ("9.90", CheckOutcome.PASS),
        ("10.11", CheckOutcome.HOLD),
        ("9.89", CheckOutcome.HOLD),
    ],
)
def test_a_price_may_differ_from_the_list_by_the_tolerance(
    ordered: str, outcome: CheckOutcome
) -> None:
    facts = replace(
        good_facts(),
        lines=(line(price=euros(ordered)),),
        list_prices={"MUG": ListPrice(unit_price=euros("10.00"))},
    )
    one_percent = replace(
        NET_SHOP,
        price_tolerance=PriceTolerance(absolute=Decimal("0.01"), percent=Decimal(1)),
    )

    assert answer(CheckName.PRICE, facts, one_percent).outcome is outcome


def test_a_cheap_thing_may_differ_by_the_absolute_tolerance() -> None:
    facts = replace(
        good_facts(),
        lines=(line(price=euros("0.06")),),
        list_prices={"MUG": ListPrice(unit_price=euros("0.05"))},
    )

    assert answer(CheckName.PRICE, facts).outcome is CheckOutcome.PASS


def test_a_wrong_price_names_the_line_and_both_prices() -> None:
    facts = replace(
        good_facts(),
        lines=(
            line(price=euros("9.90")),
            line(line_no=2, sku="MUG", price=euros("0.99")),
        ),
    )

    result = answer(CheckName.PRICE, facts)

    assert result.outcome is CheckOutcome.HOLD
    assert result.reason == "1 of 2 lines differ from the price list"
    assert result.evidence["lines"] == (
        {
            "line_no": 2,
            "sku": "MUG",
            "unit_price": "0.99",
            "list_price": "9.90",
            "currency": "EUR",
        },
    )


def test_another_currency_is_a_fault_that_names_both() -> None:
    facts = replace(good_facts(), lines=(line(price=Money.of("9.90", "GBP")),))

    result = answer(CheckName.PRICE, facts)

    assert result.outcome is CheckOutcome.HOLD
    assert result.evidence["lines"] == (
        {"line_no": 1, "sku": "MUG", "currency": "GBP", "list_currency": "EUR"},
    )


def test_prices_are_not_compared_while_nobody_says_whether_tax_is_in_them() -> None:
    silent = replace(NET_SHOP, prices_include_tax=None)

    result = answer(CheckName.PRICE, good_facts(), silent)

    assert result.outcome is CheckOutcome.NOT_CHECKED


def test_a_gross_price_is_not_compared_with_a_net_list_without_a_tax_rate() -> None:
    facts = replace(
        good_facts(), lines=(line(price=euros("11.78"), includes_tax=True),)
    )

    result = answer(CheckName.PRICE, facts)

    assert result.outcome is CheckOutcome.NOT_CHECKED
    assert result.evidence["lines"] == (
        {
            "line_no": 1,
            "sku": "MUG",
            "why": "prices include tax on one side only",
        },
    )


@pytest.mark.parametrize(
    ("gross", "outcome"), [("11.78", CheckOutcome.PASS), ("9.90", CheckOutcome.HOLD)]
)
def test_a_gross_price_is_compared_net_where_the_tax_rate_is_known(
    gross: str, outcome: CheckOutcome
) -> None:
    facts = replace(
        good_facts(),
        lines=(line(price=euros(gross), includes_tax=True),),
        list_prices={
            "MUG": ListPrice(unit_price=euros("9.90"), tax_percent=Decimal(19))
        },
    )

    result = answer(CheckName.PRICE, facts)

    assert result.outcome is outcome


def test_a_net_price_without_end_is_shown_with_six_decimals() -> None:
    facts = replace(
        good_facts(),
        lines=(line(price=euros("5.00"), includes_tax=True),),
        list_prices={
            "MUG": ListPrice(unit_price=euros("9.90"), tax_percent=Decimal(19))
        },
    )

    shown = answer(CheckName.PRICE, facts).evidence["lines"]

    assert isinstance(shown, tuple)
    assert shown[0]["unit_price"] == "4.201681"


def test_one_line_without_a_list_price_keeps_the_order_from_passing() -> None:
    facts = replace(
        good_facts(),
        lines=(
            line(price=euros("9.90")),
            line(line_no=2, sku="NEW", price=euros("3")),
            line(line_no=3, sku="MUG"),
        ),
    )

    result = answer(CheckName.PRICE, facts)

    assert result.outcome is CheckOutcome.NOT_CHECKED
    shown = result.evidence["lines"]
    assert isinstance(shown, tuple)
    assert [(row["line_no"], row["why"]) for row in shown] == [
        (2, "the source's price list has no price for it"),
        (3, "the order names no unit price"),
    ]
