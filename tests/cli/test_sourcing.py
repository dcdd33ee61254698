"""Commands that explain where goods come from."""

from __future__ import annotations

import io
import json
import sys
from datetime import timedelta
from types import SimpleNamespace

import pytest
from sqlalchemy import func, insert, select

from domain.stock.movements import LocationKind
from persistence.database import Database
from persistence.stock import MovementCause
from persistence.tables import location, metadata, service_area, warehouse
from tests.builders.documents import a_document
from tests.builders.stock import ON_HAND, put_in_stock
from tests.cli.in_process import now
from tests.cli.terminal import Terminal


def open_second_warehouse(terminal: Terminal, **units: int) -> None:
    database = Database(terminal.surroundings.database_url)
    why = MovementCause(
        cause="opening", actor="receiver:7", occurred_at=now(), recorded_at=now()
    )
    place = {"warehouse_id": "west", "kind": LocationKind.PICK_FACE}
    with database.write() as connection:
        connection.execute(
            insert(warehouse),
            {
                "warehouse_id": "west",
                "name": "West",
                "country": "DE",
                "time_zone": "Europe/Berlin",
            },
        )
        connection.execute(
            insert(location), {**place, "location_id": "W-01", "pick_sequence": 1}
        )
        connection.execute(
            insert(location),
            {
                "location_id": "west:staging",
                "warehouse_id": "west",
                "kind": LocationKind.STAGING,
                "pick_sequence": 2,
            },
        )
        for sku, quantity in units.items():
            put_in_stock(connection, sku, quantity, why, "W-01")
    database.close()


def row_counts(terminal: Terminal) -> dict[str, int]:
    database = Database(terminal.surroundings.database_url)
    with database.read() as connection:
        counts = {
            table.name: connection.execute(
                select(func.count()).select_from(table)
            ).scalar_one()
            for table in metadata.sorted_tables
        }
    database.close()
    return counts


def test_a_split_is_explained_with_its_candidates_and_their_verdicts(
    terminal: Terminal,
) -> None:
    open_second_warehouse(terminal, MUG=5)
    order_id = terminal.place(a_document("1", [("MUG", ON_HAND + 2)]))

    told = terminal.ok("source", "explain", order_id).out.splitlines()

    assert told[1:3] == [
        "102 units wanted, 0 missing; 4 ways judged",
        "* main 100, west 2 = 102 units, total 135",
    ]
    words = [" ".join(text.split()) for text in told]
    assert "most_units 100 of 100 102 of 102 units" in words
    assert "fewest_parcels 10 of 20 2 shipments" in words
    assert told[-2] == (
        "why: main and west 135 points, main 122.942: "
        "fewer parcels, more units at once, a shorter way"
    )
    assert told[-1] == (
        "why split: no warehouse alone has all 102 units: main 100, west 5"
    )


def test_the_explanation_is_read_by_programs(terminal: Terminal) -> None:
    open_second_warehouse(terminal, MUG=5)
    order_id = terminal.place(a_document("1", [("MUG", 1)]))

    [decision] = terminal.ok("source", "explain", order_id, "--json").json_lines()

    assert decision["order_id"] == order_id
    explanation = decision["explanation"]
    assert explanation["winner"] == ["main"]
    assert explanation["split_reason"] is None
    best = explanation["candidates"][0]
    assert best["verdicts"]["keep_whole"] == {
        "score": 1.0,
        "weight": 30,
        "text": "all in one shipment",
    }


def test_an_order_without_a_choice_has_nothing_to_explain(terminal: Terminal) -> None:
    order_id = terminal.place(a_document("1", [("MUG", 1)]))

    told = terminal.ok("source", "explain", order_id)

    assert told.out == ""
    assert told.err == f"{order_id}: there was nothing to choose\n"


def test_an_unknown_order_is_not_found(terminal: Terminal) -> None:
    refused = terminal.type("source", "explain", "web-none")

    assert refused.exit_code == 3
    assert "no order web-none is stored" in refused.err


def test_a_document_is_tried_and_nothing_is_changed(terminal: Terminal) -> None:
    open_second_warehouse(terminal, MUG=5)
    lines = [("MUG", ON_HAND + 6), ("SET", 1), ("NEVER-HEARD-OF", 1)]
    path = terminal.write("order.json", a_document("1", lines))
    before = row_counts(terminal)

    told = terminal.ok("source", "try", path).out.splitlines()

    assert row_counts(terminal) == before
    assert told[:6] == [
        "line 1: 100 of MUG from A-01 (main)",
        "line 2: 1 of JUG from A-01 (main)",
        "line 2: 2 of TRAY from A-01 (main)",
        "line 1: 5 of MUG from W-01 (west)",
        "line 1: 1 of MUG missing",
        "line 3: NEVER-HEARD-OF is not in the catalogue",
    ]
    assert told[-1].startswith("why split: no warehouse alone has all 109 units")


def test_what_is_tried_is_what_an_order_then_gets(terminal: Terminal) -> None:
    open_second_warehouse(terminal, MUG=ON_HAND)
    database = Database(terminal.surroundings.database_url)
    days = {"main": 30, "west": 1}
    with database.write() as connection:
        for warehouse_id, transit_days in days.items():
            connection.execute(
                insert(service_area),
                {
                    "warehouse_id": warehouse_id,
                    "country": "DE",
                    "postcode_prefix": "",
                    "transit_days": transit_days,
                },
            )
    database.close()
    asked = now().date() + timedelta(days=12)
    told = a_document("1", [("MUG", 2)], promised_on=f"{asked}")
    path = terminal.write("order.json", told)

    tried = terminal.ok("source", "try", path, "--json").json()
    order_id = terminal.place(told)
    [got] = terminal.ok("source", "explain", order_id, "--json").json_lines()

    assert tried["explanation"] == got["explanation"]
    assert got["explanation"]["winner"] == ["west"]


def test_a_document_comes_from_stdin(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = json.dumps(a_document("1", [("MUG", 1)])).encode()
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(document)))

    tried = terminal.ok("source", "try", "-", "--json").json()

    assert tried == {
        "taken": [
            {
                "line_no": 1,
                "sku": "MUG",
                "quantity": 1,
                "warehouse_id": "main",
                "location_id": "A-01",
            }
        ],
        "missing": [],
        "unknown": [],
        "explanation": None,
    }


def test_a_wrong_document_is_refused_by_its_field(terminal: Terminal) -> None:
    path = terminal.write("order.json", {"source": "web"})

    refused = terminal.type("source", "try", path)

    assert refused.exit_code == 4
    assert "lines" in refused.err
