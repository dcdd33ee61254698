"""Money is exact, keeps to one currency, and rounds as people do."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import BusinessError, InvalidInput
from domain.money import CurrencyMismatch, Money, decimals_of

amounts = st.decimals(min_value=-(10**15), max_value=10**15, places=6, allow_nan=False)


def euros(amount: str) -> Money:
    return Money.of(amount, "EUR")


@given(one=amounts, other=amounts)
def test_what_is_added_can_be_taken_away_again(one: Decimal, other: Decimal) -> None:
    start = Money(one, "EUR")

    assert start + Money(other, "EUR") - Money(other, "EUR") == start


@given(amount=amounts, times=st.integers(min_value=0, max_value=50))
def test_many_units_cost_as_much_as_adding_them_up(amount: Decimal, times: int) -> None:
    price = Money(amount, "EUR")

    total = sum((price for _ in range(times)), Money.zero("EUR"))

    assert price * times == total


@given(amount=amounts)
def test_rounding_moves_an_amount_by_half_a_coin_at_most(amount: Decimal) -> None:
    rounded = Money(amount, "EUR").rounded()

    assert abs(rounded.amount - amount) <= Decimal("0.005")
    assert rounded.rounded() == rounded


@pytest.mark.parametrize(
    ("amount", "currency", "wanted"),
    [
        ("1.005", "EUR", "1.01"),
        ("-1.005", "EUR", "-1.01"),
        ("2.5", "JPY", "3"),
        ("1.0005", "KWD", "1.001"),
        ("1.00005", "CLF", "1.0001"),
        ("7", "EUR", "7.00"),
    ],
)
def test_half_a_coin_is_rounded_away_from_zero(
    amount: str, currency: str, wanted: str
) -> None:
    rounded = Money.of(amount, currency).rounded()

    assert str(rounded.amount) == wanted


def test_a_product_keeps_every_digit() -> None:
    assert euros("0.1") * Decimal("0.333") == euros("0.0333")
    assert 3 * euros("19.99") == euros("59.97")


def test_a_negated_amount_cancels_the_amount() -> None:
    assert euros("3.20") + -euros("3.20") == Money.zero("EUR")


@pytest.mark.parametrize(
    ("currency", "decimals"), [("JPY", 0), ("KRW", 0), ("BHD", 3), ("EUR", 2)]
)
def test_each_currency_has_its_own_smallest_coin(currency: str, decimals: int) -> None:
    assert decimals_of(currency) == decimals


def test_two_currencies_cannot_be_put_together() -> None:
    with pytest.raises(CurrencyMismatch, match="EUR and GBP") as refusal:
        euros("1") + Money.of("1", "GBP")
    with pytest.raises(CurrencyMismatch):
        euros("1") - Money.of("1", "GBP")

    assert isinstance(refusal.value, BusinessError)


@pytest.mark.parametrize("code", ["eur", "EURO", "EU", "", "E R", "ÄÖÜ", "EUR\n"])
def test_what_is_not_three_capital_letters_is_no_currency(code: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        Money(Decimal(1), code)

    assert refusal.value.field == "currency"


@pytest.mark.parametrize("text", ["twelve", "", "NaN", "Infinity", "1,50"])
def test_text_that_is_no_finite_number_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        Money.of(text, "EUR")

    assert refusal.value.field == "amount"


def test_a_float_is_refused_because_it_is_not_exact() -> None:
    with pytest.raises(InvalidInput):
        Money(0.1, "EUR")  # type: ignore[arg-type]
    with pytest.raises(InvalidInput):
        euros("1") * 0.1  # type: ignore[operator]
    with pytest.raises(InvalidInput):
        euros("1") * True


def test_digits_beyond_any_price_are_refused_rather_than_rounded() -> None:
    fine = euros("1." + "1" * 70)

    with pytest.raises(InvalidInput, match="digits"):
        fine * Decimal("1." + "1" * 70)
