"""A catalogue made of the orders of a file, where there is no other."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal

from pydantic import ValidationError

from domain.errors import InvalidInput
from domain.money import Money
from operations.catalog.importing import store_catalog
from operations.catalog.lines import CATALOG_FORMAT, CatalogLine
from operations.catalog.results import CatalogImportResult
from operations.files.cells import CellRefused
from operations.files.models import Numbered
from operations.files.rows import RefusedCell, Row, in_row_order
from operations.order_files.reading import OrderFile
from persistence.database import Database

DEFAULT_COST_SHARE = Decimal("0.6")
_HALF = Decimal(2)


@dataclass(slots=True)
class _Seen:
    """What the rows say about one SKU; it grows with different values, not rows."""

    row: int
    names: Counter[str] = field(default_factory=Counter)
    prices: dict[str, Counter[Decimal]] = field(
        default_factory=lambda: defaultdict(Counter)
    )


def catalog_from_orders(
    database: Database,
    order_file: OrderFile,
    *,
    clock: Callable[[], datetime],
    cost_share: Decimal = DEFAULT_COST_SHARE,
    dry_run: bool = False,
) -> CatalogImportResult:
    """Store a product for each SKU ordered in the file.

    Its name is the most common one, its price the median unit price, its unit cost that
    share of the price in whole coins.
    """
    if not 0 <= cost_share <= 1:
        raise InvalidInput("cost_share", "a share from 0 to 1, such as 0.6")
    if order_file.mapping.catalog is None:
        raise InvalidInput("mapping: catalog.name", "the column of the product's name")
    refused: list[RefusedCell] = []
    lines: list[Numbered[CatalogLine]] = []
    for sku, seen in sorted(_seen(order_file, refused).items()):
        try:
            lines.append(Numbered(row=seen.row, line=_line(sku, seen, cost_share)))
        except ValidationError as error:
            column = str(error.errors()[0]["loc"][0])
            wanted = CATALOG_FORMAT.wanted[column]
            refused.append(RefusedCell(row=seen.row, column=column, wanted=wanted))
    result = store_catalog(database, lines, clock=clock, dry_run=dry_run)
    return replace(
        result,
        read=order_file.read,
        refused=in_row_order([*result.refused, *refused]),
        skipped=order_file.skipped,
    )


def _seen(order_file: OrderFile, refused: list[RefusedCell]) -> dict[str, _Seen]:
    catalog = order_file.mapping.catalog
    name_column = catalog.name if catalog else ""
    products: dict[str, _Seen] = {}
    for row in _goods(order_file, refused):
        sku = order_file.text(row, "lines.sku")
        seen = products.setdefault(sku, _Seen(row=row.number))
        name = order_file.cell(row, name_column)
        if name:
            seen.names[name] += 1
        try:
            price = _price(order_file, row)
        except CellRefused as error:
            column = order_file.mapping.columns["lines.unit_price"]
            refused.append(
                RefusedCell(row=row.number, column=column, wanted=error.wanted)
            )
            continue
        if price is not None:
            seen.prices[price.currency][price.amount] += 1
    return products


def _goods(order_file: OrderFile, refused: list[RefusedCell]) -> Iterator[Row]:
    for found in order_file.goods():
        if isinstance(found, RefusedCell):
            refused.append(found)
        else:
            yield found


def _price(order_file: OrderFile, row: Row) -> Money | None:
    mapping = order_file.mapping
    if "lines.unit_price" not in mapping.columns:
        return None
    text = order_file.text(row, "lines.unit_price")
    currency = (
        order_file.text(row, "currency")
        if "currency" in mapping.columns
        else str(mapping.constants.get("currency", ""))
    )
    if not text or not currency:
        return None
    amount = order_file.read_number(text)
    # Goods given free say nothing about their price.
    return Money(amount, currency) if amount > 0 else None


def _line(sku: str, seen: _Seen, cost_share: Decimal) -> CatalogLine:
    # Of names or currencies seen equally often the first by the alphabet, so that a
    # repeat gives the same catalogue.
    names = sorted(seen.names.items(), key=lambda each: (-each[1], each[0]))
    raw: dict[str, object] = {"sku": sku, "name": names[0][0] if names else sku}
    if seen.prices:
        currency = min(seen.prices, key=lambda each: (-seen.prices[each].total(), each))
        price = Money(_median(seen.prices[currency]), currency).rounded()
        cost = (price * cost_share).rounded()
        raw |= {"currency": currency, "price": price.amount, "unit_cost": cost.amount}
    return CatalogLine.model_validate(raw)


def _median(amounts: Counter[Decimal]) -> Decimal:
    ordered = sorted(amounts)
    count, passed = amounts.total(), 0
    lower: Decimal | None = None
    for amount in ordered:
        passed += amounts[amount]
        if lower is None and 2 * passed >= count:
            lower = amount
            if 2 * passed > count:
                return amount
        elif lower is not None:
            return (lower + amount) / _HALF
    return ordered[-1]
