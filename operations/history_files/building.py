"""Building an order of the history of the rows of one order."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from domain.errors import InvalidInput
from domain.identity import order_id_of
from domain.kpi.history import HistoryStatus
from operations.files.cells import number_reader
from operations.files.gathering import RefusedOrder, RowsOfOrder
from operations.files.rows import RefusedCell, Row, in_row_order
from operations.files.skipping import test_of
from operations.history_files.events import events_of
from operations.history_files.facts import HeadFacts, ShipmentFacts
from operations.history_files.mapping import HistoryMapping
from operations.history_files.quality import Finding, findings_of
from operations.history_files.row_reading import Cells, ReadRows, RowReader, row_key
from operations.history_files.shipments import numbered_shipments
from persistence.history import (
    HistoryOrder,
    HistoryShipment,
    LineFacts,
    NumberedLine,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadOrder:
    """An order of the history, the rows it was made of, and what is odd about it."""

    order: HistoryOrder
    rows: Sequence[Row]
    findings: tuple[Finding, ...]

    def refuse(self, column: str, wanted: str) -> RefusedOrder:
        """Return the order as refused by a rule met later than the file's own."""
        first = RefusedCell(row=self.rows[0].number, column=column, wanted=wanted)
        return RefusedOrder(number=self.order.number, refused=(first,), rows=self.rows)


class _Identity(NamedTuple):
    order_id: str
    source: str
    number: str


class HistoryBuilder:
    """Turns the rows of one order into its history, or says what is wrong with them."""

    def __init__(
        self, mapping: HistoryMapping, places: Mapping[str, int], source: str | None
    ) -> None:
        """Build for columns at these places; `source` where no column says it."""
        self._reader = RowReader(mapping, places)
        self.key_of, self.key_width = row_key(mapping, places)
        self._columns = frozenset(mapping.columns)
        self._source = source
        read_number = number_reader(mapping.numbers)
        self._status_rules = [
            (rule.status, test_of(rule.when, places, read_number))
            for rule in mapping.status_when
        ]

    def build(self, gathered: RowsOfOrder) -> ReadOrder | RefusedOrder:
        """Build one order."""
        rows, refused = gathered.rows, list(gathered.refused)
        if not refused:
            read = self._reader.read(rows, refused)
        if not refused:
            built = self._built(rows, read, refused)
            if built is not None:
                return built
        return RefusedOrder(
            number=self._reader.text(rows[0].cells, "number"),
            refused=in_row_order(refused),
            rows=rows,
        )

    def _source_of(self, cells: Cells) -> str:
        return (
            self._reader.text(cells, "source") if self._source is None else self._source
        )

    def _built(
        self, rows: Sequence[Row], read: ReadRows, refused: list[RefusedCell]
    ) -> ReadOrder | None:
        head, rows_agree = _merged(read.heads)
        shipments, numbers = numbered_shipments(read.shipments, read.lines)
        status = self._status(rows, head, shipments)
        lines = read.lines
        if any((line.quantity_ordered or 0) < 0 for line in lines):
            lines = self._without_sign(rows, lines, status, refused)
        identity = self._identity(rows[0], refused)
        placed_at = head.placed_at
        if placed_at is None:
            wanted = "the date and time of placing"
            refused.append(self._reader.refusal(rows[0], "placed_at", wanted))
        if identity is None or placed_at is None or refused:
            return None
        content = _Content(
            placed_at, head, status, shipments, list(zip(numbers, lines, strict=True))
        )
        findings = findings_of(head, status, shipments, content.lines, self._columns)
        contradicting = () if rows_agree else (Finding.CONTRADICTING_ROWS,)
        return ReadOrder(
            order=_order(identity, content),
            rows=rows,
            findings=(*findings, *contradicting),
        )

    def _identity(self, row: Row, refused: list[RefusedCell]) -> _Identity | None:
        source = self._source_of(row.cells)
        number = self._reader.text(row.cells, "number")
        try:
            order_id = order_id_of(source, number)
        except InvalidInput as error:
            refused.append(self._reader.refusal(row, error.field, error.wanted))
            return None
        if "\0" in number:
            wanted = "a number of characters that can be shown"
            refused.append(self._reader.refusal(row, "number", wanted))
        return _Identity(order_id, source, number)

    def _status(
        self, rows: Sequence[Row], head: HeadFacts, shipments: Sequence[ShipmentFacts]
    ) -> HistoryStatus:
        for status, fits in self._status_rules:
            if any(fits(row.cells) for row in rows):
                return status
        if head.status is not None:
            return head.status
        if head.cancelled_at is not None:
            return HistoryStatus.CANCELLED
        if all(one.delivered_at is not None for one in shipments):
            return HistoryStatus.DELIVERED
        if any(one.left_at is not None for one in shipments):
            return HistoryStatus.SHIPPED
        return HistoryStatus.OPEN

    def _without_sign(
        self,
        rows: Sequence[Row],
        lines: Sequence[LineFacts],
        status: HistoryStatus,
        refused: list[RefusedCell],
    ) -> list[LineFacts]:
        """Let a cancelled order say with a minus what was taken back."""
        wanted = "a whole number of at least 0, as the order is not cancelled"
        positive = []
        for row, line in zip(rows, lines, strict=True):
            ordered = line.quantity_ordered or 0
            if ordered < 0 and status is not HistoryStatus.CANCELLED:
                refused.append(self._reader.refusal(row, "quantity_ordered", wanted))
            positive.append(
                line._replace(quantity_ordered=-ordered) if ordered < 0 else line
            )
        return positive


