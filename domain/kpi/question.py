"""What is asked of the record: a period, a window, a moment of knowledge, groups."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from domain.kpi.periods import Period
from domain.kpi.targets import Target
from domain.kpi.times.business_time import OpenTime


class Window(StrEnum):
    """Which instant of an order decides whether it belongs to a period."""

    PLACED = "placed"  # a cohort: what customers got; young ones are not complete
    DELIVERED = "delivered"  # output: complete, but late orders come late
    DUE = "due"  # the keeping of promises: what is overdue counts as missed


class OnTimeBy(StrEnum):
    """How a promise is compared."""

    INSTANT = "instant"
    DAY = "day"  # whole days in the destination's zone


class Dimension(StrEnum):
    """By what figures are grouped."""

    SOURCE = "source"
    CHANNEL = "channel"
    WAREHOUSE = "warehouse"
    SERVICE_LEVEL = "service_level"
    CARRIER = "carrier"
    CUSTOMER_GROUP = "customer_group"
    CATEGORY = "category"
    SKU = "sku"  # stock figures alone
    STATION = "station"  # floor figures alone


@dataclass(frozen=True, slots=True, kw_only=True)
class CarryingRates:
    """What keeping stock costs in a year, as shares of its value."""

    capital: float = 0.10
    storage: float = 0.05
    service: float = 0.03
    risk: float = 0.04

    @property
    def total(self) -> float:
        """Return all components together."""
        return self.capital + self.storage + self.service + self.risk


@dataclass(frozen=True, slots=True, kw_only=True)
class CostRates:
    """What fulfilling costs, in the shop's currency; nothing is known by default."""

    labour_per_order: Decimal | None = None
    labour_per_line: Decimal | None = None
    material_per_shipment: Decimal | None = None
    fixed_per_month: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class KpiTerms:
    """What the shop decides about its KPIs."""

    zone: str = "UTC"
    currency: str = "EUR"
    # An outside error may still come in for so long after the delivery.
    claim_maturity_days: int = 30
    slow_mover_days: int = 60
    overstock_cover_days: int = 90
    carrying: CarryingRates = CarryingRates()
    cost: CostRates = CostRates()
    targets: Mapping[str, Target] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One question to the record; figures that do not know the window take their own.

    `as_of`: what happened later is not known. `open_times` holds the opening hours of
    each warehouse, under the empty name those of all others.
    """

    period: Period
    as_of: datetime
    by: Window | None = None
    on_time_by: OnTimeBy = OnTimeBy.DAY
    group_by: tuple[Dimension, ...] = ()
    terms: KpiTerms = KpiTerms()
    site_zones: Mapping[str, str] = field(default_factory=dict)
    open_times: Mapping[str, OpenTime] = field(default_factory=dict)
