"""Commands by which people hold, change and cancel orders."""

from __future__ import annotations

from messages.order_document import ShipTo
from tests.builders.documents import a_document, a_ship_to
from tests.cli.terminal import Terminal


def stock_of(terminal: Terminal, sku: str, location: str) -> tuple[int, int]:
    rows = terminal.ok(
        "stock", "show", sku, "--location", location, "--json"
    ).json_lines()
    return (rows[0]["on_hand"], rows[0]["allocated"]) if rows else (0, 0)


def test_a_hold_keeps_an_order_from_packing_until_it_is_released(
    terminal: Terminal,
) -> None:
    order_id = terminal.place(a_document("1"))
    held = terminal.ok("order", "hold", order_id, "--blocks", "pack, hand_over")
    terminal.carry(order_id, ["pick"])

    refused = terminal.type("pack", "confirm", order_id, "--as-picked")
    terminal.ok("order", "release", order_id, "--hold", f"{order_id}.h1")
    terminal.carry(order_id, ["pack"])

    assert "blocks hand_over, pack" in held.out
    assert refused.exit_code == 4
    assert f"blocked by hold {order_id}.h1" in refused.err


def test_holds_of_one_kind_are_released_by_kind(terminal: Terminal) -> None:
    order_id = terminal.place(a_document("1", ship_to=a_ship_to(postcode="1")))

    released = terminal.ok("order", "release", order_id, "--kind", "address")

    assert "nothing holds the order" in released.out


def test_lines_are_changed_removed_and_added_before_picking(terminal: Terminal) -> None:
    order_id = terminal.place(a_document("1", [("MUG", 3), ("JUG", 1)]))

    terminal.ok(
        *("order", "change", order_id, "--line", "1=2", "--remove", "2"),
        *("--add", "TRAY=4@9.50", "--reason", "called_us"),
    )
    lines = terminal.ok("order", "status", order_id, "--json").json()["lines"]

    left = [(one["sku"], one["quantity"] - one["cancelled_quantity"]) for one in lines]
    assert left == [("MUG", 2), ("JUG", 0), ("TRAY", 4)]
    assert lines[2]["unit_price"] == "9.5"


def test_from_picking_on_a_change_of_lines_is_refused_with_what_to_do(
    terminal: Terminal,
) -> None:
    order_id = terminal.place(a_document("1"))
    terminal.carry(order_id, ["pick"])

    refused = terminal.type("order", "change", order_id, "--line", "1=1")

    assert refused.exit_code == 4
    assert "cancel the order, or place another" in refused.err
    assert refused.out == ""


def test_an_address_is_changed_from_a_file_or_by_fields(terminal: Terminal) -> None:
    order_id = terminal.place(a_document("1"))
    address = terminal.write("address.json", a_ship_to(postcode="10117"))
    fields = [
        part
        for name, value in a_ship_to(city="Bonn", postcode="53111").items()
        for part in ("--address", f"{name}={value}")
    ]

    by_file = terminal.ok("order", "change", order_id, "--ship-to", address)
    by_fields = terminal.ok("order", "change", order_id, *fields)

    assert by_file.out == by_fields.out == "the address is changed\n"


def test_one_field_of_an_address_is_changed_and_the_others_stay(
    terminal: Terminal,
) -> None:
    order_id = terminal.place(a_document("1", ship_to=a_ship_to(street2="Hof 2")))

    terminal.ok(
        *("order", "change", order_id),
        *("--address", "postcode=10117", "--address", "street2="),
    )

    assert terminal.ship_to(order_id) == ShipTo.model_validate(
        a_ship_to(postcode="10117")
    )


def test_an_address_that_lost_what_it_needs_is_refused_by_field(
    terminal: Terminal,
) -> None:
    order_id = terminal.place(a_document("1"))

    refused = terminal.type("order", "change", order_id, "--address", "city=")

    assert refused.exit_code == 4
    assert "ship_to.city: is required" in refused.err
    assert terminal.ship_to(order_id) == ShipTo.model_validate(a_ship_to())


def test_a_field_of_an_order_that_keeps_no_address_asks_for_the_others(
    terminal: Terminal,
) -> None:
    order_id = terminal.place(a_document("1", ship_to={"country": "DE"}))

    refused = terminal.type("order", "change", order_id, "--address", "postcode=10117")

    assert refused.exit_code == 4
    assert "ship_to.name: is required" in refused.err


def test_the_address_of_an_order_that_is_not_stored_is_not_found(
    terminal: Terminal,
) -> None:
    missing = terminal.type("order", "change", "web-9", "--address", "city=Bonn")

    assert missing.exit_code == 3
    assert "no order web-9 is stored" in missing.err


def test_a_hold_without_a_word_for_it_shows_its_kind_once(terminal: Terminal) -> None:
    order_id = terminal.place(a_document("1"))
    terminal.ok("order", "hold", order_id)
    terminal.ok("order", "hold", order_id, "--reason", "call_first")

    [first, second] = [
        line
        for line in terminal.ok("order", "status", order_id).out.splitlines()
        if line.startswith("hold ")
    ]

    assert first.count("manual") == 1
    assert first.endswith(
        "(manual) blocks hand_over, pack, release; for customer_service"
    )
    assert second.endswith(": call_first; for customer_service")


