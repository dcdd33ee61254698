"""Ids: how an order's source and number become one id, reversibly."""

from __future__ import annotations

import re
from typing import NewType

from domain.errors import InvalidInput

OrderId = NewType("OrderId", str)
ShipmentId = NewType("ShipmentId", str)

MAX_ESCAPED_NUMBER = 200
_SOURCE = re.compile(r"[a-z0-9]{1,40}")
_KEPT = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.")
_ESCAPED = re.compile(r"(?:[A-Za-z0-9.]|_[0-9a-f]{2})+")


def escape_number(number: str) -> str:
    """Escape a source's own order number into `[A-Za-z0-9._]`, reversibly."""
    try:
        raw = number.encode()
    except UnicodeEncodeError:
        raise InvalidInput("number", "text of valid Unicode characters") from None
    escaped = "".join(chr(b) if b in _KEPT else f"_{b:02x}" for b in raw)
    if not escaped:
        raise InvalidInput("number", "at least one character")
    if len(escaped) > MAX_ESCAPED_NUMBER:
        raise InvalidInput(
            "number", f"at most {MAX_ESCAPED_NUMBER} characters once escaped"
        )
    return escaped


def unescape_number(escaped: str) -> str:
    """Undo `escape_number`."""
    if not _ESCAPED.fullmatch(escaped):
        raise InvalidInput("number", "letters, digits, '.' and _xx escapes")
    raw = re.sub(
        rb"_([0-9a-f]{2})",
        lambda found: bytes([int(found[1], 16)]),
        escaped.encode(),
    )
    try:
        return raw.decode()
    except UnicodeDecodeError:
        raise InvalidInput("number", "escapes of valid UTF-8") from None


def order_id_of(source: str, number: str) -> OrderId:
    """Return the order's id, `<source>-<escaped number>`."""
    if not _SOURCE.fullmatch(source):
        raise InvalidInput("source", "1 to 40 lower-case letters a-z and digits")
    return OrderId(f"{source}-{escape_number(number)}")


def source_and_number(order_id: str) -> tuple[str, str]:
    """Return the source and the number that an order id was made of."""
    source, separator, escaped = order_id.partition("-")
    if not separator or not _SOURCE.fullmatch(source):
        raise InvalidInput("order_id", "<source>-<escaped number>")
    return source, unescape_number(escaped)


def workflow_id_of(order_id: str) -> str:
    """Return the id of the order's run."""
    return f"order-{order_id}"


def reservation_workflow_id_of(reservation_id: str) -> str:
    """Return the id of the run that ends a reservation."""
    return f"reservation-{reservation_id}"


def shipment_id_of(order_id: str, sequence: int) -> ShipmentId:
    """Return the id of the order's n-th shipment."""
    return ShipmentId(f"{order_id}-{sequence}")


def order_id_of_shipment(shipment_id: str) -> OrderId:
    """Return the order a shipment belongs to."""
    order_id, separator, sequence = shipment_id.rpartition("-")
    if not separator or "-" not in order_id or not sequence.isdigit():
        raise InvalidInput("shipment_id", "<order_id>-<sequence number>")
    return OrderId(order_id)


def pick_task_id_of(shipment_id: str) -> str:
    """Return the id of the pick task of a shipment."""
    return f"{shipment_id}-pick"


def put_back_task_id_of(shipment_id: str) -> str:
    """Return the id of the task to put a shipment's goods back."""
    return f"{shipment_id}-put-back"
