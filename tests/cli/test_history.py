"""`orderwright history`, and what the other commands say of imported orders."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.builders.documents import a_document
from tests.cli.terminal import Terminal
from tests.operations.file_builders import EXAMPLES
from tests.operations.history_files.past import row, text_of

ROWS = [row(source="web"), row(source="web", number="2", picked_at="")]


def import_past(terminal: Terminal, *more: str) -> tuple[str, ...]:
    return ("history", "import", terminal.write("past.csv", text_of(ROWS)), *more)


def test_an_import_tells_what_became_of_the_orders(terminal: Terminal) -> None:
    typed = terminal.ok(*import_past(terminal, "--json"))

    result = typed.json()
    assert result.pop("import_id").startswith("orders-")
    assert result == {
        "dry_run": False,
        "read": 2,
        "orders": 2,
        "imported": 2,
        "unchanged": 0,
        "corrected": 0,
        "rejected": 0,
        "skipped": {},
        "lines": 2,
        "data_quality": {"missing_stage": 1},
        "rejects_file": None,
    }
    assert "rows a second" in typed.err


def test_an_import_is_told_in_words(terminal: Terminal) -> None:
    out = terminal.ok(*import_past(terminal, "--dry-run")).out

    assert "2 orders with 2 lines: 2 would be imported" in out
    assert "kept, but odd: 1 orders with missing stage" in out


def test_the_example_is_imported_with_its_mapping(terminal: Terminal) -> None:
    result = terminal.ok(
        *("history", "import", str(EXAMPLES / "history.csv")),
        *("--mapping", str(EXAMPLES / "history.toml"), "--json"),
    ).json()

    assert (result["imported"], result["skipped"]) == (5, {"test_order": 1})
    assert result["data_quality"] == {"delivered_without_date": 1}


@pytest.mark.parametrize(
    ("good", "code"), [(1, 6), (0, 4)], ids=["some refused", "all refused"]
)
def test_refused_orders_are_told_and_handed_back(
    terminal: Terminal, good: int, code: int
) -> None:
    rows = [row(number=str(n)) for n in range(good)] + [row(number="9", unit_price="x")]
    file = terminal.write("past.csv", text_of(rows))

    typed = terminal.type("history", "import", file, "--json")

    result = typed.json()
    assert typed.exit_code == code
    assert result["rejected"] == 1
    assert "order 9 is refused: row" in typed.err
    assert Path(result["rejects_file"]).name == "past.csv.rejects.csv"


def test_many_refused_orders_are_not_all_told(terminal: Terminal) -> None:
    rows = [row(number=str(n), unit_price="x") for n in range(30)]
    file = terminal.write("past.csv", text_of(rows))

    err = terminal.type("history", "import", file).err

    assert err.count("is refused") == 20
    assert "any more are in past.csv.rejects.csv" in err


def test_a_limit_and_a_source_may_be_given(terminal: Terminal) -> None:
    file = terminal.write("bare.csv", "number,placed_at\n1,2025-11-03\n2,2025-11-03\n")

    result = terminal.ok(
        "history", "import", file, "--source", "old", "--limit", "1", "--json"
    ).json()

    assert (result["imported"], result["orders"]) == (1, 1)


def test_a_file_without_a_source_is_refused(terminal: Terminal) -> None:
    file = terminal.write("bare.csv", "number,placed_at\n1,2025-11-03\n")

    typed = terminal.type("history", "import", file)

    assert typed.exit_code == 4
    assert "--source" in typed.err


def test_an_imported_order_is_shown_like_any_other(terminal: Terminal) -> None:
    terminal.ok(*import_past(terminal))

    words = terminal.ok("order", "status", "web-1").out
    shown = terminal.ok("order", "status", "web-1", "--json").json()
    timeline = terminal.ok("order", "timeline", "web-1", "--json").json_lines()

    assert "web-1  delivered, imported as history: it has no run" in words
    assert "handed over 2025-11-03 17:00:00, delivered 2025-11-05 10:00:00" in words
    assert (shown["status"], shown["lines"][0]["unit_price"]) == ("delivered", "9.5")
    assert [entry["kind"] for entry in timeline] == [
        *("placed", "verified", "allocated", "picked", "packed"),
        *("handed_over", "delivered"),
    ]


def test_what_needs_a_run_is_refused_for_an_imported_order(terminal: Terminal) -> None:
    terminal.ok(*import_past(terminal))
    document = terminal.write("order.json", a_document("1", [("MUG", 1)]))

    placed = terminal.type("order", "place", document)
    others = [
        terminal.type("order", "cancel", "web-1"),
        terminal.type("order", "watch", "web-1"),
        terminal.type("order", "hold", "web-1", "--note", "wait"),
        terminal.type("claim", "record", "web-1", "--line", "1", "--kind", "damaged"),
    ]

    assert placed.exit_code == 4
    assert "number: one that was not imported as history" in placed.err
    assert [typed.exit_code for typed in others] == [4, 4, 4, 4]
    assert all("no run belongs to it" in typed.err for typed in others)
