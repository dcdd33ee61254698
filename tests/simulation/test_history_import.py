"""The sample's past in a database: imported once, whole, and worth looking at."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from domain.kpi.figures import Amount, Figure, Rate, Times
from domain.kpi.question import KpiTerms
from domain.policy.defaults import DEFAULT_POLICY
from operations.files.table import open_table
from operations.history_files import HistoryTerms, import_history, read_history
from operations.kpi.asking import KpiReader
from operations.kpi.choice import Days, KpiChoice
from operations.kpi.sources import list_sources
from operations.movement_files.importing import MovementTerms, read_movement_file
from operations.shop import Shop, open_shop
from persistence.database import Database
from persistence.tables import (
    fulfillment_event,
    history_import,
    history_line,
    history_movement,
    history_order,
)
from simulation.history_sample import (
    import_sample_history,
    leave_live_orders_out,
    write_history,
)
from tests.cli.in_process import RunsInProcess
from tests.simulation.past_files import FIRST_DAY, LAST_DAY

MORNING = datetime(2026, 11, 23, 8, tzinfo=UTC)
TABLES = (
    history_import,
    history_order,
    history_line,
    history_movement,
    fulfillment_event,
)


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = MORNING

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def shop(database_url: str, tmp_path: Path, clock: Clock) -> Iterator[Shop]:
    database = Database(database_url)
    runs = RunsInProcess(database, tmp_path)
    yield open_shop(database, runs, policy=DEFAULT_POLICY, clock=clock)
    database.close()


@pytest.fixture
def sqlite_shop(
    sqlite_database_url: str, tmp_path: Path, clock: Clock
) -> Iterator[Shop]:
    database = Database(sqlite_database_url)
    runs = RunsInProcess(database, tmp_path)
    yield open_shop(database, runs, policy=DEFAULT_POLICY, clock=clock)
    database.close()


def counts(shop: Shop) -> list[int]:
    with shop.database.read() as connection:
        return [
            connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in TABLES
        ]


def last_day(shop: Shop) -> date:
    with shop.database.read() as connection:
        newest = select(func.max(history_order.c.placed_at))
        found: datetime = connection.execute(newest).scalar_one()
    return found.date()


def test_no_row_of_the_past_is_refused_or_odd_without_meaning_to_be(
    sqlite_shop: Shop, tmp_path: Path
) -> None:
    orders, movements = write_history(tmp_path, seed=1, last_day=LAST_DAY)
    shop = sqlite_shop

    with read_history(orders) as history_file:
        terms = HistoryTerms(actor="demo", clock=shop.clock)
        told = import_history(shop.database, history_file, terms)
    with open_table(movements) as table:
        found = read_movement_file(shop.database, table, MovementTerms())

    assert told.rejected == 0
    assert told.imported > 2_000
    assert set(told.findings) == {
        "stages_out_of_order",
        "missing_stage",
        "delivered_without_date",
    }
    assert all(count < 100 for count in told.findings.values())
    assert found.refused == []


def test_the_weeks_before_today_are_imported_once_and_no_file_is_left(
    shop: Shop, tmp_path: Path, clock: Clock
) -> None:
    assert import_sample_history(shop, tmp_path / "var", weeks=2)
    stored = counts(shop)
    clock.now += timedelta(days=3)

    assert not import_sample_history(shop, tmp_path / "var", weeks=2)

    assert counts(shop) == stored
    assert all(stored)
    assert last_day(shop) == LAST_DAY
    assert not any((tmp_path / "var").iterdir())


def test_an_import_that_broke_off_goes_on_with_the_same_weeks(
    shop: Shop, tmp_path: Path, clock: Clock
) -> None:
    waiting = tmp_path / "var" / "history"
    waiting.mkdir(parents=True)
    orders, _ = write_history(waiting, seed=1, last_day=LAST_DAY, weeks=2)
    with read_history(orders) as history_file:
        terms = HistoryTerms(actor="demo", clock=clock, limit=200)
        import_history(shop.database, history_file, terms)
    clock.now += timedelta(days=3)

    assert import_sample_history(shop, tmp_path / "var", weeks=2)

    assert last_day(shop) == LAST_DAY
    imports, stored, lines, movements, _ = counts(shop)
    assert imports == 2
    assert stored > 400
    assert lines > stored
    assert movements > 100


def test_files_that_were_only_begun_are_written_again(
    shop: Shop, tmp_path: Path
) -> None:
    begun = tmp_path / "var" / "history.begun"
    begun.mkdir(parents=True)
    (begun / "past_orders.csv").write_text("source,number\n", encoding="utf-8")

    assert import_sample_history(shop, tmp_path / "var", weeks=2)

    assert counts(shop)[1] > 400


def test_the_robots_own_orders_are_left_out_with_the_reason(shop: Shop) -> None:
    leave_live_orders_out(shop)
    leave_live_orders_out(shop)

    with shop.database.read() as connection:
        (source,) = list_sources(connection)
    assert source.source == "demo"
    assert source.is_left_out
    assert source.reason == "hurried: its clock runs faster than a shop's"


# Median hours, share, or value: what a manager would believe of such a shop.
BELIEVABLE = {
    "order_cycle_time": (40, 72),
    "on_time_delivery": (0.92, 0.98),
    "on_time_shipment": (0.90, 0.98),
    "order_accuracy": (0.985, 0.9995),
    "order_accuracy_inside": (0.985, 0.9985),
    "inventory_turnover": (8, 14),
    "perfect_order_rate": (0.80, 0.97),
}


def test_each_kpi_has_a_believable_value(sqlite_shop: Shop, tmp_path: Path) -> None:
    import_sample_history(sqlite_shop, tmp_path / "var")
    reader = KpiReader(
        database=sqlite_shop.database,
        policy=DEFAULT_POLICY,
        terms=KpiTerms(),
        clock=sqlite_shop.clock,
    )
    choice = KpiChoice(
        figures=tuple(BELIEVABLE),
        since=Days(FIRST_DAY, FIRST_DAY),
        until=Days(LAST_DAY, LAST_DAY),
    )

    told = {
        one.figure.definition.name: main_number(one.figure)
        for one in reader.figures(choice).answers
    }

    assert set(told) == set(BELIEVABLE)
    for name, (low, high) in BELIEVABLE.items():
        assert low <= told[name] <= high, (name, told[name])


def main_number(figure: Figure) -> float:
    match figure.result:
        case Times(p50=found) | Rate(rate=found) | Amount(value=found):
            return found
        case _:
            raise AssertionError(figure.not_measured)
