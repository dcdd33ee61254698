"""What past movements did to the value of an article: a moving average."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from operations.movement_files.lines import PastMovement


def value_changes(movements: Iterable[PastMovement]) -> Iterator[int]:
    """Return by how much each movement, in its order, changed the value, in millionths.

    What comes in is worth its own cost, else the average, else nothing. What leaves
    takes its own cost, else the average, and never more than there is; the last unit
    of known cost takes all that is left. Units beyond those of known cost take nothing.
    """
    units = micros = 0
    for one in movements:
        if one.change > 0:
            joins, change = _coming(one, units, micros)
        else:
            joins, change = _leaving(one, units, micros)
        units, micros = units + joins, micros + change
        yield change


def _coming(one: PastMovement, units: int, micros: int) -> tuple[int, int]:
    if one.cost is not None:
        return one.change, one.change * one.cost
    if units:
        return one.change, micros * one.change // units
    return 0, 0


def _leaving(one: PastMovement, units: int, micros: int) -> tuple[int, int]:
    known = min(-one.change, units)
    if known == units:
        return -known, -micros
    if one.cost is not None:
        return -known, -min(one.cost * known, micros)
    return -known, -(micros * known // units)
