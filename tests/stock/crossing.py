"""Work that meets on the same stock levels, done by several processes at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from benchmarks.scarce_shop import WAREHOUSES, bins_of
from domain.errors import BusinessError, TemporaryError
from domain.identity import order_id_of
from messages.names import UpdateName
from messages.order_messages import (
    CancelOrder,
    ChangeLines,
    LineChange,
    ResourceShipment,
)
from operations.transfers import TransferStock, transfer_stock
from tests.stock.floor import ARTICLES, Floor

PLACES = tuple(place for each in WAREHOUSES for place in bins_of(each))


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One thing to do; `number` says to what, or how."""

    kind: str
    number: int
    lines: tuple[tuple[str, int], ...] = ()


class Crossing:
    """Does jobs on a database of its own; answers with what went wrong."""

    def __init__(self, url: str) -> None:
        self.floor = Floor(url)

    def __call__(self, job: Job) -> str:
        try:
            _JOBS[job.kind](self.floor, job)
        except BusinessError:
            return ""  # refused: the stock or the order stood otherwise
        except TemporaryError as error:
            return f"{job.kind} {job.number}: {error}"
        return ""


def lines_of(number: int, units: int = 2) -> tuple[tuple[str, int], ...]:
    """Return lines over every article: orders of odd numbers name them backwards."""
    lines = tuple((sku, units + number % 2) for sku in ARTICLES)
    return lines if number % 2 else lines[::-1]


def _open(floor: Floor, job: Job) -> None:
    floor.open(str(job.number), *(job.lines or lines_of(job.number)))


def _cancel(floor: Floor, job: Job) -> None:
    order_id = order_id_of("web", str(job.number))
    floor.know(order_id)
    message = CancelOrder(message_id=f"cancel-{job.number}", actor="office:1")
    floor.tell(order_id, UpdateName.CANCEL_ORDER, message)


def _resource(floor: Floor, job: Job) -> None:
    order_id = order_id_of("web", str(job.number))
    state = floor.know(order_id)
    for shipment in state.shipments[:1]:
        message = ResourceShipment(
            message_id=f"resource-{job.number}",
            actor="office:1",
            shipment_id=shipment.shipment_id,
        )
        floor.tell(order_id, UpdateName.RESOURCE_SHIPMENT, message)


def _change(floor: Floor, job: Job) -> None:
    order_id = order_id_of("web", str(job.number))
    floor.know(order_id)
    changed = tuple(LineChange(line_no=number, quantity=1) for number in (1, 2, 3))
    message = ChangeLines(
        message_id=f"change-{job.number}", actor="office:1", lines=changed
    )
    floor.tell(order_id, UpdateName.CHANGE_LINES, message)


def _receive(floor: Floor, job: Job) -> None:
    lines = [(place, sku, 1) for place in PLACES for sku in ARTICLES]
    floor.receive(f"receipt-{job.number}", *lines[:: 1 if job.number % 2 else -1])


def _transfer(floor: Floor, job: Job) -> None:
    source, goal = PLACES[job.number % 6], PLACES[-1 - job.number % 6]
    for sku in ARTICLES[:: 1 if job.number % 2 else -1]:
        told = TransferStock(
            message_id=f"transfer-{job.number}-{sku}",
            actor="lead:1",
            sku=sku,
            quantity=1,
            from_location=source,
            to_location=goal,
        )
        transfer_stock(floor.database, told, floor.clock)


def _reserve(floor: Floor, job: Job) -> None:
    units = dict(lines_of(job.number, units=1))
    kept = floor.reserve(f"cart-{job.number}", units, timedelta(hours=1))
    if job.number % 3:
        floor.end_reservation(kept.reservation_id, is_released=True)


_JOBS: Mapping[str, Callable[[Floor, Job], None]] = {
    "open": _open,
    "cancel": _cancel,
    "resource": _resource,
    "change": _change,
    "receive": _receive,
    "transfer": _transfer,
    "reserve": _reserve,
}
