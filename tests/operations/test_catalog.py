"""The catalogue from files: refused row by row, harmless when repeated."""

from __future__ import annotations

from decimal import Decimal

import pytest
from sqlalchemy import RowMapping, Table, insert, select

from domain.errors import InvalidInput
from domain.policy import HoldKind
from messages.order_messages import ReleaseHold
from operations.catalog import import_catalog
from operations.files.rows import FileRefused
from operations.files.table import open_table
from persistence.catalog import article_of_barcode, find_articles
from persistence.database import Database
from persistence.tables import (
    bundle_component,
    hold,
    outbox,
    price_list_entry,
    product,
    sku_alias,
)
from tests.builders.stored_orders import stored_order
from tests.operations.file_builders import EXAMPLES, NOW, Importer, clock, places

MUG = "sku,name,price,currency\nMUG,Mug,9.50,EUR\n"


def rows_of(database: Database, table: Table) -> list[RowMapping]:
    keys = list(table.primary_key)
    with database.read() as connection:
        found = connection.execute(select(table).order_by(*keys))
        return list(found.mappings())


def held_order(database: Database, number: str, *skus: str) -> str:
    """Store an order of articles nobody knows, and its hold."""
    with database.write() as connection:
        order_id = stored_order(connection, number, [(sku, 1) for sku in skus], NOW)
        connection.execute(
            insert(hold),
            {
                "hold_id": f"{order_id}.h1",
                "order_id": order_id,
                "kind": HoldKind.KNOWN_SKU,
                "blocks": ["allocate"],
                "owner_role": "catalog",
                "reason": "unknown",
                "placed_at": NOW,
                "placed_by": "system",
            },
        )
    return order_id


def test_the_example_catalogue_is_stored(database: Database) -> None:
    with open_table(EXAMPLES / "catalog.csv") as table:
        result = import_catalog(database, table, clock=clock)

    with database.read() as connection:
        found = find_articles(connection, "web", ["gift", "mug-blue", "JUG"])
        box = article_of_barcode(connection, "14006381333938")
    assert (result.created, result.refused) == (4, ())
    assert found["gift"].parts == (("JUG", 1), ("MUG", 2))
    assert found["mug-blue"].sku == "MUG"
    assert box == ("MUG", 6)


def test_a_repeat_changes_nothing(importer: Importer) -> None:
    text = (EXAMPLES / "catalog.csv").read_text("utf-8")
    importer.catalog(text)

    again = importer.catalog(text)

    assert (again.created, again.updated, again.unchanged) == (0, 0, 4)


def test_what_a_file_does_not_say_stays(importer: Importer, database: Database) -> None:
    importer.catalog("sku,name,price,currency,weight_grams\nMUG,Mug,9.50,EUR,320\n")

    result = importer.catalog("sku,price,weight_grams\nMUG,9.90,\n")

    stored = rows_of(database, product)[0]
    assert result.updated == 1
    assert (stored["name"], stored["price"]) == ("Mug", Decimal("9.9"))
    assert (stored["currency"], stored["weight_grams"]) == ("EUR", 320)


def test_a_dry_run_says_what_would_be_and_keeps_nothing(
    importer: Importer, database: Database
) -> None:
    result = importer.catalog(MUG + "JUG,,1,EUR\n", dry_run=True)

    assert (result.created, places(result.refused)) == (1, [(3, "name")])
    assert rows_of(database, product) == []


def test_refused_rows_are_named_and_the_others_stored(
    importer: Importer, database: Database
) -> None:
    result = importer.catalog(
        "sku,name,price,currency,weight_grams,origin_country,hazardous\n"
        "MUG,Mug,9.50,EUR,320,DE,no\n"
        "JUG,Jug,cheap,EURO,-1,XX,perhaps\n"
        ",Nothing,,,,,\n"
        "TRAY,,,,,,\n"
        "LAMP,Lamp,5,,,,\n"
        "MUG,Mug again,,,,,\n"
        "BOWL\n"
    )

    assert [row["sku"] for row in rows_of(database, product)] == ["MUG"]
    assert (result.read, result.created) == (7, 1)
    assert [(row, column) for row, column in places(result.refused) if row == 3] == [
        (3, "currency"),
        (3, "hazardous"),
        (3, "origin_country"),
        (3, "price"),
        (3, "weight_grams"),
    ]
    assert places(result.refused)[5:] == [
        (4, "sku"),
        (5, "name"),
        (6, "currency"),
        (7, "sku"),
        (8, "sku"),
    ]
    assert all("cheap" not in cell.wanted for cell in result.refused)
    assert [row.number for row in result.refused_rows] == [3, 4, 5, 6, 7, 8]


