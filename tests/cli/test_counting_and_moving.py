"""Commands of those who count, move and freeze stock."""

from __future__ import annotations

import pytest

from cli.exits import ExitCode
from tests.builders.documents import a_document
from tests.cli.terminal import Terminal

TASK = "count-A-01-MUG-1"
TRANSFER = ("stock", "transfer", "MUG", "5", "--from", "A-01", "--to", "B-01")


def available(terminal: Terminal, place: str) -> int:
    rows = terminal.ok("stock", "show", "MUG", "--location", place, "--json")
    return sum(row["available"] for row in rows.json_lines())


def count(terminal: Terminal, quantity: int, actor: str) -> str:
    typed = terminal.ok(
        *("count", "confirm", TASK, "--quantity", str(quantity)),
        *("--actor", actor, "--json"),
    )
    return str(typed.json()["status"])


def test_a_bin_is_counted_twice_and_approved(terminal: Terminal) -> None:
    opened = terminal.ok("count", "open", "A-01", "MUG", "--json").json()
    first = count(terminal, 98, "counter:1")
    second = count(terminal, 98, "counter:2")
    [waiting] = terminal.ok("exception", "list", "--json").json_lines()
    booked = terminal.ok("count", "approve", TASK, "--actor", "manager:1", "--json")

    # What a mug costs is not known here: somebody has to agree.
    assert (opened["count_task_id"], first, second) == (TASK, "recount", "approval")
    assert waiting["owner_role"] == "operations_manager"
    assert booked.json()["adjustment"] == -2
    assert available(terminal, "A-01") == 98
    assert terminal.ok("exception", "list", "--json").out == ""


def test_a_refused_count_is_counted_again(terminal: Terminal) -> None:
    terminal.ok("count", "open", "A-01", "MUG")
    count(terminal, 98, "counter:1")
    count(terminal, 98, "counter:2")

    refused = terminal.ok("count", "refuse", TASK, "--actor", "manager:1")

    assert refused.out.strip() == "refused: another person counts it again"
    assert count(terminal, 100, "counter:3") == "done"


def test_the_count_list_says_where_and_never_how_many(terminal: Terminal) -> None:
    for place, sku in (("B-01", "MUG"), ("A-01", "MUG"), ("A-01", "JUG")):
        terminal.ok("count", "open", place, sku)

    rows = terminal.ok("count", "list", "--warehouse", "main", "--json").json_lines()
    table = terminal.ok("count", "list").out

    assert [(row["location_id"], row["sku"]) for row in rows] == [
        ("A-01", "JUG"),
        ("A-01", "MUG"),
        ("B-01", "MUG"),
    ]
    assert "100" not in table
    assert table.startswith("count_task_id\tstatus")


def test_who_counted_may_not_count_again(terminal: Terminal) -> None:
    terminal.ok("count", "open", "A-01", "MUG")
    count(terminal, 98, "counter:1")

    again = terminal.type(
        *("count", "confirm", TASK, "--quantity", "98", "--actor", "counter:1")
    )

    assert again.exit_code == ExitCode.REFUSED
    assert "actor: another person" in again.err


def test_stock_is_moved_and_the_repeat_is_the_same(terminal: Terminal) -> None:
    first = terminal.ok(*TRANSFER, "--message-id", "m1", "--json").json()
    again = terminal.ok(*TRANSFER, "--message-id", "m1", "--json").json()

    assert first == again
    assert first["text"] == "5 MUG moved from A-01 to B-01"
    assert (available(terminal, "A-01"), available(terminal, "B-01")) == (95, 5)


@pytest.mark.parametrize(("change", "left"), [("-3", 97), ("3", 103)])
def test_stock_is_adjusted_both_ways(
    terminal: Terminal, change: str, left: int
) -> None:
    told = ("stock", "adjust", "MUG", change, "--location", "A-01", "--reason", "seen")

    assert terminal.ok(*told).out.startswith("MUG at A-01 is adjusted by")
    assert available(terminal, "A-01") == left


