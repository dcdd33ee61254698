"""A shop to measure in: a database with stock, orders to place, and its policy."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Literal

import psycopg
from sqlalchemy import Connection, insert

from benchmarks.measures import parent_of
from config.throwaway_postgresql import ThrowawayPostgresql
from domain.policy import (
    DEFAULT_POLICY,
    DeadlineTerms,
    FulfillmentPolicy,
    Stage,
    always_open,
)
from domain.stock.movements import MovementKind
from persistence.database import Database
from persistence.migrations import upgrade
from persistence.stock import Movement, MovementCause, levels_at, move_stock
from persistence.tables import location, product, warehouse
from worker import now

DatabaseKind = Literal["sqlite", "postgresql"]
SOURCE = "bench"
WAREHOUSE = "main"
ARTICLES = 20
BINS = 60
# More than any run of the benchmark sells.
UNITS_IN_BIN = 100_000
PRICE = "9.50"
# Pick, pack, hand-over, delivery, as the design's budgets count them.
TERMS = (4, 4, 6, 20)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopDatabase:
    """A migrated database with stock; `server_pid` is PostgreSQL's, if it is one."""

    url: str
    description: str
    server_pid: int | None = None


def policy_of(unit: timedelta) -> FulfillmentPolicy:
    """Return the default policy with deadlines of 4, 4, 6 and 20 units of elapsed time.

    Every stage has its deadline; none needs a calendar with closing hours.
    """
    office = {Stage.VERIFY: _terms(4 * unit)}
    floor = {
        stage: _terms(term * unit)
        for stage, term in zip(
            (Stage.PICK, Stage.PACK, Stage.HAND_OVER, Stage.DELIVER), TERMS, strict=True
        )
    }
    return replace(
        DEFAULT_POLICY,
        service_levels={"standard": {**office, **floor}},
        default_calendar=always_open(),
    )


def _terms(within: timedelta) -> DeadlineTerms:
    return DeadlineTerms(
        within=within,
        escalate_after=within,
        working_time=False,
        owner_role="warehouse_lead",
        escalate_to="operations_manager",
    )


def article(number: int) -> str:
    """Return the SKU of an article by its number, any number."""
    return f"ARTICLE-{number % ARTICLES:02d}"


def document(number: int) -> dict[str, object]:
    """Return an order of one line by a customer who orders nothing else."""
    return {
        "source": SOURCE,
        "number": str(number),
        "channel": "api",
        "currency": "EUR",
        "customer": {
            "reference": f"customer-{number}",
            "name": f"Customer {number}",
            "email": f"customer{number}@example.com",
        },
        "ship_to": {
            "name": f"Customer {number}",
            "street": f"Lindenweg {number}",
            "city": "Berlin",
            "postcode": "10115",
            "country": "DE",
        },
        "lines": [{"sku": article(number), "quantity": 2, "unit_price": PRICE}],
    }


@contextmanager
def shop_database(
    kind: DatabaseKind,
    directory: Path,
    *,
    prepare: Callable[[str], None] | None = None,
) -> Iterator[ShopDatabase]:
    """Have a fresh database for as long as this lasts: by default with plenty of stock.

    `prepare` makes the tables of the database at a URL, and what is to be in them.
    """
    prepare = prepare or fill
    if kind == "sqlite":
        url = f"sqlite:///{directory / 'orderwright.db'}"
        prepare(url)
        yield ShopDatabase(url=url, description="SQLite, one file, WAL")
        return
    with ThrowawayPostgresql(durable=True) as cluster:
        prepare(cluster.url())
        yield ShopDatabase(
            url=cluster.url(),
            description=f"PostgreSQL, durable, {cluster.description}",
            server_pid=_postmaster(cluster.url()),
        )


def fill(url: str, units_in_bin: int = UNITS_IN_BIN) -> None:
    """Make the tables, a warehouse, articles and stock in several bins each."""
    upgrade(url)
    database = Database(url)
    try:
        with database.write() as connection:
            _add_places(connection)
            _add_stock(connection, units_in_bin)
    finally:
        database.close()


def _add_places(connection: Connection) -> None:
    connection.execute(
        insert(product),
        [
            {
                "sku": article(number),
                "name": f"Article {number}",
                "price": Decimal(PRICE),
                "currency": "EUR",
                "weight_grams": 300,
            }
            for number in range(ARTICLES)
        ],
    )
    connection.execute(
        insert(warehouse),
        {
            "warehouse_id": WAREHOUSE,
            "name": "Main",
            "time_zone": "Europe/Berlin",
            "country": "DE",
        },
    )
    kinds = {f"{WAREHOUSE}:staging": "staging", f"{WAREHOUSE}:damaged": "damaged"}
    kinds |= {_bin(number): "pick_face" for number in range(BINS)}
    connection.execute(
        insert(location),
        [
            {
                "location_id": name,
                "warehouse_id": WAREHOUSE,
                "kind": kind,
                "pick_sequence": sequence,
            }
            for sequence, (name, kind) in enumerate(kinds.items())
        ],
    )


def _add_stock(connection: Connection, units: int) -> None:
    levels = [
        levels_at(connection, _bin(number), [article(number)])[article(number)]
        for number in range(BINS)
    ]
    why = MovementCause(
        cause="benchmark", actor="benchmark", occurred_at=now(), recorded_at=now()
    )
    received = [
        Movement(stock_level_id=level, kind=MovementKind.RECEIVED, on_hand=units)
        for level in levels
    ]
    move_stock(connection, received, why)


def _bin(number: int) -> str:
    return f"A-{number:02d}"


def _postmaster(url: str) -> int:
    """Return the process id of the server behind a local connection."""
    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        return parent_of(connection.info.backend_pid)
