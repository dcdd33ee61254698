"""Foreign order files: mapped by a mapping, refused order by order."""

from __future__ import annotations

import asyncio
import gzip
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from domain.errors import InvalidInput, Refused, TemporaryError
from messages.order_document import OrderDocument
from operations.files.rows import FileRefused
from operations.order_files import (
    ImportSummary,
    ImportTerms,
    MappedOrder,
    RefusedOrder,
    import_orders,
    load_mapping,
    read_orders,
)
from tests.operations.file_builders import EXAMPLES, places

MAPPING = """
[columns]
number = "Order"
placed_at = "Date"
customer.reference = "Customer"
ship_to.country = "Country"
lines.sku = "Item"
lines.quantity = "Qty"
lines.unit_price = "Price"

[constants]
currency = "EUR"
prices_include_tax = false

[dates]
format = "%d.%m.%Y %H:%M"
zone = "Europe/Berlin"

[numbers]
decimal_separator = ","
thousands_separator = "."

[countries.codes]
Eire = "IE"

[countries.refused]
Somewhere = "the country, which the file does not say"

[[skip]]
reason = "cancellation"
when = [{ column = "Order", matches = "C.*" }]

[[skip]]
reason = "postage"
when = [{ column = "Item", equals = ["POST"] }]

[[skip]]
reason = "no_units"
when = [{ column = "Qty", less_than = 1 }]

[[skip]]
reason = "found"
when = [{ column = "Price", at_most = 0 }, { column = "Customer", equals = [""] }]
"""
HEADER = "Order;Date;Customer;Country;Item;Qty;Price\n"
GOOD = "1001;24.11.2025 09:30;C7;Germany;MUG;2;9,50\n"
UK_HEADER = (
    "InvoiceNo,StockCode,Description,Quantity,"
    "InvoiceDate,UnitPrice,CustomerID,Country\n"
)
DOCUMENTS = list[OrderDocument]


