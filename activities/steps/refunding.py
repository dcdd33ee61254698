"""What the customer is owed back; the money itself moves elsewhere."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from decimal import Decimal

from sqlalchemy import bindparam, func, insert, select, update

from activities.steps.order_lines import StoredLine
from activities.steps.order_step import OrderStep
from domain.errors import Refused
from domain.events import EventKind
from domain.money import Money
from domain.policy import HoldKind
from messages.order_messages import ConfirmRefund
from persistence.refunds import confirm_refund_row
from persistence.tables import allocation, order_demand, order_line, refund_due

_CANCEL_UNITS = (
    update(order_line)
    .where(
        order_line.c.order_id == bindparam("order"),
        order_line.c.line_no == bindparam("line"),
    )
    .values(cancelled_quantity=order_line.c.cancelled_quantity + bindparam("units"))
)
_REFUNDED = select(refund_due.c.lines).where(
    refund_due.c.order_id == bindparam("order_id")
)
_SHIPPED_UNITS = (
    select(
        allocation.c.line_no,
        order_demand.c.quantity_per_unit,
        func.sum(allocation.c.shipped_quantity).label("quantity"),
    )
    .join(
        order_demand,
        (order_demand.c.order_id == allocation.c.order_id)
        & (order_demand.c.line_no == allocation.c.line_no)
        & (order_demand.c.sku == allocation.c.sku),
    )
    .where(allocation.c.shipment_id == bindparam("shipment_id"))
    .group_by(
        allocation.c.line_no, order_demand.c.sku, order_demand.c.quantity_per_unit
    )
)


def cancel_units(step: OrderStep, units: Mapping[int, int], reason: str) -> None:
    """Take units off their lines and owe the customer what they cost."""
    taken = {line_no: quantity for line_no, quantity in units.items() if quantity}
    if not taken:
        return
    step.connection.execute(
        _CANCEL_UNITS,
        [
            {"order": step.order_id, "line": line_no, "units": quantity}
            for line_no, quantity in taken.items()
        ],
    )
    step.forget_stored()
    owe_refund(step, taken, reason)


def owe_refund(step: OrderStep, units: Mapping[int, int], reason: str) -> None:
    """Open a refund for units that the customer will not get.

    An order whose payment is still awaited owes nothing: nothing was paid.
    """
    if not units or _is_unpaid(step):
        return
    lines = {line.line_no: line for line in step.lines}
    asked = {"order_id": step.order_id}
    earlier = list(step.connection.execute(_REFUNDED, asked).scalars())
    before: Counter[int] = Counter()
    for one in (one for refunded in earlier for one in refunded):
        before[one["line_no"]] += one["quantity"]
    amount = _amount(
        step, [(lines[no], before[no], quantity) for no, quantity in units.items()]
    )
    refunded = [{"line_no": no, "quantity": q} for no, q in sorted(units.items())]
    _open_refund(step, len(earlier) + 1, amount, refunded, reason)


def owe_amount(step: OrderStep, amount: Money, reason: str) -> None:
    """Open a refund of an amount for which the customer gives no units back."""
    if amount.amount <= 0 or _is_unpaid(step):
        return
    asked = {"order_id": step.order_id}
    earlier = step.connection.execute(_REFUNDED, asked).all()
    _open_refund(step, len(earlier) + 1, amount, [], reason)


def _is_unpaid(step: OrderStep) -> bool:
    return any(h.kind == HoldKind.PAYMENT for h in step.state.holds)


def _open_refund(
    step: OrderStep,
    number: int,
    amount: Money | None,
    lines: list[dict[str, int]],
    reason: str,
) -> None:
    refund_id = f"{step.order_id}.r{number}"
    step.connection.execute(
        insert(refund_due),
        {
            "refund_id": refund_id,
            "order_id": step.order_id,
            "lines": lines,
            "amount": amount.amount if amount else None,
            "currency": amount.currency if amount else step.order.currency,
            "reason": reason,
            "created_at": step.why.now,
        },
    )
    step.record(
        EventKind.REFUND_DUE,
        refund_id=refund_id,
        amount=str(amount.amount) if amount else None,
        currency=amount.currency if amount else None,
        reason=reason,
    )


def confirm_refund(step: OrderStep, message: ConfirmRefund) -> str:
    """Say that the money went back."""
    done = confirm_refund_row(
        step.connection,
        order_id=step.order_id,
        refund_id=message.refund_id,
        actor=step.why.actor,
        at=step.why.now,
    )
    if not done:
        raise Refused("refund_id: no open refund of this order has that id")
    step.record(EventKind.REFUND_CONFIRMED, refund_id=message.refund_id)
    return f"refund {message.refund_id} is confirmed"


def shipped_lines(step: OrderStep, shipment_id: str) -> dict[int, int]:
    """Return the whole units of each line that left with a shipment."""
    units: dict[int, int] = {}
    for row in step.connection.execute(_SHIPPED_UNITS, {"shipment_id": shipment_id}):
        whole = int(row.quantity) // row.quantity_per_unit
        units[row.line_no] = min(whole, units.get(row.line_no, whole))
    return {line_no: quantity for line_no, quantity in units.items() if quantity}


def cost_of(
    price: Decimal | None, discount: Decimal | None, units: int, currency: str | None
) -> Money | None:
    """Return what units cost after their discount; None where no price is known."""
    if price is None or currency is None:
        return None
    cost = max(price * units - (discount or Decimal(0)), Decimal(0))
    return Money.of(cost, currency).rounded()


def _amount(step: OrderStep, taken: list[tuple[StoredLine, int, int]]) -> Money | None:
    """Return what the units cost after discount; None where a price is not known.

    What all refunds of a line give together is rounded, not each: they add up to what
    the line cost.
    """
    currency = step.order.currency
    if currency is None:
        return None
    total = Money.zero(currency)
    for line, before, units in taken:
        if line.unit_price is None:
            return None
        total += _cost(line, line.unit_price, before + units, currency)
        total -= _cost(line, line.unit_price, before, currency)
    return total


def _cost(line: StoredLine, unit_price: Decimal, units: int, currency: str) -> Money:
    discount = (line.discount or Decimal(0)) * units / line.quantity
    cost = max(unit_price * units - discount, Decimal(0))
    return Money.of(cost, currency).rounded()
