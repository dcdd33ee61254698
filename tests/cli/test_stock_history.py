"""`stock import --movements`: the past for the KPIs, and nothing on hand changes."""

from __future__ import annotations

from pathlib import Path

from tests.cli.terminal import Terminal

PAST = (
    "sku,warehouse,quantity,unit_cost,kind,at\n"
    "VASE,main,20,4.50,received,2025-01-02\n"
    "VASE,main,5,,shipped,2025-01-03T16:00\n"
)


def test_past_movements_are_stored_once_and_told(terminal: Terminal) -> None:
    file = terminal.write("past.csv", PAST)

    first = terminal.ok(
        *("stock", "import", "--movements", file, "--zone", "Europe/Berlin", "--json")
    ).json()
    again = terminal.ok(
        "stock", "import", file, "--movements", "--zone", "Europe/Berlin"
    ).out

    assert (first["read"], first["stored"], first["articles"]) == (2, 2, 1)
    assert (first["units_in"], first["units_out"]) == (20, 5)
    assert first["first_at"] == "2025-01-01T23:00:00Z"
    assert (first["dry_run"], first["rejects_file"]) == (False, None)
    assert "2 movements read: 0 stored, 2 there already, 0 refused" in again
    assert "what is on hand now did not change" in again


def test_nothing_on_hand_is_changed_by_the_past(terminal: Terminal) -> None:
    before = terminal.ok("stock", "show", "--json").out
    file = terminal.write("past.csv", PAST.replace("VASE", "MUG"))

    terminal.ok("stock", "import", "--movements", file)

    assert terminal.ok("stock", "show", "--json").out == before


def test_a_dry_run_stores_no_movement(terminal: Terminal) -> None:
    file = terminal.write("past.csv", PAST)

    dry = terminal.ok("stock", "import", "--movements", file, "--dry-run")
    wet = terminal.ok("stock", "import", "--movements", file, "--json").json()

    assert "2 would be stored" in dry.out
    assert wet["stored"] == 2


def test_refused_rows_are_handed_back_and_mended(terminal: Terminal) -> None:
    file = terminal.write("past.csv", f"{PAST}VASE,main,1,,picked,2025-01-04\n")

    typed = terminal.type("stock", "import", "--movements", file, "--json")
    result = typed.json()
    rejects = Path(result["rejects_file"])
    mended = terminal.write(
        "mended.csv", rejects.read_text("utf-8").replace("picked", "shipped")
    )
    again = terminal.ok("stock", "import", "--movements", mended, "--json").json()

    assert typed.exit_code == 6
    assert [(one["row"], one["column"]) for one in result["refused"]] == [(4, "kind")]
    assert "row 4, kind" in typed.err
    assert (again["read"], again["stored"]) == (1, 1)


def test_a_file_of_which_nothing_is_kept_is_refused(terminal: Terminal) -> None:
    file = terminal.write("past.csv", "sku,quantity,at\nVASE,1,someday\n")

    assert terminal.type("stock", "import", "--movements", file).exit_code == 4


def test_movements_are_neither_orders_nor_a_receipt(terminal: Terminal) -> None:
    file = terminal.write("past.csv", PAST)

    typed = terminal.type("stock", "import", "--movements", file, "--reference", "R1")

    assert typed.exit_code == 2
    assert "--reference" in typed.err


def test_a_zone_nobody_knows_is_refused(terminal: Terminal) -> None:
    file = terminal.write("past.csv", PAST)

    typed = terminal.type("stock", "import", "--movements", file, "--zone", "Nowhere")

    assert typed.exit_code == 4
    assert "zone" in typed.err
