"""Changing an order before it is picked: its lines, or where it goes."""

from __future__ import annotations

from sqlalchemy import bindparam, func, select, update

from activities.contact_checks import ContactChecks
from activities.steps.backorders import close_backorders
from activities.steps.order_lines import StoredLine
from activities.steps.order_step import OrderStep
from activities.steps.refunding import cancel_units
from activities.steps.releasing import drop_shipment
from activities.steps.verifying import (
    CHECKS_OF_ADDRESS,
    CHECKS_OF_LINES,
    verify_order,
)
from domain.errors import InvalidInput, Refused
from domain.events import EventKind
from domain.exceptions import ExceptionKind
from domain.policy import CheckOutcome
from domain.shipments.status import BEFORE_PICKING, WITH_CARRIER, ShipmentStatus
from domain.shipments.tasks import BackorderStatus
from messages.order_document import DocumentLine
from messages.order_messages import ChangeLines, ChangeShipTo, LineChange
from messages.order_state import LabelState
from persistence.capture import add_lines
from persistence.catalog import find_articles
from persistence.tables import address, order_line, orders

_MORE_UNITS = (
    update(order_line)
    .where(
        order_line.c.order_id == bindparam("order"),
        order_line.c.line_no == bindparam("line"),
    )
    .values(quantity=order_line.c.quantity + bindparam("units"))
)


def change_lines(step: OrderStep, message: ChangeLines, contacts: ContactChecks) -> str:
    """Change the lines, then verify and allocate anew."""
    _refuse_from_picking_on(step)
    lines = {line.line_no: line for line in step.lines}
    added = [line for line in message.lines if line.line_no is None]
    changed = {
        one.line_no: one.quantity
        for index, one in enumerate(message.lines)
        if one.line_no is not None and _is_known(lines, one, f"lines[{index}]")
    }
    new_lines = _new_lines(step, message)
    after = {no: changed.get(no, line.wanted) for no, line in lines.items()}
    if not added and not any(after.values()):
        raise Refused("no line would be left: cancel the order instead")
    step.hold_levels(line.sku for line in new_lines)
    for subject in step.state.shipments:
        if subject.status in BEFORE_PICKING:
            drop_shipment(step, subject)
    close_backorders(step, BackorderStatus.CANCELLED)
    step.state.sourced = False
    _set_quantities(step, lines, changed, message.reason)
    if new_lines:
        articles = find_articles(
            step.connection, step.order.source, [line.sku for line in new_lines]
        )
        add_lines(step.connection, step.order_id, max(lines) + 1, new_lines, articles)
        step.forget_stored()
    step.state.lines = len(lines) + len(new_lines)
    step.record(
        EventKind.LINES_CHANGED,
        reason=message.reason,
        changed={str(no): quantity for no, quantity in changed.items()},
        added=len(new_lines),
    )
    for result in verify_order(step, contacts, CHECKS_OF_LINES):
        if result.outcome is CheckOutcome.REJECT:
            raise Refused(f"{result.check}: {result.reason}")
    return "the lines are changed, verified and sourced anew"


def change_ship_to(
    step: OrderStep, message: ChangeShipTo, contacts: ContactChecks
) -> str:
    """Send the order elsewhere; a label made for the old address is bought anew."""
    _refuse_a_late_move(step)
    if message.address_id == step.order.ship_to_address_id:
        return "the order goes to this address already"
    known = step.connection.execute(
        select(func.count()).where(
            address.c.address_id == message.address_id,
            address.c.order_id == step.order_id,
        )
    ).scalar_one()
    if not known:
        raise InvalidInput("address_id", "an address stored for this order")
    step.connection.execute(
        update(orders)
        .where(orders.c.order_id == step.order_id)
        .values(ship_to_address_id=message.address_id)
    )
    step.forget_stored()
    for subject in step.state.shipments:
        if subject.status is ShipmentStatus.PACKED:
            subject.label = LabelState.WANTED
            subject.label_round += 1
    for exception in list(step.state.exceptions):
        if exception.kind is ExceptionKind.LABEL_REFUSED:
            step.close_exception(exception, "address_changed")
    step.record(EventKind.SHIP_TO_CHANGED, address_id=message.address_id)
    verify_order(step, contacts, CHECKS_OF_ADDRESS)
    return "the address is changed"


def _refuse_a_late_move(step: OrderStep) -> None:
    gone = [s for s in step.state.shipments if s.status in WITH_CARRIER]
    if gone:
        raise Refused(
            f"{gone[0].shipment_id} is {gone[0].status}: ask the carrier to redirect it"
        )
    if step.state.cancel_reason is not None:
        # A floor that refuses goes on with the label it has: the move comes after.
        raise Refused("the order is being cancelled: the floor has not answered yet")


def _refuse_from_picking_on(step: OrderStep) -> None:
    started = [
        s
        for s in step.state.shipments
        if s.status not in BEFORE_PICKING and s.status is not ShipmentStatus.CANCELLED
    ]
    if started:
        raise Refused(
            f"{started[0].shipment_id} is {started[0].status}: lines change before "
            "picking only; cancel the order, or place another for what is added"
        )


def _is_known(lines: dict[int, StoredLine], one: LineChange, field: str) -> bool:
    line = lines.get(one.line_no or 0)
    if line is None:
        raise InvalidInput(
            f"{field}.line_no", f"one of {', '.join(str(n) for n in sorted(lines))}"
        )
    if one.sku is not None and one.sku not in (line.sku, line.ordered_sku):
        raise InvalidInput(f"{field}.sku", "the line's own; add a line for another")
    return True


def _new_lines(step: OrderStep, message: ChangeLines) -> list[DocumentLine]:
    new: list[DocumentLine] = []
    for index, one in enumerate(message.lines):
        if one.line_no is not None:
            continue
        if one.sku is None:
            raise InvalidInput(f"lines[{index}].sku", "needed for a new line")
        if not one.quantity:
            raise InvalidInput(f"lines[{index}].quantity", "at least 1 for a new line")
        if not find_articles(step.connection, step.order.source, [one.sku]):
            raise InvalidInput(f"lines[{index}].sku", "an article of the catalogue")
        new.append(
            DocumentLine(sku=one.sku, quantity=one.quantity, unit_price=one.unit_price)
        )
    return new


def _set_quantities(
    step: OrderStep,
    lines: dict[int, StoredLine],
    changed: dict[int, int],
    reason: str,
) -> None:
    fewer = {
        no: lines[no].wanted - quantity
        for no, quantity in changed.items()
        if quantity < lines[no].wanted
    }
    more = {
        no: quantity - lines[no].wanted
        for no, quantity in changed.items()
        if quantity > lines[no].wanted
    }
    if more:
        step.connection.execute(
            _MORE_UNITS,
            [
                {"order": step.order_id, "line": no, "units": units}
                for no, units in more.items()
            ],
        )
        step.forget_stored()
    cancel_units(step, fewer, reason)
