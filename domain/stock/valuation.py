"""What stock is worth: a moving average in whole millionths, which never drifts."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

MICROS = 1_000_000
# What a column of 64 bits holds.
MAX_MICROS = 2**63 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitCost:
    """What one unit cost, to the millionth of its currency."""

    amount: Decimal
    currency: str

    def micros_of(self, units: int) -> int:
        """Return what so many units cost, in millionths."""
        return round(self.amount * MICROS) * units


@dataclass(frozen=True, slots=True, kw_only=True)
class StockValue:
    """Units whose cost is known, and what they cost together, in millionths."""

    currency: str
    units: int = 0
    micros: int = 0

    @property
    def average(self) -> UnitCost | None:
        """Return what one of the units cost on average; None where there are none."""
        return cost_of_one(self.micros, self.units, self.currency)

    def share_of(self, units: int) -> int:
        """Return what so many units are worth at the average, rounded down."""
        return self.micros * units // self.units

    def plus(self, units: int, micros: int) -> StockValue:
        """Return the value with these units added."""
        return StockValue(
            currency=self.currency,
            units=self.units + units,
            micros=self.micros + micros,
        )

    def minus(self, units: int) -> StockValue:
        """Return what is left when units leave; the last one takes all that is left.

        Where more leave than have a known cost, the others cost nothing.
        """
        known = min(units, self.units)
        if known == 0:
            return self
        return self.plus(-known, -self.share_of(known))


def cost_of_one(micros: int, units: int, currency: str) -> UnitCost | None:
    """Return the cost of one of several units, to the nearest millionth."""
    if units == 0:
        return None
    nearest = (2 * micros + units) // (2 * units)
    return UnitCost(amount=amount_of(nearest), currency=currency)


def amount_of(micros: int) -> Decimal:
    """Return millionths as an amount, without trailing zeros."""
    exact = Decimal(micros).scaleb(-6)
    whole = exact == exact.to_integral_value()
    return exact.quantize(Decimal(1)) if whole else exact.normalize()
