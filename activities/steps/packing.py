"""Packing: what was counted into packages must be what was picked."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from sqlalchemy import bindparam, func, insert, select

from activities.steps.holding import refuse_if_held
from activities.steps.order_step import OrderStep
from activities.steps.stations import at_station
from domain.events import EventKind
from domain.policy import Stage, Step
from domain.shipments.status import ShipmentStatus
from messages.fitting import fitting_shipment
from messages.names import UpdateName
from messages.order_messages import ConfirmPack, PackedPackage
from messages.order_state import LabelState, ShipmentState
from persistence.catalog import article_of_barcode
from persistence.tables import allocation, package, product

_ADD_PACKAGES = insert(package)
_PICKED = (
    select(
        allocation.c.sku,
        allocation.c.line_no,
        func.sum(allocation.c.picked_quantity).label("quantity"),
        product.c.weight_grams,
    )
    .join(product, product.c.sku == allocation.c.sku)
    .where(allocation.c.shipment_id == bindparam("shipment_id"))
    .group_by(allocation.c.sku, allocation.c.line_no, product.c.weight_grams)
    .order_by(allocation.c.sku, allocation.c.line_no)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PackMismatch:
    """What was counted is not what was picked; recorded before it is refused."""

    text: str


def confirm_pack(step: OrderStep, message: ConfirmPack) -> str | PackMismatch:
    """Close the packages, or record the pack error that the count found."""
    subject = fitting_shipment(step.state, UpdateName.CONFIRM_PACK, message.shipment_id)
    refuse_if_held(step, Step.PACK)
    rows = list(step.connection.execute(_PICKED, {"shipment_id": subject.shipment_id}))
    picked: Counter[str] = Counter()
    for row in rows:
        picked[row.sku] += row.quantity
    picked = +picked
    weights = {row.sku: row.weight_grams for row in rows}
    contents = [_contents(step, one, picked) for one in message.packages]
    counted: Counter[str] = sum(contents, Counter())
    if counted != picked:
        return _mismatch(step, subject, picked, counted)
    _store_packages(step, subject, message.packages, contents, weights)
    step.set_shipment_status(subject, ShipmentStatus.PACKED)
    subject.label = LabelState.WANTED
    step.record(
        EventKind.PACKED,
        subject.shipment_id,
        packages=len(contents),
        units=counted.total(),
        lines=len({row.line_no for row in rows if row.quantity}),
        **at_station(message),
    )
    step.disarm(Stage.PACK, subject.shipment_id)
    step.arm(Stage.HAND_OVER, subject)
    return f"{subject.shipment_id} is packed; {subject.carrier} is asked for its label"


def _contents(
    step: OrderStep, packed: PackedPackage, picked: Counter[str]
) -> Counter[str]:
    """Count a package by SKU; a barcode of a pack counts for its units."""
    counted: Counter[str] = Counter()
    for line in packed.lines:
        sku, units = line.sku, 1
        if sku not in picked:
            sku, units = article_of_barcode(step.connection, sku) or (sku, 1)
        counted[sku] += units * line.quantity
    return counted


def _mismatch(
    step: OrderStep, subject: ShipmentState, picked: Counter[str], counted: Counter[str]
) -> PackMismatch:
    missing, extra = picked - counted, counted - picked
    wrong = {sku: quantity for sku, quantity in extra.items() if sku not in picked}
    kind = "wrong_item" if wrong else "missing" if missing else "extra"
    step.record(
        EventKind.PACK_ERROR_FOUND,
        subject.shipment_id,
        kind=kind,
        missing=dict(missing),
        extra=dict(extra),
    )
    told = [
        f"{sku}: {picked[sku]} picked, {counted[sku]} counted"
        for sku in picked | counted
        if picked[sku] != counted[sku]
    ]
    return PackMismatch(
        text=f"packages do not hold what was picked ({kind}); {'; '.join(told)}"
    )


def _store_packages(
    step: OrderStep,
    subject: ShipmentState,
    packages: tuple[PackedPackage, ...],
    contents: list[Counter[str]],
    weights: dict[str, int | None],
) -> None:
    step.connection.execute(
        _ADD_PACKAGES,
        [
            {
                "package_id": f"{subject.shipment_id}-p{number}",
                "shipment_id": subject.shipment_id,
                "weight_grams": packed.weight_grams or _weight(counted, weights),
                "length_mm": packed.length_mm,
                "width_mm": packed.width_mm,
                "height_mm": packed.height_mm,
                "contents": dict(counted),
                "packed_at": step.why.occurred_at,
                "packed_by": step.why.actor,
            }
            for number, (packed, counted) in enumerate(
                zip(packages, contents, strict=True), start=1
            )
        ],
    )


def _weight(counted: Counter[str], weights: dict[str, int | None]) -> int | None:
    """Return the catalogue's weight of the goods; None if it lacks one of them."""
    total = 0
    for sku, quantity in counted.items():
        each = weights[sku]
        if each is None:
            return None
        total += quantity * each
    return total
