"""The tables of docs/kpi.md: every KPI by its area, told by its definition.

`python -m tests.docs.kpi_table` writes them anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from domain.kpi.catalogue import DEFINITIONS
from domain.kpi.definitions import Area, FigureDefinition
from operations.kpi.page.words import area_words, plain_words
from tests.architecture.source_files import ROOT

PAGE = ROOT / "docs" / "kpi.md"
BEGIN = "<!-- every KPI: written by `python -m tests.docs.kpi_table` -->"
END = "<!-- end of the KPIs -->"


def tables() -> str:
    """Return the tables, one for each area."""
    areas = list(Area)
    ordered = sorted(DEFINITIONS.values(), key=lambda one: areas.index(one.area))
    return "\n\n".join(
        "\n".join(_table(area, list(mine)))
        for area, mine in groupby(ordered, key=lambda one: one.area)
    )


def written() -> str:
    """Return what stands between the marks of the page."""
    return PAGE.read_text("utf-8").partition(BEGIN)[2].partition(END)[0].strip()


def _table(area: Area, definitions: list[FigureDefinition]) -> Iterator[str]:
    yield f"### {area_words(area)}"
    yield ""
    yield "| KPI | says | told in | orders of a period |"
    yield "| --- | --- | --- | --- |"
    for one in definitions:
        mark = " *" if one.is_headline else ""
        windows = ", ".join(one.windows) or "its days"
        yield (
            f"| {one.title}{mark} `{one.name}` | {one.says} | "
            f"{plain_words(one.unit)} | {windows} |"
        )


def main() -> None:
    """Write the tables into the page."""
    text = PAGE.read_text("utf-8")
    before, _, rest = text.partition(BEGIN)
    after = rest.partition(END)[2]
    PAGE.write_text(f"{before}{BEGIN}\n\n{tables()}\n\n{END}{after}", "utf-8")


if __name__ == "__main__":
    main()
