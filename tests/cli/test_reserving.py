"""`orderwright stock reserve|extend|release|reservations|backlog`."""

from __future__ import annotations

import pytest

from tests.builders.documents import a_document
from tests.cli.terminal import Terminal


def reserve(terminal: Terminal, *arguments: str) -> str:
    made = terminal.ok("stock", "reserve", *arguments, "--json").json()
    reservation_id: str = made["reservation_id"]
    return reservation_id


def test_units_are_reserved_extended_listed_and_released(terminal: Terminal) -> None:
    one = reserve(terminal, "MUG=2", "MUG=1", "JUG=1", "--for", "checkout")
    until = "2099-01-31T09:00Z"

    kept = terminal.ok("stock", "extend", one, "--until", until)
    [listed] = terminal.ok("stock", "reservations", "--json").json_lines()
    released = terminal.ok("stock", "release", one)
    after = terminal.ok("stock", "reservations", "--json").json_lines()
    [closed] = terminal.ok("stock", "reservations", "--all", "--json").json_lines()

    assert kept.out == f"{one} keeps 4 units until 2099-01-31 09:00 UTC\n"
    assert (listed["kind"], listed["units"]) == ("checkout", 4)
    assert [(x["sku"], x["quantity"]) for x in listed["lines"]] == [
        ("JUG", 1),
        ("MUG", 3),
    ]
    assert released.out == f"{one} is released\n"
    assert after == []
    assert (closed["status"], closed["units"]) == ("released", 0)
    # The server was told of the start, the extension and the end.
    assert terminal.runs.reservations == {one: None}


def test_a_repeat_with_a_reference_reserves_nothing_twice(terminal: Terminal) -> None:
    first = reserve(terminal, "MUG=2", "--reference", "cart-7", "--minutes", "5")

    again = terminal.ok(
        "stock", "reserve", "MUG=2", "--reference", "cart-7", "--json"
    ).json()

    assert (again["reservation_id"], again["is_new"]) == (first, False)


def test_without_a_server_the_units_are_kept_and_it_is_said(terminal: Terminal) -> None:
    terminal.runs.is_down = True

    told = terminal.ok("stock", "reserve", "MUG=2").out

    assert "the server is told when it answers" in told


@pytest.mark.parametrize(
    ("code", "arguments"),
    [
        (4, ("reserve", "MUG=101")),
        (4, ("reserve", "NOBODY=1")),
        (2, ("reserve", "MUG")),
        (2, ("reserve", "MUG=1", "--for", "fun")),
        (2, ("reserve", "MUG=1", "--minutes", "5", "--until", "2099-01-31T09:00Z")),
        (4, ("reserve", "MUG=1", "--until", "2001-01-31T09:00Z")),
        (3, ("extend", "draft-0")),
        (3, ("release", "draft-0")),
    ],
)
def test_what_cannot_be_done_is_said_by_the_exit_code(
    terminal: Terminal, code: int, arguments: tuple[str, ...]
) -> None:
    typed = terminal.type("stock", *arguments)

    assert typed.exit_code == code
    assert typed.err


def test_a_refusal_names_what_is_short(terminal: Terminal) -> None:
    assert (
        "MUG: 101 wanted, 100 free" in terminal.type("stock", "reserve", "MUG=101").err
    )


def test_the_backlog_is_listed_in_the_order_of_filling(terminal: Terminal) -> None:
    late = terminal.place(a_document("2", [("LAMP", 2)]) | {"priority": 7})
    first = terminal.place(a_document("1", [("LAMP", 1)]))
    terminal.ok("stock", "receive", "--line", "LAMP=1@B-01", "--reference", "PO-1")

    rows = terminal.ok("stock", "backlog", "LAMP", "--json").json_lines()
    shown = terminal.ok("stock", "backlog").out
    nobody = terminal.ok("stock", "backlog", "MUG", "--json").json_lines()

    assert [(row["place"], row["order_id"], row["reserved"]) for row in rows] == [
        (1, first, 1),
        (2, late, 0),
    ]
    assert rows[0]["why"].startswith("place 1 of 2 in line for PO-1: priority 5")
    assert rows[1]["why"] is None
    assert first in shown
    assert nobody == []