class Sample:
    """A file and its mapping in one directory."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.placed: DOCUMENTS = []
        self.refusing: set[str] = set()

    async def place(self, document: OrderDocument) -> object:
        if document.number in self.refusing:
            raise Refused("the order is placed with other lines")
        self.placed.append(document)
        return None

    def write(self, name: str, text: str | bytes) -> Path:
        path = self.directory / name
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return path

    def read(
        self, rows: str, mapping: str = MAPPING
    ) -> list[MappedOrder | RefusedOrder]:
        path = self.write("orders.csv", HEADER + rows)
        loaded = load_mapping(self.write("mapping.toml", mapping))
        with read_orders(path, loaded, "shop") as order_file:
            return list(order_file)

    def run(self, path: Path, terms: ImportTerms | None = None) -> ImportSummary:
        mapping = load_mapping(self.write("mapping.toml", MAPPING))
        with read_orders(path, mapping, "shop") as order_file:
            return asyncio.run(import_orders(order_file, self.place, terms))


@pytest.fixture
def sample(tmp_path: Path) -> Sample:
    return Sample(tmp_path)


def only_document(found: list[MappedOrder | RefusedOrder]) -> OrderDocument:
    assert len(found) == 1
    assert isinstance(found[0], MappedOrder)
    return found[0].document


def only_refused(found: list[MappedOrder | RefusedOrder]) -> RefusedOrder:
    assert len(found) == 1
    assert isinstance(found[0], RefusedOrder)
    return found[0]


def test_rows_become_an_order_document(sample: Sample) -> None:
    found = sample.read(GOOD + "1001;24.11.2025 09:29;C7;Germany;JUG;1.000;1.234,50\n")

    document = only_document(found)
    assert (document.source, document.number) == ("shop", "1001")
    assert document.placed_at == datetime(2025, 11, 24, 8, 29, tzinfo=UTC)
    assert document.customer is not None
    assert document.customer.reference == "C7"
    assert document.ship_to.country == "DE"
    assert (document.currency, document.prices_include_tax) == ("EUR", False)
    assert [(line.sku, line.quantity, line.unit_price) for line in document.lines] == [
        ("MUG", 2, Decimal("9.50")),
        ("JUG", 1000, Decimal("1234.50")),
    ]


def test_lines_that_repeat_a_sku_stay_separate(sample: Sample) -> None:
    assert len(only_document(sample.read(GOOD + GOOD)).lines) == 2


def test_an_empty_customer_is_no_customer(sample: Sample) -> None:
    assert only_document(sample.read(GOOD.replace("C7", ""))).customer is None


@pytest.mark.parametrize(
    ("written", "code"), [("Eire", "IE"), ("fr", "FR"), ("Sweden", "SE")]
)
def test_countries_are_known_by_mapping_code_and_name(
    sample: Sample, written: str, code: str
) -> None:
    document = only_document(sample.read(GOOD.replace("Germany", written)))

    assert document.ship_to.country == code


@pytest.mark.parametrize("written", ["Somewhere", "Atlantis"])
def test_no_country_is_guessed(sample: Sample, written: str) -> None:
    refused = only_refused(sample.read(GOOD.replace("Germany", written)))

    assert places(refused.refused) == [(2, "Country")]
    assert "country" in refused.refused[0].wanted


@pytest.mark.parametrize(
    ("column", "good", "bad"),
    [
        ("Qty", ";2;", ";two;"),
        ("Qty", ";2;", ";1,5;"),
        ("Qty", ";2;", ";;"),
        ("Qty", ";2;", ";2000000;"),
        ("Price", "9,50", "-1,00"),
        ("Price", "9,50", "NaN"),
        ("Item", "MUG", ""),
        ("Country", "Germany", ""),
        ("Date", "24.11.2025 09:30", "2025-11-24"),
        ("Date", "24.11.2025 09:30", "30.03.2025 02:30"),
        ("Order", "1001", ""),
    ],
)
def test_a_bad_cell_refuses_its_order_by_row_and_column(
    sample: Sample, column: str, good: str, bad: str
) -> None:
    refused = only_refused(sample.read(GOOD.replace(good, bad)))

    assert places(refused.refused) == [(2, column)]
    assert [row.number for row in refused.rows] == [2]


def test_every_bad_cell_of_an_order_is_named(sample: Sample) -> None:
    refused = only_refused(
        sample.read(GOOD.replace(";2;", ";x;") + GOOD.replace("9,50", "y"))
    )

    assert places(refused.refused) == [(2, "Qty"), (3, "Price")]


def test_a_later_line_is_refused_in_its_own_row(sample: Sample) -> None:
    refused = only_refused(sample.read(GOOD + GOOD.replace("9,50", "-1,00")))

    assert places(refused.refused) == [(3, "Price")]


def test_rows_of_one_order_must_agree(sample: Sample) -> None:
    refused = only_refused(sample.read(GOOD + GOOD.replace("Germany", "France")))

    assert places(refused.refused) == [(3, "Country")]
    assert "row 2" in refused.refused[0].wanted


def test_a_row_with_too_few_cells_refuses_its_order(sample: Sample) -> None:
    refused = only_refused(sample.read(GOOD + "1001;24.11.2025 09:30\n"))

    assert places(refused.refused) == [(3, "Date")]
    assert len(refused.rows) == 2


def test_rows_without_a_number_are_not_one_order(sample: Sample) -> None:
    assert len(sample.read(GOOD.replace("1001", "") * 2)) == 2


def test_rows_of_one_order_may_stand_anywhere(sample: Sample) -> None:
    found = sample.read(GOOD + GOOD.replace("1001", "1002") + GOOD)

    lines = {
        order.document.number: len(order.document.lines)
        for order in found
        if isinstance(order, MappedOrder)
    }
    assert lines == {"1001": 2, "1002": 1}


def test_read_once_a_number_that_comes_back_is_refused(sample: Sample) -> None:
    adjacent = MAPPING + '\n[file]\ngroup = "adjacent"\n'

    found = sample.read(GOOD + GOOD.replace("1001", "1002") + GOOD, adjacent)

    assert [isinstance(order, MappedOrder) for order in found] == [True, True, False]
    assert places(only_refused(found[2:]).refused) == [(4, "Order")]


def test_read_once_adjacent_rows_are_one_order(sample: Sample) -> None:
    adjacent = MAPPING + '\n[file]\ngroup = "adjacent"\n'

    assert len(only_document(sample.read(GOOD + GOOD, adjacent)).lines) == 2


def test_a_file_without_a_mapped_column_is_refused(sample: Sample) -> None:
    mapping = load_mapping(sample.write("mapping.toml", MAPPING))
    path = sample.write("orders.csv", "Order;Item\n1;MUG\n")

    with (
        pytest.raises(FileRefused, match="Country"),
        read_orders(path, mapping, "shop"),
    ):
        pass


def test_a_source_that_cannot_be_is_refused(sample: Sample) -> None:
    mapping = load_mapping(sample.write("mapping.toml", MAPPING))
    path = sample.write("orders.csv", HEADER)

    with (
        pytest.raises(InvalidInput, match="source"),
        read_orders(path, mapping, "My Shop"),
    ):
        pass


MIXED = (
    HEADER
    + GOOD
    + "1001;24.11.2025 09:30;C7;Germany;POST;1;4,90\n"
    + "C900;24.11.2025 10:00;C7;Germany;MUG;-2;9,50\n"
    + "1002;24.11.2025 10:10;;Germany;MUG;x;9,50\n"
    + "1002;24.11.2025 10:10;;Germany;JUG;1;9,50\n"
    + "1003;24.11.2025 10:20;;Germany;MUG;5;0\n"
    + "1004;24.11.2025 10:20;C8;Germany;MUG;5;0\n"
    + "1005;24.11.2025 10:20;C8;Germany;MUG;-5;0\n"
    + "1006;24.11.2025 10:30;C9;Germany;MUG;1;9,50\n"
)
SKIPPED = {"cancellation": 1, "found": 1, "no_units": 1, "postage": 1}


def test_an_import_counts_rows_orders_and_reasons(sample: Sample) -> None:
    summary = sample.run(sample.write("orders.csv", MIXED))

    assert summary == ImportSummary(
        read=9, orders=4, accepted=3, rejected=1, skipped=SKIPPED
    )
    assert [document.number for document in sample.placed] == ["1001", "1004", "1006"]


def test_an_import_reads_compressed_files(sample: Sample) -> None:
    summary = sample.run(sample.write("o.csv.gz", gzip.compress(MIXED.encode())))

    assert summary.accepted == 3


def test_a_dry_run_places_nothing(sample: Sample) -> None:
    summary = sample.run(sample.write("orders.csv", MIXED), ImportTerms(dry_run=True))

    assert (summary.accepted, summary.rejected, sample.placed) == (3, 1, [])


def test_a_limit_counts_good_orders(sample: Sample) -> None:
    summary = sample.run(sample.write("orders.csv", MIXED), ImportTerms(limit=2))

    assert (summary.accepted, len(sample.placed)) == (2, 2)


def test_rejects_are_mended_and_sent_again(sample: Sample) -> None:
    rejects = sample.directory / "rejects.csv"
    sample.run(sample.write("orders.csv", MIXED), ImportTerms(rejects=rejects))
    mended = rejects.read_text("utf-8").replace(";x;", ";3;")

    again = sample.run(sample.write("mended.csv", mended))

    assert (again.read, again.accepted, again.rejected) == (2, 1, 0)
    assert sample.placed[-1].number == "1002"
    assert [line.quantity for line in sample.placed[-1].lines] == [3, 1]


def test_an_order_that_a_rule_refuses_goes_to_the_rejects(sample: Sample) -> None:
    sample.refusing = {"1004"}
    told: list[RefusedOrder] = []
    rejects = sample.directory / "rejects.csv"

    summary = sample.run(
        sample.write("orders.csv", MIXED),
        ImportTerms(rejects=rejects, on_refused=told.append),
    )

    assert (summary.accepted, summary.rejected) == (2, 2)
    assert [order.number for order in told] == ["1002", "1004"]
    assert "order: the order is placed with other lines" in rejects.read_text("utf-8")


def test_progress_is_told_with_every_order(sample: Sample) -> None:
    seen: list[ImportSummary] = []

    sample.run(sample.write("orders.csv", MIXED), ImportTerms(on_progress=seen.append))

    assert [summary.orders for summary in seen] == [1, 2, 3, 4]


def test_a_service_that_is_down_ends_the_import(sample: Sample) -> None:
    class Down(Sample):
        async def place(self, document: OrderDocument) -> object:
            raise TemporaryError("the database did not answer")

    with pytest.raises(TemporaryError):
        Down(sample.directory).run(sample.write("orders.csv", MIXED))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("[dates]", "[date]"), "date: is not a key of a mapping"),
        (('number = "Order"', ""), "columns.number is required"),
        (('ship_to.country = "Country"', ""), "ship_to.country is required"),
        (("lines.sku", "lines.article"), "lines.article"),
        (("Europe/Berlin", "Mars/Base"), "dates.zone: an IANA time zone"),
        (('"IE"', '"EIRE"'), "countries.codes.Eire: a country code"),
        (('"C.*"', '"C("'), "skip[0].when[0].matches: a regular expression"),
        ((", less_than = 1", ""), "skip[2].when[0]: exactly one of"),
        (('currency = "EUR"', 'number = "1"'), "not both: number"),
        (("[columns]", "[columns"), "a TOML file"),
        (('thousands_separator = "."', 'thousands_separator = ","'), "numbers"),
        (("[columns]", 'upper_case = ["lines.discount"]\n[columns]'), "upper_case"),
        (("[columns]", '[file]\nencoding = "latin-99"\n[columns]'), "file.encoding"),
    ],
)
def test_a_mistake_in_a_mapping_names_file_key_and_what_is_wanted(
    sample: Sample, change: tuple[str, str], told: str
) -> None:
    path = sample.write("mapping.toml", MAPPING.replace(*change))

    with pytest.raises(InvalidInput) as refused:
        load_mapping(path)

    assert str(refused.value).startswith("mapping.toml: ")
    assert told in str(refused.value)


def test_a_mapping_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"none\.toml"):
        load_mapping(tmp_path / "none.toml")


def test_the_example_orders_are_mapped() -> None:
    mapping = load_mapping(EXAMPLES / "orders.toml")

    with read_orders(EXAMPLES / "orders.csv", mapping, "web") as order_file:
        found = list(order_file)
        skipped = order_file.skipped

    assert [len(order.rows) for order in found if isinstance(order, MappedOrder)] == [
        2,
        1,
    ]
    assert skipped == {"shipping_charge": 1}


def test_the_mapping_of_the_real_file_explains_what_it_leaves_out(
    sample: Sample,
) -> None:
    path = sample.write(
        "retail.csv",
        UK_HEADER
        + "536365,85123a,HOLDER,6,2010-12-01 08:26:00,2.55,17850,United Kingdom\n"
        + "536365,POST,POSTAGE,1,2010-12-01 08:26:00,18,17850,United Kingdom\n"
        + "C536379,D,Discount,-1,2010-12-01 09:41:00,27.5,14527,United Kingdom\n"
        + "A563185,B,Adjust bad debt,1,2011-08-12 14:50:00,11062.06,,United Kingdom\n"
        + "536414,22139,,56,2010-12-01 11:52:00,0,,United Kingdom\n"
        + "536500,gift_0001_20,Voucher,1,2010-12-01 12:00:00,16.67,,EIRE\n"
        + "536501,22139,TEA SET,1,2011-07-01 12:00:00,4.25,,EIRE\n"
        + "536502,22139,TEA SET,1,2011-07-01 12:00:00,4.25,1,Channel Islands\n",
    )
    mapping = load_mapping(EXAMPLES / "online_retail.toml")

    with read_orders(path, mapping, "onlineretail") as order_file:
        first, second, third = order_file
        skipped = order_file.skipped

    assert isinstance(first, MappedOrder)
    assert [line.sku for line in first.document.lines] == ["85123A"]
    assert first.document.ship_to.model_dump(exclude_none=True) == {"country": "GB"}
    assert isinstance(second, MappedOrder)
    assert second.document.ship_to.country == "IE"
    assert second.document.placed_at == datetime(2011, 7, 1, 11, 0, tzinfo=UTC)
    assert isinstance(third, RefusedOrder)
    assert "JE for Jersey" in third.refused[0].wanted
    assert skipped == {
        "bad_debt": 1,
        "cancellation": 1,
        "postage": 1,
        "stock_found": 1,
        "voucher": 1,
    }
