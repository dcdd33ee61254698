"""Rows of the past become orders; what is dirty is kept, what is unreadable refused."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.errors import InvalidInput
from domain.events import EventKind
from domain.kpi.history import HistoryStatus
from operations.files.rows import FileRefused
from operations.history_files import Finding, ReadOrder, read_history
from tests.operations.file_builders import EXAMPLES, places
from tests.operations.history_files.past import (
    ARRIVED,
    LEFT,
    NO_STAGES,
    PLACED,
    Cells,
    Past,
    row,
)


@pytest.fixture
def past(tmp_path: Path) -> Past:
    return Past(tmp_path)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def kinds(read: ReadOrder) -> list[str]:
    return [kind.value for _, kind, _, _ in read.order.events]


def test_a_row_for_each_line_makes_one_order(past: Past) -> None:
    read = past.only(row(), row(sku="JUG", quantity_ordered="1", unit_price="0.000001"))

    assert read.order.order_id == "past-1"
    assert read.order.status is HistoryStatus.DELIVERED
    assert [
        (no, line.sku, line.unit_price_micros) for no, line in read.order.lines
    ] == [
        (1, "MUG", 9_500_000),
        (1, "JUG", 1),
    ]
    assert len(read.order.shipments) == 1
    assert read.findings == ()


def test_an_order_may_be_a_row_without_any_line(past: Past) -> None:
    bare = {"source": "past", "number": "1", "placed_at": PLACED}

    read = past.only(bare)

    assert read.order.status is HistoryStatus.OPEN
    assert [line.sku for _, line in read.order.lines] == [None]
    assert kinds(read) == ["placed"]


def test_every_time_becomes_an_event_of_its_order_or_shipment(past: Past) -> None:
    read = past.only(row(released_at="2025-11-03T10:00Z", first_scan_at=ARRIVED))

    told = [(number, kind.value) for number, kind, _, _ in read.order.events]
    assert told == [
        (None, "placed"),
        (None, "verified"),
        (1, "allocated"),
        (1, "released"),
        (1, "picked"),
        (1, "packed"),
        (1, "handed_over"),
        (1, "first_scan"),
        (1, "delivered"),
    ]


def test_rows_that_left_apart_are_shipments_in_the_order_they_left(past: Past) -> None:
    later = row(handed_over_at="2025-11-04T17:00Z", warehouse="north", sku="JUG")

    read = past.only(later, row())

    assert [one.warehouse_id for one in read.order.shipments] == ["main", "north"]
    assert [(number, line.sku) for number, line in read.order.lines] == [
        (2, "JUG"),
        (1, "MUG"),
    ]


@pytest.mark.parametrize(
    "silent",
    [
        row(**NO_STAGES, quantity_shipped="", sku="JUG"),
        row(**NO_STAGES, quantity_shipped="0", sku="JUG"),
        row(delivered_at="", handed_over_at="", quantity_shipped="0", sku="JUG"),
    ],
    ids=["says nothing", "nothing shipped", "never packed"],
)
def test_a_line_that_never_left_has_no_shipment_of_its_own(
    past: Past, silent: Cells
) -> None:
    read = past.only(silent, row())

    assert [number for number, _ in read.order.lines] == [1, 1]
    assert read.order.status is HistoryStatus.DELIVERED


def test_an_order_of_which_nothing_has_left_keeps_its_stages(past: Past) -> None:
    read = past.only(row(handed_over_at="", delivered_at="", quantity_shipped="0"))

    assert "packed" in kinds(read)
    assert read.order.status is HistoryStatus.OPEN


@pytest.mark.parametrize(
    ("cells", "status"),
    [
        ({}, "delivered"),
        ({"delivered_at": ""}, "shipped"),
        ({"delivered_at": "", "handed_over_at": ""}, "open"),
        ({"cancelled_at": ARRIVED}, "cancelled"),
        ({"status": "Open"}, "open"),
    ],
)
def test_an_order_stands_where_its_status_says_or_else_its_times(
    past: Past, cells: Cells, status: str
) -> None:
    assert past.only(row(**cells)).order.status == status


def test_one_shipment_on_its_way_keeps_an_order_from_being_delivered(
    past: Past,
) -> None:
    read = past.only(row(), row(delivered_at="", sku="JUG"))

    assert read.order.status is HistoryStatus.SHIPPED


@pytest.mark.parametrize(
    ("written", "instant", "day"),
    [
        ("2025-11-06", None, date(2025, 11, 6)),
        ("2025-11-06T18:00+01:00", at("2025-11-06T17:00Z"), None),
        ("", None, None),
    ],
)
def test_a_promise_is_an_instant_or_a_whole_day(
    past: Past, written: str, instant: datetime | None, day: date | None
) -> None:
    order = past.only(row(promised_at=written, due_ship_at=written)).order

    assert (order.promised_at, order.promised_on) == (instant, day)
    assert (order.due_ship_at, order.due_ship_on) == (instant, day)


@pytest.mark.parametrize(
    ("cells", "finding"),
    [
        ({"handed_over_at": "2025-11-02T09:00Z"}, Finding.STAGES_OUT_OF_ORDER),
        ({"delivered_at": "2025-11-03T16:00Z"}, Finding.STAGES_OUT_OF_ORDER),
        ({"picked_at": ""}, Finding.MISSING_STAGE),
        ({"status": "delivered", "delivered_at": ""}, Finding.DELIVERED_WITHOUT_DATE),
        ({"status": "cancelled"}, Finding.CANCELLED_WITH_DELIVERY),
        ({"error_kind": "damaged"}, Finding.ERROR_WITHOUT_DATE),
        (
            {"error_kind": "gnawed", "error_found_at": ARRIVED},
            Finding.ERROR_OF_UNKNOWN_KIND,
        ),
    ],
)
def test_a_dirty_order_is_kept_and_counted(
    past: Past, cells: Cells, finding: Finding
) -> None:
    assert past.only(row(**cells)).findings == (finding,)


def test_a_stage_is_missing_only_where_the_file_has_its_column(past: Past) -> None:
    cells = row()
    del cells["picked_at"]

    assert past.only(cells).findings == ()


def test_of_rows_that_contradict_each_other_the_first_value_counts(past: Past) -> None:
    read = past.only(row(channel=""), row(channel="web"), row(channel="phone"))

    assert read.order.channel == "web"
    assert read.findings == (Finding.CONTRADICTING_ROWS,)


def test_of_several_times_of_placing_the_earliest_counts(past: Past) -> None:
    read = past.only(row(), row(placed_at="2025-11-03T08:59Z"))

    assert read.order.placed_at == at("2025-11-03T08:59Z")
    assert read.findings == ()


@pytest.mark.parametrize(
    ("column", "written"),
    [
        ("source", "Past"),
        ("number", "x" * 201),
        ("placed_at", ""),
        ("placed_at", "yesterday"),
        ("placed_at", "0001-01-01T00:00Z"),
        ("delivered_at", "2025-13-01"),
        ("promised_at", "9999-12-31"),
        ("promised_at", "soon"),
        ("status", "somewhere"),
        ("ship_to_zone", "Mars/Base"),
        ("currency", "euro"),
        ("customer", "?"),
        ("quantity_ordered", "-1"),
        ("quantity_ordered", "1.5"),
        ("quantity_ordered", "3000000000"),
        ("quantity_shipped", "-1"),
        ("quantity_rejected", "many"),
        ("unit_price", "-0.01"),
        ("unit_cost", "0.0000001"),
        ("sku", "S" * 101),
        ("warehouse", "W" * 41),
        ("error_found_at", "later"),
    ],
)
def test_a_cell_that_cannot_be_read_refuses_its_order_by_row_and_column(
    past: Past, column: str, written: str
) -> None:
    good, bad = row(), row(**{column: written})
    shared = [good] if column not in ("source", "number", "placed_at") else []

    refused = past.refused(*shared, bad)

    assert places(refused.refused) == [(2 + len(shared), column)]
    assert len(refused.rows) == 1 + len(shared)
    assert not written or written not in refused.refused[0].wanted


def test_every_bad_cell_of_an_order_is_named(past: Past) -> None:
    refused = past.refused(row(unit_price="x", picked_at="y"), row(status="z"))

    assert places(refused.refused) == [
        (2, "picked_at"),
        (2, "unit_price"),
        (3, "status"),
    ]


def test_rows_without_a_number_are_not_one_order(past: Past) -> None:
    found = past.read([row(number=""), row(number="")])

    assert [len(each.rows) for each in found] == [1, 1]
    assert not any(isinstance(each, ReadOrder) for each in found)


def test_the_same_number_of_two_sources_is_two_orders(past: Past) -> None:
    found = past.read([row(), row(source="other"), row()])

    assert sorted(len(each.rows) for each in found) == [1, 2]


def test_a_row_with_too_few_cells_refuses_its_order(past: Past) -> None:
    text = "source,number,placed_at,sku\npast,1,2025-11-03,MUG\npast,1,2025-11-03\n"

    [found] = past.read(text)

    assert not isinstance(found, ReadOrder)
    assert places(found.refused) == [(3, "placed_at")]
    assert len(found.rows) == 2


@pytest.mark.parametrize(
    ("found_at", "kind"),
    [
        ("2025-11-03T12:30Z", "pack_error_found"),
        (LEFT, "pack_error_found"),
        ("2025-11-06T09:00Z", "claim_recorded"),
        ("", "claim_recorded"),
    ],
)
def test_an_error_is_found_inside_until_the_goods_have_left(
    past: Past, found_at: str, kind: str
) -> None:
    read = past.only(
        row(sku="JUG"),
        row(error_kind="missing", error_found_at=found_at, quantity_rejected="2"),
    )

    [(number, found, happened, data)] = [
        event
        for event in read.order.events
        if event[1] in (EventKind.PACK_ERROR_FOUND, EventKind.CLAIM_RECORDED)
    ]
    assert (number, found) == (1, kind)
    assert (data["line_no"], data["kind"], data["quantity"]) == (2, "missing", 2)
    assert data["imported"] is True
    assert happened == at(found_at or ARRIVED)
    assert ("undated" in data) is (found_at == "")


def test_an_undated_error_of_goods_that_have_not_left_is_found_inside(
    past: Past,
) -> None:
    read = past.only(row(handed_over_at="", delivered_at="", error_kind="extra"))

    assert kinds(read)[-1] == "pack_error_found"


def test_of_a_customer_only_a_hash_is_kept(past: Past) -> None:
    by_mail, again, other = (
        past.only(row(customer=text)).order.customer
        for text in ("One@example.org", "one@example.org", "two@example.org")
    )

    assert by_mail == again != other
    assert by_mail is not None
    assert len(by_mail) == 64


def test_unknown_columns_are_refused_by_name(past: Past) -> None:
    with pytest.raises(FileRefused, match="colour"):
        past.read([row(colour="blue")])


def test_a_file_without_numbers_or_times_of_placing_is_refused(past: Past) -> None:
    with pytest.raises(FileRefused, match="placed_at"):
        past.read("source,number\npast,1\n")


def test_our_column_names_may_be_written_in_any_case(past: Past) -> None:
    [found] = past.read("SOURCE,Number,Placed_At\npast,1,2025-11-03T09:00Z\n")

    assert isinstance(found, ReadOrder)


@pytest.mark.parametrize(
    ("header", "source"), [("number", None), ("source,number", "shop")]
)
def test_the_source_is_said_exactly_once(
    past: Past, header: str, source: str | None
) -> None:
    with pytest.raises(InvalidInput, match="source"):
        past.read(f"{header},placed_at\n", source=source)


def test_the_source_may_be_said_by_whoever_imports(past: Past) -> None:
    [found] = past.read("number,placed_at\n#1,2025-11-03T09:00Z\n", source="shop")

    assert isinstance(found, ReadOrder)
    assert found.order.order_id == "shop-_231"


def permuted(rows: list[Cells], seed: int) -> list[Cells]:
    mixed = list(rows)
    random.Random(seed).shuffle(mixed)
    return mixed


_STAGES = st.sampled_from(["", LEFT, "2025-11-04T17:00Z"])
_ROWS = st.lists(
    st.builds(
        lambda number, left, sku, shipped: row(
            number=number, handed_over_at=left, sku=sku, quantity_shipped=shipped
        ),
        st.sampled_from("12"),
        _STAGES,
        st.sampled_from(["MUG", "JUG", ""]),
        st.sampled_from(["0", "1", ""]),
    ),
    min_size=1,
    max_size=8,
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=_ROWS, seed=st.integers(0, 99))
def test_the_order_of_the_rows_does_not_matter(
    past: Past, rows: list[Cells], seed: int
) -> None:
    def told(rows: list[Cells]) -> set[object]:
        return {
            (
                each.order.fingerprint,
                tuple(each.order.shipments),
                tuple(sorted(each.order.lines, key=str)),
                each.findings,
            )
            for each in past.read(rows)
            if isinstance(each, ReadOrder)
        }

    assert told(rows) == told(permuted(rows, seed))


MAPPING = """
upper_case = ["sku"]

