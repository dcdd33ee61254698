"""The floor: how many lines and orders a station gets done in an hour it works."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from domain.errors import InvalidInput
from domain.kpi.definitions import Area, FigureDefinition, Grain, Unit
from domain.kpi.drilling import Behind, HowCounted
from domain.kpi.facts import UNKNOWN
from domain.kpi.figures import Amount, Figure, GroupKey
from domain.kpi.question import Dimension, Question

_DIMENSIONS = (Dimension.WAREHOUSE, Dimension.STATION)


class FloorActivity(StrEnum):
    """What was confirmed."""

    PICK = "pick"
    PACK = "pack"
    SHIP = "ship"


@dataclass(frozen=True, slots=True, kw_only=True)
class FloorHour:
    """What one station confirmed in one clock hour that begins at `hour`.

    `order_ids` are the orders confirmed; of `unknown_order_ids` among them nobody
    recorded how many lines and units they were.
    """

    warehouse: str | None
    station: str
    activity: FloorActivity
    hour: datetime
    lines: int
    units: int
    order_ids: tuple[str, ...]
    unknown_order_ids: tuple[str, ...] = ()

    @property
    def orders(self) -> int:
        """Return how many orders were confirmed."""
        return len(self.order_ids)


def station_of(
    named: str | None, warehouse: str | None, activity: FloorActivity
) -> str:
    """Return the station, or one for the warehouse's activity if none was named."""
    return named or f"{warehouse or UNKNOWN}:{activity}"


@dataclass(frozen=True, slots=True, kw_only=True)
class FloorFigure:
    """A KPI of stations: so many done in each clock hour in which one worked."""

    definition: FigureDefinition
    done: Callable[[FloorHour], int]
    # Orders of an hour that say nothing about what is counted.
    silent: Callable[[FloorHour], tuple[str, ...]]

    def measure(self, rows: Sequence[FloorHour], question: Question) -> list[Figure]:
        """Count group by group; without groups there is always one figure."""
        groups = _by_group(rows, question)
        if not question.group_by:
            groups.setdefault((), [])
        return [self._figure(key, groups[key], question) for key in sorted(groups)]

    def behind(self, rows: Sequence[FloorHour], question: Question) -> list[Behind]:
        """Return the orders confirmed, at the hours in which they were."""
        groups = _by_group(rows, question)
        return [
            self._behind(order_id, key, row)
            for key in sorted(groups)
            for row in sorted(groups[key], key=_place)
            for order_id in row.order_ids
        ]

    def _behind(self, order_id: str, group: GroupKey, row: FloorHour) -> Behind:
        is_silent = order_id in self.silent(row)
        return Behind(
            order_id=order_id,
            group=group,
            counts=HowCounted.EXCLUDED if is_silent else HowCounted.COUNTED,
            reason="lines_unknown" if is_silent else None,
            at=row.hour,
        )

    def _figure(
        self, group: GroupKey, rows: Sequence[FloorHour], question: Question
    ) -> Figure:
        heard = [row for row in rows if len(self.silent(row)) < row.orders]
        silent = {order_id for row in rows for order_id in self.silent(row)}
        result = self._per_hour(heard)
        return Figure(
            definition=self.definition,
            asked=question,
            by=None,
            group=group,
            n=int(result.denominator or 0) if result else 0,
            result=result,
            excluded={"lines_unknown": len(silent)} if silent else {},
            choices={"hours": f"clock hours in {question.period.zone}"},
            details=self._by_activity(heard),
            not_measured=None if result else _why_nothing(rows),
            target=question.terms.targets.get(self.definition.name),
        )

    def _per_hour(self, rows: Sequence[FloorHour]) -> Amount | None:
        hours = {(row.warehouse, row.station, row.hour) for row in rows}
        if not hours:
            return None
        done = sum(map(self.done, rows))
        return Amount(value=done / len(hours), numerator=done, denominator=len(hours))

    def _by_activity(self, rows: Sequence[FloorHour]) -> Mapping[str, object]:
        """Give each activity by itself: their hours differ much."""
        found = {}
        for activity in FloorActivity:
            amount = self._per_hour([one for one in rows if one.activity is activity])
            if amount:
                found[activity.value] = {
                    "value": amount.value,
                    "numerator": amount.numerator,
                    "denominator": amount.denominator,
                }
        return {"by_activity": found}


def _why_nothing(rows: Sequence[FloorHour]) -> str:
    if not rows:
        return "no station confirmed anything in the period"
    return "no confirmation of the period can be counted; `excluded` says why"


def _by_group(
    rows: Iterable[FloorHour], question: Question
) -> dict[GroupKey, list[FloorHour]]:
    for dimension in question.group_by:
        if dimension not in _DIMENSIONS:
            known = ", ".join(sorted(_DIMENSIONS))
            raise InvalidInput("group_by", f"{known}, for figures of the floor")
    groups: dict[GroupKey, list[FloorHour]] = defaultdict(list)
    for row in rows:
        values = {Dimension.WAREHOUSE: row.warehouse, Dimension.STATION: row.station}
        key = tuple((one.value, values[one] or UNKNOWN) for one in question.group_by)
        groups[key].append(row)
    return groups


def _place(row: FloorHour) -> tuple[datetime, str, str]:
    return row.hour, row.station, row.activity


_HOURS = "clock hours in which a station confirmed anything, added up over the stations"
_NOT_COUNTED = (
    "Hours in which a station confirmed nothing do not count. Confirmations without a "
    "station belong to one station for their warehouse and activity; hand-overs that "
    "only the carrier's scan told of do not count."
)
LINES_PER_HOUR = FloorFigure(
    definition=FigureDefinition(
        name="lines_per_hour",
        title="Lines per hour",
        area=Area.FLOOR,
        says=(
            "How many order lines a station confirmed as picked, packed or handed over "
            f"in an hour it worked. {_NOT_COUNTED}"
        ),
        grain=Grain.HOUR,
        unit=Unit.PER_HOUR,
        numerator="order lines confirmed when their shipment was done",
        denominator=_HOURS,
        higher_is_better=True,
    ),
    done=lambda row: row.lines,
    silent=lambda row: row.unknown_order_ids,
)
ORDERS_PER_HOUR = FloorFigure(
    definition=FigureDefinition(
        name="orders_per_hour",
        title="Orders per hour",
        area=Area.FLOOR,
        says=(
            "How many orders a station confirmed as picked, packed or handed over in "
            "an hour it worked; an order counts once for each of the three in an "
            f"hour. {_NOT_COUNTED}"
        ),
        grain=Grain.HOUR,
        unit=Unit.PER_HOUR,
        numerator="orders confirmed when a shipment of theirs was done",
        denominator=_HOURS,
        higher_is_better=True,
    ),
    done=lambda row: row.orders,
    silent=lambda _: (),
)
FIGURES = (LINES_PER_HOUR, ORDERS_PER_HOUR)
