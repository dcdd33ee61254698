"""What arrived beside what was expected; every difference is work for a person."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence

from sqlalchemy import Connection

from domain.errors import InvalidInput
from domain.exceptions import HANDLING, ExceptionKind
from messages.order_state import ExceptionState
from operations.stock_files.receipts import NumberedStock, ReceiptTerms
from persistence.exceptions import insert_exception
from persistence.expected_receipts import (
    ArrivedUnits,
    add_arrived,
    locked_expectations,
)
from persistence.stock import MovementCause

_DIGITS_OF_ID = 16
_NOTHING = ArrivedUnits(units=0)

# By warehouse and article.
Expected = Mapping[tuple[str, str], int]
Arrived = Mapping[tuple[str, str], ArrivedUnits]


def compare(
    connection: Connection,
    lines: Sequence[NumberedStock],
    terms: ReceiptTerms,
    why: MovementCause,
) -> tuple[str, ...]:
    """Compare a booked receipt with what was expected; return the differences.

    Goods that nobody expects are compared with nothing, but damaged ones are told.
    Raises `InvalidInput` if nothing is open under the expected reference.
    """
    arrived = _arrived(lines, terms.warehouse)
    if terms.expected is None:
        found = tuple(_damaged(arrived))
    else:
        expected = locked_expectations(connection, terms.expected)
        if not expected:
            raise InvalidInput("expected", "the reference of what is still expected")
        came = {key: units for key, units in arrived.items() if key in expected}
        add_arrived(connection, terms.expected, came, at=why.recorded_at)
        found = tuple(_differences(expected, arrived))
    _ask(connection, found, why)
    return found


def _arrived(lines: Sequence[NumberedStock], warehouse: str) -> Arrived:
    arrived: dict[tuple[str, str], ArrivedUnits] = {}
    for one in lines:
        key = (one.line.warehouse or warehouse, one.line.sku)
        before = arrived.get(key, _NOTHING)
        arrived[key] = ArrivedUnits(
            units=before.units + one.line.quantity,
            damaged=before.damaged + one.line.damaged_quantity,
        )
    return arrived


def _differences(expected: Expected, arrived: Arrived) -> Iterator[str]:
    here = {warehouse_id for warehouse_id, _ in arrived}
    awaited = {key for key in expected if key[0] in here}
    for key in sorted(awaited | set(arrived)):
        wanted, came = expected.get(key, 0), arrived.get(key, _NOTHING)
        if came.units != wanted or came.damaged:
            yield f"{_article(key)}: {wanted} expected, {_in_words(came)}"


def _damaged(arrived: Arrived) -> Iterator[str]:
    for key in sorted(arrived):
        if arrived[key].damaged:
            yield f"{_article(key)}: {_in_words(arrived[key])}"


def _article(key: tuple[str, str]) -> str:
    warehouse_id, sku = key
    return f"{sku} in {warehouse_id}"


def _in_words(came: ArrivedUnits) -> str:
    damaged = f", {came.damaged} of them damaged" if came.damaged else ""
    return f"{came.units} arrived{damaged}"


def _ask(
    connection: Connection, differences: Sequence[str], why: MovementCause
) -> None:
    # A receipt is booked once, so its reference makes ids that are never made twice.
    digest = hashlib.sha256((why.document or "").encode()).hexdigest()
    for number, difference in enumerate(differences, 1):
        opened = ExceptionState(
            exception_id=f"receipt-{digest[:_DIGITS_OF_ID]}.x{number}",
            kind=ExceptionKind.RECEIPT_DIFFERENCE,
            owner_role=HANDLING[ExceptionKind.RECEIPT_DIFFERENCE].owner_role,
            cause=f"receipt {why.document}: {difference}",
        )
        insert_exception(connection, opened, order_id=None, opened_at=why.recorded_at)
