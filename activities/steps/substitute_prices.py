"""What a substitute costs: as ordered, or its own price where that is lower."""

from __future__ import annotations

from decimal import Decimal

from sqlalchemy import bindparam, update

from activities.steps.order_lines import StoredLine
from activities.steps.order_step import OrderStep
from activities.steps.refunding import cost_of, owe_amount
from activities.steps.verifying import list_prices
from domain.money import Money
from domain.policy import SubstitutePrice
from persistence.tables import order_line

_OF_LINE = (
    order_line.c.order_id == bindparam("order"),
    order_line.c.line_no == bindparam("line"),
)
_SET_LINE = (
    update(order_line)
    .where(*_OF_LINE)
    .values(
        quantity=bindparam("units"),
        unit_price=bindparam("price"),
        discount=bindparam("less"),
    )
)
_TAKE_OFF_LINE = (
    update(order_line)
    .where(*_OF_LINE)
    .values(cancelled_quantity=order_line.c.cancelled_quantity + bindparam("units"))
)


def settle_price(
    step: OrderStep, ordered: StoredLine, sent: StoredLine, units: int
) -> None:
    """Move units and their price to the other line; what it costs less is owed back."""
    currency = step.order.currency
    discount = _share(ordered, units, currency)
    before = cost_of(ordered.unit_price, discount, units, currency)
    lower = _lower_price(step, ordered, sent, before, units)
    new = {
        "units": sent.quantity + units,
        "price": lower.amount if lower else ordered.unit_price,
        "less": sent.discount if lower else _sum(sent.discount, discount),
    }
    key = {"order": step.order_id}
    step.connection.execute(_SET_LINE, {**key, "line": sent.line_no, **new})
    step.connection.execute(
        _TAKE_OFF_LINE, {**key, "line": ordered.line_no, "units": units}
    )
    step.forget_stored()
    if before is not None and lower is not None:
        owe_amount(step, before - (lower * units).rounded(), "substituted")


def _share(ordered: StoredLine, units: int, currency: str | None) -> Decimal | None:
    """Return the discount of so many units of a line."""
    if ordered.discount is None or currency is None:
        return None
    share = ordered.discount * units / ordered.quantity
    return Money.of(share, currency).rounded().amount


def _sum(one: Decimal | None, other: Decimal | None) -> Decimal | None:
    return other if one is None else one + (other or 0)


def _lower_price(
    step: OrderStep,
    ordered: StoredLine,
    sent: StoredLine,
    before: Money | None,
    units: int,
) -> Money | None:
    """Return the substitute's own price if the customer shall pay that lower one.

    Units that join a line cost what its first ones did.
    """
    if before is None:
        return None
    if sent.quantity:
        is_lower = sent.unit_price is not None and sent.unit_price != ordered.unit_price
        return Money.of(sent.unit_price or 0, before.currency) if is_lower else None
    if step.policy.stock.substitute_price is SubstitutePrice.AS_ORDERED:
        return None
    sku = sent.ordered_sku
    listed = list_prices(step, [sku]).get(sku)
    if listed is None or listed.unit_price.currency != before.currency:
        return None
    taxes = {listed.includes_tax, step.order.prices_include_tax} - {None}
    if len(taxes) > 1:
        return None
    lower = listed.unit_price
    return lower if (lower * units).rounded().amount < before.amount else None
