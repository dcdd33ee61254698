"""Commands of pickers, packers and the carrier's driver."""

from __future__ import annotations

from pathlib import Path

from tests.builders.documents import a_document
from tests.cli.terminal import Terminal


def test_pick_tasks_list_their_stops_in_pick_sequence(terminal: Terminal) -> None:
    terminal.ok("stock", "receive", "--line", "LAMP=5@B-01", "--reference", "PO-1")
    terminal.place(a_document("1", [("LAMP", 1), ("MUG", 2)]))

    [task] = terminal.ok("pick", "list", "--warehouse", "main", "--json").json_lines()
    table = terminal.ok("pick", "list").out.splitlines()
    elsewhere = terminal.ok("pick", "list", "--warehouse", "north", "--json").out

    assert [stop["location_id"] for stop in task["lines"]] == ["A-01", "B-01"]
    assert [row.split("\t")[6] for row in table[1:]] == ["MUG", "LAMP"]
    assert elsewhere == ""


def test_lines_are_picked_one_by_one(terminal: Terminal) -> None:
    order_id = terminal.place(a_document("1", [("JUG", 1), ("MUG", 2)]))

    part = terminal.ok("pick", "confirm", order_id, "--line", "1=1", "--json")
    [task] = terminal.ok("pick", "list", "--json").json_lines()
    rest = terminal.ok("pick", "confirm", order_id, "--line", "2:MUG=2@A-01", "--json")

    assert part.json()["status"] == "picking"
    assert {s["sku"]: s["done_quantity"] for s in task["lines"]} == {
        "JUG": 1,
        "MUG": None,
    }
    assert rest.json()["status"] == "picked"


def test_all_takes_only_the_lines_that_are_still_open(terminal: Terminal) -> None:
    order_id = terminal.place(a_document("1", [("JUG", 1), ("MUG", 2)]))
    terminal.ok("pick", "confirm", order_id, "--line", "1=1")

    rest = terminal.ok("pick", "confirm", order_id, "--all", "--json")

    assert rest.json()["status"] == "picked"


def test_a_bundle_is_picked_part_by_part(terminal: Terminal) -> None:
    order_id = terminal.place(a_document("1", [("SET", 1)], prices_include_tax=None))
    [task] = terminal.ok("pick", "list", "--json").json_lines()

    picked = terminal.ok("pick", "confirm", order_id, "--all", "--json")

    assert {s["sku"]: s["quantity"] for s in task["lines"]} == {"JUG": 1, "TRAY": 2}
    assert picked.json()["status"] == "picked"


def test_a_short_pick_asks_for_a_count_and_the_order_goes_on(
    terminal: Terminal,
) -> None:
    order_id = terminal.place(a_document("1"))

    terminal.ok("pick", "short", order_id, "--line", "1=1", "--reason", "damaged")
    found = terminal.ok("exception", "list", "--json").json_lines()
    [asked] = [one for one in found if one["kind"] == "short_pick"]

    assert asked["owner_role"] == "inventory"
    assert asked["order_id"] is None
    assert "damaged" in asked["cause"]


def test_fewer_than_asked_without_a_reason_is_refused(terminal: Terminal) -> None:
    order_id = terminal.place(a_document("1"))

    refused = terminal.type("pick", "confirm", order_id, "--line", "1=1")

    assert refused.exit_code == 4
    assert "reason" in refused.err


def test_packages_are_counted_weighed_and_measured(terminal: Terminal) -> None:
    order_id = terminal.place(a_document("1", [("MUG", 2), ("JUG", 1)]))
    terminal.carry(order_id, ["pick"])

    packed = terminal.ok(
        *("pack", "confirm", order_id, "--json"),
        *("--package", "MUG=2;weight=700;size=300x200x100"),
        *("--package", "JUG=1"),
    )

    assert packed.json()["status"] == "packed"


def test_a_miscount_is_refused_and_recorded(terminal: Terminal) -> None:
    order_id = terminal.place(a_document("1"))
    terminal.carry(order_id, ["pick"])

    refused = terminal.type("pack", "confirm", order_id, "--package", "MUG=1")
    kinds = [
        one["kind"]
        for one in terminal.ok("order", "timeline", order_id, "--json").json_lines()
    ]

    assert refused.exit_code == 4
    assert "2 picked, 1 counted" in refused.err
    assert "pack_error_found" in kinds


def test_a_label_is_written_for_either_printer(terminal: Terminal) -> None:
    order_id = terminal.place(a_document("1"))
    terminal.carry(order_id, ["pick", "pack"])

    pdf = terminal.ok("ship", "label", order_id, "--json").json()
    terminal.ok("ship", "label", order_id, "--format", "zpl", "--output", "label.zpl")
    streamed = terminal.ok(
        "ship", "label", order_id, "--format", "zpl", "--output", "-"
    )

    assert pdf["file"] == f"{order_id}-1.pdf"
    assert Path(pdf["file"]).read_bytes().startswith(b"%PDF")
    assert Path("label.zpl").read_text("utf-8").startswith("^XA")
    assert streamed.out == Path("label.zpl").read_text("utf-8")
    assert pdf["tracking_number"]


