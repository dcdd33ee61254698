"""History files as another system would send them, and what became of them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import Table, select

from operations.files.gathering import RefusedOrder
from operations.history_files import (
    HistorySummary,
    HistoryTerms,
    ReadOrder,
    import_history,
    read_history,
)
from persistence.database import Database
from persistence.tables import (
    fulfillment_event,
    history_line,
    history_order,
    history_shipment,
)
from tests.operations.file_builders import clock

# One whole order, from placing to delivery, in two lines.
PLACED, PAID, ALLOCATED = "2025-11-03T09:00Z", "2025-11-03T09:05Z", "2025-11-03T09:06Z"
PICKED, PACKED, LEFT = "2025-11-03T12:00Z", "2025-11-03T12:30Z", "2025-11-03T17:00Z"
ARRIVED = "2025-11-05T10:00Z"
WHOLE = {
    "source": "past",
    "number": "1",
    "placed_at": PLACED,
    "authorised_at": PAID,
    "allocated_at": ALLOCATED,
    "picked_at": PICKED,
    "packed_at": PACKED,
    "handed_over_at": LEFT,
    "delivered_at": ARRIVED,
    "warehouse": "main",
    "carrier": "alpha",
    "sku": "MUG",
    "quantity_ordered": "2",
    "quantity_shipped": "2",
    "unit_price": "9.50",
}
NO_STAGES = dict.fromkeys(
    (
        *("authorised_at", "allocated_at", "picked_at", "packed_at"),
        *("handed_over_at", "delivered_at", "warehouse", "carrier"),
    ),
    "",
)
Cells = dict[str, str]


def row(**cells: str) -> Cells:
    """Return a row of the whole order, with some cells changed."""
    return WHOLE | cells


def text_of(rows: Sequence[Cells]) -> str:
    """Write rows as CSV; a column that a row has not is empty."""
    columns = list(dict.fromkeys(name for each in rows for name in each))
    lines = [",".join(each.get(name, "") for name in columns) for each in rows]
    return "\n".join([",".join(columns), *lines, ""])


class Past:
    """Reads and imports history files in one directory."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def write(self, name: str, text: str) -> Path:
        path = self.directory / name
        path.write_text(text, "utf-8")
        return path

    def read(
        self,
        rows: Sequence[Cells] | str,
        mapping: str | None = None,
        source: str | None = None,
    ) -> list[ReadOrder | RefusedOrder]:
        text = rows if isinstance(rows, str) else text_of(rows)
        path = self.write("past.csv", text)
        mapping_path = self.write("mapping.toml", mapping) if mapping else None
        with read_history(path, mapping_path, source) as history_file:
            return list(history_file)

    def only(self, *rows: Cells, mapping: str | None = None) -> ReadOrder:
        """Read the rows of one good order."""
        [found] = self.read(rows, mapping)
        assert isinstance(found, ReadOrder), found
        return found

    def refused(self, *rows: Cells, mapping: str | None = None) -> RefusedOrder:
        """Read the rows of one refused order."""
        [found] = self.read(rows, mapping)
        assert isinstance(found, RefusedOrder), found
        return found

    def store(
        self, database: Database, rows: Sequence[Cells] | str, **terms: object
    ) -> HistorySummary:
        """Import the rows as a file."""
        text = rows if isinstance(rows, str) else text_of(rows)
        path = self.write("past.csv", text)
        told = HistoryTerms(actor="office:1", clock=clock, **terms)  # type: ignore[arg-type]
        with read_history(path) as history_file:
            return import_history(database, history_file, told)


def stored(database: Database) -> dict[str, list[dict[str, object]]]:
    """Return all rows of the history, and all events, by table."""
    tables: dict[str, tuple[Table, tuple[str, ...]]] = {
        "orders": (history_order, ("order_id",)),
        "shipments": (history_shipment, ("order_id", "shipment_no")),
        "lines": (history_line, ("order_id", "line_no")),
        "events": (fulfillment_event, ("fulfillment_event_id",)),
    }
    with database.read() as connection:
        return {
            name: [
                dict(found)
                for found in connection.execute(
                    select(table).order_by(*(table.c[key] for key in keys))
                ).mappings()
            ]
            for name, (table, keys) in tables.items()
        }
