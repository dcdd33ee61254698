"""The one list of KPIs: whole, without doubles, and helpful with names."""

from __future__ import annotations

import pytest

from domain.errors import InvalidInput
from domain.kpi.catalogue import (
    DEFINITIONS,
    FLOOR_FIGURES,
    ORDER_FIGURES,
    STOCK_FIGURES,
    check_names,
    definition_of,
)
from domain.kpi.definitions import Area


def test_every_area_has_a_figure() -> None:
    assert {one.area for one in DEFINITIONS.values()} == set(Area)


def test_no_two_figures_have_one_name() -> None:
    listed = len(ORDER_FIGURES) + len(STOCK_FIGURES) + len(FLOOR_FIGURES)

    assert len(DEFINITIONS) == listed
    assert all(one.name == name for name, one in DEFINITIONS.items())


def test_figures_of_orders_have_a_window_and_the_others_none() -> None:
    assert {n for n, one in DEFINITIONS.items() if one.windows} == set(ORDER_FIGURES)


def test_a_definition_is_found_by_its_name() -> None:
    assert definition_of("otif").title == "On time in full, order lines"


@pytest.mark.parametrize(
    ("name", "like"),
    [("turnover", "inventory_turnover"), ("otiff", "otif"), ("§", "order_cycle_time")],
)
def test_an_unknown_name_is_answered_with_those_like_it(name: str, like: str) -> None:
    with pytest.raises(InvalidInput, match=rf"^figure: .*\b{like}\b"):
        definition_of(name)
    with pytest.raises(InvalidInput):
        check_names(["otif", name])
