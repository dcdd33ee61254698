"""Whatever meets on the same levels waits for the other, and never for each other."""

from __future__ import annotations

from collections.abc import Sequence

import psycopg
from sqlalchemy import text

from benchmarks.crews import Crew
from benchmarks.scarce_shop import SCARCE, add_article, add_places, books_of
from persistence.database import Database
from persistence.stock import take_stock
from tests.stock.crossing import Crossing, Job
from tests.stock.floor import ARTICLES, Floor

PROCESSES = 6
UNITS = 60


def furnished(url: str) -> None:
    floor = Floor(url)
    floor.furnish(UNITS)
    floor.close()


def deadlocks(url: str) -> int:
    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        row = connection.execute(
            "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
        ).fetchone()
    assert row is not None
    return int(row[0])


def troubles(url: str, *rounds: Sequence[Job]) -> list[str]:
    """Do each round's jobs at once; return what went wrong."""
    before = deadlocks(url)
    with Crew(PROCESSES, Crossing, url) as crew:
        told = [answer for jobs in rounds for answer in crew.work_off(jobs)]
    # A server process counts its deadlocks when it ends, and these have ended.
    counted = deadlocks(url) - before
    return [answer for answer in told if answer] + ["a deadlock"] * counted


def differences(url: str) -> list[int]:
    floor = Floor(url)
    with floor.database.read() as connection:
        found = [books_of(connection, sku).ledger_difference for sku in ARTICLES]
    floor.close()
    return found


def test_an_order_that_lost_a_race_keeps_nothing_locked_for_its_next_plan(
    postgresql_database_url: str,
) -> None:
    database = Database(postgresql_database_url)
    with database.write() as connection:
        add_places(connection)
        first, *_, last = add_article(connection, SCARCE, units=6)

    with database.write() as loser, database.write() as other:
        is_taken = take_stock(loser, {first: 1, last: 2})
        other.execute(text("SET LOCAL lock_timeout = '2s'"))
        is_taken_by_other = take_stock(other, {first: 1})
    database.close()

    assert not is_taken
    assert is_taken_by_other


def mixed(*kinds: str, each: int) -> list[Job]:
    """Return so many jobs of each kind, one of each in turn."""
    return [Job(kind=kind, number=number) for number in range(each) for kind in kinds]


def test_orders_that_name_the_same_articles_in_opposite_order_all_go_through(
    postgresql_database_url: str,
) -> None:
    furnished(postgresql_database_url)

    found = troubles(postgresql_database_url, mixed("open", "receive", each=30))

    assert found == []
    assert differences(postgresql_database_url) == [0, 0, 0]


def test_orders_that_give_back_and_take_again_all_go_through(
    postgresql_database_url: str,
) -> None:
    furnished(postgresql_database_url)
    orders = mixed("open", "reserve", each=32)
    changes = [
        Job(kind=kind, number=4 * number + place)
        for number in range(8)
        for place, kind in enumerate(("cancel", "resource", "change", "resource"))
    ]
    others = mixed("receive", "transfer", "reserve", "receive", each=8)

    found = troubles(
        postgresql_database_url,
        orders,
        [job for pair in zip(changes, others, strict=True) for job in pair],
    )

    assert found == []
    assert differences(postgresql_database_url) == [0, 0, 0]
