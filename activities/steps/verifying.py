"""Verification: gather the facts, run the checks, place and lift their holds."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from sqlalchemy import bindparam, func, insert, select

from activities.contact_checks import ContactChecks, ContactDetails
from activities.steps.holding import lift_hold, place_check_hold
from activities.steps.order_lines import StoredLine
from activities.steps.order_step import OrderStep
from activities.steps.own_reservations import shares_of
from domain.money import Money
from domain.policy import CheckMode, CheckName, CheckOutcome
from domain.verification import (
    CheckResult,
    ContactFindings,
    LikelyDuplicate,
    LineFacts,
    ListPrice,
    OrderLikeness,
    PaymentFacts,
    VerificationFacts,
    likely_duplicates,
    units_by_sku,
    verify,
)
from persistence.reservations import kept_units
from persistence.stock import free_stock
from persistence.tables import (
    address,
    allocation,
    check_result,
    contact_fingerprint,
    customer,
    order_line,
    orders,
    price_list_entry,
    product,
)

_ADD_RESULTS = insert(check_result)
_CONTACT = (
    select(
        customer.c.email,
        customer.c.phone,
        address.c.name,
        address.c.street,
        address.c.city,
        address.c.postcode,
        address.c.region,
        address.c.country,
    )
    .select_from(customer)
    .join(address, address.c.address_id == bindparam("address_id"))
    .where(customer.c.customer_id == bindparam("customer_id"))
)
_LIST_PRICES = select(
    price_list_entry.c.sku,
    price_list_entry.c.price,
    price_list_entry.c.currency,
    price_list_entry.c.includes_tax,
).where(
    price_list_entry.c.source == bindparam("source"),
    price_list_entry.c.sku.in_(bindparam("skus", expanding=True)),
)
_CATALOG_PRICES = select(product.c.sku, product.c.price, product.c.currency).where(
    product.c.sku.in_(bindparam("skus", expanding=True)), product.c.price.is_not(None)
)
_OWN_UNITS = (
    select(
        allocation.c.sku,
        func.sum(
            allocation.c.open_quantity
            + allocation.c.picked_quantity
            + allocation.c.shipped_quantity
        ).label("quantity"),
    )
    .where(allocation.c.order_id == bindparam("order_id"))
    .group_by(allocation.c.sku)
)
_OWN_FINGERPRINTS = select(
    contact_fingerprint.c.field, contact_fingerprint.c.fingerprint
).where(contact_fingerprint.c.order_id == bindparam("order_id"))
_ALIKE = (
    select(
        orders.c.order_id,
        orders.c.placed_at,
        contact_fingerprint.c.field,
        contact_fingerprint.c.fingerprint,
    )
    .join(contact_fingerprint, contact_fingerprint.c.order_id == orders.c.order_id)
    .where(
        contact_fingerprint.c.fingerprint.in_(
            bindparam("fingerprints", expanding=True)
        ),
        orders.c.source == bindparam("source"),
        orders.c.order_id != bindparam("order_id"),
        orders.c.placed_at.between(bindparam("earliest"), bindparam("latest")),
    )
)
_LINES_OF = select(
    order_line.c.order_id, order_line.c.ordered_sku, order_line.c.quantity
).where(order_line.c.order_id.in_(bindparam("order_ids", expanding=True)))


EVERY_CHECK = frozenset(CheckName)
CHECKS_OF_LINES = frozenset(
    {CheckName.AVAILABILITY, CheckName.PRICE, CheckName.KNOWN_SKU}
)
CHECKS_OF_ADDRESS = frozenset({CheckName.ADDRESS})


def verify_order(
    step: OrderStep,
    contacts: ContactChecks,
    checks: frozenset[CheckName] = EVERY_CHECK,
) -> tuple[CheckResult, ...]:
    """Run checks, keep their results, and bring their holds into line with them.

    A hold whose check no longer fails is lifted: its cause is resolved. After a change
    only the checks of what changed run, so what a person has released stays released.
    """
    every = verify(_facts(step, contacts), step.policy.source)
    results = tuple(result for result in every if result.check in checks)
    step.connection.execute(_ADD_RESULTS, [_row(step, result) for result in results])
    held = {hold.kind: hold for hold in step.state.holds}
    for result in results:
        kind = result.hold_kind
        if kind is not None and kind not in held:
            place_check_hold(step, kind, result.reason)
        elif kind is None and result.check in held:
            lift_hold(step, held[result.check], "cause_resolved")
    return results


def is_rejected(results: tuple[CheckResult, ...]) -> bool:
    """Say whether a check ends the order."""
    return any(result.outcome is CheckOutcome.REJECT for result in results)


def _row(step: OrderStep, result: CheckResult) -> dict[str, object]:
    return {
        "order_id": step.order_id,
        "check_name": result.check,
        "mode": result.mode,
        "outcome": result.outcome,
        "reason": result.reason,
        "evidence": dict(result.evidence),
        "cause": step.why.cause,
        "checked_at": step.why.now,
    }


def _facts(step: OrderStep, contacts: ContactChecks) -> VerificationFacts:
    lines = [line for line in step.lines if line.wanted]
    duplicates = step.order.has_own_number is False or _is_on(step, CheckName.DUPLICATE)
    return VerificationFacts(
        lines=tuple(_line_facts(step, line) for line in lines),
        list_prices=list_prices(step, _priced_skus(lines))
        if _is_on(step, CheckName.PRICE)
        else {},
        available=_available(step, lines)
        if _is_on(step, CheckName.AVAILABILITY)
        else {},
        contact=_contact(step, contacts),
        likely_duplicates=_alike(step, lines) if duplicates else None,
        number_is_ours=not step.order.has_own_number,
        payment=_payment(step),
        unknown_skus=tuple(line.ordered_sku for line in lines if line.sku is None),
    )


def _is_on(step: OrderStep, check: CheckName) -> bool:
    return step.policy.source.mode_of(check) is not CheckMode.OFF


def _line_facts(step: OrderStep, line: StoredLine) -> LineFacts:
    currency = step.order.currency
    priced = line.unit_price is not None and currency is not None
    return LineFacts(
        line_no=line.line_no,
        sku=line.sku or line.ordered_sku,
        quantity=line.wanted,
        unit_price=Money.of(line.unit_price or Decimal(0), currency)
        if priced
        else None,
        prices_include_tax=step.order.prices_include_tax,
    )


def _priced_skus(lines: list[StoredLine]) -> list[str]:
    return sorted(
        {line.sku for line in lines if line.sku and line.unit_price is not None}
    )


def list_prices(step: OrderStep, skus: list[str]) -> Mapping[str, ListPrice]:
    """Return the source's own prices; where it has none, those of the catalogue."""
    if not skus:
        return {}
    prices = {
        row.sku: ListPrice(unit_price=Money.of(row.price, row.currency))
        for row in step.connection.execute(_CATALOG_PRICES, {"skus": skus})
    }
    asked = {"source": step.order.source, "skus": skus}
    for row in step.connection.execute(_LIST_PRICES, asked):
        prices[row.sku] = ListPrice(
            unit_price=Money.of(row.price, row.currency), includes_tax=row.includes_tax
        )
    return prices


