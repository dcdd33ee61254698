"""Sample orders of invented customers; some with faults, so that holds appear."""

from __future__ import annotations

import random
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from messages.order_document import (
    CustomerContact,
    DocumentLine,
    OrderDocument,
    Payment,
    PaymentStatus,
)
from simulation.places import PLACES, address_in
from simulation.sample_shop import sample_articles_only_in, sample_prices

SOURCE = "demo"
FIRST_NUMBER = 1001
_EXPRESS_SHARE = 0.2
_FLAWLESS = 3
# Of so many orders one holds articles that no warehouse has together.
_SPLIT_EVERY = 10
_FIRST_SPLIT = 2
# Most of the first places, fewer of each further one.
_NEARBY = tuple(range(len(PLACES), 0, -1))


class Fault(StrEnum):
    """What is wrong with a sample order."""

    NONE = "none"
    PRICE = "price"
    EMAIL = "email"
    PAYMENT = "payment"
    UNKNOWN_SKU = "unknown_sku"
    DUPLICATE = "duplicate"


_FAULTS = (Fault.PRICE, Fault.EMAIL, Fault.PAYMENT, Fault.UNKNOWN_SKU, Fault.DUPLICATE)


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleOrders:
    """Makes the n-th order of a sample shop: the same for the same seed and number."""

    seed: int = 0
    fault_rate: float = 0.2
    source: str = SOURCE

    def document(self, number: int, fault: Fault | None = None) -> OrderDocument:
        """Return the order with this number, counted from 0."""
        drawn = self._fault(number) if fault is None else fault
        if drawn is Fault.DUPLICATE and number > 0:
            # The same customer sends the same goods again.
            before = self.document(number - 1, Fault.NONE)
            return before.model_copy(update={"number": _name(number)})
        luck = self._luck("order", number)
        return OrderDocument(
            source=self.source,
            number=_name(number),
            channel="web",
            service_level="express" if luck.random() < _EXPRESS_SHARE else "standard",
            currency="EUR",
            prices_include_tax=True,
            customer=CustomerContact(
                reference=f"customer-{number}",
                name=f"Customer {number}",
                email=_email(number, drawn),
            ),
            payment=Payment(
                status=PaymentStatus.AWAITED
                if drawn is Fault.PAYMENT
                else PaymentStatus.PAID
            ),
            ship_to=address_in(
                luck.choices(PLACES, _NEARBY)[0],
                name=f"Customer {number}",
                house=number % 200 + 1,
            ),
            lines=self._lines(luck, drawn, _is_split(number)),
        )

    def _fault(self, number: int) -> Fault:
        luck = self._luck("fault", number)
        # The first orders show how it goes when all is well.
        is_flawless = number < _FLAWLESS or _is_split(number)
        if is_flawless or luck.random() >= self.fault_rate:
            return Fault.NONE
        return luck.choice(_FAULTS)

    def _lines(
        self, luck: random.Random, fault: Fault, is_split: bool
    ) -> tuple[DocumentLine, ...]:
        prices = sample_prices()
        skus = luck.sample(sorted(prices), k=luck.choice((1, 1, 2, 3)))
        if is_split:
            skus = [luck.choice(only) for only in sample_articles_only_in().values()]
        lines = [
            DocumentLine(sku=sku, quantity=luck.choice((1, 1, 2, 3)), unit_price=price)
            for sku in skus
            if (price := prices[sku])
        ]
        if fault is Fault.PRICE:
            wrong = (lines[0].unit_price or Decimal(0)) / 2
            lines[0] = lines[0].model_copy(update={"unit_price": wrong})
        if fault is Fault.UNKNOWN_SKU:
            lines[0] = lines[0].model_copy(update={"sku": f"OLD-{lines[0].sku}"})
        return tuple(lines)

    def _luck(self, *what: object) -> random.Random:
        return random.Random(":".join(str(part) for part in (self.seed, *what)))


def _is_split(number: int) -> bool:
    return number % _SPLIT_EVERY == _FIRST_SPLIT


def _name(number: int) -> str:
    return str(FIRST_NUMBER + number)


def _email(number: int, fault: Fault) -> str:
    at = " at " if fault is Fault.EMAIL else "@"
    return f"customer{number}{at}example.com"