class _Content(NamedTuple):
    placed_at: datetime
    head: HeadFacts
    status: HistoryStatus
    shipments: Sequence[ShipmentFacts]
    lines: list[NumberedLine]


def _merged(heads: Sequence[HeadFacts]) -> tuple[HeadFacts, bool]:
    """Take the first value of each column, and the earliest time of placing.

    Also say whether the rows agree in everything but that: a till may book one order
    over several minutes.
    """
    if len(heads) == 1:
        return heads[0], True
    known = [
        [value for value in column if value is not None]
        for column in zip(*heads, strict=True)
    ]
    merged = HeadFacts._make(values[0] if values else None for values in known)
    placed = [head.placed_at for head in heads if head.placed_at is not None]
    merged = merged._replace(placed_at=min(placed, default=None))
    return merged, all(len(set(values)) <= 1 for values in known[1:])


def _order(identity: _Identity, content: _Content) -> HistoryOrder:
    head = content.head
    return HistoryOrder(
        order_id=identity.order_id,
        source=identity.source,
        number=identity.number,
        fingerprint=_fingerprint(identity, content),
        status=content.status,
        channel=head.channel,
        service_level=head.service_level,
        customer_group=head.customer_group,
        customer=head.customer,
        ship_to_zone=head.ship_to_zone,
        currency=head.currency,
        placed_at=content.placed_at,
        cancel_cause=head.cancel_cause,
        promised_at=_instant(head.promised_at),
        promised_on=_day(head.promised_at),
        due_ship_at=_instant(head.due_ship_at),
        due_ship_on=_day(head.due_ship_at),
        shipments=[
            HistoryShipment(
                shipment_no=number,
                warehouse_id=one.warehouse,
                carrier=one.carrier,
                handed_over_at=one.handed_over_at,
                delivered_at=one.delivered_at,
            )
            for number, one in enumerate(content.shipments, start=1)
        ],
        lines=content.lines,
        events=events_of(head, content.status, content.shipments, content.lines),
    )


def _fingerprint(identity: _Identity, content: _Content) -> str:
    """Hash all of the content; the order in which the rows stand does not matter."""
    # The representation of a plain tuple is much faster made than that of a named one.
    told = [
        repr((*identity, content.status.value)),
        tuple.__repr__(content.head),
        *map(tuple.__repr__, content.shipments),
        *sorted(_told(content)),
    ]
    return hashlib.sha256("\n".join(told).encode()).hexdigest()


def _told(content: _Content) -> Iterable[str]:
    lines = (line for _, line in content.lines)
    if len(content.shipments) == 1:
        return map(tuple.__repr__, lines)
    return (f"{number}{tuple.__repr__(line)}" for number, line in content.lines)


def _instant(promise: date | None) -> datetime | None:
    return promise if isinstance(promise, datetime) else None


def _day(promise: date | None) -> date | None:
    return None if isinstance(promise, datetime) else promise
