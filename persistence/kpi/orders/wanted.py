"""What is wanted of the record of orders, and what comes of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from domain.kpi.definitions import DueKind
from domain.kpi.facts import OrderFacts, Part
from domain.kpi.periods import Period
from domain.kpi.question import Window
from domain.kpi.zones import CountryZones

# A window, and for the due one which promise it is about.
WantedWindow = tuple[Window, DueKind]


@dataclass(frozen=True, slots=True, kw_only=True)
class OrdersWanted:
    """Orders placed in the period, or with one of the windows' instants in it.

    No sources means all but those left out.
    """

    period: Period
    as_of: datetime
    windows: frozenset[WantedWindow] = frozenset()
    parts: frozenset[Part] = frozenset()
    by_category: bool = False
    sources: tuple[str, ...] = ()
    country_zones: CountryZones = field(default_factory=dict)
    site_zones: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedOrders:
    """Orders of the record; `left_out` those whose sources do not count."""

    orders: list[OrderFacts]
    left_out: list[OrderFacts] = field(default_factory=list)
