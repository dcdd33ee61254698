"""`stock import --movements`: what came and left before, stored once and valued."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, func, select

from domain.errors import InvalidInput
from domain.stock.movements import MovementKind
from operations.files.rows import FileRefused
from operations.movement_files.importing import (
    MovementImportResult,
    MovementTerms,
    read_movement_file,
    store_movements,
)
from operations.movement_files.lines import PastMovement
from operations.movement_files.valuing import value_changes
from persistence.database import Database
from persistence.tables import history_import, history_movement, stock_level
from tests.operations.file_builders import EXAMPLES, clock, table_of

HEADER = "sku,warehouse,quantity,unit_cost,kind,at\n"


class Past:
    """Imports texts as files of past movements into one database."""

    def __init__(self, database: Database, directory: Path) -> None:
        self.database, self.directory = database, directory

    def send(
        self,
        rows: str,
        *,
        header: str = HEADER,
        dry_run: bool = False,
        zone: str = "UTC",
    ) -> MovementImportResult:
        terms = MovementTerms(dry_run=dry_run, zone=zone)
        with table_of(self.directory, header + rows) as table:
            found = read_movement_file(self.database, table, terms)
            return store_movements(self.database, found, clock=clock, terms=terms)

    def rows(self) -> Sequence[Mapping[str, object]]:
        with self.database.read() as connection:
            query = select(history_movement).order_by(
                history_movement.c.warehouse_id,
                history_movement.c.sku,
                history_movement.c.occurred_at,
                history_movement.c.history_movement_id,
            )
            return [dict(row) for row in connection.execute(query).mappings()]

    def values(self) -> list[object]:
        """Return by how much each movement changed the value, in whole coins."""
        return [int(str(row["value_change_micros"])) / 10**6 for row in self.rows()]


@pytest.fixture
def past(database: Database, tmp_path: Path) -> Past:
    return Past(database, tmp_path)


def test_what_leaves_takes_the_moving_average_with_it(past: Past) -> None:
    result = past.send(
        "MUG,main,30,4,received,2026-01-01\n"
        "MUG,main,10,8,received,2026-01-02\n"
        "MUG,main,15,,shipped,2026-01-03\n"
        "MUG,main,5,,received,2026-01-04\n"
        "MUG,main,30,,shipped,2026-01-05\n"
    )

    assert past.values() == [120, 80, -75, 25, -150]
    assert (result.read, result.stored, result.refused) == (5, 5, ())
    assert (result.units_in, result.units_out) == (45, 45)


@pytest.mark.parametrize(
    ("kind", "quantity", "change"),
    [
        ("received", -3, 3),
        ("returned", 3, 3),
        ("put_back", 3, 3),
        ("shipped", 3, -3),
        ("shipped", -3, -3),
        ("damaged", 3, -3),
        ("adjusted", 3, 3),
        ("counted", -3, -3),
        ("transferred", -3, -3),
        ("", -3, -3),
        ("SHIPPED", 3, -3),
    ],
)
def test_the_kind_says_the_direction_or_leaves_it_to_the_sign(
    past: Past, kind: str, quantity: int, change: int
) -> None:
    past.send(f"MUG,main,{quantity},,{kind},2026-01-01\n")

    [row] = past.rows()
    assert (row["quantity_change"], row["kind"]) == (
        change,
        kind.lower() or "adjusted",
    )


@pytest.mark.parametrize("kind", ["allocated", "released", "picked", "reserved", "x"])
def test_kinds_that_move_nothing_in_or_out_are_refused(past: Past, kind: str) -> None:
    result = past.send(f"MUG,main,1,,{kind},2026-01-01\n")

    assert [(one.row, one.column) for one in result.refused] == [(2, "kind")]
    assert result.stored == 0


@pytest.mark.parametrize(
    ("row", "column"),
    [
        (",main,1,,,2026-01-01", "sku"),
        (f"{'x' * 101},main,1,,,2026-01-01", "sku"),
        (f"MUG,{'x' * 41},1,,,2026-01-01", "warehouse"),
        ("MUG,main,0,,,2026-01-01", "quantity"),
        ("MUG,main,1.5,,,2026-01-01", "quantity"),
        ("MUG,main,10000001,,,2026-01-01", "quantity"),
        ("MUG,main,,,,2026-01-01", "quantity"),
        ("MUG,main,1,-4,,2026-01-01", "unit_cost"),
        ("MUG,main,1,1.1234567,,2026-01-01", "unit_cost"),
        ("MUG,main,10000000,101,,2026-01-01", "unit_cost"),
        ("MUG,main,1,4,,", "at"),
        ("MUG,main,1,4,,yesterday", "at"),
        ("MUG,main,1,4,,0026-01-01", "at"),
        ("MUG,main,1,4,2026-01-01", "kind"),
    ],
)
def test_a_wrong_cell_refuses_its_row_alone(past: Past, row: str, column: str) -> None:
    result = past.send(f"{row}\nJUG,main,2,3,received,2026-01-01\n")

    assert [(one.row, one.column) for one in result.refused] == [(2, column)]
    assert [one.number for one in result.refused_rows] == [2]
    assert result.stored == 1


def test_a_column_nobody_reads_or_one_that_lacks_refuses_the_file(past: Past) -> None:
    with pytest.raises(FileRefused, match="the column at"):
        past.send("MUG,1\n", header="sku,quantity\n")
    with pytest.raises(FileRefused, match="not colour"):
        past.send("", header="sku,quantity,at,colour\n")


def test_an_unknown_zone_is_refused(past: Past) -> None:
    with pytest.raises(InvalidInput, match="time_zone"):
        past.send("", zone="Europe/Nowhere")


def test_times_without_a_zone_are_in_the_one_that_is_named(past: Past) -> None:
    result = past.send(
        "A,main,1,,,2026-07-01\n"
        "A,main,1,,,2026-07-01T10:00\n"
        "A,main,1,,,2026-07-01T10:00Z\n"
        "A,main,1,,,2026-03-29T02:30\n",
        zone="Europe/Berlin",
    )

    assert [row["occurred_at"] for row in past.rows()] == [
        datetime(2026, 6, 30, 22, tzinfo=UTC),
        datetime(2026, 7, 1, 8, tzinfo=UTC),
        datetime(2026, 7, 1, 10, tzinfo=UTC),
    ]
    # On that day the clocks jumped from two to three.
    assert [(one.row, one.column) for one in result.refused] == [(5, "at")]


def test_the_same_file_again_changes_nothing(past: Past) -> None:
    text = "MUG,main,3,4,received,2026-01-01\nMUG,main,1,,shipped,2026-01-02\n"

    first = past.send(text)
    before = past.rows()
    again = past.send(text)
    turned = past.send("\n".join(reversed(text.splitlines())) + "\n")

    assert past.rows() == before
    assert first.import_id == again.import_id == turned.import_id
    assert (again.stored, again.already_stored) == (0, 2)


def test_a_file_that_overlaps_adds_only_what_is_missing(past: Past) -> None:
    past.send("MUG,main,3,4,received,2026-01-01\nMUG,main,1,,shipped,2026-01-02\n")

    result = past.send(
        "MUG,main,1,,shipped,2026-01-02\n"
        "MUG,main,1,,shipped,2026-01-02\n"
        "MUG,main,5,4,received,2026-01-03\n"
    )

    assert (result.stored, result.already_stored) == (2, 1)
    assert [row["quantity_change"] for row in past.rows()] == [3, -1, -1, 5]


def test_earlier_movements_that_come_later_value_the_article_anew(past: Past) -> None:
    past.send("MUG,main,2,,shipped,2026-01-03\nJUG,main,1,9,received,2026-01-03\n")
    assert past.values() == [9, 0]

    past.send("MUG,main,4,5,received,2026-01-02\nMUG,main,6,,shipped,2026-01-04\n")

    assert past.values() == [9, 20, -10, -10]


def test_at_one_moment_what_comes_is_there_before_it_leaves(past: Past) -> None:
    past.send("MUG,main,2,,shipped,2026-01-03\nMUG,main,2,5,received,2026-01-03\n")

    assert past.values() == [10, -10]


def test_units_of_unknown_cost_are_told_and_worth_nothing(past: Past) -> None:
    result = past.send(
        "MUG,main,4,,received,2026-01-01\n"
        "MUG,main,2,,shipped,2026-01-02\n"
        "MUG,main,4,5,received,2026-01-03\n"
        "MUG,main,5,,shipped,2026-01-04\n"
    )

    assert result.units_without_cost == 4
    assert past.values() == [0, 0, 20, -20]


def test_a_warehouse_has_its_own_average(past: Past) -> None:
    past.send(
        "MUG,main,1,4,received,2026-01-01\n"
        "MUG,north,1,6,received,2026-01-01\n"
        "MUG,,1,,shipped,2026-01-02\n"
    )

    assert past.values() == [4, -4, 6]


def test_an_article_has_one_currency_in_a_warehouse(past: Past) -> None:
    header = "sku,warehouse,quantity,unit_cost,kind,at,currency\n"
    first = past.send(
        "MUG,main,1,4,received,2026-01-01,\n"
        "MUG,main,1,4,received,2026-01-02,EUR\n"
        "MUG,main,1,4,received,2026-01-03,GBP\n"
        "MUG,north,1,4,received,2026-01-03,GBP\n"
        "MUG,main,1,4,received,2026-01-03,euro\n",
        header=header,
    )
    later = past.send("MUG,main,1,4,received,2026-01-04,USD\n", header=header)

    assert [(one.row, one.column) for one in first.refused] == [
        (4, "currency"),
        (6, "currency"),
    ]
    assert "EUR" in later.refused[0].wanted
    assert [row["currency"] for row in past.rows()] == ["EUR", "EUR", "GBP"]


def test_a_dry_run_tells_the_same_and_keeps_nothing(past: Past) -> None:
    text = "MUG,main,3,4,received,2026-01-01\nMUG,main,x,4,received,2026-01-01\n"

    dry = past.send(text, dry_run=True)
    wet = past.send(text)

    assert (dry.stored, len(dry.refused)) == (wet.stored, len(wet.refused)) == (1, 1)
    with past.database.read() as connection:
        imports = connection.execute(select(history_import.c.kind)).scalars().all()
    assert imports == ["movements"]


def test_nothing_on_hand_changes(past: Past) -> None:
    past.send("MUG,main,3,4,received,2026-01-01\n")

    with past.database.read() as connection:
        levels = connection.execute(
            select(func.count()).select_from(stock_level)
        ).scalar_one()
    assert levels == 0


class BreakingDatabase(Database):
    """Loses its connection after the first transaction that writes."""

    @contextmanager
    def write(self) -> Iterator[Connection]:
        if self.transactions:
            raise ConnectionError("gone")
        with super().write() as connection:
            yield connection


def test_an_import_that_broke_off_goes_on_where_it_ended(past: Past) -> None:
    text = "".join(f"SKU-{n},main,1,4,received,2026-01-0{n}\n" for n in range(1, 7))
    terms = MovementTerms(articles_at_once=2)
    url = past.database.url.render_as_string(hide_password=False)
    database = BreakingDatabase(url)
    with table_of(past.directory, HEADER + text) as table:
        found = read_movement_file(database, table, terms)
        with pytest.raises(ConnectionError):
            store_movements(database, found, clock=clock, terms=terms)
    database.close()
    assert len(past.rows()) == 2

    rest = past.send(text)

    assert (rest.stored, rest.already_stored) == (4, 2)
    assert len(past.rows()) == 6
    with past.database.read() as connection:
        [finished_at] = connection.execute(select(history_import.c.finished_at)).one()
    assert finished_at == clock()


def test_the_example_of_the_documentation_is_taken_whole(past: Past) -> None:
    header, rows = (EXAMPLES / "movements.csv").read_text("utf-8").split("\n", 1)

    result = past.send(rows, header=f"{header}\n", zone="Europe/Berlin")

    assert (result.read, result.stored, result.refused) == (9, 9, ())
    assert result.units_without_cost == 25


_MOVED = st.builds(
    PastMovement,
    st.just(clock()),
    st.integers(-20, 20).filter(bool),
    st.just(MovementKind.ADJUSTED),
    st.none() | st.integers(0, 10**8),
    st.none(),
)


@given(st.lists(_MOVED))
def test_the_value_is_never_below_zero_and_gone_with_the_last_known_unit(
    movements: list[PastMovement],
) -> None:
    value = known = 0
    for one, change in zip(movements, value_changes(movements), strict=True):
        had_value = known > 0
        value += change
        if one.change < 0:
            known = max(0, known + one.change)
        elif one.cost is not None or had_value:
            known += one.change

        assert value >= 0
        assert known or value == 0
