"""Commands about warehouses, releases to the floor, and pick lists."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from domain.policy import DEFAULT_POLICY, ReleaseMode
from persistence.warehouses import forget_warehouses
from tests.builders.documents import a_document
from tests.cli.terminal import Terminal

ON_REQUEST = replace(
    DEFAULT_POLICY, stock=replace(DEFAULT_POLICY.stock, release=ReleaseMode.ON_REQUEST)
)


@pytest.fixture(autouse=True)
def _read_warehouses_anew() -> Iterator[None]:
    forget_warehouses()
    yield
    forget_warehouses()


@pytest.fixture
def desk(terminal: Terminal) -> Terminal:
    """Have a shop where a person releases what goes to the floor."""
    surroundings = replace(terminal.surroundings, policy=lambda: ON_REQUEST)
    return replace(terminal, surroundings=surroundings)


def test_warehouses_are_imported_and_listed(terminal: Terminal) -> None:
    file = terminal.write(
        "sites.csv",
        "warehouse,name,time_zone,cut_off,daily_capacity\n"
        "north,North,Europe/Berlin,13:00,4\nmain,,,14:30,\n",
    )

    dry = terminal.ok("warehouse", "import", file, "--dry-run").out
    told = terminal.ok("warehouse", "import", file, "--json").json()
    rows = terminal.ok("warehouse", "list", "--json").json_lines()
    table = terminal.ok("warehouse", "list").out.splitlines()

    assert "1 would be new, 1 would be changed" in dry
    assert (told["created"], told["updated"], told["refused"]) == (1, 1, [])
    assert [(r["warehouse_id"], r["cut_off"], r["daily_capacity"]) for r in rows] == [
        ("main", "14:30", None),
        ("north", "13:00", 4),
    ]
    assert table[0].split("\t")[0] == "warehouse_id"


def test_refused_warehouses_come_back_in_a_rejects_file(terminal: Terminal) -> None:
    file = terminal.write(
        "sites.csv", "warehouse,name,time_zone\nnorth,North,UTC\nsouth,South,Mars\n"
    )

    partly = terminal.type("warehouse", "import", file, "--json")

    assert partly.exit_code == 6
    assert partly.json()["refused"] == [
        {
            "row": 3,
            "column": "time_zone",
            "wanted": "an IANA zone, such as Europe/London",
        }
    ]
    assert "row 3, time_zone" in partly.err
    assert "south,South,Mars" in Path("sites.csv.rejects.csv").read_text("utf-8")


def test_areas_are_imported_or_refused_as_a_whole(terminal: Terminal) -> None:
    header = "warehouse,country,postcode_prefix,distance_km,transit_days\n"
    good = terminal.write("areas.csv", f"{header}main,DE,,100,2\n")
    bad = terminal.write("bad.csv", f"{header}main,DE,,100,2\nnorth,DE,,1,1\n")

    told = terminal.ok("warehouse", "areas", good, "--json").json()
    refused = terminal.type("warehouse", "areas", bad, "--json")

    assert told["created"] == 1
    assert refused.exit_code == 4
    assert refused.json()["created"] == 0
    assert "north,DE" in Path("bad.csv.rejects.csv").read_text("utf-8")


def test_locations_are_imported(terminal: Terminal) -> None:
    file = terminal.write("bins.csv", "location,warehouse,kind\nR-1,main,bulk\n")

    told = terminal.ok("location", "import", file).out
    again = terminal.ok("location", "import", file, "--json").json()
    refused = terminal.type(
        "location",
        "import",
        terminal.write("worse.csv", "location,warehouse\nX-1,north\n"),
    )

    assert "1 locations read: 1 new" in told
    assert again["unchanged"] == 1
    assert refused.exit_code == 4


def test_shipments_wait_until_a_person_releases_them(desk: Terminal) -> None:
    order_id = desk.place(a_document("1"))
    held = desk.place(a_document("2", [("MUG", 1)]))
    desk.ok("order", "hold", held)
    waits = desk.ok("order", "status", order_id, "--json").json()["waits_for"]

    report = desk.type("release", "--warehouse", "main", "--json")
    words = desk.type("release", "--warehouse", "main").out

    assert waits == f"release to the floor of {order_id}-1"
    assert report.exit_code == 6
    assert (report.json()["released"], report.json()["refused"]) == (1, 1)
    assert f"{held}-1\trefused: held: {held}.h1 (manual)" in words
    [task] = desk.ok("pick", "list", "--json").json_lines()
    assert task["order_id"] == order_id


def test_release_takes_a_limit_a_carrier_and_a_moment(desk: Terminal) -> None:
    for number in range(3):
        desk.place(a_document(str(number), [("MUG", number + 1)]))

    one = desk.ok("release", "--warehouse", "main", "--limit", "1", "--json").json()
    other = desk.ok(
        *("release", "--warehouse", "main", "--carrier", "other", "--json"),
    ).json()
    past = desk.ok(
        *("release", "--warehouse", "main", "--before", "2020-01-01T12:00Z", "--json"),
    ).json()

    assert (one["released"], one["left"]) == (1, 2)
    assert other["shipments"] == past["shipments"] == []


def test_release_of_an_unknown_warehouse_is_not_found(desk: Terminal) -> None:
    typed = desk.type("release", "--warehouse", "nowhere")

    assert typed.exit_code == 3


def test_pick_tasks_are_gathered_shown_and_given_free(terminal: Terminal) -> None:
    first = terminal.place(a_document("1", [("MUG", 1)]))
    second = terminal.place(a_document("2", [("MUG", 2)]))

    made = terminal.ok("pick", "batch", "--warehouse", "main", "--json").json()
    list_id = made["pick_list_id"]
    [row] = terminal.ok("pick", "batches", "--json").json_lines()
    terminal.carry(first, ["pick"])
    words = terminal.ok("pick", "batch-show", list_id).out
    freed = terminal.ok("pick", "batch-cancel", list_id, "--json").json()

    assert (made["kind"], len(made["stops"])) == ("batch", 2)
    assert (row["pick_list_id"], row["open_tasks"]) == (list_id, 2)
    assert f"A-01\t1 x MUG\ttote-1\tline 1 of {first}-1\tdone 1" in words
    assert f"A-01\t2 x MUG\ttote-2\tline 1 of {second}-1" in words
    assert freed["freed"] == [f"{second}-1-pick"]
    assert terminal.ok("pick", "batches", "--json").out == ""
    assert "cancelled" in terminal.ok("pick", "batches", "--all").out


def test_a_repeated_batch_is_the_same_list(terminal: Terminal) -> None:
    for number in (1, 2):
        terminal.place(a_document(str(number), [("MUG", number)]))
    batch = ("pick", "batch", "--warehouse", "main", "--tasks", "1", "--json")

    first = terminal.ok(*batch, "--message-id", "m1").json()
    repeat = terminal.ok(*batch, "--message-id", "m1").json()

    assert first == repeat


def test_batches_that_cannot_be_are_refused(terminal: Terminal) -> None:
    empty = terminal.type("pick", "batch", "--warehouse", "main")
    unknown = terminal.type("pick", "batch", "--warehouse", "nowhere")
    gone = terminal.type("pick", "batch-show", "none")
    none_free = terminal.type("pick", "batch-cancel", "none")
    too_many = terminal.type("pick", "batch", "--warehouse", "main", "--tasks", "101")

    codes = [typed.exit_code for typed in (empty, unknown, gone, none_free, too_many)]
    assert codes == [4, 3, 3, 3, 2]


def test_an_order_says_by_when_it_is_promised(terminal: Terminal) -> None:
    order_id = terminal.place(a_document("1"))

    status = terminal.ok("order", "status", order_id, "--json").json()
    words = terminal.ok("order", "status", order_id).out
    story = terminal.ok("order", "timeline", order_id).out

    [shipment] = status["shipments"]
    assert status["promised_on"] == shipment["deliver_by"]
    assert f"promised by {status['promised_on']}" in words
    assert f"leaves on {shipment['ship_on']}" in words
    assert f"delivery was promised by {status['promised_on']}" in story
