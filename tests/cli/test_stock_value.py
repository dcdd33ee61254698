"""What stock is worth and what is expected, as a user types it."""

from __future__ import annotations

import pytest

from tests.cli.terminal import Terminal

EXPECTED = "reference,sku,warehouse,quantity,expected_on\n"


def expect(terminal: Terminal, lines: str, *more: str) -> None:
    terminal.ok("stock", "expect", terminal.write("e.csv", EXPECTED + lines), *more)


def receive(terminal: Terminal, *more: str) -> dict[str, object]:
    line = ("--line", "MUG=8@A-01", "--reference", "DN-1")
    received = terminal.ok("stock", "receive", *line, *more, "--json")
    return dict(received.json())


def test_the_value_is_shown_by_article_and_in_sums(terminal: Terminal) -> None:
    header = "sku,location,quantity,unit_cost,currency\n"
    file = terminal.write("r.csv", f"{header}LAMP,A-02,4,2.50,EUR\n")
    terminal.ok("stock", "receive", file)

    shown = terminal.ok("stock", "value", "--warehouse", "main")
    report = terminal.ok("stock", "value", "--json").json()

    assert "main\tLAMP\t4\t2.5\t10\tEUR\t0" in shown.out.splitlines()
    assert "4 units are worth 10 EUR" in shown.out.splitlines()
    assert "of 300 units the cost is not known" in shown.out
    assert report["sums"] == [{"currency": "EUR", "units": 4, "value": "10"}]
    assert report["units_without_cost"] == 300


def test_a_shop_without_costs_says_so(terminal: Terminal) -> None:
    assert "no stock has a known cost" in terminal.ok("stock", "value").out


def test_movements_show_what_a_unit_cost(terminal: Terminal) -> None:
    header = "sku,location,quantity,unit_cost,currency\n"
    terminal.ok(
        "stock", "receive", terminal.write("r.csv", f"{header}LAMP,A-02,4,2.50,EUR\n")
    )

    shown = terminal.ok("stock", "movements", "--sku", "LAMP")
    [row] = terminal.ok("stock", "movements", "--sku", "LAMP", "--json").json_lines()

    assert "\t2.5\tEUR\t" in shown.out
    assert (row["unit_cost"], row["currency"]) == ("2.5", "EUR")


def test_what_is_expected_is_listed_and_late_ones_are_marked(
    terminal: Terminal,
) -> None:
    expect(terminal, "PO-17,MUG,main,5,2020-01-01\nPO-18,JUG,,5,2099-01-01\n")

    late, coming = terminal.ok("stock", "expected", "--json").json_lines()
    one = terminal.ok("stock", "expected", "--sku", "JUG", "--json").json()

    assert (late["reference"], late["is_late"]) == ("PO-17", True)
    assert (coming["reference"], coming["is_late"], coming["remaining"]) == (
        "PO-18",
        False,
        5,
    )
    assert one == coming
    assert "PO-17" in terminal.ok("stock", "expected").out


def test_a_file_that_is_refused_can_be_mended(terminal: Terminal) -> None:
    file = terminal.write("e.csv", EXPECTED + "PO-17,NOBODY,main,5,soon\n")

    typed = terminal.type("stock", "expect", file, "--json")

    result = typed.json()
    assert typed.exit_code == 4
    assert (result["stored"], result["rejects_file"]) == (False, "e.csv.rejects.csv")
    assert result["refused"] == [
        {"row": 2, "column": "expected_on", "wanted": "a date such as 2026-01-31"}
    ]
    assert "row 2, expected_on" in typed.err
    assert terminal.ok("stock", "expected").out.splitlines()[1:] == []


def test_a_dry_run_says_what_would_be_expected(terminal: Terminal) -> None:
    file = terminal.write("e.csv", EXPECTED + "PO-17,MUG,main,5,2099-01-01\n")

    typed = terminal.ok("stock", "expect", file, "--dry-run")

    assert "5 units of 1 SKUs would be expected" in typed.out
    assert terminal.ok("stock", "expected", "--json").out == ""


def test_a_receipt_is_compared_with_what_was_expected(terminal: Terminal) -> None:
    expect(terminal, "PO-17,MUG,main,9,2099-01-01\n")

    result = receive(terminal, "--expected", "PO-17", "--damaged", "MUG=2")

    [difference] = terminal.ok("exception", "list", "--json").json_lines()
    said = "MUG in main: 9 expected, 8 arrived, 2 of them damaged"
    assert (result["damaged"], result["differences"]) == (2, [said])
    assert (difference["kind"], difference["cause"]) == (
        "receipt_difference",
        f"receipt DN-1: {said}",
    )
    solved = ("--resolution", "supplier_told")
    terminal.ok("exception", "resolve", difference["exception_id"], *solved)
    [damaged] = terminal.ok(
        "stock", "show", "MUG", "--location", "main:damaged", "--json"
    ).json_lines()
    assert damaged["on_hand"] == 2


def test_what_will_not_come_is_closed(terminal: Terminal) -> None:
    expect(terminal, "PO-17,MUG,main,9,2099-01-01\n")

    terminal.ok("stock", "expected", "close", "PO-17")

    assert terminal.ok("stock", "expected", "--json").out == ""
    [row] = terminal.ok("stock", "expected", "--all", "--json").json_lines()
    assert row["closed_at"] is not None
    assert terminal.type("stock", "expected", "close", "PO-99").exit_code == 3
    refused = terminal.type(
        "stock", "receive", "--line", "MUG=1@A-01", "--expected", "PO-17"
    )
    assert (refused.exit_code, "expected:" in refused.err) == (4, True)


@pytest.mark.parametrize("damaged", ["MUG=9", "JUG=1"])
def test_more_damaged_than_arrived_is_a_wrong_option(
    terminal: Terminal, damaged: str
) -> None:
    typed = terminal.type(
        "stock", "receive", "--line", "MUG=8@A-01", "--damaged", damaged
    )

    assert (typed.exit_code, "--damaged" in typed.err) == (2, True)


def test_a_file_says_itself_what_is_damaged(terminal: Terminal) -> None:
    file = terminal.write("r.csv", "sku,location,quantity\nMUG,A-01,8\n")

    typed = terminal.type("stock", "receive", file, "--damaged", "MUG=1")

    assert (typed.exit_code, "damaged_quantity" in typed.err) == (2, True)
