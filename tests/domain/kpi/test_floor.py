"""Lines and orders per hour, from hours of known work."""

from __future__ import annotations

from dataclasses import replace

import pytest

from domain.errors import InvalidInput
from domain.kpi.drilling import HowCounted
from domain.kpi.figures import Figure
from domain.kpi.floor import (
    FIGURES,
    LINES_PER_HOUR,
    ORDERS_PER_HOUR,
    FloorActivity,
    FloorFigure,
    FloorHour,
    station_of,
)
from domain.kpi.question import Dimension
from tests.domain.kpi.asking import amount
from tests.domain.kpi.builders import hours_later, question

BY_STATION = question(group_by=(Dimension.STATION,))


def hour(at: float, lines: int, *order_ids: str, **more: object) -> FloorHour:
    plain = FloorHour(
        warehouse="north",
        station="desk-1",
        activity=FloorActivity.PACK,
        hour=hours_later(at),
        lines=lines,
        units=lines * 2,
        order_ids=order_ids,
    )
    return replace(plain, **more)  # type: ignore[arg-type]


# Desk 1 works two hours and desk 2 one; nobody works in between.
WORK = [
    hour(9, 12, "A", "B", "C"),
    hour(11, 6, "D"),
    hour(11, 3, "D", "E", station="desk-2", activity=FloorActivity.PICK),
]


def per_hour(figure: Figure) -> tuple[float, float | None, float | None]:
    found = amount(figure)
    return found.value, found.numerator, found.denominator


def test_lines_and_orders_are_divided_by_the_hours_worked() -> None:
    (lines,) = LINES_PER_HOUR.measure(WORK, question())
    (orders,) = ORDERS_PER_HOUR.measure(WORK, question())

    assert per_hour(lines) == (7, 21, 3)
    assert per_hour(orders) == (2, 6, 3)
    assert lines.n == 3


def test_each_station_has_its_own_speed() -> None:
    found = LINES_PER_HOUR.measure(WORK, BY_STATION)

    assert [(one.group, per_hour(one)) for one in found] == [
        ((("station", "desk-1"),), (9, 18, 2)),
        ((("station", "desk-2"),), (3, 3, 1)),
    ]


def test_an_hour_of_two_activities_at_one_station_is_one_hour() -> None:
    rows = [hour(9, 4, "A"), hour(9, 6, "B", activity=FloorActivity.SHIP)]

    (figure,) = LINES_PER_HOUR.measure(rows, question())

    assert per_hour(figure) == (10, 10, 1)
    assert figure.details == {
        "by_activity": {
            "pack": {"value": 4, "numerator": 4, "denominator": 1},
            "ship": {"value": 6, "numerator": 6, "denominator": 1},
        }
    }


def test_stations_of_one_name_in_two_warehouses_are_two() -> None:
    rows = [hour(9, 4, "A"), hour(9, 4, "B", warehouse="south")]

    (figure,) = LINES_PER_HOUR.measure(rows, question())

    assert per_hour(figure) == (4, 8, 2)


def test_groups_by_warehouse_name_the_unknown_one() -> None:
    rows = [*WORK, hour(9, 1, "Z", warehouse=None)]

    found = LINES_PER_HOUR.measure(
        rows, question(group_by=(Dimension.WAREHOUSE, Dimension.STATION))
    )

    assert [one.group[0][1] for one in found] == ["(unknown)", "north", "north"]


def test_orders_without_known_lines_slow_no_station_down() -> None:
    rows = [
        hour(9, 4, "A", "B", unknown_order_ids=("B",)),
        hour(10, 0, "C", unknown_order_ids=("C",)),
    ]

    (lines,) = LINES_PER_HOUR.measure(rows, question())
    (orders,) = ORDERS_PER_HOUR.measure(rows, question())

    assert per_hour(lines) == (4, 4, 1)
    assert lines.excluded == {"lines_unknown": 2}
    assert per_hour(orders) == (1.5, 3, 2)
    assert orders.excluded == {}


def test_an_idle_floor_is_not_measured_and_has_no_groups() -> None:
    (figure,) = LINES_PER_HOUR.measure([], question())

    assert (figure.result, figure.n) == (None, 0)
    assert figure.not_measured == "no station confirmed anything in the period"
    assert LINES_PER_HOUR.measure([], BY_STATION) == []


def test_hours_of_unknown_lines_alone_are_not_measured() -> None:
    rows = [hour(9, 0, "A", unknown_order_ids=("A",))]

    (figure,) = LINES_PER_HOUR.measure(rows, question())

    assert figure.result is None
    assert figure.not_measured is not None


@pytest.mark.parametrize("figure", FIGURES, ids=lambda one: one.definition.name)
@pytest.mark.parametrize("dimension", [Dimension.CHANNEL, Dimension.SKU])
def test_other_groups_are_refused(figure: FloorFigure, dimension: Dimension) -> None:
    asked = question(group_by=(dimension,))

    with pytest.raises(InvalidInput, match="group_by"):
        figure.measure(WORK, asked)
    with pytest.raises(InvalidInput, match="group_by"):
        figure.behind(WORK, asked)


def test_behind_a_speed_stand_the_orders_hour_by_hour() -> None:
    rows = [hour(10, 1, "C"), hour(9, 4, "A", "B", unknown_order_ids=("B",))]

    found = LINES_PER_HOUR.behind(rows, BY_STATION)

    assert [(one.order_id, one.counts, one.at) for one in found] == [
        ("A", HowCounted.COUNTED, hours_later(9)),
        ("B", HowCounted.EXCLUDED, hours_later(9)),
        ("C", HowCounted.COUNTED, hours_later(10)),
    ]
    assert found[1].reason == "lines_unknown"
    assert found[0].group == (("station", "desk-1"),)


@pytest.mark.parametrize(
    ("named", "warehouse", "expected"),
    [
        ("desk-4", "north", "desk-4"),
        (None, "north", "north:pack"),
        ("", "north", "north:pack"),
        (None, None, "(unknown):pack"),
    ],
)
def test_a_station_nobody_named_is_one_of_warehouse_and_activity(
    named: str | None, warehouse: str | None, expected: str
) -> None:
    assert station_of(named, warehouse, FloorActivity.PACK) == expected
