"""Writing the past: what the database holds to, and how capture and import meet."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYet
from datetime import UTC, datetime

import pytest
from sqlalchemy import event, func, insert, select

from domain.errors import InvalidInput
from domain.events import EventKind
from domain.kpi.history import HistoryKind, HistoryStatus
from persistence.bulk import insert_rows, unchecked
from persistence.database import Database, StorageFailed
from persistence.history import (
    HistoryOrder,
    HistoryShipment,
    ImportRun,
    LineFacts,
    PlacedMeanwhile,
    Stored,
    store_history,
)
from persistence.history_lookup import is_imported
from persistence.tables import fulfillment_event, history_line, orders
from tests.builders.stored_orders import stored_order

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
RUN = ImportRun(import_id="orders-1", kind=HistoryKind.ORDERS, actor="cli", now=NOW)
NO_LINE = LineFacts(*(None,) * 9)
EVENT = {
    "order_id": "web-1",
    "kind": "placed",
    "actor": "import",
    "cause": "history:orders-1",
    "data": {},
    "occurred_at": NOW,
    "recorded_at": NOW,
}


def an_order(number: str, fingerprint: str = "f", lines: int = 1) -> HistoryOrder:
    return HistoryOrder(
        order_id=f"web-{number}",
        source="web",
        number=number,
        fingerprint=fingerprint,
        status=HistoryStatus.OPEN,
        channel=None,
        service_level=None,
        customer_group=None,
        customer=None,
        ship_to_zone=None,
        currency=None,
        placed_at=NOW,
        cancel_cause=None,
        promised_at=None,
        promised_on=NOW.date(),
        due_ship_at=NOW,
        due_ship_on=None,
        shipments=[
            HistoryShipment(
                shipment_no=1,
                warehouse_id=None,
                carrier=None,
                handed_over_at=None,
                delivered_at=None,
            )
        ],
        lines=[(1, NO_LINE)] * lines,
        events=[(None, EventKind.PLACED, NOW, {"channel": "web"})],
    )


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    opened = Database(database_url)
    yield opened
    opened.close()


def test_more_orders_than_one_statement_takes_are_stored(database: Database) -> None:
    told = [an_order(str(n)) for n in range(1_203)]

    with database.write() as connection:
        became = store_history(connection, RUN, told)
    with database.read() as connection:
        lines = connection.execute(select(func.count()).select_from(history_line))
        assert lines.scalar_one() == 1_203

    assert set(became.values()) == {Stored.IMPORTED}


def test_instants_and_data_come_back_as_they_were_told(database: Database) -> None:
    found_at = NOW.replace(microsecond=250_000)
    line = NO_LINE._replace(error_kind="late", error_found_at=found_at)
    rows = [("web-1", 1, 1, *NO_LINE), ("web-1", 2, 1, *line)]
    columns = tuple(column.name for column in history_line.columns)

    with database.write() as connection:
        store_history(connection, RUN, [an_order("1", lines=0)])
        insert_rows(connection, history_line, columns, rows)
        first, second = connection.execute(
            select(history_line.c.error_found_at).order_by(history_line.c.line_no)
        ).scalars()
        [data] = connection.execute(select(fulfillment_event.c.data)).scalars()

    assert (first, second) == (None, found_at)
    assert data == {"channel": "web"}


def test_columns_in_another_order_than_the_table_are_a_mistake(
    sqlite_database_url: str,
) -> None:
    database = Database(sqlite_database_url)
    columns = ("line_no", "order_id", "shipment_no")
    with pytest.raises(ValueError, match="order of the table"), database.write() as c:
        insert_rows(c, history_line, columns, [(1, "web-1", 1)])
    database.close()


def test_checks_are_left_out_for_the_words_of_our_enums_alone(
    database: Database,
) -> None:
    wrong = EVENT | {"kind": "wondered"}
    with database.write() as connection, unchecked(connection):
        connection.execute(insert(fulfillment_event), EVENT)

    with pytest.raises(StorageFailed), database.write() as connection:
        connection.execute(insert(fulfillment_event), wrong)


def test_checks_come_back_after_a_failure(database: Database) -> None:
    wrong = EVENT | {"kind": "wondered"}
    with (
        pytest.raises(RuntimeError),
        database.write() as connection,
        unchecked(connection),
    ):
        raise RuntimeError

    with pytest.raises(StorageFailed), database.write() as connection:
        connection.execute(insert(fulfillment_event), wrong)


def test_an_order_captured_under_the_eyes_of_an_import_is_seen_by_it(
    postgresql_database_url: str,
) -> None:
    database, other = (
        Database(postgresql_database_url),
        Database(postgresql_database_url),
    )

    def capture_first(*told: object) -> None:
        if str(told[2]).startswith("LOCK TABLE"):
            with other.write() as connection:
                stored_order(connection, "1", [("MUG", 1)], NOW)

    with database.write() as connection:
        event.listen(connection, "before_cursor_execute", capture_first)
        with pytest.raises(PlacedMeanwhile):
            store_history(connection, RUN, [an_order("1")])
        connection.rollback()

    with database.read() as connection:
        assert not is_imported(connection, "web-1")
    database.close()
    other.close()


def test_a_capture_waits_for_an_import_that_is_about_to_commit(
    postgresql_database_url: str,
) -> None:
    database, other = (
        Database(postgresql_database_url),
        Database(postgresql_database_url),
    )

    def capture() -> None:
        with other.write() as connection:
            stored_order(connection, "1", [("MUG", 1)], NOW)

    with ThreadPoolExecutor(1) as threads:
        with database.write() as connection:
            store_history(connection, RUN, [an_order("1")])
            waiting = threads.submit(capture)
            with pytest.raises(NotYet):
                waiting.result(timeout=0.3)
        with pytest.raises(InvalidInput, match="number"):
            waiting.result(timeout=10)

    with database.read() as connection:
        assert connection.execute(select(orders)).first() is None
    database.close()
    other.close()
