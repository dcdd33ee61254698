"""Reading the cells that only order files have."""

from __future__ import annotations

from operations.files.cells import CellRefused
from operations.files.countries import code_of_country
from operations.order_files.mapping import Countries


def read_country(cell: str, countries: Countries) -> str:
    """Return the ISO code of a country as the file writes it."""
    name = cell.strip()
    if name in countries.refused:
        raise CellRefused(countries.refused[name])
    code = countries.codes.get(name) or code_of_country(name)
    if code is None:
        raise CellRefused(
            "a country's English name or ISO 3166-1 code, "
            "or an entry in countries.codes of the mapping"
        )
    return code
