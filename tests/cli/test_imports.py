"""Files: orders of another system, catalogue, stock."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from domain.errors import TemporaryError
from gateways.runs.protocol import Runs
from tests.builders.documents import a_document
from tests.cli.terminal import Terminal

MAPPING = """
[columns]
number = "Order"
lines.sku = "Sku"
lines.quantity = "Qty"
lines.unit_price = "Price"
ship_to.country = "Country"

[constants]
currency = "EUR"

[numbers]
decimal_separator = ","

[[skip]]
reason = "postage"
when = [{ column = "Sku", equals = ["POST"] }]

[catalog]
name = "Sku"
"""
ORDERS = """\
Order;Sku;Qty;Price;Country
1;MUG;2;9,50;Germany
1;JUG;1;9,50;Germany
2;MUG;x;9,50;Germany
3;POST;1;3,00;Germany
4;MUG;1;9,50;France
"""


def files(terminal: Terminal) -> tuple[str, str]:
    return (
        terminal.write("orders.csv", ORDERS),
        terminal.write("shop.toml", MAPPING),
    )


def import_orders(terminal: Terminal, *more: str) -> tuple[str, ...]:
    orders, mapping = files(terminal)
    return (
        *("order", "import", orders, "--mapping", mapping),
        *("--source", "shop", *more),
    )


def test_an_import_tells_what_it_read_took_refused_and_skipped(
    terminal: Terminal,
) -> None:
    typed = terminal.type(*import_orders(terminal, "--json"))

    result = typed.json()
    assert typed.exit_code == 6
    assert {
        name: result[name]
        for name in ("read", "orders", "accepted", "rejected", "skipped")
    } == {
        "read": 5,
        "orders": 3,
        "accepted": 2,
        "rejected": 1,
        "skipped": {"postage": 1},
    }
    assert "order 2 is refused: row 4, Qty" in typed.err


def test_an_import_says_how_often_each_check_held(terminal: Terminal) -> None:
    result = terminal.type(*import_orders(terminal, "--json")).json()
    words = terminal.type(*import_orders(terminal)).out

    rates = {one["check"]: one for one in result["checks"]}
    assert (rates["price"]["orders"], rates["price"]["hold_rate"]) == (2, 0.0)
    assert rates["email"]["outcomes"] == {"not_checked": 2}
    assert "check email: held 0.0% (2 not_checked)" in words


def test_rejects_are_mended_and_imported_again(terminal: Terminal) -> None:
    first = terminal.type(*import_orders(terminal, "--json")).json()
    rejects = Path(first["rejects_file"])
    mended = terminal.write(
        "mended.csv", rejects.read_text("utf-8").replace(";x;", ";3;")
    )

    again = terminal.ok(
        *("order", "import", mended, "--mapping", "shop.toml"),
        *("--source", "shop", "--json"),
    ).json()

    assert rejects.name == "orders.csv.rejects.csv"
    assert (again["orders"], again["accepted"]) == (1, 1)
    assert again["rejects_file"] is None


def test_a_dry_run_places_nothing(terminal: Terminal) -> None:
    result = terminal.type(*import_orders(terminal, "--dry-run", "--json")).json()

    assert (result["accepted"], result["dry_run"]) == (2, True)
    assert terminal.ok("order", "list", "--json").out == ""


def test_a_limit_counts_good_orders(terminal: Terminal) -> None:
    result = terminal.ok(*import_orders(terminal, "--limit", "1", "--json")).json()

    assert result["accepted"] == 1


def test_a_followed_import_says_what_became_of_its_orders(terminal: Terminal) -> None:
    terminal.type(*import_orders(terminal))
    terminal.ok("order", "cancel", "shop-1")
    terminal.ok("order", "cancel", "shop-4")

    result = terminal.type(*import_orders(terminal, "--follow", "--json")).json()

    assert result["statuses"] == {"cancelled": 2}


def test_following_ends_when_its_time_is_over(terminal: Terminal) -> None:
    typed = terminal.type(
        *import_orders(terminal, "--follow", "--timeout", "0", "--json")
    )

    assert typed.json()["statuses"] == {"released": 2}
    assert "2 orders have not ended yet" in typed.err


def test_an_import_waits_for_an_absent_server_once(terminal: Terminal) -> None:
    attempts = []

    async def connect() -> Runs:
        attempts.append(1)
        raise TemporaryError("no server")

    terminal.surroundings = replace(terminal.surroundings, connect_runs=connect)
    result = terminal.type(*import_orders(terminal, "--json")).json()
    rows = terminal.ok("order", "list", "--json").json_lines()

    assert result["accepted"] == 2
    assert [row["status"] for row in rows] == ["received", "received"]
    assert len(attempts) == 1


def test_a_wrong_mapping_is_refused_naming_the_mistake(terminal: Terminal) -> None:
    orders, _ = files(terminal)
    mapping = terminal.write("wrong.toml", "[columns]\nnumber = 'Order'\n")

    typed = terminal.type(
        "order", "import", orders, "--mapping", mapping, "--source", "shop"
    )

    assert typed.exit_code == 4
    assert "lines.sku" in typed.err


def test_products_are_imported_and_refused_row_by_row(terminal: Terminal) -> None:
    file = terminal.write(
        "products.csv",
        "sku,name,price,currency\nBOWL,Bowl,4.50,EUR\nCUP,Cup,cheap,EUR\n",
    )

    typed = terminal.type("catalog", "import", file, "--json")

    result = typed.json()
    assert typed.exit_code == 6
    assert (result["read"], result["created"]) == (2, 1)
    assert [(one["row"], one["column"]) for one in result["refused"]] == [(3, "price")]
    assert "row 3, price" in typed.err
    assert Path(result["rejects_file"]).exists()


def test_an_alias_lets_a_held_order_go_on(terminal: Terminal) -> None:
    order_id = terminal.place(a_document("1", [("KRUG", 1)]))
    file = terminal.write("aliases.csv", "source,alias,sku\nweb,KRUG,MUG\n")

    result = terminal.ok("catalog", "import", file, "--aliases", "--json").json()

    assert [one["order_id"] for one in result["mended"]] == [order_id]


def test_a_catalogue_and_stock_come_from_an_order_file(terminal: Terminal) -> None:
    orders = terminal.write(
        "orders.csv", "Order;Sku;Qty;Price;Country\n1;VASE;4;2,00;Germany\n"
    )
    mapping = terminal.write("shop.toml", MAPPING)

    products = terminal.ok(
        *("catalog", "import", orders, "--from-orders", "--mapping", mapping, "--json")
    ).json()
    stock = terminal.ok(
        *("stock", "import", orders, "--from-orders", "--mapping", mapping),
        *("--stock-share", "1.5", "--json"),
    ).json()

    assert products["created"] == 1
    assert (stock["units"], stock["booked"]) == (6, True)


def test_opening_stock_is_booked_whole_or_not_at_all(terminal: Terminal) -> None:
    bad = terminal.write("bad.csv", "sku,location,quantity\nMUG,B-01,5\nNONE,B-01,5\n")
    good = terminal.write("good.csv", "sku,location,quantity\nMUG,B-01,5\n")

    refused = terminal.type("stock", "import", bad, "--json")
    dry = terminal.ok("stock", "import", good, "--dry-run")
    booked = terminal.ok("stock", "import", good, "--json").json()
    again = terminal.ok("stock", "import", good)
    [level] = terminal.ok(
        "stock", "show", "MUG", "--location", "B-01", "--json"
    ).json_lines()

    assert refused.exit_code == 4
    assert refused.json()["booked"] is False
    assert "would be booked" in dry.out
    assert (booked["units"], booked["booked"]) == (5, True)
    assert "booked already" in again.out
    assert (level["on_hand"], level["available"]) == (5, 5)


def test_what_arrives_wakes_the_orders_that_wait(terminal: Terminal) -> None:
    order_id = terminal.place(a_document("1", [("LAMP", 1)]))

    received = terminal.ok(
        *("stock", "receive", "--line", "LAMP=3@B-01", "--reference", "PO-1", "--json")
    ).json()
    kept, arrived = terminal.ok(
        "stock", "movements", "--sku", "LAMP", "--json"
    ).json_lines()

    assert received["woken"] == [order_id]
    assert (arrived["kind"], arrived["on_hand_change"]) == ("received", 3)
    # One of the three is for the order that waited.
    assert (kept["kind"], kept["reserved_change"]) == ("reserved", 1)


def test_a_delivery_note_is_booked_from_a_file(terminal: Terminal) -> None:
    file = terminal.write("note.csv", "sku,location,quantity\nLAMP,B-01,2\n")

    received = terminal.ok("stock", "receive", file, "--reference", "PO-2").out

    assert "2 units of 1 SKUs booked" in received


def test_substitutes_come_from_a_file_of_their_own(terminal: Terminal) -> None:
    file = terminal.write(
        "substitutes.csv", "sku,substitute_sku,position\nMUG,JUG,1\nMUG,NOBODY,2\n"
    )

    typed = terminal.type("catalog", "import", file, "--substitutes", "--json")

    assert typed.exit_code == 6
    assert typed.json()["created"] == 1
    assert "row 3, substitute_sku" in typed.err


def test_a_file_is_of_one_kind_only(terminal: Terminal) -> None:
    file = terminal.write("substitutes.csv", "sku,substitute_sku,position\n")

    typed = terminal.type("catalog", "import", file, "--substitutes", "--aliases")

    assert typed.exit_code == 2
    assert "--substitutes" in typed.err
