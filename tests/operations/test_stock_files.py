"""Stock from files: a receipt is booked once, as a whole or not at all."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import func, insert, select

from domain.errors import InvalidInput, Refused
from domain.shipments.tasks import BackorderStatus
from operations.files.table import open_table
from operations.stock_files import (
    ReceiptTerms,
    StockImportResult,
    import_stock,
    receive_file,
    receive_stock,
    received_line,
)
from persistence.database import Database
from persistence.tables import (
    backorder,
    location,
    outbox,
    stock_level,
    stock_movement,
    stock_receipt,
    warehouse,
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

CATALOG = "sku,name,bundle\nMUG,Mug,\nJUG,Jug,\nSET,Set,MUG*2\n"
HEADER = "sku,location,quantity\n"


@pytest.fixture(autouse=True)
def _catalogue(importer: Importer) -> None:
    importer.catalog(CATALOG)


def on_hand(database: Database) -> dict[tuple[str, str], int]:
    with database.read() as connection:
        rows = connection.execute(select(stock_level)).all()
    return {(row.location_id, row.sku): row.on_hand for row in rows}


def moved(database: Database) -> int:
    with database.read() as connection:
        changes = select(func.coalesce(func.sum(stock_movement.c.on_hand_change), 0))
        return int(connection.execute(changes).scalar_one())


def receive(
    database: Database, sku: str, quantity: int, reference: str
) -> StockImportResult:
    line = received_line({"sku": sku, "quantity": quantity, "location": "A-01"})
    return receive_stock(
        database, [line], clock=clock, terms=ReceiptTerms(reference=reference)
    )


def order_waiting_for(database: Database, number: str, sku: str, quantity: int) -> str:
    with database.write() as connection:
        order_id = stored_order(connection, number, [(sku, quantity)], NOW)
        connection.execute(
            insert(backorder),
            {
                "order_id": order_id,
                "line_no": 1,
                "sku": sku,
                "quantity": quantity,
                "status": BackorderStatus.OPEN,
                "priority": 5,
                "created_at": NOW,
            },
        )
    return order_id


def test_opening_stock_is_booked_with_its_movements(
    importer: Importer, database: Database
) -> None:
    result = importer.stock(
        "sku,location,quantity,unit_cost,currency\nMUG,A-01,100,4.10,EUR\nJUG,A-02,7,,\n",
        ReceiptTerms(time_zone="Europe/London", actor="keeper:1"),
    )

    with database.read() as connection:
        movement = connection.execute(
            select(stock_movement).where(stock_movement.c.on_hand_change == 100)
        ).one()
        zone = connection.execute(select(warehouse.c.time_zone)).scalar_one()
        kinds = connection.execute(
            select(location.c.location_id, location.c.kind).order_by(
                location.c.location_id
            )
        ).all()
    assert (result.booked, result.units, result.skus) == (True, 107, 2)
    assert on_hand(database) == {("A-01", "MUG"): 100, ("A-02", "JUG"): 7}
    assert (movement.kind, movement.unit_cost) == ("received", Decimal("4.1"))
    assert (movement.document, movement.actor) == (result.reference, "keeper:1")
    assert zone == "Europe/London"
    assert [tuple(row) for row in kinds] == [
        ("A-01", "pick_face"),
        ("A-02", "pick_face"),
        ("main:damaged", "damaged"),
        ("main:staging", "staging"),
    ]


def test_the_same_file_is_booked_once(importer: Importer, database: Database) -> None:
    importer.stock(HEADER + "MUG,A-01,5\nJUG,A-02,7\n")

    again = importer.stock("location;sku;quantity\nA-02;JUG;7\nA-01;MUG;5\n")

    assert (again.booked, again.already_booked) == (False, True)
    assert moved(database) == 12


def test_another_file_under_the_same_reference_is_refused(
    importer: Importer, database: Database
) -> None:
    terms = ReceiptTerms(reference="PO-17")
    importer.stock(HEADER + "MUG,A-01,5\n", terms)

    with pytest.raises(Refused, match="another reference"):
        importer.stock(HEADER + "MUG,A-01,6\n", terms)

    assert moved(database) == 5


def test_two_deliveries_alike_are_booked_under_references_of_their_own(
    database: Database,
) -> None:
    receive(database, "MUG", 5, "DN-1")
    receive(database, "MUG", 5, "DN-2")
    repeated = receive(database, "MUG", 5, "DN-2")

    assert repeated.already_booked
    assert on_hand(database) == {("A-01", "MUG"): 10}


def test_one_delivery_booked_twice_at_one_moment_counts_once(
    database: Database,
) -> None:
    with ThreadPoolExecutor(max_workers=4) as people:
        results = list(
            people.map(lambda _: receive(database, "MUG", 5, "DN-1"), range(4))
        )

    assert sorted(result.booked for result in results) == [False, False, False, True]
    assert on_hand(database) == {("A-01", "MUG"): 5}


def test_a_zero_records_that_there_are_none(
    importer: Importer, database: Database
) -> None:
    importer.stock(HEADER + "MUG,A-01,0\n")

    assert on_hand(database) == {("A-01", "MUG"): 0}
    assert moved(database) == 0


def test_a_receipt_of_nothing_is_refused(tmp_path: Path, database: Database) -> None:
    with table_of(tmp_path, HEADER + "MUG,A-01,0\n") as table:
        result = receive_file(database, table, clock=clock, terms=ReceiptTerms())

    assert places(result.refused) == [(2, "quantity")]


def test_with_one_refused_row_nothing_is_booked(
    importer: Importer, database: Database
) -> None:
    result = importer.stock(
        "sku,location,quantity,unit_cost,warehouse,location_kind\n"
        "MUG,A-01,5,,,\n"
        "NOBODY,A-01,5,,,\n"
        "SET,A-01,5,,,\n"
        "MUG,A 02,many,,Main!,shelf\n"
        "MUG,A-03,1,4.10,,\n"
        "MUG,A-01,1,,north,\n"
        "MUG,A-01,1,,,bulk\n"
    )

    assert places(result.refused) == [
        (3, "sku"),
        (4, "sku"),
        (5, "location"),
        (5, "location_kind"),
        (5, "quantity"),
        (5, "warehouse"),
        (6, "currency"),
        (7, "location"),
    ]
    assert (result.booked, on_hand(database)) == (False, {})
    assert [row.number for row in result.refused_rows] == [2, 3, 4, 5, 6, 7, 8]


def test_goods_cannot_arrive_where_picked_goods_wait(database: Database) -> None:
    with pytest.raises(InvalidInput, match="location"):
        received_line({"sku": "MUG", "quantity": 1, "location": "main:staging"})


def test_a_location_keeps_its_warehouse_and_kind(importer: Importer) -> None:
    importer.stock(
        "sku,location,quantity,location_kind\nMUG,A-01,5,\nMUG,B-01,5,bulk\n"
    )

    result = importer.stock(
        "sku,location,quantity,warehouse,location_kind\n"
        "MUG,A-01,1,north,\n"
        "MUG,B-01,1,,pick_face\n"
    )

    assert places(result.refused) == [(2, "location"), (3, "location_kind")]


def test_new_locations_come_last_and_a_given_sequence_moves_one(
    importer: Importer, database: Database
) -> None:
    importer.stock("sku,location,quantity,pick_sequence\nMUG,A-01,5,500\nMUG,A-02,5,\n")
    importer.stock("sku,location,quantity,pick_sequence\nMUG,A-01,1,3\nMUG,A-03,1,\n")

    with database.read() as connection:
        rows = connection.execute(
            select(location.c.location_id, location.c.pick_sequence)
            .where(location.c.kind == "pick_face")
            .order_by(location.c.location_id)
        ).all()
    sequence = {row.location_id: row.pick_sequence for row in rows}
    assert sequence["A-01"] == 3
    assert sequence["A-02"] < sequence["A-03"]


def test_a_dry_run_books_nothing(importer: Importer, database: Database) -> None:
    result = importer.stock(HEADER + "MUG,A-01,5\n", ReceiptTerms(dry_run=True))

    with database.read() as connection:
        receipts = connection.execute(select(stock_receipt)).all()
    assert (result.units, result.new_warehouses) == (5, ("main",))
    assert (on_hand(database), receipts) == ({}, [])


def test_a_receipt_wakes_the_orders_it_can_serve(database: Database) -> None:
    first = order_waiting_for(database, "1", "MUG", 5)
    order_waiting_for(database, "2", "MUG", 5)

    result = receive(database, "MUG", 5, "DN-1")

    with database.read() as connection:
        told = connection.execute(select(outbox)).one()
    assert result.woken == (first,)
    assert (told.order_id, told.name) == (first, "stock_arrived")
    assert told.payload["skus"] == ["MUG"]


def test_goods_in_quarantine_wake_nobody(
    importer: Importer, database: Database
) -> None:
    order_waiting_for(database, "1", "MUG", 5)

    result = importer.stock(
        "sku,location,quantity,location_kind\nMUG,Q-01,5,quarantine\n"
    )

    assert (result.booked, result.woken) == (True, ())


def test_a_refused_receipt_wakes_nobody(importer: Importer, database: Database) -> None:
    order_waiting_for(database, "1", "MUG", 5)

    importer.stock(HEADER + "MUG,A-01,5\nNOBODY,A-01,5\n")

    with database.read() as connection:
        assert connection.execute(select(outbox)).all() == []


@pytest.mark.parametrize(
    ("field", "line"),
    [
        ("sku", {"quantity": 1, "location": "A-01"}),
        ("quantity", {"sku": "MUG", "quantity": 0, "location": "A-01"}),
        ("location", {"sku": "MUG", "quantity": 1, "location": ""}),
    ],
)
def test_a_line_by_hand_names_what_is_wrong(
    field: str, line: dict[str, object]
) -> None:
    with pytest.raises(InvalidInput) as refused:
        received_line(line)

    assert refused.value.field == field


@pytest.mark.parametrize(
    ("field", "terms"),
    [("reference", {"reference": ""}), ("time_zone", {"time_zone": "Mars/Base"})],
)
def test_terms_that_cannot_be_are_refused(field: str, terms: dict[str, str]) -> None:
    with pytest.raises(InvalidInput) as refused:
        ReceiptTerms(**terms)  # type: ignore[arg-type]

    assert refused.value.field == field


def test_the_example_files_are_booked(importer: Importer, database: Database) -> None:
    importer.catalog((EXAMPLES / "catalog.csv").read_text("utf-8"))

    with open_table(EXAMPLES / "stock.csv") as table:
        opening = import_stock(database, table, clock=clock, terms=ReceiptTerms())
    with open_table(EXAMPLES / "receipt.csv") as table:
        receipt = receive_file(database, table, clock=clock, terms=ReceiptTerms())

    assert (opening.units, receipt.units) == (760, 72)
    assert on_hand(database)["H-01-1", "LAMP-OIL"] == 48
