"""What a person may choose about KPIs, and how the texts are read."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated

import typer

from cli.context import open_database, surroundings_of
from cli.documents import STDIN
from domain.errors import InvalidInput
from domain.kpi.question import Dimension, OnTimeBy, Window
from operations.kpi.asking import KpiReader
from operations.kpi.choice import Days

_MONTH_LENGTH = len("2026-10")
_DAY_LENGTH = len("2026-10-01")
# Which option a refused field comes from.
_OPTIONS = {
    "figure": "FIGURE",
    "from": "--from",
    "to": "--to",
    "by": "--by",
    "zone": "--zone",
    "as_of": "--as-of",
    "group_by": "--group-by",
}


def read_days(text: str) -> Days:
    """Read a day such as 2026-10-01, or a month such as 2026-10."""
    try:
        if len(text) == _MONTH_LENGTH:
            first = date.fromisoformat(f"{text}-01")
            return Days(
                first, first.replace(day=monthrange(first.year, first.month)[1])
            )
        return Days(_day(text), _day(text))
    except ValueError:
        raise typer.BadParameter(
            "a day such as 2026-10-01, or a month such as 2026-10"
        ) from None


def read_as_of(text: str) -> datetime | date:
    """Read a moment with its offset, or a day, which means its end."""
    try:
        if len(text) == _DAY_LENGTH:
            return _day(text)
        instant = datetime.fromisoformat(text)
    except ValueError:
        instant = None
    if instant is None or instant.tzinfo is None:
        raise typer.BadParameter(
            "a day such as 2026-10-31, or a moment with its offset, such as "
            "2026-10-31T18:00Z"
        )
    return instant.astimezone(UTC)


def _day(text: str) -> date:
    if len(text) != _DAY_LENGTH:
        raise ValueError(text)
    return date.fromisoformat(text)


Figures = Annotated[
    list[str] | None,
    typer.Option(
        "--figure",
        metavar="FIGURE",
        help="Only this KPI; may be repeated [default: the headline ones].",
    ),
]
TakesAll = Annotated[bool, typer.Option("--all", help="Every KPI there is.")]
FigureArgument = Annotated[
    str, typer.Argument(metavar="FIGURE", help="Name of a KPI, as `kpi list` has it.")
]
Since = Annotated[
    Days | None,
    typer.Option(
        "--from",
        parser=read_days,
        metavar="DAY",
        help="First day, or month: 2026-10-01 or 2026-10.",
    ),
]
Until = Annotated[
    Days | None,
    typer.Option(
        "--to",
        parser=read_days,
        metavar="DAY",
        help="Last day, or month; it belongs to the period [default: yesterday].",
    ),
]
By = Annotated[
    Window | None,
    typer.Option(
        help="Orders belong to the period by this moment [default: each figure's own]."
    ),
]
OnTime = Annotated[
    OnTimeBy,
    typer.Option(
        "--on-time-by", help="Compare promises by the instant, or by the whole day."
    ),
]
Zone = Annotated[
    str | None,
    typer.Option(
        help="Days are those of this IANA zone, such as Europe/Berlin [default: the "
        "shop's]."
    ),
]
AsOf = Annotated[
    datetime | None,
    typer.Option(
        parser=read_as_of,
        metavar="INSTANT|DAY",
        help="As it was known then: what happened later is not [default: now].",
    ),
]
GroupBy = Annotated[
    list[Dimension] | None,
    typer.Option("--group-by", help="A figure for each value; may be repeated."),
]
Sources = Annotated[
    list[str] | None,
    typer.Option(
        "--source",
        help="Only this source, even if it is left out; may be repeated.",
    ),
]


@contextmanager
def open_reader(context: typer.Context) -> Iterator[KpiReader]:
    """Open the database for a command that asks for KPIs.

    A choice that cannot be answered becomes a usage error that names its option.
    """
    with usage_errors():
        surroundings = surroundings_of(context)
        with open_database(surroundings.database_url) as database:
            yield KpiReader(
                database=database,
                policy=surroundings.policy(),
                terms=surroundings.kpi_terms(),
                clock=surroundings.clock,
            )


@contextmanager
def usage_errors() -> Iterator[None]:
    """Turn a refused choice into a usage error that names its option."""
    try:
        yield
    except InvalidInput as error:
        option = _OPTIONS.get(error.field)
        if option is None:
            raise
        raise typer.BadParameter(error.wanted, param_hint=option) from None


def refuse_without_folder(out: Path) -> None:
    """Refuse a file to be written in a folder that does not exist."""
    if out != STDIN and not out.absolute().parent.is_dir():
        raise typer.BadParameter("a file in a folder that exists", param_hint="--out")
