"""The stock record from the rows of both databases, and the same by another route."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import insert

from domain.kpi.periods import Period
from domain.kpi.question import Dimension, KpiTerms, Question
from domain.kpi.stock.days import in_span, span_of
from domain.kpi.stock.figures import FIGURES
from domain.kpi.stock.record import CostFrom, StockPart, StockRecord
from domain.stock.counts import CountStatus
from domain.stock.movements import MovementKind
from persistence.database import Database
from persistence.kpi.left_out import leave_out
from persistence.kpi.stock.loading import load_shipped_orders, load_stock
from persistence.tables import count_task, history_movement, history_shipment
from tests.persistence.kpi.stock_past import MICROS, StockPast, all_rows

FIRST = date(2026, 3, 1)
TERMS = KpiTerms(slow_mover_days=30)
NAMED = {figure.definition.name: figure for figure in FIGURES}


def at(day: float, hour: float = 12) -> datetime:
    """Return an hour of a day in UTC, days counted from the first of March."""
    return datetime(2026, 3, 1, tzinfo=UTC) + timedelta(days=day, hours=hour)


def asked(days: int = 10, zone: str = "UTC", **changes: object) -> Question:
    last = FIRST + timedelta(days=days - 1)
    plain = Question(
        period=Period(first_day=FIRST, last_day=last, zone=zone),
        as_of=at(200),
        terms=TERMS,
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


@pytest.fixture
def past(database_url: str) -> Iterator[StockPast]:
    database = Database(database_url)
    yield StockPast(database, at(0))
    database.close()


def record_of(
    past: StockPast, question: Question, sources: tuple[str, ...] = ()
) -> StockRecord:
    with past.database.read() as connection:
        return load_stock(connection, question, sources)


def values_of(past: StockPast, question: Question) -> list[float]:
    """Return the end-of-day values of the whole shop, in whole coins."""
    found = record_of(past, question)
    [series] = found.groups
    stock = in_span(series, span_of(found, question))
    return [value / MICROS for value in stock.values]


def shipped_in(
    past: StockPast, question: Question, sources: tuple[str, ...] = ()
) -> tuple[float, int]:
    """Return cost of goods shipped and units shipped of everything that is known."""
    found = record_of(past, question, sources)
    days = [day for series in found.groups for day in series.days]
    return sum(day.cost for day in days) / MICROS, sum(day.shipped for day in days)


def test_our_own_ledger_gives_value_and_cost_day_by_day(past: StockPast) -> None:
    past.article("MUG")
    past.booked(at(-50), 10, "4.25")
    past.booked(at(1), -2, "4.25")
    past.booked(at(3), 4, "5.123456")

    values = values_of(past, asked(5))

    opening, after = 42.5, 34.0
    received = after + 20.493824
    assert values == pytest.approx([opening, after, after, received, received])
    assert shipped_in(past, asked(5)) == (8.5, 2)


def test_units_that_move_inside_a_warehouse_change_nothing(past: StockPast) -> None:
    past.article("MUG")
    past.booked(at(0), 5, "2")
    past.booked(at(1), -3, kind=MovementKind.PICKED)
    past.booked(at(1), 3, kind=MovementKind.PICKED)

    assert values_of(past, asked(3)) == [10, 10, 10]


def test_imported_movements_count_as_they_were_valued(past: StockPast) -> None:
    past.imported(at(0), 10, 40)
    past.imported(at(2), -4, -16)

    assert values_of(past, asked(4)) == [40, 40, 24, 24]
    assert shipped_in(past, asked(4)) == (16, 4)
    assert record_of(past, asked(4)).cost_from == {"main": CostFrom.LEDGER}


def test_a_shipment_with_a_cost_of_its_own_costs_that_whatever_was_there(
    past: StockPast,
) -> None:
    past.imported(at(2), -4, 0, unit_cost_micros=5 * MICROS)

    assert shipped_in(past, asked(4)) == (20, 4)


def test_shipped_units_of_unknown_cost_are_counted(past: StockPast) -> None:
    past.imported(at(1), 4, 0)
    past.imported(at(2), -3, 0)

    [series] = record_of(past, asked(4)).groups
    assert sum(day.without_cost for day in series.days) == 3


def test_days_are_those_of_the_zone_also_when_clocks_change(past: StockPast) -> None:
    # Berlin goes to summer time on 29 March: that day has 23 hours.
    berlin = Period(
        first_day=date(2026, 3, 28), last_day=date(2026, 3, 31), zone="Europe/Berlin"
    )
    for moment, value in (
        (datetime(2026, 3, 28, 22, 59, 59, 999999, tzinfo=UTC), 1),
        (datetime(2026, 3, 28, 23, 0, tzinfo=UTC), 10),
        (datetime(2026, 3, 29, 21, 59, 59, tzinfo=UTC), 100),
        (datetime(2026, 3, 29, 22, 0, tzinfo=UTC), 1000),
    ):
        past.imported(moment, 1, value)

    assert values_of(past, asked(period=berlin)) == [1, 111, 1111, 1111]


def test_the_long_day_of_autumn_and_zones_beside_the_hour(past: StockPast) -> None:
    for hour, value in ((18.5, 1), (18.25, 10), (18 + 29 / 60, 100)):
        past.imported(at(0, hour), 1, value)
    october = [
        datetime(2026, 10, 24, 22, 0, tzinfo=UTC),  # 25 October begins in Berlin
        datetime(2026, 10, 25, 22, 59, tzinfo=UTC),
        datetime(2026, 10, 25, 23, 0, tzinfo=UTC),
    ]
    for moment in october:
        past.imported(moment, 1, 1)

    # In Kolkata the second of March begins at half past six in the evening UTC, in
    # Kathmandu a quarter of an hour earlier.
    assert values_of(past, asked(2, zone="Asia/Kolkata")) == [110, 111]
    assert values_of(past, asked(2, zone="Asia/Kathmandu")) == [0, 111]
    berlin = Period(
        first_day=date(2026, 10, 25), last_day=date(2026, 10, 26), zone="Europe/Berlin"
    )
    late = asked(period=berlin, as_of=at(400))
    assert values_of(past, late) == [113, 114]


def test_what_happened_after_the_moment_of_knowledge_is_not_known(
    past: StockPast,
) -> None:
    past.imported(at(0), 1, 10)
    past.imported(at(1, 12), 1, 100)
    past.imported(at(1, 13), 1, 1000)

    assert values_of(past, asked(5, as_of=at(1, 12))) == [10, 110]


def test_where_our_own_ledger_begins_imported_movements_end(past: StockPast) -> None:
    past.article("MUG")
    past.imported(at(0), 10, 40)
    past.imported(at(1), -4, -16)
    past.booked(at(2), 6, "4")
    past.imported(at(3), -6, -24)
    past.booked(at(4), -1, "4")

    assert values_of(past, asked(6)) == [40, 24, 24, 24, 20, 20]
    # Another article of the same warehouse goes on with what was imported.
    past.imported(at(5), 1, 7, sku="JUG")
    assert values_of(past, asked(6))[-1] == 27
    assert shipped_in(past, asked(6)) == (20, 5)


def test_a_warehouse_without_shipped_movements_takes_the_lines_of_orders(
    past: StockPast,
) -> None:
    past.imported(at(0), 10, 40)
    past.imported(at(0), 5, 5, warehouse_id="north")
    past.imported(at(1), -1, -1, warehouse_id="north")
    past.order(at(2), 3, 4)
    past.order(None, 1, 4, delivered_at=at(3))
    past.order(at(2), 3, 4, warehouse_id="north")
    past.order(at(2), 2, 9, sku="UNKNOWN")

    found = record_of(past, asked(5))

    assert found.cost_from == {
        "main": CostFrom.ORDER_LINES,
        "north": CostFrom.LEDGER,
    }
    assert values_of(past, asked(5)) == [45, 44, 32, 28, 28]
    assert shipped_in(past, asked(5)) == (1 + 16, 1 + 4)
    [series] = found.groups
    assert sum(day.without_history for day in series.days) == 2


def test_lines_without_a_warehouse_are_of_the_only_one(past: StockPast) -> None:
    past.imported(at(0), 10, 40)
    past.order(at(1), 3, 4, warehouse_id=None)

    assert values_of(past, asked(3)) == [40, 28, 28]

    past.imported(at(0), 1, 0, warehouse_id="north")
    assert values_of(past, asked(3)) == [40, 40, 40]


def test_lines_too_end_where_our_own_ledger_begins(past: StockPast) -> None:
    past.article("MUG")
    past.imported(at(0), 10, 40)
    past.order(at(1), 3, 4)
    past.booked(at(2), 7, "4")
    past.order(at(3), 5, 4)

    assert values_of(past, asked(5)) == [40, 28, 28, 28, 28]
    assert shipped_in(past, asked(5)) == (12, 3)


def test_orders_of_sources_left_out_take_goods_but_are_no_business(
    past: StockPast,
) -> None:
    past.article("MUG")
    past.booked(at(0), 10, "4")
    past.booked(at(1), -1, "4", order_id="web-1")
    past.booked(at(1), -2, "4", order_id="demo-1")
    past.booked(at(1), -3, "4", order_id="demo2-1")
    past.imported(at(0), 10, 10, sku="JUG")
    past.order(at(1), 1, 1, sku="JUG", source="demo")
    with past.database.write() as connection:
        leave_out(connection, "demo", "hurried", at(0), "me")

    assert values_of(past, asked(2)) == [50, 25]
    assert shipped_in(past, asked(2)) == (16, 4)
    assert shipped_in(past, asked(2), ("demo",)) == (25, 7)


def test_groups_are_by_warehouse_category_and_sku(past: StockPast) -> None:
    past.article("MUG", "cups")
    past.article("JUG", "cups")
    past.booked(at(0), 1, "1")
    past.booked(at(0), 1, "10", sku="JUG", place="north")
    past.imported(at(0), 1, 100, sku="OLD", warehouse_id="north")

    def grouped(*by: Dimension) -> dict[tuple[str, ...], float]:
        return {
            tuple(value for _, value in one.group): sum(day.value for day in one.days)
            / MICROS
            for one in record_of(past, asked(3, group_by=by)).groups
        }

    assert grouped(Dimension.WAREHOUSE) == {("main",): 1, ("north",): 110}
    assert grouped(Dimension.CATEGORY) == {("cups",): 11, ("(unknown)",): 100}
    assert grouped(Dimension.CATEGORY, Dimension.SKU) == {
        ("cups", "MUG"): 1,
        ("cups", "JUG"): 10,
        ("(unknown)", "OLD"): 100,
    }


def test_articles_are_told_under_the_group_that_was_asked_for(past: StockPast) -> None:
    past.article("MUG", "cups")
    past.booked(at(0), 1, "1")
    past.booked(at(0), 2, "1", place="north")

    found = record_of(past, asked(3, group_by=(Dimension.CATEGORY,))).articles

    assert [(one.warehouse, one.sku, one.series.group) for one in found] == [
        ("main", "MUG", (("category", "cups"),)),
        ("north", "MUG", (("category", "cups"),)),
    ]


def test_only_the_parts_that_are_needed_are_loaded(past: StockPast) -> None:
    past.imported(at(0), 1, 1)

    with past.database.read() as connection:
        bare = load_stock(connection, asked(), needs=frozenset())
        whole = load_stock(connection, asked(), needs=frozenset({StockPart.ARTICLES}))

    assert (bare.articles, len(whole.articles)) == ((), 1)


def test_a_currency_nobody_says_is_the_only_one_or_the_shops(past: StockPast) -> None:
    past.imported(at(0), 1, 1, currency=None)

    assert [one.currency for one in record_of(past, asked()).groups] == ["EUR"]

    past.imported(at(0), 1, 1, sku="JUG", currency="GBP")
    assert [one.currency for one in record_of(past, asked()).groups] == ["GBP"]

    past.imported(at(0), 1, 1, sku="CUP", currency="USD")
    assert [one.currency for one in record_of(past, asked()).groups] == [
        "EUR",
        "GBP",
        "USD",
    ]


def test_the_orders_behind_are_those_whose_goods_left_in_the_period(
    past: StockPast,
) -> None:
    past.article("MUG", "cups")
    past.booked(at(-60), 20, "4")
    past.booked(at(-50), -2, "4", order_id="web-0")
    past.booked(at(1), -2, "4", order_id="web-1")
    past.booked(at(2), -1, "4", order_id="web-1")
    past.booked(at(2), -1, "4")
    past.imported(at(0), 9, 9, sku="JUG")
    imported = past.order(at(3), 4, 1, sku="JUG")

    with past.database.read() as connection:
        found = load_shipped_orders(connection, asked())

    assert [
        (one.order_id, one.cost / MICROS, one.shipped, one.at) for one in found
    ] == [
        ("web-1", 12, 3, at(1)),
        (imported, 4, 4, at(3)),
    ]


def test_counts_of_the_period_are_right_or_not(past: StockPast) -> None:
    past.article("MUG", "cups")
    for number, (closed, first, second, booked) in enumerate(
        [
            (at(1), 5, None, 5),
            (at(1), 4, 5, 5),
            (at(2), 4, None, 5),
            (at(40), 4, None, 5),
            (None, 4, None, 5),
        ]
    ):
        past.add(
            count_task,
            count_task_id=f"c{number}",
            location_id="main",
            sku="MUG",
            status=CountStatus.DONE if closed else CountStatus.RECOUNT,
            cause="test",
            first_count=first,
            second_count=second,
            booked=booked,
            opened_at=at(0),
            closed_at=closed,
        )

    [figure] = NAMED["stock_accuracy"].measure(record_of(past, asked()), asked())

    assert figure.n == 3
    assert figure.result is not None
    assert getattr(figure.result, "numerator", None) == 2


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("zone", ["UTC", "America/New_York"])
def test_turnover_is_the_same_by_counting_the_rows_one_by_one(
    past: StockPast, zone: str, seed: int
) -> None:
    luck = random.Random(seed)
    with past.database.write() as connection:
        connection.execute(
            insert(history_movement),
            [_moved(luck, warehouse) for warehouse in ("main", "north") * 150],
        )
    for _ in range(15):
        moment = at(luck.uniform(-5, 40), 0)
        past.order(moment, luck.randint(1, 5), luck.randint(1, 9), sku="SKU-1")
    question = asked(21, zone=zone)

    with past.database.read() as connection:
        found = load_stock(connection, question, needs=frozenset())
        expected = _turnover_by_hand(
            [
                (row.occurred_at, row.value_change_micros, row.kind)
                for row in all_rows(connection, history_movement)
            ],
            question,
        )

    [figure] = NAMED["inventory_turnover"].measure(found, question)
    assert getattr(figure.result, "value", None) == pytest.approx(expected)


def _moved(luck: random.Random, warehouse: str) -> dict[str, object]:
    units = luck.choice([-2, -1, 3, 4, 5])
    # So that there is something from the first day on.
    moment = at(luck.uniform(-20, 40), 0)
    return {
        "import_id": "i1",
        "warehouse_id": warehouse,
        "sku": f"SKU-{luck.randint(1, 5)}",
        "kind": MovementKind.SHIPPED if units < 0 else MovementKind.RECEIVED,
        "quantity_change": units,
        "value_change_micros": units * luck.randint(1, 9_999_999),
        "currency": "EUR",
        "occurred_at": moment,
        "recorded_at": moment,
    }


def _turnover_by_hand(
    moved: list[tuple[datetime, int, str]], question: Question
) -> float:
    """Walk through the days with a plain sum over all movements for each."""
    zone, values, cost = ZoneInfo(question.period.zone), [], 0
    local = [
        (moment.astimezone(zone).date(), micros, kind) for moment, micros, kind in moved
    ]
    for day in question.period.each_day():
        values.append(sum(micros for on, micros, _ in local if on <= day))
        cost -= sum(m for on, m, kind in local if on == day and kind == "shipped")
    return cost / len(values) * 365 / (sum(values) / len(values))


def test_a_record_without_any_stock_is_empty(past: StockPast) -> None:
    found = record_of(past, asked())

    assert (found.groups, found.articles, found.shipped_orders) == ((), (), ())
    with past.database.read() as connection:
        assert all_rows(connection, history_shipment) == []