def test_damaged_goods_leave_the_shelf(terminal: Terminal) -> None:
    moved = terminal.ok("stock", "damage", "MUG", "2", "--location", "A-01", "--json")

    assert moved.json()["to_location"] == "main:damaged"
    assert available(terminal, "A-01") == 98


def test_goods_that_came_back_wake_who_waits(terminal: Terminal) -> None:
    terminal.place(a_document("1", [("LAMP", 1)]))

    back = terminal.ok("stock", "return", "LAMP", "1", "--location", "B-01")

    assert back.out.strip() == "1 LAMP came back to B-01; 1 waiting orders are told"


def test_goods_of_an_unknown_order_do_not_come_back(terminal: Terminal) -> None:
    typed = terminal.type(
        *("stock", "return", "MUG", "1", "--location", "A-01", "--order", "web-9")
    )

    assert typed.exit_code == ExitCode.NOT_FOUND


def test_a_frozen_location_is_told_with_what_stands_on_the_floor(
    terminal: Terminal,
) -> None:
    waiting = terminal.place(a_document("1", [("MUG", 2)]))
    started = terminal.place(a_document("2", [("MUG", 3)]))
    terminal.carry(started, ["pick"])

    frozen = terminal.ok("stock", "freeze", "--location", "A-01", "--reason", "recall")
    shown = terminal.ok(
        *("stock", "freeze", "--location", "A-01", "--reason", "recall", "--json")
    ).json()
    thawed = terminal.ok("stock", "unfreeze", "--location", "A-01")

    assert frozen.out.splitlines() == [
        "location A-01 is frozen: 1 shipments are sourced again, "
        "1 are on the floor already",
        f"on the floor: {started}-1 is picked",
    ]
    assert shown["resourced"] == [f"{waiting}-1"]
    assert thawed.out.strip() == "location A-01 may be used again"


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (("stock", "freeze", "--reason", "recall"), ExitCode.USAGE, "--location or"),
        (("stock", "unfreeze"), ExitCode.USAGE, "--location or --warehouse"),
        (
            ("stock", "freeze", "--warehouse", "north", "--reason", "recall"),
            ExitCode.REFUSED,
            "warehouse: a warehouse that is stored",
        ),
        (
            ("stock", "freeze", "--location", "A-01", "--reason", "Some text"),
            ExitCode.REFUSED,
            "reason",
        ),
        (
            ("stock", "unfreeze", "--warehouse", "main"),
            ExitCode.REFUSED,
            "warehouse main is not frozen",
        ),
        (
            ("stock", "transfer", "MUG", "500", "--from", "A-01", "--to", "B-01"),
            ExitCode.REFUSED,
            "quantity: at most 100",
        ),
        (
            ("stock", "transfer", "MUG", "0", "--from", "A-01", "--to", "B-01"),
            ExitCode.USAGE,
            "QUANTITY",
        ),
        (("stock", "transfer", "MUG", "1"), ExitCode.USAGE, "--from"),
        (("stock", "adjust", "MUG", "-3"), ExitCode.USAGE, "--location"),
        (
            ("stock", "adjust", "MUG", "--lost", "--location", "A-01"),
            ExitCode.USAGE,
            "",
        ),
        (
            ("stock", "damage", "NONE", "1", "--location", "A-01"),
            ExitCode.REFUSED,
            "sku: a SKU that the catalogue has",
        ),
        (("count", "confirm", TASK), ExitCode.USAGE, "--quantity"),
        (
            ("count", "confirm", TASK, "--quantity", "3"),
            ExitCode.NOT_FOUND,
            "there is no count task",
        ),
        (("count", "approve", TASK), ExitCode.NOT_FOUND, "there is no count task"),
        (("count", "refuse", TASK), ExitCode.NOT_FOUND, "there is no count task"),
        (
            ("count", "open", "X-9", "MUG"),
            ExitCode.REFUSED,
            "location: a location that is stored",
        ),
    ],
)
def test_what_cannot_be_done_is_said_with_its_exit_code(
    terminal: Terminal, arguments: tuple[str, ...], code: ExitCode, told: str
) -> None:
    typed = terminal.type(*arguments)

    assert typed.exit_code == code, typed.err
    assert told in typed.err
    assert typed.out == ""
