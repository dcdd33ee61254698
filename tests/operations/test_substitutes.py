"""Substitutes from a file: which article may be sent instead, and in which order."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from persistence.database import Database
from persistence.tables import product_substitute
from tests.operations.file_builders import EXAMPLES, Importer, places

PRODUCTS = "sku,name,bundle\nMUG,Mug,\nCUP,Cup,\nJUG,Jug,\nSET,Set,MUG*2\n"
HEADER = "sku,substitute_sku,position\n"


@pytest.fixture
def stocked(importer: Importer) -> Importer:
    importer.catalog(PRODUCTS)
    return importer


def stored(database: Database) -> set[tuple[str, str, int]]:
    with database.read() as connection:
        rows = connection.execute(select(product_substitute)).all()
    return {(row.sku, row.substitute_sku, row.position) for row in rows}


def test_a_file_says_what_may_be_sent_instead_and_moves_what_is_stored(
    stocked: Importer, database: Database
) -> None:
    first = stocked.substitutes(HEADER + "MUG,CUP,1\nMUG,JUG,2\n")
    again = stocked.substitutes(HEADER + "MUG,CUP,3\nMUG,JUG,2\n")

    assert (first.created, first.refused) == (2, ())
    assert (again.updated, again.unchanged) == (1, 1)
    assert stored(database) == {("MUG", "CUP", 3), ("MUG", "JUG", 2)}


def test_every_refused_row_names_its_column_and_the_others_are_stored(
    stocked: Importer, database: Database
) -> None:
    result = stocked.substitutes(
        HEADER
        + "MUG,NOBODY,1\n"
        + "NOBODY,MUG,1\n"
        + "MUG,MUG,1\n"
        + "MUG,SET,1\n"
        + "SET,MUG,1\n"
        + "MUG,CUP,0\n"
        + "MUG,CUP,1\n"
        + "MUG,CUP,2\n"
    )

    assert places(result.refused) == [
        (2, "substitute_sku"),
        (3, "sku"),
        (4, "substitute_sku"),
        (5, "substitute_sku"),
        (6, "sku"),
        (7, "position"),
        (9, "substitute_sku"),
    ]
    assert (result.read, len(result.refused_rows)) == (8, 7)
    assert stored(database) == {("MUG", "CUP", 1)}


def test_a_dry_run_stores_nothing(stocked: Importer, database: Database) -> None:
    result = stocked.substitutes(HEADER + "MUG,CUP,1\n", dry_run=True)

    assert (result.dry_run, result.created) == (True, 1)
    assert stored(database) == set()


def test_the_example_of_the_documentation_is_taken(
    stocked: Importer, database: Database
) -> None:
    text = (EXAMPLES / "substitutes.csv").read_text()

    assert stocked.substitutes(text).refused == ()
    assert stored(database) == {("MUG", "JUG", 1)}
