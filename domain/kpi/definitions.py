"""What a KPI is: its name, its version and every choice that makes its number."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from domain.kpi.facts import Part
from domain.kpi.question import Window


class Area(StrEnum):
    """Under which heading a KPI stands."""

    TIME = "time"
    ON_TIME = "on_time"
    ACCURACY = "accuracy"
    AVAILABILITY = "availability"
    OUTCOME = "outcome"
    STOCK = "stock"
    FLOOR = "floor"
    COST = "cost"
    DATA_QUALITY = "data_quality"


class Grain(StrEnum):
    """What one counted thing is."""

    ORDER = "order"
    LINE = "line"
    UNIT = "unit"
    SHIPMENT = "shipment"
    CUSTOMER = "customer"
    STOCK_DAY = "stock_day"
    ARTICLE = "article"
    BACKORDER = "backorder"
    HOUR = "hour"


class Unit(StrEnum):
    """In what a KPI is told."""

    HOURS = "hours"
    RATE = "rate"
    COUNT = "count"
    DAYS = "days"
    TURNS = "turns_per_year"
    MONEY = "money"
    PER_HOUR = "per_hour"
    INDEX = "index"


class DueKind(StrEnum):
    """Which promise the due window of a KPI is about."""

    DELIVERY = "delivery"
    SHIPMENT = "shipment"


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureDefinition:
    """One KPI, defined once; a change that changes numbers raises the version.

    `windows` are those it can be asked for, its own first; none: it is of calendar
    days. `higher_is_better` is empty where neither is.
    """

    name: str
    title: str
    area: Area
    version: int = 1
    says: str
    grain: Grain
    unit: Unit
    clock_starts: str | None = None
    clock_stops: str | None = None
    numerator: str | None = None
    denominator: str | None = None
    windows: tuple[Window, ...] = ()
    due: DueKind = DueKind.DELIVERY
    needs: frozenset[Part] = frozenset()
    higher_is_better: bool | None = None
    # Shown to the manager without being asked for.
    is_headline: bool = False
    source: str | None = None
