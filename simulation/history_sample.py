"""Eight weeks of a sample shop's past, as files; the same for the same seed and day."""

from __future__ import annotations

import shutil
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from operations.files.table import open_table
from operations.history_files import HistoryTerms, import_history, read_history
from operations.kpi.sources import leave_source_out
from operations.movement_files.importing import (
    MovementTerms,
    read_movement_file,
    store_movements,
)
from operations.queries.history import has_history_of
from operations.shop import Shop
from simulation.history.fates import Weeks, past_orders
from simulation.history.files import write_movements, write_orders
from simulation.history.goods import articles
from simulation.history.known import known_at
from simulation.history.stock import Span, movements
from simulation.sample_orders import SOURCE as LIVE_SOURCE

SOURCES = ("market", "shop")
ACTOR = "demo"
LEFT_OUT_REASON = "hurried: its clock runs faster than a shop's"
ORDERS_FILE, MOVEMENTS_FILE = "past_orders.csv", "past_movements.csv"
_WEEKS = 8


def write_history(
    directory: Path, *, seed: int, last_day: date, weeks: int = _WEEKS
) -> tuple[Path, Path]:
    """Write the orders and the stock movements of the weeks that end with a day.

    What had not happened by the end of that day is not in them.
    """
    first_day = last_day - timedelta(days=7 * weeks - 1)
    until = datetime.combine(last_day + timedelta(days=1), time(), UTC)
    drawn = Weeks(seed=seed, first_day=first_day, weeks=weeks)
    orders = [known_at(order, until) for order in past_orders(drawn)]
    goods = articles()
    orders_file, movements_file = directory / ORDERS_FILE, directory / MOVEMENTS_FILE
    write_orders(orders_file, orders, goods)
    span = Span(seed=seed, first_day=first_day, until=until)
    write_movements(movements_file, movements(orders, span), goods)
    return orders_file, movements_file


def import_sample_history(
    shop: Shop, directory: Path, *, seed: int = 1, weeks: int = _WEEKS
) -> bool:
    """Import the weeks before today, once; return whether there was anything to do.

    The files stay in the directory until all of them is stored, so what broke off goes
    on with the same weeks. An order that was placed here keeps its own record.
    """
    waiting = directory / "history"
    if not waiting.is_dir():
        with shop.database.read() as connection:
            if any(has_history_of(connection, source) for source in SOURCES):
                return False
        begun = waiting.with_suffix(".begun")
        begun.mkdir(parents=True, exist_ok=True)
        yesterday = shop.clock().astimezone(UTC).date() - timedelta(days=1)
        write_history(begun, seed=seed, last_day=yesterday, weeks=weeks)
        # A part of them is never taken for all.
        begun.rename(waiting)
    _import_orders(shop, waiting / ORDERS_FILE)
    _import_movements(shop, waiting / MOVEMENTS_FILE)
    shutil.rmtree(waiting)
    return True


def leave_live_orders_out(shop: Shop) -> None:
    """Leave the robots' own orders out of KPIs: they are delivered within minutes."""
    leave_source_out(
        shop.database, LIVE_SOURCE, LEFT_OUT_REASON, actor=ACTOR, clock=shop.clock
    )


def _import_orders(shop: Shop, path: Path) -> None:
    terms = HistoryTerms(actor=ACTOR, clock=shop.clock)
    with read_history(path) as history_file:
        import_history(shop.database, history_file, terms)


def _import_movements(shop: Shop, path: Path) -> None:
    terms = MovementTerms(actor=ACTOR)
    with open_table(path) as table:
        found = read_movement_file(shop.database, table, terms)
    store_movements(shop.database, found, clock=shop.clock, terms=terms)
