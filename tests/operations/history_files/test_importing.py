"""Importing the past: whole orders, once, corrected when their source says so."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, select

from domain.errors import InvalidInput, NotFound, Refused
from messages.names import UpdateName
from messages.order_messages import ConfirmHandover
from operations.files.gathering import RefusedOrder
from operations.history_files import Finding, importing
from operations.queries.history import has_history_of, history_details
from operations.queries.orders import order_row
from operations.queries.timeline import order_timeline
from persistence.database import Database
from persistence.history import (
    HistoryOrder,
    ImportRun,
    PlacedMeanwhile,
    Stored,
    store_history,
)
from persistence.tables import history_import, orders
from tests.builders.stored_orders import stored_order
from tests.operations.file_builders import NOW, places
from tests.operations.history_files.past import (
    PLACED,
    Cells,
    Past,
    row,
    stored,
    text_of,
)
from tests.operations.office import open_office

TWO = [row(), row(sku="JUG", unit_price=""), row(number="2", customer="C-77")]


@pytest.fixture
def past(tmp_path: Path) -> Past:
    return Past(tmp_path)


def imports(database: Database) -> list[dict[str, object]]:
    with database.read() as connection:
        return [dict(r) for r in connection.execute(select(history_import)).mappings()]


def test_orders_are_stored_with_shipments_lines_and_events(
    past: Past, database: Database
) -> None:
    summary = past.store(database, TWO)

    kept = stored(database)
    assert (summary.read, summary.orders, summary.imported) == (3, 2, 2)
    assert (summary.lines, summary.rejected) == (3, 0)
    assert [one["order_id"] for one in kept["orders"]] == ["past-1", "past-2"]
    assert [one["sku"] for one in kept["lines"]] == ["MUG", "JUG", "MUG"]
    assert [one["unit_price_micros"] for one in kept["lines"]] == [
        9_500_000,
        None,
        9_500_000,
    ]
    assert [one["shipment_no"] for one in kept["shipments"]] == [1, 1]
    first = [one for one in kept["events"] if one["order_id"] == "past-1"]
    assert [one["kind"] for one in first] == [
        *("placed", "verified", "allocated", "picked", "packed"),
        *("handed_over", "delivered"),
    ]
    assert [one["shipment_id"] for one in first[1:3]] == [None, "past-1-1"]
    assert {(one["actor"], one["recorded_at"]) for one in first} == {("import", NOW)}
    assert {one["cause"] for one in first} == {f"history:{summary.import_id}"}
    assert first[5]["data"] == {"carrier": "alpha"}


def test_an_import_is_noted_with_its_beginning_and_end(
    past: Past, database: Database
) -> None:
    summary = past.store(database, TWO)

    [noted] = imports(database)
    assert noted == {
        "import_id": summary.import_id,
        "kind": "orders",
        "started_at": NOW,
        "finished_at": NOW,
        "actor": "office:1",
    }


def test_nothing_personal_is_stored(past: Past, database: Database) -> None:
    past.store(database, TWO)

    assert "C-77" not in str(stored(database))


def test_the_same_file_again_changes_nothing(past: Past, database: Database) -> None:
    past.store(database, TWO)
    before = stored(database)

    again = past.store(database, TWO)

    assert (again.imported, again.unchanged, again.corrected) == (0, 2, 0)
    assert stored(database) == before


def test_rows_in_another_order_change_nothing(past: Past, database: Database) -> None:
    past.store(database, TWO)
    before = stored(database)

    again = past.store(database, TWO[::-1])

    assert again.unchanged == 2
    assert stored(database) == before


def test_other_content_corrects_an_order_and_keeps_what_was_said_before(
    past: Past, database: Database
) -> None:
    past.store(database, TWO)
    before = stored(database)

    again = past.store(database, [row(carrier="beta"), TWO[2]])

    kept = stored(database)
    events = kept["events"][len(before["events"]) :]
    assert (again.corrected, again.unchanged) == (1, 1)
    assert kept["events"][: len(before["events"])] == before["events"]
    assert (events[0]["kind"], events[0]["order_id"]) == ("history_corrected", "past-1")
    assert {one["order_id"] for one in events} == {"past-1"}
    assert events[1]["kind"] == "placed"
    assert [one["order_id"] for one in kept["lines"]] == ["past-1", "past-2"]
    assert kept["shipments"][0]["carrier"] == "beta"


def test_a_corrected_order_tells_its_new_story_alone(
    past: Past, database: Database
) -> None:
    past.store(database, [row()])
    past.store(database, [row(delivered_at="2025-11-07T10:00Z")])

    with database.read() as connection:
        timeline = order_timeline(connection, "past-1")

    kinds = Counter(entry.kind.value for entry in timeline)
    assert kinds["delivered"] == kinds["history_corrected"] == 1
    assert timeline[-2].occurred_at == NOW - timedelta(days=16, hours=23)


def test_a_dry_run_tells_the_same_and_stores_nothing(
    past: Past, database: Database
) -> None:
    dry = past.store(database, TWO, dry_run=True)

    assert all(not rows for rows in stored(database).values())
    assert imports(database) == []
    assert dry == past.store(database, TWO)


def test_a_limit_counts_good_orders_and_leaves_the_import_open(
    past: Past, database: Database
) -> None:
    rows = [row(number=""), row(number="1"), row(number="2"), row(number="3")]

    summary = past.store(database, rows, limit=2)

    assert (summary.imported, summary.rejected) == (2, 1)
    assert imports(database)[0]["finished_at"] is None


def test_refused_orders_go_to_the_rejects_file_with_all_their_rows(
    past: Past, database: Database, tmp_path: Path
) -> None:
    told: list[RefusedOrder] = []
    rejects = tmp_path / "rejects.csv"
    rows = [row(), row(sku="JUG", unit_price="x"), row(number="2")]

    summary = past.store(database, rows, rejects=rejects, on_refused=told.append)

    header, *bad = rejects.read_text("utf-8").splitlines()
    assert (summary.imported, summary.rejected, summary.orders) == (1, 1, 2)
    assert header.endswith("orderwright_wanted")
    assert len(bad) == 2
    assert "unit_price: " in bad[1]
    assert [places(each.refused) for each in told] == [[(3, "unit_price")]]


def test_mended_rejects_are_imported(
    past: Past, database: Database, tmp_path: Path
) -> None:
    rejects = tmp_path / "rejects.csv"
    past.store(database, [row(unit_price="x")], rejects=rejects)

    mended = rejects.read_text("utf-8").replace(",x,", ",9.50,")

    assert past.store(database, mended).imported == 1


class _Breaking:
    """Breaks off when a chunk is stored, as a crash would."""

    def __init__(self, at_chunk: int) -> None:
        self.left = at_chunk

    def store(
        self, connection: Connection, run: ImportRun, told: Sequence[HistoryOrder]
    ) -> dict[str, Stored]:
        self.left -= 1
        found = store_history(connection, run, told)
        if self.left == 0:
            raise KeyboardInterrupt
        return found


def test_an_import_that_breaks_off_leaves_whole_orders_and_goes_on(
    past: Past, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [row(number=str(n), sku=sku) for n in range(4) for sku in ("MUG", "JUG")]
    monkeypatch.setattr(importing, "ORDERS_AT_ONCE", 2)
    with monkeypatch.context() as broken:
        broken.setattr(importing, "store_history", _Breaking(2).store)
        with pytest.raises(KeyboardInterrupt):
            past.store(database, rows)

    half = stored(database)
    assert Counter(one["order_id"] for one in half["lines"]) == {
        "past-0": 2,
        "past-1": 2,
    }
    assert imports(database)[0]["finished_at"] is None

    again = past.store(database, rows)

    assert (again.unchanged, again.imported) == (2, 2)
    assert len(stored(database)["lines"]) == 8
    assert len(stored(database)["events"]) == 4 * 7
    [noted] = imports(database)
    assert noted["finished_at"] == NOW


def test_progress_is_told_in_rows(past: Past, database: Database) -> None:
    told: list[tuple[int, int | None]] = []

    past.store(
        database, TWO, on_progress=lambda read, total: told.append((read, total))
    )

    assert told == [(3, 3)]


def test_dirty_orders_are_stored_and_counted(past: Past, database: Database) -> None:
    rows = [row(status="delivered", delivered_at=""), row(number="2", picked_at="")]

    summary = past.store(database, rows)

    assert summary.imported == 2
    assert summary.findings == {
        Finding.MISSING_STAGE: 1,
        Finding.DELIVERED_WITHOUT_DATE: 1,
    }


def test_an_order_of_ours_is_not_imported(past: Past, database: Database) -> None:
    with database.write() as connection:
        stored_order(connection, "1", [("MUG", 1)], NOW)
    told: list[RefusedOrder] = []

    summary = past.store(database, [row(source="web"), row()], on_refused=told.append)

    assert (summary.imported, summary.rejected) == (1, 1)
    assert places(told[0].refused) == [(2, "number")]


def test_an_order_placed_while_its_history_is_written_stays_ours(
    past: Past, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    chunks = 0

    def store_slowly(
        connection: Connection, run: ImportRun, told: Sequence[HistoryOrder]
    ) -> dict[str, Stored]:
        nonlocal chunks
        chunks += 1
        if chunks > 1:
            stored_order(connection, "1", [("MUG", 1)], NOW)
        found = store_history(connection, run, told)
        if chunks == 1:
            raise PlacedMeanwhile
        return found

    monkeypatch.setattr(importing, "store_history", store_slowly)

    summary = past.store(database, [row(source="web"), row()])

    assert (summary.imported, summary.rejected) == (1, 1)
    assert [one["order_id"] for one in stored(database)["orders"]] == ["past-1"]


@pytest.mark.parametrize("again", [False, True])
async def test_an_imported_order_cannot_be_placed(
    past: Past, database_url: str, tmp_path: Path, again: bool
) -> None:
    office = open_office(database_url, tmp_path)
    past.store(office.database, [row(source="web")])
    if again:
        past.store(office.database, [row(source="web", carrier="beta")])

    with pytest.raises(InvalidInput, match="number") as refused:
        await office.place("1")

    assert refused.value.field == "number"
    with office.reading() as connection:
        assert connection.execute(select(orders)).first() is None
    office.database.close()


async def test_a_message_to_an_imported_order_is_refused_in_words(
    past: Past, database_url: str, tmp_path: Path
) -> None:
    office = open_office(database_url, tmp_path)
    past.store(office.database, [row()])

    message = ConfirmHandover(message_id="m1")
    with pytest.raises(Refused, match="imported as history: no run belongs to it"):
        await office.orders.tell("past-1", UpdateName.CONFIRM_HANDOVER, message)
    with pytest.raises(NotFound):
        await office.orders.tell("past-2", UpdateName.CONFIRM_HANDOVER, message)
    with office.reading() as connection, pytest.raises(Refused, match="imported"):
        order_row(connection, "past-1")
    office.database.close()


def test_an_imported_order_can_be_looked_at(past: Past, database: Database) -> None:
    rows: list[Cells] = [*TWO, {"source": "past", "number": "3", "placed_at": PLACED}]
    past.store(database, text_of(rows))

    with database.read() as connection:
        whole = history_details(connection, "past-1")
        bare = history_details(connection, "past-3")
        assert history_details(connection, "past-4") is None
        assert has_history_of(connection, "past")
        assert not has_history_of(connection, "web")
        with pytest.raises(NotFound):
            order_timeline(connection, "past-4")

    assert whole is not None
    assert [str(line.unit_price) for line in whole.lines] == ["9.5", "None"]
    assert [one.shipment_id for one in whole.shipments] == ["past-1-1"]
    assert bare is not None
    assert (bare.status, bare.lines[0].sku) == ("open", None)
