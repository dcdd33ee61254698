"""What the lines of a receipt say units cost, and in which currency they must."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection

from domain.stock.valuation import UnitCost
from operations.files.rows import RefusedCell
from operations.stock_files.lines import StockLine
from operations.stock_files.receipts import NumberedStock
from persistence.stock_value_rows import stock_values


@dataclass(slots=True, kw_only=True)
class Costs:
    """The costs of one receipt, beside the currencies in which articles are valued."""

    warehouse: str
    _currencies: dict[tuple[str, str], str] = field(default_factory=dict)

    def load(self, connection: Connection, lines: Sequence[NumberedStock]) -> None:
        """Load in which currency the lines' articles are valued now."""
        wanted: dict[str, set[str]] = {}
        for one in lines:
            if one.line.unit_cost is not None:
                wanted.setdefault(self._place(one), set()).add(one.line.sku)
        for warehouse_id, skus in wanted.items():
            for sku, value in stock_values(connection, warehouse_id, skus).items():
                if value.units:
                    self._currencies[warehouse_id, sku] = value.currency

    def refusals(self, one: NumberedStock) -> Iterator[RefusedCell]:
        """Check a line against the stored value and against the lines before it."""
        line = one.line
        if line.unit_cost is None:
            return
        if line.currency is None:
            yield one.refuse("currency", "is required where there is a unit cost")
        elif line.quantity:
            key = (self._place(one), line.sku)
            valued_in = self._currencies.setdefault(key, line.currency)
            if valued_in != line.currency:
                yield one.refuse(
                    "currency", f"{valued_in}, as the article is valued in"
                )

    def _place(self, one: NumberedStock) -> str:
        return one.line.warehouse or self.warehouse


def cost_of(line: StockLine) -> UnitCost | None:
    """Return what one unit of the line cost, if the line says so."""
    if line.unit_cost is None or line.currency is None:
        return None
    return UnitCost(amount=line.unit_cost, currency=line.currency)
