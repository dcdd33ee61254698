"""What stands under detail: further numbers, what was left out, and definitions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from shlex import quote

from operations.kpi.page.pictures import DISTRIBUTION
from operations.kpi.page.rows import (
    Row,
    is_whole,
    listed,
    number,
    numbers,
    part,
    text,
)
from operations.kpi.page.words import (
    Saying,
    count_words,
    plain_words,
    reason_words,
    saying_of,
    window_words,
)

PROGRAM = "orderwright"
CENSORED = "censored"
# Details that have a place of their own.
_APART = frozenset({CENSORED, DISTRIBUTION})
_MORE_NUMBERS = ("mean", "p95", "p99")
_TIMES = ("median", "p50", "p90", "p95", "p99", "mean")


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureDetail:
    """Everything about one figure that a manager does not need at first sight."""

    name: str
    title: str
    n: str
    numbers: tuple[tuple[str, str], ...]
    open_orders: tuple[tuple[str, str], ...]
    open_orders_say: str
    more: tuple[tuple[str, str], ...]
    choices: tuple[tuple[str, str], ...]
    excluded: tuple[tuple[str, str], ...]
    drill: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DefinitionOnPage:
    """One definition, complete."""

    name: str
    title: str
    version: str
    says: str
    terms: tuple[tuple[str, str], ...]


def details_on_page(rows: Iterable[Row]) -> list[FigureDetail]:
    """Put further numbers of each figure into words."""
    return [_detail(row) for row in rows if is_whole(row)]


def definitions_on_page(rows: Iterable[Row]) -> list[DefinitionOnPage]:
    """Tell the definition of each figure once."""
    first: dict[str, Row] = {}
    for row in rows:
        first.setdefault(text(row, "figure"), row)
    return [_definition(row) for row in first.values()]


def drill_command(row: Row) -> str:
    """Return the command that lists the orders behind a figure."""
    said = [PROGRAM, "kpi", "drill", text(row, "figure")]
    for name in ("from", "to", "by", "zone"):
        if text(row, name):
            said += [f"--{name}", text(row, name)]
    return " ".join(quote(each) for each in said)


def _detail(row: Row) -> FigureDetail:
    say = saying_of(row)
    details = part(row, "details")
    return FigureDetail(
        name=text(row, "figure"),
        title=text(row, "title"),
        n=count_words(number(row, "n") or 0),
        numbers=tuple(_numbers(row, say)),
        open_orders=tuple(_open_orders(row, say)),
        open_orders_say=text(part(details, CENSORED), "says"),
        more=tuple(_told({k: v for k, v in details.items() if k not in _APART}, say)),
        choices=tuple(
            (plain_words(name), str(value))
            for name, value in part(row, "choices").items()
        ),
        excluded=tuple(
            (
                count_words(number(part(row, "excluded"), reason) or 0),
                reason_words(reason),
            )
            for reason in part(row, "excluded")
        ),
        drill=drill_command(row),
    )


def _numbers(row: Row, say: Saying) -> Iterator[tuple[str, str]]:
    weak = listed(row, "weak")
    for name in _MORE_NUMBERS:
        value = number(row, name)
        if value is not None:
            yield name, say.full(value) + (" *" if name in weak else "")
    interval = numbers(row, "interval")
    if interval:
        yield "95 % interval", " to ".join(say.full(end) for end in interval)
    for name in ("numerator", "denominator"):
        value = number(row, name)
        if value is not None:
            yield name, count_words(round(value, 2))


def _open_orders(row: Row, say: Saying) -> Iterator[tuple[str, str]]:
    """Tell the Kaplan-Meier view beside the plain one."""
    censored = part(part(row, "details"), CENSORED)
    if not censored:
        return
    for name, words in (("p50", "median"), ("p90", "p90")):
        plain, whole = number(row, name), number(censored, name)
        told = "not reached yet" if whole is None else say.full(whole)
        if plain is not None:
            told += f"; delivered orders alone {say.full(plain)}"
        yield f"{words} with open orders", told
    apart = {"p50", "p90", "says"}
    yield from _told({k: v for k, v in censored.items() if k not in apart}, say)


def _told(cells: Mapping[str, object], say: Saying) -> Iterator[tuple[str, str]]:
    """Tell numbers of any depth, each with the path to it as its name."""
    for name, value in cells.items():
        if isinstance(value, Mapping):
            for inner, told in _told(value, say):
                yield f"{plain_words(name)}: {inner}", told
        elif value is not None:
            yield plain_words(name), _cell(name, value, say)


def _cell(name: str, value: object, say: Saying) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "; ".join(_cell(name, each, say) for each in value)
    if isinstance(value, Mapping):
        return ", ".join(f"{inner} {told}" for inner, told in _told(value, say))
    if isinstance(value, int | float):
        return say.full(value) if name in _TIMES else count_words(round(value, 4))
    return str(value)


def _definition(row: Row) -> DefinitionOnPage:
    definition = part(row, "definition")
    terms = (
        ("clock starts", text(definition, "clock_starts")),
        ("clock stops", text(definition, "clock_stops")),
        ("counted", text(definition, "numerator")),
        ("out of", text(definition, "denominator")),
        ("here for", window_words(text(row, "by"))),
        ("may be asked by", ", ".join(listed(definition, "windows"))),
        ("one counted thing", plain_words(text(row, "grain"))),
        ("told in", plain_words(text(row, "unit"))),
        ("source", text(definition, "source")),
    )
    return DefinitionOnPage(
        name=text(row, "figure"),
        title=text(row, "title"),
        version=text(definition, "version"),
        says=text(definition, "says"),
        terms=tuple((name, said) for name, said in terms if said),
    )