def test_a_barcode_of_another_sku_is_refused(
    importer: Importer, database: Database
) -> None:
    importer.catalog("sku,name,barcodes\nMUG,Mug,4006381333931\n")

    result = importer.catalog(
        "sku,name,barcodes\n"
        "JUG,Jug,4006381333931:6\n"
        "TRAY,Tray,55|55:2\n"
        "LAMP,Lamp,77\n"
        "BOWL,Bowl,77\n"
    )

    assert places(result.refused) == [(2, "barcodes"), (3, "barcodes"), (5, "barcodes")]
    with database.read() as connection:
        assert article_of_barcode(connection, "4006381333931") == ("MUG", 1)


def test_a_bundle_may_stand_before_its_parts(
    importer: Importer, database: Database
) -> None:
    result = importer.catalog(
        "sku,name,bundle\nSET,Set,MUG*2|JUG\nMUG,Mug,\nJUG,Jug,\n"
    )

    assert result.refused == ()
    assert [row["quantity"] for row in rows_of(database, bundle_component)] == [1, 2]


def test_the_parts_of_a_bundle_are_replaced(
    importer: Importer, database: Database
) -> None:
    importer.catalog("sku,name,bundle\nSET,Set,MUG*2|JUG\nMUG,Mug,\nJUG,Jug,\n")

    importer.catalog("sku,bundle\nSET,MUG*3\n")

    parts = rows_of(database, bundle_component)
    assert [(row["component_sku"], row["quantity"]) for row in parts] == [("MUG", 3)]


@pytest.mark.parametrize(
    ("bundle", "wanted"),
    [
        ("NEW*1", "other than the bundle itself"),
        ("SET*1", "no bundles themselves"),
        ("NOBODY*1", "another row of the file has"),
        ("MUG*1|MUG*2", "each part once"),
        ("MUG*0", "SKU*quantity"),
    ],
)
def test_a_bundle_that_cannot_be_is_refused(
    importer: Importer, bundle: str, wanted: str
) -> None:
    importer.catalog("sku,name,bundle\nSET,Set,MUG*2\nMUG,Mug,\n")

    result = importer.catalog(f"sku,name,bundle\nNEW,New,{bundle}\n")

    assert places(result.refused) == [(2, "bundle")]
    assert wanted in result.refused[0].wanted


def test_a_part_of_a_bundle_cannot_become_a_bundle(importer: Importer) -> None:
    importer.catalog("sku,name,bundle\nSET,Set,MUG*2\nMUG,Mug,\nJUG,Jug,\n")

    result = importer.catalog("sku,bundle\nMUG,JUG*1\n")

    assert places(result.refused) == [(2, "bundle")]


def test_bundles_of_one_file_cannot_contain_each_other(
    importer: Importer, database: Database
) -> None:
    result = importer.catalog("sku,name,bundle\nA,A,B*1\nB,B,MUG*1\nMUG,Mug,\n")

    assert places(result.refused) == [(2, "bundle")]
    assert [row["sku"] for row in rows_of(database, product)] == ["B", "MUG"]


def test_a_column_that_nobody_would_read_is_refused(importer: Importer) -> None:
    with pytest.raises(FileRefused, match="wieght_grams"):
        importer.catalog("sku,name,wieght_grams\nMUG,Mug,320\n")


def test_a_file_without_skus_is_refused(importer: Importer) -> None:
    with pytest.raises(FileRefused, match="the column sku"):
        importer.catalog("name\nMug\n")


