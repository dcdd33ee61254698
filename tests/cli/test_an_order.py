"""One order through the commands, as a clerk, a picker and a packer type them."""

from __future__ import annotations

from tests.builders.documents import a_document, a_ship_to, personal_data_in
from tests.cli.terminal import Terminal


def test_an_order_goes_from_placement_to_delivery(terminal: Terminal) -> None:
    order = terminal.write("order.json", a_document("#1001"))

    placed = terminal.ok("order", "place", order, "--json").json()
    [task] = terminal.ok("pick", "list", "--json").json_lines()
    picked = terminal.ok("pick", "confirm", task["pick_task_id"], "--all", "--json")
    packed = terminal.ok(
        "pack",
        "confirm",
        task["shipment_id"],
        "--package",
        "MUG=2;weight=700",
        "--json",
    )
    handed = terminal.ok("ship", "handover", task["shipment_id"], "--json")
    ended = terminal.ok("deliver", "confirm", placed["order_id"], "--json")

    assert placed["order_id"] == "web-_231001"
    assert (placed["outcome"], placed["is_new"]) == ("accepted", True)
    assert [stop["sku"] for stop in task["lines"]] == ["MUG"]
    assert picked.json()["status"] == "picked"
    assert packed.json()["status"] == "packed"
    assert handed.json()["status"] == "shipped"
    assert ended.json()["status"] == "delivered"


def test_the_status_shows_everything_that_hangs_on_an_order(terminal: Terminal) -> None:
    order_id = terminal.place(a_document("1", ship_to=a_ship_to(postcode="1")))

    shown = terminal.ok("order", "status", order_id, "--json").json()
    by_number = terminal.ok("order", "status", "--source", "web", "--number", "1")

    assert shown["status"] == "allocated"
    assert shown["what_to_do"].startswith("mend the cause")
    assert [line["sku"] for line in shown["lines"]] == ["MUG"]
    assert [one["status"] for one in shown["shipments"]] == ["allocated"]
    assert [hold["kind"] for hold in shown["holds"]] == ["address"]
    assert {c["check"]: c["outcome"] for c in shown["checks"]}["address"] == "hold"
    assert "hold web-1.h1 (address) blocks" in by_number.out
    assert "line 1: 2 x MUG" in by_number.out


def test_neither_status_nor_timeline_nor_list_shows_personal_data(
    terminal: Terminal,
) -> None:
    order_id = terminal.place(a_document("1"))
    terminal.carry(order_id, ["pick", "pack", "hand over", "deliver"])

    written = "".join(
        terminal.ok(*command, "--json").out
        for command in (
            ("order", "status", order_id),
            ("order", "timeline", order_id),
            ("order", "list"),
            ("stock", "movements"),
        )
    )

    assert personal_data_in(written) == []


def test_the_timeline_says_in_words_what_happened(terminal: Terminal) -> None:
    order_id = terminal.place(a_document("1"))
    terminal.ok("pick", "confirm", order_id, "--all", "--actor", "picker:7")

    events = terminal.ok("order", "timeline", order_id, "--json").json_lines()
    table = terminal.ok("order", "timeline", order_id).out

    assert events[0]["kind"] == "placed"
    assert events[-1]["text"] == "the goods were picked: 2 units"
    assert events[-1]["actor"] == "picker:7"
    assert events[-1]["occurred_at"] <= events[-1]["recorded_at"]
    assert table.startswith("occurred_at\trecorded_at\ttext\tactor\tshipment_id\n")


def test_the_watch_ends_with_the_order(terminal: Terminal) -> None:
    order_id = terminal.place(a_document("1"))
    terminal.carry(order_id, ["pick", "pack", "hand over", "deliver"])

    watched = terminal.ok("order", "watch", order_id, "--json")

    assert [one["kind"] for one in watched.json_lines()][-1] == "delivered"
    assert "has ended: delivered" in watched.err


def test_a_watch_gives_up_when_its_time_is_over(terminal: Terminal) -> None:
    order_id = terminal.place(a_document("1"))

    watched = terminal.type(
        "order", "watch", order_id, "--timeout", "0", "--interval", "0.05"
    )

    assert watched.exit_code == 1
    assert f"{order_id} is still released" in watched.err
    assert "waits for pick" in watched.err


def test_the_list_has_stable_fields_and_filters(terminal: Terminal) -> None:
    first = terminal.place(a_document("1"))
    held = terminal.place(a_document("2", ship_to=a_ship_to(postcode="1")))

    rows = terminal.ok("order", "list", "--json").json_lines()
    released = terminal.ok("order", "list", "--status", "released", "--json")
    elsewhere = terminal.ok("order", "list", "--source", "shop", "--json")
    worried = terminal.ok("order", "list", "--needs-attention", "--json")

    assert {row["order_id"] for row in rows} == {first, held}
    assert list(rows[0]) == [
        "order_id",
        "source",
        "number",
        "channel",
        "service_level",
        "status",
        "since",
        "waits_for",
        "due_at",
        "needs_attention",
        "attention_reason",
        "placed_at",
        "asked_for_on",
        "promised_on",
        "ended_at",
    ]
    assert [row["order_id"] for row in released.json_lines()] == [first]
    assert elsewhere.out == worried.out == ""


def test_a_list_that_is_cut_says_how_many_there_are(terminal: Terminal) -> None:
    for number in ("1", "2", "3"):
        terminal.place(a_document(number))

    listed = terminal.ok("order", "list", "--limit", "2", "--json")

    assert len(listed.json_lines()) == 2
    assert "2 of 3 orders" in listed.err


def test_an_order_stored_while_the_server_is_away_is_listed_as_received(
    terminal: Terminal,
) -> None:
    terminal.runs.is_down = True
    order = terminal.write("order.json", a_document("1"))

    placed = terminal.ok("order", "place", order, "--json")
    [row] = terminal.ok("order", "list", "--json").json_lines()
    status = terminal.ok("order", "status", "web-1", "--json").json()

    assert placed.json()["is_started"] is False
    assert "a worker starts its run" in placed.err
    assert (row["status"], row["waits_for"]) == ("received", "verification")
    assert status["what_to_do"] == "nothing: a worker takes it"


def test_reading_needs_no_server(terminal: Terminal) -> None:
    order_id = terminal.place(a_document("1"))
    terminal.runs.connections = 0

    for command in (
        ("order", "list"),
        ("order", "status", order_id),
        ("order", "timeline", order_id),
        ("pick", "list"),
        ("exception", "list"),
        ("refund", "list"),
        ("stock", "show"),
    ):
        terminal.ok(*command)

    assert terminal.runs.connections == 0
