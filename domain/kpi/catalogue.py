"""Every KPI there is, by name: the one list that commands, reports and docs read."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from domain.errors import InvalidInput
from domain.kpi import floor
from domain.kpi.definitions import FigureDefinition
from domain.kpi.floor import FloorFigure
from domain.kpi.measuring import OrderFigure
from domain.kpi.orders import (
    accuracy,
    backorders,
    cost,
    customers,
    data_quality,
    fill,
    outcomes,
)
from domain.kpi.promises import on_time, otif, perfect_order
from domain.kpi.stock import figures as stock_figures
from domain.kpi.stock.measuring import StockFigure
from domain.kpi.times import cycle_time

_SHOWN = 5
_LIKENESS = 0.4

_OF_ORDERS: tuple[tuple[OrderFigure, ...], ...] = (
    cycle_time.FIGURES,
    on_time.FIGURES,
    otif.FIGURES,
    accuracy.FIGURES,
    perfect_order.FIGURES,
    fill.FIGURES,
    backorders.FIGURES,
    outcomes.FIGURES,
    customers.FIGURES,
    cost.FIGURES,
    data_quality.FIGURES,
)

ORDER_FIGURES: dict[str, OrderFigure] = {
    one.definition.name: one for area in _OF_ORDERS for one in area
}
STOCK_FIGURES: dict[str, StockFigure] = {
    one.definition.name: one for one in stock_figures.FIGURES
}
FLOOR_FIGURES: dict[str, FloorFigure] = {
    one.definition.name: one for one in floor.FIGURES
}

# In the order in which they are listed.
DEFINITIONS: dict[str, FigureDefinition] = {
    **{name: one.definition for name, one in ORDER_FIGURES.items()},
    **{name: one.definition for name, one in STOCK_FIGURES.items()},
    **{name: one.definition for name, one in FLOOR_FIGURES.items()},
}


def definition_of(name: str) -> FigureDefinition:
    """Return a KPI's definition; raises `InvalidInput` naming those like it."""
    check_names([name])
    return DEFINITIONS[name]


def check_names(names: Iterable[str]) -> None:
    """Raise `InvalidInput` for a name no KPI has, naming those like it."""
    for name in names:
        if name not in DEFINITIONS:
            like = get_close_matches(name, DEFINITIONS, n=_SHOWN, cutoff=_LIKENESS)
            shown = ", ".join(like or list(DEFINITIONS)[:_SHOWN])
            raise InvalidInput("figure", f"the name of a KPI, such as {shown}")
