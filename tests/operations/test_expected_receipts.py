"""What was expected, and what came: over, under, damaged, twice, or not at all."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import Row, Table, insert, select

from domain.errors import InvalidInput, NotFound
from domain.shipments.tasks import BackorderStatus
from operations.expected_receipts import ExpectedResult, close_expected, expect_file
from operations.files.rows import FileRefused
from operations.files.table import open_table
from operations.queries.expected import ExpectedRow, expected_receipts
from operations.queries.stock import stock_movements
from operations.queries.stock_value import stock_value_report
from operations.stock_files import (
    ReceiptTerms,
    StockImportResult,
    receive_file,
    receive_stock,
    received_line,
)
from persistence.database import Database
from persistence.expected_receipts import ExpectedUnits, expected_for
from persistence.tables import (
    backorder,
    exception_table,
    expected_receipt,
    outbox,
    stock_level,
    stock_movement,
    stock_value,
)
from tests.builders.stored_orders import stored_order
from tests.operations.file_builders import (
    EXAMPLES,
    NOW,
    Importer,
    clock,
    places,
    table_of,
)

CATALOG = "sku,name,bundle\nMUG,Mug,\nJUG,Jug,\nPOT,Pot,\nSET,Set,MUG*2\n"
HEADER = "reference,sku,warehouse,quantity,expected_on\n"
RECEIPT = "sku,location,quantity,damaged_quantity,unit_cost,currency\n"


@pytest.fixture(autouse=True)
def _shop(importer: Importer) -> None:
    importer.catalog(CATALOG)
    # A file makes its warehouses.
    importer.stock(
        "sku,location,quantity,warehouse\nMUG,A-01,0,main\nMUG,N-01,0,north\n"
    )


def expect(importer: Importer, text: str, *, dry_run: bool = False) -> ExpectedResult:
    with table_of(importer.directory, HEADER + text) as table:
        return expect_file(importer.database, table, clock=clock, dry_run=dry_run)


def receive(
    importer: Importer,
    text: str,
    expected: str | None = "PO-17",
    *,
    reference: str = "DN-1",
    dry_run: bool = False,
) -> StockImportResult:
    terms = ReceiptTerms(reference=reference, expected=expected, dry_run=dry_run)
    with table_of(importer.directory, RECEIPT + text) as table:
        return receive_file(importer.database, table, clock=clock, terms=terms)


def rows(database: Database, table: Table) -> list[Row[tuple[object, ...]]]:
    with database.read() as connection:
        return list(connection.execute(select(table).order_by(*table.primary_key)))


def listed(database: Database, *, with_closed: bool = False) -> list[ExpectedRow]:
    with database.read() as connection:
        return expected_receipts(connection, NOW, with_closed=with_closed)


def causes(database: Database) -> list[str]:
    return sorted(str(row.cause) for row in rows(database, exception_table))


def on_hand(database: Database) -> dict[tuple[str, str], int]:
    return {
        (row.location_id, row.sku): row.on_hand
        for row in rows(database, stock_level)
        if row.on_hand
    }


# Telling what will come.


def test_what_a_file_says_is_expected_the_soonest_first(
    importer: Importer, database: Database
) -> None:
    result = expect(
        importer, "PO-18,MUG,,5,2025-12-24\nPO-17,MUG,north,20,2025-12-01\n"
    )

    with database.read() as connection:
        coming = expected_for(connection, "MUG")
        to_main = expected_for(connection, "MUG", warehouse_id="main")
        nothing = expected_for(connection, "JUG")
    assert (result.stored, result.units, result.skus, result.references) == (
        True,
        25,
        1,
        2,
    )
    first, second = coming
    assert first == ExpectedUnits(
        reference="PO-17",
        sku="MUG",
        warehouse_id="north",
        expected_on=date(2025, 12, 1),
        remaining=20,
    )
    assert to_main == [second]
    assert nothing == []


def test_with_one_refused_row_nothing_is_expected(
    importer: Importer, database: Database
) -> None:
    result = expect(
        importer,
        "PO-1,MUG,main,5,2025-12-24\n"
        "PO-1,NOBODY,main,5,2025-12-24\n"
        "PO-1,SET,main,5,2025-12-24\n"
        "PO-1,JUG,south,5,2025-12-24\n"
        "PO-1,MUG,main,6,2025-12-24\n"
        ",JUG,Main!,0,soon\n",
    )

    assert places(result.refused) == [
        (3, "sku"),
        (4, "sku"),
        (5, "warehouse"),
        (6, "sku"),
        (7, "expected_on"),
        (7, "quantity"),
        (7, "reference"),
        (7, "warehouse"),
    ]
    assert all(cell.wanted for cell in result.refused)
    assert (result.stored, rows(database, expected_receipt)) == (False, [])
    assert [row.number for row in result.refused_rows] == [2, 3, 4, 5, 6, 7]


def test_a_file_without_a_date_column_is_refused(importer: Importer) -> None:
    with (
        table_of(importer.directory, "reference,sku,quantity\nPO-1,MUG,5\n") as table,
        pytest.raises(FileRefused, match="expected_on"),
    ):
        expect_file(importer.database, table, clock=clock)


def test_a_repeat_changes_nothing_and_a_correction_quantity_and_date(
    importer: Importer, database: Database
) -> None:
    expect(importer, "PO-17,MUG,,5,2025-12-24\n")
    before = rows(database, expected_receipt)
    expect(importer, "PO-17,MUG,,5,2025-12-24\n")
    assert rows(database, expected_receipt) == before

    expect(importer, "PO-17,MUG,,9,2026-01-07\n")

    [row] = listed(database)
    assert (row.quantity, row.expected_on) == (9, date(2026, 1, 7))


def test_a_correction_below_what_came_and_one_of_what_is_closed_are_refused(
    importer: Importer, database: Database
) -> None:
    expect(importer, "PO-17,MUG,,9,2025-12-24\nPO-18,MUG,,9,2025-12-24\n")
    receive(importer, "MUG,A-01,5,,,\n")
    close_expected(database, "PO-18", clock=clock)

    result = expect(importer, "PO-17,MUG,,5,2025-12-24\nPO-18,MUG,,9,2025-12-24\n")

    assert places(result.refused) == [(2, "quantity"), (3, "reference")]


def test_a_dry_run_expects_nothing(importer: Importer, database: Database) -> None:
    result = expect(importer, "PO-17,MUG,,5,2025-12-24\n", dry_run=True)

    assert (result.stored, result.units) == (True, 5)
    assert rows(database, expected_receipt) == []


def test_what_did_not_come_by_the_warehouses_day_is_late(
    importer: Importer, database: Database
) -> None:
    today, yesterday = NOW.date(), NOW.date() - timedelta(days=1)
    expect(importer, f"PO-17,MUG,,5,{today}\nPO-18,MUG,,5,{yesterday}\n")

    assert [(row.reference, row.is_late) for row in listed(database)] == [
        ("PO-18", True),
        ("PO-17", False),
    ]


# Closing by hand.


def test_closing_ends_the_wait_once(importer: Importer, database: Database) -> None:
    expect(importer, "PO-17,MUG,,5,2025-11-01\nPO-17,JUG,,5,2025-11-01\n")

    assert close_expected(database, "PO-17", clock=clock) == 2
    assert close_expected(database, "PO-17", clock=clock) == 0

    with database.read() as connection:
        assert expected_for(connection, "MUG") == []
    assert listed(database) == []
    closed = listed(database, with_closed=True)
    assert [(row.remaining, row.is_late) for row in closed] == [(0, False)] * 2


def test_closing_what_nobody_expected_is_refused(database: Database) -> None:
    with pytest.raises(NotFound):
        close_expected(database, "PO-17", clock=clock)


# What arrives.


def test_what_comes_as_expected_is_closed_without_a_word(
    importer: Importer, database: Database
) -> None:
    expect(importer, "PO-17,MUG,,5,2025-12-24\n")

    result = receive(importer, "MUG,A-01,3,,,\nMUG,A-02,2,,,\n")

    assert (result.booked, result.differences, causes(database)) == (True, (), [])
    [row] = rows(database, expected_receipt)
    assert (row.received_quantity, row.closed_at) == (5, NOW)


def test_over_under_and_damaged_are_told_with_both_figures(
    importer: Importer, database: Database
) -> None:
    expect(
        importer,
        "PO-17,MUG,,5,2025-12-24\nPO-17,JUG,,5,2025-12-24\nPO-17,POT,,5,2025-12-24\n",
    )

    result = receive(importer, "MUG,A-01,7,,,\nJUG,A-02,3,,,\nPOT,A-03,5,2,,\n")

    assert result.differences == (
        "JUG in main: 5 expected, 3 arrived",
        "MUG in main: 5 expected, 7 arrived",
        "POT in main: 5 expected, 5 arrived, 2 of them damaged",
    )
    assert causes(database) == [f"receipt DN-1: {one}" for one in result.differences]
    opened = rows(database, exception_table)
    assert {(row.kind, row.owner_role, row.order_id) for row in opened} == {
        ("receipt_difference", "inventory", None)
    }
    assert [(row.sku, row.remaining) for row in listed(database)] == [("JUG", 2)]
    assert result.damaged == 2
    assert on_hand(database)["main:damaged", "POT"] == 2
    assert on_hand(database)["A-03", "POT"] == 3


def test_the_rest_comes_later_and_completes_it(
    importer: Importer, database: Database
) -> None:
    expect(importer, "PO-17,MUG,,5,2025-12-24\n")
    receive(importer, "MUG,A-01,3,,,\n")

    rest = receive(importer, "MUG,A-01,2,,,\n", reference="DN-2")

    assert (rest.differences, listed(database)) == ((), [])


def test_two_lorries_at_one_gate_at_one_moment_are_both_counted(
    importer: Importer, database: Database
) -> None:
    expect(importer, "PO-17,MUG,,20,2025-12-24\nPO-17,JUG,,20,2025-12-24\n")

    def unload(number: int) -> StockImportResult:
        skus = ("MUG", "JUG") if number % 2 else ("JUG", "MUG")
        return receive_stock(
            database,
            [
                received_line({"sku": sku, "quantity": 5, "location": "A-01"})
                for sku in skus
            ],
            clock=clock,
            terms=ReceiptTerms(reference=f"DN-{number}", expected="PO-17"),
        )

    with ThreadPoolExecutor(max_workers=4) as gates:
        list(gates.map(unload, range(4)))

    assert listed(database) == []
    received = [row.received_quantity for row in rows(database, expected_receipt)]
    assert received == [20, 20]


def test_an_article_that_did_not_come_and_one_nobody_expected_are_told(
    importer: Importer, database: Database
) -> None:
    expect(importer, "PO-17,MUG,,5,2025-12-24\nPO-17,MUG,north,5,2025-12-24\n")

    result = receive(importer, "JUG,A-01,1,,,\n")

    # The receipt is one of main; what comes into north is another lorry's.
    assert result.differences == (
        "JUG in main: 0 expected, 1 arrived",
        "MUG in main: 5 expected, 0 arrived",
    )
    assert len(listed(database)) == 2


def test_a_receipt_twice_counts_once(importer: Importer, database: Database) -> None:
    expect(importer, "PO-17,MUG,,5,2025-12-24\n")
    receive(importer, "MUG,A-01,6,1,9,EUR\n")
    before = [
        rows(database, table)
        for table in (expected_receipt, exception_table, stock_movement, stock_value)
    ]

    again = receive(importer, "MUG,A-01,6,1,9,EUR\n")

    assert (again.booked, again.already_booked) == (False, True)
    assert before == [
        rows(database, table)
        for table in (expected_receipt, exception_table, stock_movement, stock_value)
    ]


def test_a_dry_run_of_a_receipt_compares_and_keeps_nothing(
    importer: Importer, database: Database
) -> None:
    expect(importer, "PO-17,MUG,,5,2025-12-24\n")

    result = receive(importer, "MUG,A-01,6,1,9,EUR\n", dry_run=True)

    assert len(result.differences) == 1
    [row] = listed(database)
    assert (row.remaining, row.damaged_quantity) == (5, 0)
    assert (causes(database), on_hand(database)) == ([], {})
    assert rows(database, stock_value) == []


@pytest.mark.parametrize("reference", ["PO-17", "PO-99"])
def test_a_receipt_of_what_is_closed_or_was_never_expected_is_refused(
    importer: Importer, database: Database, reference: str
) -> None:
    expect(importer, "PO-17,MUG,,5,2025-12-24\n")
    close_expected(database, "PO-17", clock=clock)

    with pytest.raises(InvalidInput, match="expected"):
        receive(importer, "MUG,A-01,5,,,\n", reference)

    assert on_hand(database) == {}


def test_nobody_needs_to_expect_anything_but_damage_is_told(
    importer: Importer, database: Database
) -> None:
    result = receive(importer, "MUG,A-01,5,,,\nJUG,A-02,4,4,,\n", expected=None)

    assert result.differences == ("JUG in main: 4 arrived, 4 of them damaged",)
    assert causes(database) == [
        "receipt DN-1: JUG in main: 4 arrived, 4 of them damaged"
    ]
    assert on_hand(database) == {("A-01", "MUG"): 5, ("main:damaged", "JUG"): 4}


def test_more_damaged_than_arrived_is_refused(
    importer: Importer, database: Database
) -> None:
    result = receive(importer, "MUG,A-01,5,6,,\nMUG,A-02,5,-1,,\n", expected=None)

    assert places(result.refused) == [(2, "damaged_quantity"), (3, "damaged_quantity")]
    assert on_hand(database) == {}
    with pytest.raises(InvalidInput, match="damaged_quantity"):
        received_line(
            {"sku": "MUG", "quantity": 1, "location": "A-01", "damaged_quantity": 2}
        )


def test_opening_stock_has_no_damaged_units(importer: Importer) -> None:
    with pytest.raises(FileRefused, match="damaged_quantity"):
        importer.stock("sku,location,quantity,damaged_quantity\nMUG,A-01,5,1\n")


def test_damaged_goods_wake_nobody(importer: Importer, database: Database) -> None:
    with database.write() as connection:
        order_id = stored_order(connection, "1", [("MUG", 5)], NOW)
        connection.execute(
            insert(backorder),
            {
                "order_id": order_id,
                "line_no": 1,
                "sku": "MUG",
                "quantity": 5,
                "status": BackorderStatus.OPEN,
                "priority": 5,
                "created_at": NOW,
            },
        )

    result = receive(importer, "MUG,A-01,5,5,,\n", expected=None)

    assert (result.booked, result.woken) == (True, ())
    assert rows(database, outbox) == []


# What it is worth.


def test_a_receipt_is_valued_in_every_place_it_comes_to(
    importer: Importer, database: Database
) -> None:
    receive(importer, "MUG,A-01,10,2,4,EUR\nMUG,A-02,10,,,\n", expected=None)

    with database.read() as connection:
        movements = stock_movements(connection, sku="MUG", limit=9)
        report = stock_value_report(connection)
    assert {
        (one.location_id, one.on_hand_change, one.unit_cost, one.currency)
        for one in movements
    } == {
        ("A-01", 8, Decimal(4), "EUR"),
        ("A-02", 10, Decimal(4), "EUR"),
        ("main:damaged", 2, Decimal(4), "EUR"),
    }
    [article] = report.articles
    assert article.units == 20
    assert article.value == 80
    assert article.average == 4


def test_a_cost_in_another_currency_is_refused_with_its_row(
    importer: Importer, database: Database
) -> None:
    receive(importer, "MUG,A-01,5,,4,EUR\n", expected=None)

    result = receive(
        importer,
        "MUG,A-02,5,,4,GBP\nJUG,A-03,5,,4,GBP\nJUG,A-04,5,,4,USD\n",
        expected=None,
        reference="DN-2",
    )

    assert [(c.row, c.column, c.wanted) for c in result.refused] == [
        (2, "currency", "EUR, as the article is valued in"),
        (4, "currency", "GBP, as the article is valued in"),
    ]
    assert on_hand(database) == {("A-01", "MUG"): 5}


def test_the_value_is_told_by_article_and_in_sums_by_currency(
    importer: Importer, database: Database
) -> None:
    importer.stock(
        "sku,location,quantity,unit_cost,currency,warehouse\n"
        "MUG,A-01,10,4,EUR,main\n"
        "MUG,N-01,5,3,GBP,north\n"
        "JUG,A-02,2,0.333333,EUR,main\n"
        "POT,A-03,7,,,main\n"
    )

    with database.read() as connection:
        report = stock_value_report(connection)
        north = stock_value_report(connection, "north")
    assert [
        (one.warehouse_id, one.sku, one.units, one.units_without_cost, one.value)
        for one in report.articles
    ] == [
        ("main", "JUG", 2, 0, Decimal("0.666666")),
        ("main", "MUG", 10, 0, 40),
        ("main", "POT", 0, 7, 0),
        ("north", "MUG", 5, 0, 15),
    ]
    assert [(one.currency, one.units, one.value) for one in report.sums] == [
        ("EUR", 12, Decimal("40.666666")),
        ("GBP", 5, 15),
    ]
    assert report.units_without_cost == 7
    assert [one.sku for one in north.articles] == ["MUG"]


# First in, first out.


def test_a_place_is_as_old_as_what_came_into_it_when_it_was_empty(
    database: Database,
) -> None:
    line = received_line({"sku": "MUG", "quantity": 5, "location": "A-01"})
    for day in range(2):
        receive_stock(
            database,
            [line],
            clock=lambda day=day: NOW + timedelta(days=day),  # type: ignore[misc]
            terms=ReceiptTerms(reference=f"DN-{day}"),
        )

    since = {row.location_id: row.received_at for row in rows(database, stock_level)}
    assert since["A-01"] == NOW


def test_the_example_file_is_expected(importer: Importer, database: Database) -> None:
    importer.catalog((EXAMPLES / "catalog.csv").read_text("utf-8"))

    with open_table(EXAMPLES / "expected.csv") as table:
        result = expect_file(database, table, clock=clock)

    assert (result.stored, result.refused) == (True, ())
    assert result.read == len(listed(database))