def test_a_shipment_without_a_label_has_none_to_write(terminal: Terminal) -> None:
    order_id = terminal.place(a_document("1"))

    missing = terminal.type("ship", "label", f"{order_id}-1")

    assert missing.exit_code == 3
    assert "no valid label" in missing.err


def test_the_carriers_events_bring_an_order_to_its_door(terminal: Terminal) -> None:
    order_id = terminal.place(a_document("1"))
    terminal.carry(order_id, ["pick", "pack", "hand over"])
    [shipment] = terminal.ok("order", "status", order_id, "--json").json()["shipments"]
    payload = terminal.write(
        "payload.json",
        {
            "event_id": "e-1",
            "tracking_number": shipment["tracking_number"],
            "code": "in_transit",
            "occurred_at": "2026-01-31T09:00:00Z",
        },
    )

    moved = terminal.ok("ship", "event", payload, "--json").json()
    repeat = terminal.ok("ship", "event", payload, "--json").json()
    terminal.ok(
        *("ship", "event", "--shipment", shipment["shipment_id"]),
        *("--milestone", "delivered", "--occurred-at", "2026-02-01T09:00Z"),
    )

    after = terminal.ok("order", "status", order_id, "--json").json()
    kinds = [
        one["kind"]
        for one in terminal.ok("order", "timeline", order_id, "--json").json_lines()
    ]
    assert moved == repeat
    assert (moved["milestone"], moved["is_delivered"]) == ("in_transit", True)
    assert after["status"] == "delivered"
    assert kinds.count("carrier_reported") == 2


def test_an_event_is_kept_while_nobody_answers(terminal: Terminal) -> None:
    order_id = terminal.place(a_document("1"))
    terminal.carry(order_id, ["pick", "pack", "hand over"])
    terminal.runs.is_down = True

    kept = terminal.ok(
        *("ship", "event", "--shipment", f"{order_id}-1", "--milestone", "in_transit"),
        *("--occurred-at", "2026-02-01T09:00Z", "--json"),
    )

    assert kept.json()["is_delivered"] is False


def test_an_event_of_an_unknown_shipment_is_not_found(terminal: Terminal) -> None:
    unknown = terminal.type(
        *("ship", "event", "--tracking-number", "4711", "--milestone", "delivered"),
        *("--occurred-at", "2026-02-01T09:00Z"),
    )

    assert unknown.exit_code == 3
    assert "4711" not in unknown.err


def test_a_claim_is_recorded_on_a_line_that_has_shipped(terminal: Terminal) -> None:
    order_id = terminal.place(a_document("1"))
    claim = ("claim", "record", order_id, "--line", "1", "--kind", "damaged")

    too_early = terminal.type(*claim)
    terminal.carry(order_id, ["pick", "pack", "hand over"])
    recorded = terminal.ok(*claim, "--quantity", "1", "--json").json()
    unknown_line = terminal.type(
        "claim", "record", order_id, "--line", "7", "--kind", "damaged"
    )

    assert too_early.exit_code == 4
    assert "has left the warehouse" in too_early.err
    assert recorded == {
        "claim_id": f"{order_id}.c1",
        "order_id": order_id,
        "line_no": 1,
        "kind": "damaged",
    }
    assert (unknown_line.exit_code, "line_no" in unknown_line.err) == (4, True)


def test_an_exception_is_taken_by_one_person_and_resolved(terminal: Terminal) -> None:
    order_id = terminal.place(a_document("1"))
    terminal.ok("pick", "short", order_id, "--line", "1=1", "--reason", "not_there")
    found = terminal.ok("exception", "list", "--json").json_lines()
    [asked] = [one for one in found if one["kind"] == "short_pick"]
    exception_id = asked["exception_id"]

    terminal.ok("exception", "take", exception_id, "--actor", "clerk:4")
    other = terminal.type("exception", "take", exception_id, "--actor", "clerk:5")
    table = terminal.ok("exception", "list").out
    resolved = terminal.ok(
        "exception", "resolve", exception_id, "--resolution", "counted"
    )
    unknown = terminal.type("exception", "take", "nothing.x1")

    assert other.exit_code == 4
    assert "is taken by clerk:4" in other.err
    assert "clerk:4" in table
    assert "0 min" in table
    assert "is resolved: counted" in resolved.out
    assert "short_pick" not in terminal.ok("exception", "list", "--json").out
    assert unknown.exit_code == 3


def test_an_exception_of_an_order_is_resolved_by_its_run(terminal: Terminal) -> None:
    order_id = terminal.place(a_document("1"))
    terminal.carry(order_id, ["pick", "pack", "hand over"])
    terminal.ok(
        *("ship", "event", "--shipment", f"{order_id}-1", "--milestone", "lost"),
        *("--occurred-at", "2026-02-01T09:00Z"),
    )

    [asked] = terminal.ok("exception", "list", "--json").json_lines()
    terminal.ok("exception", "take", asked["exception_id"], "--actor", "clerk:4")
    terminal.ok("exception", "resolve", asked["exception_id"], "--resolution", "closed")

    ended = terminal.ok("order", "status", order_id, "--json").json()
    kinds = [
        one["kind"]
        for one in terminal.ok("order", "timeline", order_id, "--json").json_lines()
    ]
    assert ended["status"] == "undelivered"
    assert "exception_taken" in kinds