def _available(step: OrderStep, lines: list[StoredLine]) -> Mapping[str, int]:
    """Return free units of each ordered article; of a bundle, whole ones.

    What this order itself has taken, or is kept for it, counts as free for it.
    """
    parts = step.parts
    free: Counter[str] = Counter()
    if step.state.shipments:
        own = step.connection.execute(_OWN_UNITS, {"order_id": step.order_id})
        free.update({row.sku: int(row.quantity) for row in own})
    if step.order.reservation_id:
        free.update(kept_units(step.connection, step.order.reservation_id))
    if step.state.backordered:
        for share in shares_of(step):
            free[share.sku] += share.quantity
    for level in free_stock(
        step.connection, [sku for each in parts.values() for sku, _ in each]
    ):
        free[level.sku] += level.free
    return {
        line.sku: min(free[sku] // each for sku, each in parts[line.line_no])
        for line in lines
        if line.sku and line.line_no in parts
    }


def _contact(step: OrderStep, contacts: ContactChecks) -> ContactFindings:
    asked = {
        "customer_id": step.order.customer_id,
        "address_id": step.order.ship_to_address_id,
    }
    row = step.connection.execute(_CONTACT, asked).one()
    return contacts.check(ContactDetails(**row._mapping))


def _payment(step: OrderStep) -> PaymentFacts | None:
    status = step.order.payment_status
    return None if status is None else PaymentFacts(awaited=status == "awaited")


def _alike(
    step: OrderStep, lines: list[StoredLine]
) -> tuple[LikelyDuplicate, ...] | None:
    own = {
        row.field: row.fingerprint
        for row in step.connection.execute(
            _OWN_FINGERPRINTS, {"order_id": step.order_id}
        )
    }
    if step.order.has_own_number:
        # One address may well order twice; without a number it is the only guard.
        own.pop("address", None)
    if not own:
        return None
    this = OrderLikeness(
        order_id=step.order_id,
        source=step.order.source,
        placed_at=step.order.placed_at,
        units=units_by_sku((line.ordered_sku, line.quantity) for line in lines),
        fingerprints=own,
    )
    return likely_duplicates(
        this, _candidates(step, this), step.policy.source.duplicates
    )


def _candidates(step: OrderStep, this: OrderLikeness) -> list[OrderLikeness]:
    window = step.policy.source.duplicates.window
    asked = {
        "fingerprints": sorted(this.fingerprints.values()),
        "source": this.source,
        "order_id": this.order_id,
        "earliest": this.placed_at - window,
        "latest": this.placed_at + window,
    }
    placed: dict[str, datetime] = {}
    fingerprints: dict[str, dict[str, str]] = defaultdict(dict)
    for row in step.connection.execute(_ALIKE, asked):
        placed[row.order_id] = row.placed_at
        fingerprints[row.order_id][row.field] = row.fingerprint
    if not placed:
        return []
    lines: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for line in step.connection.execute(_LINES_OF, {"order_ids": sorted(placed)}):
        lines[line.order_id].append((line.ordered_sku, line.quantity))
    return [
        OrderLikeness(
            order_id=order_id,
            source=this.source,
            placed_at=placed[order_id],
            units=units_by_sku(lines[order_id]),
            fingerprints=fingerprints[order_id],
        )
        for order_id in sorted(placed)
    ]
