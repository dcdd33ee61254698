"""What a receipt is booked under, its terms, and what came of it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, select
from sqlalchemy.dialects import postgresql, sqlite

from domain.errors import InvalidInput, Refused
from operations.files.models import Numbered
from operations.files.rows import RefusedCell, Row
from operations.stock_files.lines import StockLine
from persistence.stock import MovementCause
from persistence.tables import stock_receipt

MAX_REFERENCE = 200
_DIGITS_OF_REFERENCE = 32

NumberedStock = Numbered[StockLine]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptTerms:
    """How a receipt is booked.

    Without a reference its content is its reference, so the same file is booked once.
    `warehouse` is meant where a line names none; `time_zone` is for warehouses that are
    new; `expected` is the reference under which it was expected.
    """

    reference: str | None = None
    warehouse: str = "main"
    time_zone: str = "UTC"
    actor: str = "stock"
    dry_run: bool = False
    expected: str | None = None

    def __post_init__(self) -> None:
        if self.reference is not None and not 1 <= len(self.reference) <= MAX_REFERENCE:
            raise InvalidInput("reference", f"1 to {MAX_REFERENCE} characters")
        try:
            ZoneInfo(self.time_zone)
        except (KeyError, ValueError, OSError):
            raise InvalidInput(
                "time_zone", "an IANA zone, such as Europe/London"
            ) from None


@dataclass(frozen=True, slots=True, kw_only=True)
class StockImportResult:
    """What was booked: all of the receipt, or with any refusal nothing.

    After a refusal `refused_rows` are all rows of the file, for a rejects file that is
    a whole receipt. `differences` say where other came than was expected, or damaged
    goods; each is an exception. `woken` are the orders that waited for what arrived;
    `skipped` counts the rows of an order file that are no goods, by reason.
    """

    reference: str
    dry_run: bool
    read: int
    booked: bool = False
    already_booked: bool = False
    units: int = 0
    skus: int = 0
    new_warehouses: tuple[str, ...] = ()
    new_locations: int = 0
    damaged: int = 0
    differences: tuple[str, ...] = ()
    woken: tuple[str, ...] = ()
    refused: tuple[RefusedCell, ...] = ()
    refused_rows: tuple[Row, ...] = ()
    skipped: Mapping[str, int] = field(default_factory=dict)


def fingerprint_of(lines: Sequence[NumberedStock], warehouse: str) -> str:
    """Return a hash of what is booked; the order of the lines does not matter."""
    told = sorted(
        "\t".join(
            str(part)
            for part in (
                one.line.warehouse or warehouse,
                one.line.location,
                one.line.sku,
                one.line.quantity,
                one.line.unit_cost,
                one.line.currency,
                *([one.line.damaged_quantity] if one.line.damaged_quantity else []),
            )
        )
        for one in lines
    )
    return hashlib.sha256("\n".join(told).encode()).hexdigest()


def reference_of(terms: ReceiptTerms, fingerprint: str) -> str:
    """Return what the receipt is known by."""
    return terms.reference or f"content:{fingerprint[:_DIGITS_OF_REFERENCE]}"


def is_new_receipt(
    connection: Connection, fingerprint: str, why: MovementCause
) -> bool:
    """Book the receipt's reference; False if the same receipt is booked already.

    Raises `Refused` if another receipt has the reference. Two at one moment: the second
    waits for the first here.
    """
    row = {
        "receipt_reference": why.document,
        "fingerprint": fingerprint,
        "received_at": why.occurred_at,
        "actor": why.actor,
    }
    postgres = connection.dialect.name == "postgresql"
    insert = postgresql.insert if postgres else sqlite.insert
    added = connection.execute(
        insert(stock_receipt)
        .values(row)
        .on_conflict_do_nothing()
        .returning(stock_receipt.c.receipt_reference)
    )
    if added.first() is not None:
        return True
    booked = connection.execute(
        select(stock_receipt.c.fingerprint).where(
            stock_receipt.c.receipt_reference == why.document
        )
    ).scalar_one()
    if booked != fingerprint:
        raise Refused(
            "reference: a receipt with other lines is booked under it; "
            "give this one another reference"
        )
    return False
