"""Reading rows of our own file formats into their models, refusing row by row."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Generic, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints
from pydantic import ValidationError as Wrong

from operations.files.countries import country_codes
from operations.files.rows import FileRefused, RefusedCell, Row
from operations.files.table import CsvTable


class FileLine(BaseModel):
    """Base of the lines of our own formats; an empty cell says nothing."""

    model_config = ConfigDict(frozen=True, str_strip_whitespace=True)


LineT_co = TypeVar("LineT_co", bound=FileLine, covariant=True)


def _known_country(code: str) -> str:
    if code not in country_codes():
        raise ValueError("not a country")
    return code


Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
Country = Annotated[
    str, StringConstraints(to_upper=True), AfterValidator(_known_country)
]
SourceName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]{1,40}$")]

AMOUNT = "an amount of at least 0 with at most 6 decimals, such as 12.50"
CURRENCY = "a currency code of three capitals (ISO 4217), such as EUR"
SKU = "a code of 1 to 100 characters"
SOURCE = "a source of 1 to 40 small letters a-z and digits"


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbered(Generic[LineT_co]):
    """A line with the row it came from."""

    row: int
    line: LineT_co
    raw: Row | None = None

    def refuse(self, column: str, wanted: str) -> RefusedCell:
        """Return the refusal of one of its cells."""
        return RefusedCell(row=self.row, column=column, wanted=wanted)


@dataclass(frozen=True, slots=True, kw_only=True)
class LineFormat(Generic[LineT_co]):
    """A model, and in words what each of its columns wants."""

    model: type[LineT_co]
    wanted: Mapping[str, str]
    required: tuple[str, ...]

    def read(
        self, table: CsvTable
    ) -> Iterator[Numbered[LineT_co] | tuple[Row, list[RefusedCell]]]:
        """Read each row as a line, or as refused with the reasons.

        Raises `FileRefused` for a column that is missing or that nobody would read.
        """
        self._check_header(table)
        names = [column.lower() for column in table.header]
        for row in table.rows():
            misshapen = table.misshapen(row)
            if misshapen:
                yield row, [misshapen]
                continue
            cells = {n: c for n, c in zip(names, row.cells, strict=True) if c.strip()}
            try:
                line = self.model.model_validate(cells)
            except Wrong as error:
                yield row, self._refusals(row, error)
            else:
                yield Numbered(row=row.number, line=line, raw=row)

    def _check_header(self, table: CsvTable) -> None:
        names = [column.lower() for column in table.header]
        missing = [name for name in self.required if name not in names]
        if missing:
            wanted = f"the column{'s' * (len(missing) > 1)} {', '.join(missing)}"
            raise FileRefused(table.name, wanted, 1)
        unknown = [c for c in table.header if c.lower() not in self.wanted]
        if unknown:
            known = ", ".join(self.wanted)
            wanted = f"only the columns {known}; not {', '.join(unknown)}"
            raise FileRefused(table.name, wanted, 1)

    def _refusals(self, row: Row, error: Wrong) -> list[RefusedCell]:
        columns = dict.fromkeys(str(details["loc"][0]) for details in error.errors())
        return [
            RefusedCell(row=row.number, column=column, wanted=self.wanted[column])
            for column in columns
        ]