[columns]
number = "Order"
placed_at = "Date"
promised_at = "Promised"
status = "State"
sku = "Item"
quantity_ordered = "Qty"
unit_price = "Price"

[constants]
source = "shop"
channel = "web"

[dates]
format = "%d.%m.%Y %H:%M"
day_format = "%d.%m.%Y"
zone = "Europe/Berlin"

[numbers]
decimal_separator = ","

[status]
"In Arbeit" = "open"

[[status_when]]
status = "cancelled"
when = [{ column = "Order", matches = "C.*" }]

[[skip]]
reason = "postage"
when = [{ column = "Item", equals = ["POST"] }]
"""
HEADER = "Order;Date;Promised;State;Item;Qty;Price\n"
MAPPED = "1;03.11.2025 09:00;05.11.2025;in arbeit;mug;2;9,50\n"


def test_a_mapping_says_how_foreign_rows_are_read(past: Past) -> None:
    [found] = past.read(HEADER + MAPPED + MAPPED.replace("mug", "POST"), MAPPING)

    assert isinstance(found, ReadOrder)
    order = found.order
    assert (order.order_id, order.channel) == ("shop-1", "web")
    assert order.placed_at == at("2025-11-03T08:00Z")
    assert order.promised_on == date(2025, 11, 5)
    assert order.status is HistoryStatus.OPEN
    assert [line.sku for _, line in order.lines] == ["MUG"]


def test_a_rule_calls_orders_cancelled_and_counts_what_was_taken_back(
    past: Past,
) -> None:
    [found] = past.read(
        HEADER + MAPPED.replace("1;", "C1;", 1).replace(";2;", ";-2;"), MAPPING
    )

    assert isinstance(found, ReadOrder)
    assert found.order.status is HistoryStatus.CANCELLED
    assert [line.quantity_ordered for _, line in found.order.lines] == [2]


def test_less_than_nothing_is_refused_where_the_order_is_not_cancelled(
    past: Past,
) -> None:
    [found] = past.read(HEADER + MAPPED.replace(";2;", ";-2;"), MAPPING)

    assert not isinstance(found, ReadOrder)
    assert places(found.refused) == [(2, "Qty")]


def test_a_format_without_a_time_makes_promises_of_whole_days(past: Past) -> None:
    mapping = '[columns]\nnumber="n"\nplaced_at="p"\npromised_at="q"\n'
    mapping += '[constants]\nsource="shop"\n[dates]\nformat="%d/%m/%Y"\n'

    [found] = past.read("n,p,q\n1,03/11/2025,05/11/2025\n", mapping)

    assert isinstance(found, ReadOrder)
    assert found.order.promised_on == date(2025, 11, 5)
    assert found.order.placed_at == at("2025-11-03T00:00Z")


NEEDED = "[columns]\nnumber='n'\nplaced_at='p'\n"


@pytest.mark.parametrize(
    ("mapping", "named"),
    [
        ("[columns]\nnumber='n'\n", "columns.placed_at"),
        ("[columns]\nnumber='n'\nplaced_at='p'\nprice='q'\n", "price"),
        ("[columns]\nnumber='n'\nplaced_at='p'\n[words]\na='b'\n", "words"),
        ("[columns]\nnumber='n'\nplaced_at='p'\n[status]\nx='lost'\n", "status.x"),
        (
            "[columns]\nnumber='n'\nplaced_at='p'\n[constants]\ncurrency='e'\n",
            "currency",
        ),
        ("[columns]\nnumber='n'\nplaced_at='gone'\n", "gone"),
    ],
)
def test_a_mistake_in_a_mapping_is_named(past: Past, mapping: str, named: str) -> None:
    with pytest.raises(InvalidInput, match=named):
        past.read("n,p,q\n1,2025-11-03,\n", mapping, "shop")


def test_rows_of_one_order_that_come_back_are_refused_in_an_adjacent_file(
    past: Past,
) -> None:
    mapping = MAPPING + '\n[file]\ngroup = "adjacent"\n'
    other = MAPPED.replace("1;", "2;", 1)

    found = past.read(HEADER + MAPPED + other + MAPPED, mapping)

    assert [isinstance(each, ReadOrder) for each in found] == [True, True, False]


def test_a_quote_late_in_the_file_does_not_part_an_order(past: Past) -> None:
    quoted = MAPPED.replace("mug", '"ju;g\n"')

    [found] = past.read(HEADER + MAPPED + quoted + MAPPED, MAPPING)

    assert isinstance(found, ReadOrder)
    assert len(found.order.lines) == 3


def test_the_examples_can_be_read() -> None:
    with read_history(EXAMPLES / "history_lines.csv") as by_line:
        lines = list(by_line)
    with read_history(EXAMPLES / "history.csv", EXAMPLES / "history.toml") as by_order:
        whole = list(by_order)
    with read_history(EXAMPLES / "history.csv", EXAMPLES / "history.toml") as again:
        import_id = again.import_id

    assert all(isinstance(each, ReadOrder) for each in lines + whole)
    assert (len(lines), len(whole)) == (3, 5)
    assert by_order.skipped == {"test_order": 1}
    assert by_order.import_id == import_id != by_line.import_id


def test_the_real_mapping_reads_its_kind_of_rows(tmp_path: Path) -> None:
    path = tmp_path / "retail.csv"
    path.write_text(
        "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,"
        "Country\n"
        "536365,85123a,HEART,6,2010-12-01 08:26:00,2.55,17850,United Kingdom\n"
        "C536383,35004C,DUCKS,-1,2010-12-01 09:49:00,4.65,15311,United Kingdom\n"
        "A563185,B,Adjust bad debt,1,2011-08-12 14:50:00,11062.06,,United Kingdom\n"
        "536589,21777,,-10,2010-12-01 16:50:00,0.0,,United Kingdom\n"
    )

    with read_history(path, EXAMPLES / "online_retail_history.toml") as history_file:
        sale, taken_back = history_file

    assert isinstance(sale, ReadOrder)
    assert isinstance(taken_back, ReadOrder)
    assert [line.sku for _, line in sale.order.lines] == ["85123A"]
    assert sale.order.status is HistoryStatus.OPEN
    assert taken_back.order.status is HistoryStatus.CANCELLED
    assert history_file.skipped == {"bad_debt": 1, "stock_correction": 1}
