"""The articles of the past: where each is kept, how liked it is, when it ran out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from simulation.sample_shop import OPENING_STOCK, sample_rows

RECEIPT_TIME = time(6, 30)
# How much an article is liked against others; those not named are worth 4.
_LIKED = {
    "MUG-BLUE": 10,
    "COFFEE-250": 9,
    "TEA-GREEN": 8,
    "MUG-GREEN": 6,
    "JAR-SET": 1.5,
    # Out of season: nobody asked for it in these weeks.
    "APRON": 0,
}
_LIKED_BY_DEFAULT = 4
DEAD = "APRON"
OVERSTOCKED = "JAR-SET"


@dataclass(frozen=True, slots=True, kw_only=True)
class PastArticle:
    """An article, with price and cost as the catalogue writes them."""

    sku: str
    category: str
    price: str
    cost: str
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Shortage:
    """Days, counted from the first, on which an article could not be promised."""

    warehouse: str
    sku: str
    from_day: int
    until_day: int

    def begins_at(self, first_day: date) -> datetime:
        """Return from when on nothing could be promised."""
        return datetime.combine(first_day + timedelta(days=self.from_day), time(), UTC)

    def ends_at(self, first_day: date) -> datetime:
        """Return when the goods came."""
        day = first_day + timedelta(days=self.until_day)
        return datetime.combine(day, RECEIPT_TIME, UTC)


SHORTAGES = (
    Shortage(warehouse="north", sku="KETTLE", from_day=15, until_day=21),
    Shortage(warehouse="main", sku="MUG-GREEN", from_day=36, until_day=39),
)


@dataclass(frozen=True, slots=True)
class Range:
    """What one warehouse sells, and how much each of it is liked."""

    skus: Sequence[str]
    weights: Sequence[float]


def articles() -> Mapping[str, PastArticle]:
    """Return the sample articles that have a cost of their own."""
    return {
        row["sku"]: PastArticle(
            sku=row["sku"],
            category=row["category"],
            price=row["price"],
            cost=row["unit_cost"],
            currency=row["currency"],
        )
        for row in sample_rows("catalog.csv")
        if row["unit_cost"]
    }


def ranges() -> Mapping[str, Range]:
    """Return what each warehouse sells."""
    kept: dict[str, dict[str, float]] = {}
    for name in OPENING_STOCK.values():
        for row in sample_rows(name):
            liked = _LIKED.get(row["sku"], _LIKED_BY_DEFAULT)
            kept.setdefault(row["warehouse"], {})[row["sku"]] = liked
    return {
        warehouse: Range(tuple(liked), tuple(liked.values()))
        for warehouse, liked in kept.items()
    }


def shortage_of(warehouse: str, sku: str) -> Shortage | None:
    """Return when an article ran out, if it did."""
    for one in SHORTAGES:
        if (one.warehouse, one.sku) == (warehouse, sku):
            return one
    return None