def test_a_cancel_before_picking_frees_the_stock_at_once(terminal: Terminal) -> None:
    order_id = terminal.place(a_document("1"))
    before = stock_of(terminal, "MUG", "A-01")

    cancelled = terminal.ok("order", "cancel", order_id, "--json").json()

    assert cancelled["status"] == "cancelled"
    assert before == (100, 2)
    assert stock_of(terminal, "MUG", "A-01") == (100, 0)


def test_a_cancel_during_packing_is_finished_from_the_command_line(
    terminal: Terminal,
) -> None:
    order_id = terminal.place(a_document("1"))
    terminal.carry(order_id, ["pick"])

    asked = terminal.ok("order", "cancel", order_id)
    [task] = terminal.ok("pick", "list", "--kind", "put_back", "--json").json_lines()
    terminal.ok("floor", "answer", task["shipment_id"], "--accept")
    ended = terminal.ok("put-back", "confirm", task["pick_task_id"], "--all", "--json")

    assert "asked to put back" in asked.out
    assert [(s["sku"], s["location_id"]) for s in task["lines"]] == [("MUG", "A-01")]
    assert ended.json()["status"] == "cancelled"
    assert stock_of(terminal, "MUG", "A-01") == (100, 0)


def test_only_the_goods_themselves_can_be_scanned_back(terminal: Terminal) -> None:
    order_id = terminal.place(a_document("1", [("MUG", 2)]))
    terminal.ok("pick", "confirm", order_id, "--all")
    terminal.ok("order", "cancel", order_id)

    other = terminal.type("put-back", "confirm", order_id, "--scan", "JUG")
    scans = ("--scan", "MUG", "--scan", "MUG")
    terminal.ok("put-back", "confirm", order_id, *scans)

    assert other.exit_code != 0
    assert "an article to put back, or its barcode: MUG" in other.err


def test_goods_may_be_put_back_elsewhere(terminal: Terminal) -> None:
    order_id = terminal.place(a_document("1"))
    terminal.carry(order_id, ["pick"])
    terminal.ok("order", "cancel", order_id)

    terminal.ok("put-back", "confirm", order_id, "--line", "MUG=2@B-01")

    assert stock_of(terminal, "MUG", "A-01") == (98, 0)
    assert stock_of(terminal, "MUG", "B-01") == (2, 0)


def test_the_floor_may_refuse_a_cancel_and_the_order_goes_on(
    terminal: Terminal,
) -> None:
    order_id = terminal.place(a_document("1"))
    terminal.carry(order_id, ["pick"])
    terminal.ok("order", "cancel", order_id)

    terminal.ok("floor", "answer", order_id, "--refuse", "--reason", "on_the_truck")
    terminal.carry(order_id, ["pack", "hand over", "deliver"])

    [row] = terminal.ok("order", "list", "--json").json_lines()
    assert row["status"] == "delivered"


def test_a_cancel_after_the_hand_over_is_refused_with_the_reason(
    terminal: Terminal,
) -> None:
    order_id = terminal.place(a_document("1"))
    terminal.carry(order_id, ["pick", "pack", "hand over"])

    refused = terminal.type("order", "cancel", order_id)

    assert refused.exit_code == 4
    assert "too late to cancel" in refused.err


def test_a_refund_that_a_cancel_owes_is_listed_and_confirmed(
    terminal: Terminal,
) -> None:
    order_id = terminal.place(a_document("1"))
    terminal.ok("order", "cancel", order_id)

    [due] = terminal.ok("refund", "list", "--json").json_lines()
    confirmed = terminal.ok("refund", "confirm", due["refund_id"], "--actor", "till:3")
    left = terminal.ok("refund", "list", "--json").out
    [paid] = terminal.ok("refund", "list", "--all", "--json").json_lines()

    assert (due["amount"], due["currency"]) == ("19", "EUR")
    assert due["lines"] == [{"line_no": 1, "quantity": 2}]
    assert "is confirmed" in confirmed.out
    assert left == ""
    assert paid["confirmed_by"] == "till:3"


def test_a_repeat_with_the_same_message_id_gets_the_same_answer(
    terminal: Terminal,
) -> None:
    order_id = terminal.place(a_document("1"))
    hold = (
        *("order", "hold", order_id, "--blocks", "pack", "--note", "call first"),
        *("--message-id", "call-7", "--json"),
    )

    first = terminal.ok(*hold)
    repeat = terminal.ok(*hold)
    holds = terminal.ok("order", "status", order_id, "--json").json()["holds"]

    assert first.out == repeat.out
    assert first.err == ""
    assert len(holds) == 1


def test_a_message_id_of_our_own_is_told_for_a_repeat(terminal: Terminal) -> None:
    order_id = terminal.place(a_document("1"))

    answer = terminal.ok("order", "hold", order_id, "--json")

    message_id = answer.json()["message_id"]
    assert f"--message-id {message_id}" in answer.err


def test_free_text_stays_in_the_database(terminal: Terminal) -> None:
    order_id = terminal.place(a_document("1"))

    terminal.ok("order", "cancel", order_id, "--note", "moved to Musterdorf")
    events = terminal.ok("order", "timeline", order_id, "--json").out

    assert "note-" in events
    assert "Musterdorf" not in events
