"""Tables as they come, and the rejects file as it goes back."""

import gzip
from io import BytesIO
from pathlib import Path

import pytest

from operations.files.countries import code_of_country, country_codes
from operations.files.rejects import RejectsFile
from operations.files.rows import FileRefused, RefusedCell
from operations.files.table import open_table
from tests.operations.file_builders import table_of


def cells(directory: Path, text: str | bytes) -> list[list[str]]:
    with table_of(directory, text) as table:
        return [list(table.header), *(list(row.cells) for row in table.rows())]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found_out(tmp_path: Path, delimiter: str) -> None:
    text = "sku,name\nMUG,Blue mug\n".replace(",", delimiter)

    assert cells(tmp_path, text) == [["sku", "name"], ["MUG", "Blue mug"]]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_byte_order_mark_is_no_part_of_the_first_column(
    tmp_path: Path, encoding: str
) -> None:
    text = "sku,name\nMUG,Krügerl\n".encode(encoding)

    assert cells(tmp_path, text) == [["sku", "name"], ["MUG", "Krügerl"]]


def test_a_gzip_file_is_read_as_it_is(tmp_path: Path) -> None:
    assert cells(tmp_path, gzip.compress(b"sku\nMUG\n")) == [["sku"], ["MUG"]]


def test_a_stream_is_read_like_a_file() -> None:
    with open_table(BytesIO(b"sku;name\nMUG;Mug\n")) as table:
        assert [list(row.cells) for row in table.rows()] == [["MUG", "Mug"]]


def test_rows_are_numbered_as_a_spreadsheet_numbers_them(tmp_path: Path) -> None:
    text = 'sku,name\nMUG,"two\nlines"\n\nJUG,Jug\n'

    with table_of(tmp_path, text) as table:
        assert [row.number for row in table.rows()] == [2, 4]


def test_empty_cells_after_the_last_column_are_passed_over(tmp_path: Path) -> None:
    assert cells(tmp_path, "sku,name\nMUG,Mug,,\n")[1] == ["MUG", "Mug"]


@pytest.mark.parametrize("row", ["MUG", "MUG,Mug,more"])
def test_a_row_with_other_cells_than_the_header_is_refused(
    tmp_path: Path, row: str
) -> None:
    with table_of(tmp_path, f"sku,name\n{row}\n") as table:
        refused = table.misshapen(next(table.rows()))

    assert refused is not None
    assert refused.row == 2
    assert "2 cells as in the header" in refused.wanted


@pytest.mark.parametrize(
    ("text", "row"),
    [
        (b'sku,name\nMUG,Mug\nJUG,"Jug\n', 3),
        (b"sku,name\nMUG,Mug\nJUG,Kr\xfcgerl\n", None),
        (gzip.compress(b"sku,name\n" + b"MUG,Mug\n" * 9)[:-9], None),
        (b"", 1),
        (b"sku,sku\nMUG,MUG\n", 1),
    ],
    ids=["open quote", "not UTF-8", "torn gzip", "empty", "column twice"],
)
def test_a_file_that_is_no_table_is_refused(
    tmp_path: Path, text: bytes, row: int | None
) -> None:
    with pytest.raises(FileRefused) as refused:
        cells(tmp_path, text)

    assert row is None or refused.value.row == row
    assert "MUG" not in str(refused.value)


def test_a_file_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileRefused, match="exists"), open_table(tmp_path / "none.csv"):
        pass


def test_a_rejects_file_has_the_shape_of_its_input_and_is_read_again(
    tmp_path: Path,
) -> None:
    rejects_path = tmp_path / "rejects.csv"
    wanted = RefusedCell(row=2, column="name", wanted="a name")

    with table_of(tmp_path, "sku;name\nMUG;-1\nJUG;Jug\n") as table:
        rows = list(table.rows())
        with RejectsFile(rejects_path, table) as rejects:
            rejects.add(rows, [wanted])

    assert rejects_path.read_text("utf-8").splitlines() == [
        "sku;name;orderwright_wanted",
        "MUG;-1;name: a name",
        "JUG;Jug;",
    ]
    assert cells(tmp_path, rejects_path.read_bytes()) == [
        ["sku", "name"],
        ["MUG", "-1"],
        ["JUG", "Jug"],
    ]


def test_rejects_may_replace_the_file_that_is_being_read(tmp_path: Path) -> None:
    path = tmp_path / "f.csv"

    with (
        table_of(tmp_path, "sku\nMUG\nJUG\n") as table,
        RejectsFile(path, table) as rejects,
    ):
        for row in table.rows():
            wanted = RefusedCell(row=row.number, column="sku", wanted="another")
            rejects.add([row], [wanted])

    assert [line.split(",")[0] for line in path.read_text("utf-8").splitlines()] == [
        "sku",
        "MUG",
        "JUG",
    ]


def test_without_a_refusal_there_is_no_rejects_file(tmp_path: Path) -> None:
    with table_of(tmp_path, "sku\nMUG\n") as table:
        RejectsFile(tmp_path / "rejects.csv", table).close()

    assert not (tmp_path / "rejects.csv").exists()


@pytest.mark.parametrize(
    ("written", "code"),
    [("de", "DE"), ("United Kingdom", "GB"), ("Atlantis", None), ("ZZ", None)],
)
def test_countries_are_known_by_code_and_english_name(
    written: str, code: str | None
) -> None:
    assert code_of_country(written) == code


def test_a_name_of_two_countries_is_not_decided() -> None:
    assert code_of_country("Channel Islands") is None


def test_there_are_249_countries() -> None:
    assert len(country_codes()) == 249
