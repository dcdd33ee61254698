"""Many buyers for few units, from several processes, some of them killed."""

from __future__ import annotations

from sqlalchemy import update

from benchmarks.buyers import Buyers
from benchmarks.crews import Crew
from benchmarks.oversell import Sale, sell
from benchmarks.scarce_shop import SCARCE, add_article, add_places, books_of
from domain.identity import order_id_of
from persistence.database import Database
from persistence.tables import stock_level
from tests.stock.crossing import Crossing, Job
from tests.stock.floor import Floor

PROCESSES = 4
STOCK = 20


def stocked(url: str) -> Database:
    database = Database(url)
    with database.write() as connection:
        add_places(connection)
        add_article(connection, SCARCE, STOCK)
    return database


def test_every_unit_is_sold_once_though_the_buyers_are_killed(
    database_url: str,
) -> None:
    sale = Sale(buyers=60, processes=PROCESSES, stock=STOCK, kills=8)

    books = sell(database_url, sale)

    assert books.sold == STOCK
    assert books.ledger_difference == 0
    assert books.left_over == 0


def test_one_article_on_two_lines_of_an_order_is_taken_for_both_or_owed(
    database_url: str,
) -> None:
    database = stocked(database_url)

    # Each of these buyers has the article on two lines.
    with Crew(PROCESSES, Buyers, database_url) as crew:
        crew.work_off(range(0, 100, 5))

    with database.read() as connection:
        books = books_of(connection)
    database.close()
    assert (books.sold, books.ledger_difference, books.left_over) == (STOCK, 0, 0)


def test_what_cancelled_orders_give_back_reaches_the_orders_that_wait(
    database_url: str,
) -> None:
    floor = Floor(database_url)
    floor.furnish(STOCK)
    buyers = [opening(number) for number in range(30)]
    cancels = [Job(kind="cancel", number=number) for number in range(0, 30, 2)]
    late = [opening(number) for number in range(30, 45)]

    with Crew(PROCESSES, Crossing, database_url) as crew:
        told = crew.work_off(buyers)
        # More buyers come while others give back what they had.
        told += crew.work_off(
            [job for pair in zip(cancels, late, strict=True) for job in pair]
        )
    for number in range(45):
        floor.know(order_id_of("web", str(number)))
    floor.wake_all()

    with floor.database.read() as connection:
        books = books_of(connection, "CUP")
    floor.close()
    assert [trouble for trouble in told if trouble] == []
    assert (books.sold, books.ledger_difference, books.left_over) == (STOCK, 0, 0)


def opening(number: int) -> Job:
    return Job(kind="open", number=number, lines=(("CUP", 1 + number % 3),))


def test_books_that_differ_are_found(database_url: str) -> None:
    database = stocked(database_url)
    buyers = Buyers(database_url)
    buyers(1)
    buyers.close()
    with database.read() as connection:
        before = books_of(connection).ledger_difference
    with database.write() as connection:
        connection.execute(
            update(stock_level)
            .where(stock_level.c.allocated == 0)
            .values(on_hand=stock_level.c.on_hand + 1)
        )

    with database.read() as connection:
        after = books_of(connection).ledger_difference
    database.close()

    assert before == 0
    assert after == 5
