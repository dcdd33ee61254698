"""Exact amounts of money: a Decimal and the ISO 4217 code of its currency."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal, Inexact, InvalidOperation
from typing import Self

from domain.errors import BusinessError, InvalidInput

# ISO 4217 minor units; every currency not listed here has two decimals.
_DECIMALS = {
    **dict.fromkeys(
        (
            *("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG"),
            *("RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF", "XPF"),
        ),
        0,
    ),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
    **dict.fromkeys(("CLF", "UYW"), 4),
}
_CODE = re.compile(r"[A-Z]{3}\Z")
# Digits enough for any product of two prices; a longer one is refused, not rounded.
_EXACT = Context(prec=120, traps=[Inexact, InvalidOperation])

Operation = Callable[[Decimal, Decimal], Decimal]


class CurrencyMismatch(BusinessError):
    """Two amounts of different currencies were to be put together."""

    def __init__(self, one: str, other: str) -> None:
        """Name both currencies."""
        super().__init__(f"currency: {one} and {other} cannot be put together")
        self.one = one
        self.other = other


def check_currency(code: str) -> str:
    """Return the code, or refuse what does not look like ISO 4217."""
    if not _CODE.match(code):
        raise InvalidInput(field="currency", wanted="three capital letters (ISO 4217)")
    return code


def decimals_of(currency: str) -> int:
    """Return how many decimals the smallest coin of a currency has."""
    return _DECIMALS.get(check_currency(currency), 2)


@dataclass(frozen=True, slots=True)
class Money:
    """An exact amount in one currency; it may be negative or finer than a coin."""

    amount: Decimal
    currency: str

    def __post_init__(self) -> None:
        # A float has lost the exact amount before it arrives here.
        if not isinstance(self.amount, Decimal) or not self.amount.is_finite():
            raise InvalidInput(field="amount", wanted="a finite decimal number")
        check_currency(self.currency)

    @classmethod
    def of(cls, amount: Decimal | int | str, currency: str) -> Self:
        """Return money from a number as people or files write it, such as "12.50"."""
        try:
            return cls(_EXACT.create_decimal(amount), currency)
        except (Inexact, InvalidOperation, TypeError, ValueError) as error:
            raise InvalidInput(
                field="amount", wanted="a finite decimal number"
            ) from error

    @classmethod
    def zero(cls, currency: str) -> Self:
        """Return nothing, in a currency."""
        return cls(Decimal(0), currency)

    def __add__(self, other: Self) -> Self:
        """Return the sum; refused across currencies."""
        self._same_currency(other)
        return self._exactly(_EXACT.add, other.amount)

    def __sub__(self, other: Self) -> Self:
        """Return the difference; refused across currencies."""
        self._same_currency(other)
        return self._exactly(_EXACT.subtract, other.amount)

    def __mul__(self, factor: int | Decimal) -> Self:
        """Return the exact product, not rounded."""
        if isinstance(factor, bool) or not isinstance(factor, int | Decimal):
            raise InvalidInput(field="factor", wanted="a whole or decimal number")
        return self._exactly(_EXACT.multiply, Decimal(factor))

    __rmul__ = __mul__

    def __neg__(self) -> Self:
        """Return the same amount with the other sign."""
        return type(self)(self.amount.copy_negate(), self.currency)

    def rounded(self) -> Self:
        """Return the amount in whole coins, half a coin away from zero.

        That is how a buyer rounds by hand and how invoices are commonly
        rounded; rounding half to even would surprise both.
        """
        coin = Decimal(1).scaleb(-decimals_of(self.currency))
        rounding = Context(prec=_EXACT.prec, rounding=ROUND_HALF_UP)
        return type(self)(self.amount.quantize(coin, context=rounding), self.currency)

    def _same_currency(self, other: Self) -> None:
        if self.currency != other.currency:
            raise CurrencyMismatch(self.currency, other.currency)

    def _exactly(self, operation: Operation, operand: Decimal) -> Self:
        try:
            result = operation(self.amount, operand)
        except (Inexact, InvalidOperation) as error:
            raise InvalidInput(
                field="amount", wanted=f"at most {_EXACT.prec} digits"
            ) from error
        return type(self)(result, self.currency)