def test_prices_become_the_price_list_of_a_source(
    importer: Importer, database: Database
) -> None:
    importer.catalog(MUG)

    result = importer.catalog(
        "sku,price,currency,includes_tax\nMUG,11.90,EUR,yes\nJUG,3,EUR,\n",
        price_list="web",
    )

    listed = rows_of(database, price_list_entry)
    assert (result.updated, places(result.refused)) == (1, [(3, "name")])
    assert [(row["source"], row["sku"], row["price"]) for row in listed] == [
        ("web", "MUG", Decimal("11.9"))
    ]
    assert listed[0]["includes_tax"] is True
    assert rows_of(database, product)[0]["price"] == Decimal("9.5")


def test_whether_prices_include_tax_belongs_to_a_price_list(importer: Importer) -> None:
    with pytest.raises(FileRefused, match="includes_tax"):
        importer.catalog("sku,name,includes_tax\nMUG,Mug,yes\n")


def test_a_price_list_needs_a_source(importer: Importer) -> None:
    with pytest.raises(InvalidInput, match="price_list_source"):
        importer.catalog(MUG, price_list="Web Shop")


def test_an_alias_of_another_sku_is_refused_in_a_catalogue(importer: Importer) -> None:
    importer.catalog("sku,name,aliases\nMUG,Mug,web:cup\nJUG,Jug,\n")

    result = importer.catalog("sku,aliases\nJUG,web:cup\n")

    assert places(result.refused) == [(2, "aliases")]


def test_a_file_of_aliases_moves_an_alias(
    importer: Importer, database: Database
) -> None:
    importer.catalog("sku,name,aliases\nMUG,Mug,web:cup\nJUG,Jug,\n")

    result = importer.aliases(
        "source,alias,sku\n"
        "web,cup,JUG\n"
        "web,jar,JUG\n"
        "web,jar,MUG\n"
        "web,vat,NOBODY\n"
        "Web Shop,pot,MUG\n"
    )

    meant = {row["alias"]: row["sku"] for row in rows_of(database, sku_alias)}
    assert (result.created, result.updated) == (1, 1)
    assert meant == {"cup": "JUG", "jar": "JUG"}
    assert places(result.refused) == [(4, "alias"), (5, "sku"), (6, "source")]


def test_an_order_held_for_an_unknown_sku_is_told_when_an_alias_is_known(
    importer: Importer, database: Database
) -> None:
    order_id = held_order(database, "1", "MUGG")
    importer.catalog(MUG)

    result = importer.aliases("source,alias,sku\nweb,MUGG,MUG\n")

    told = rows_of(database, outbox)
    assert [mended.order_id for mended in result.mended] == [order_id]
    assert [(row["order_id"], row["name"]) for row in told] == [
        (order_id, "release_hold")
    ]
    message = ReleaseHold.model_validate(told[0]["payload"])
    assert (message.hold_id, message.actor) == (f"{order_id}.h1", "catalog")
    assert message.message_id == told[0]["message_id"] == result.mended[0].message_id


def test_a_new_product_frees_the_orders_that_waited_for_it(
    importer: Importer, database: Database
) -> None:
    order_id = held_order(database, "1", "MUG")

    result = importer.catalog(MUG)

    assert [mended.order_id for mended in result.mended] == [order_id]


def test_a_hold_is_told_once_however_often_the_file_comes(
    importer: Importer, database: Database
) -> None:
    held_order(database, "1", "MUG")

    first, second = importer.catalog(MUG), importer.catalog(MUG)

    assert first.mended == second.mended
    assert len(rows_of(database, outbox)) == 1


def test_an_order_waits_until_all_its_articles_are_known(
    importer: Importer, database: Database
) -> None:
    held_order(database, "1", "MUG", "JUG")

    first = importer.catalog(MUG)
    second = importer.catalog("sku,name\nJUG,Jug\n")

    assert (len(first.mended), len(second.mended)) == (0, 1)


def test_an_alias_of_another_source_mends_nothing(
    importer: Importer, database: Database
) -> None:
    held_order(database, "1", "MUGG")
    importer.catalog(MUG)

    assert importer.aliases("source,alias,sku\noutlet,MUGG,MUG\n").mended == ()


def test_a_dry_run_tells_no_order(importer: Importer, database: Database) -> None:
    held_order(database, "1", "MUG")

    result = importer.catalog(MUG, dry_run=True)

    assert len(result.mended) == 1
    assert rows_of(database, outbox) == []
