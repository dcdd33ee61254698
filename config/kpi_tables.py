"""The tables of a KPI file; a default is never written here."""

from decimal import Decimal
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field

from config.policy_table import Table
from config.policy_words import NONE, Role
from domain.calendars import zone_of
from domain.errors import InvalidInput
from domain.kpi.catalogue import check_names, definition_of
from domain.kpi.definitions import Unit
from domain.kpi.question import CarryingRates, CostRates, KpiTerms
from domain.kpi.targets import Statistic, Target


def _known_figure(name: str) -> str:
    try:
        check_names([name])
    except InvalidInput as error:
        raise ValueError(error.wanted) from error
    return name


def _known_zone(name: str) -> str:
    try:
        zone_of(name)
    except InvalidInput as error:
        raise ValueError(error.wanted) from error
    return name


FigureName = Annotated[str, AfterValidator(_known_figure)]
Zone = Annotated[str, AfterValidator(_known_zone)]
Share = Annotated[float, Field(ge=0, le=1)]
Days = Annotated[int, Field(ge=1, le=3660)]
# "none" stands for a rate that nobody knows.
Rate = Annotated[
    Annotated[Decimal, Field(ge=0)] | None,
    BeforeValidator(lambda value: None if value == NONE else value),
]
Currency = Annotated[str, Field(pattern="^[A-Z]{3}$")]


class CarryingTable(Table[CarryingRates]):
    """`carrying`: what keeping stock costs in a year, as shares of its value."""

    capital: Share
    storage: Share
    service: Share
    risk: Share

    def terms(self) -> CarryingRates:
        """Return the rates."""
        return CarryingRates(**self._fields())


class CostTable(Table[CostRates]):
    """`cost`: what fulfilling costs, in the shop's currency."""

    labour_per_order: Rate
    labour_per_line: Rate
    material_per_shipment: Rate
    fixed_per_month: Rate

    def terms(self) -> CostRates:
        """Return the rates."""
        return CostRates(**self._fields())


class TargetTable(Table[Target]):
    """`targets.FIGURE`: what a KPI should be, and its limits."""

    statistic: Statistic
    target: float
    warning: float
    alarm: float
    higher_is_better: bool
    owner_role: Role

    def terms(self) -> Target:
        """Return the target; limits in the wrong order are refused."""
        sign = 1 if self.higher_is_better else -1
        if not sign * self.target >= sign * self.warning >= sign * self.alarm:
            wanted = "target, warning, alarm from best to worst"
            raise InvalidInput("alarm", wanted)
        return Target(**self._fields())


class KpiFile(Table[KpiTerms]):
    """The whole file, laid over the defaults."""

    zone: Zone
    currency: Currency
    claim_maturity_days: Days
    slow_mover_days: Days
    overstock_cover_days: Days
    carrying: CarryingTable
    cost: CostTable
    targets: dict[FigureName, TargetTable]

    def terms(self) -> KpiTerms:
        """Return the terms; a target in another unit than its KPI is refused."""
        targets = {name: one.terms() for name, one in self.targets.items()}
        for name, one in targets.items():
            _refuse_other_unit(name, one)
        return KpiTerms(
            **{
                **self._fields(),
                "carrying": self.carrying.terms(),
                "cost": self.cost.terms(),
                "targets": targets,
            }
        )


def _refuse_other_unit(name: str, target: Target) -> None:
    unit = definition_of(name).unit
    is_share = target.statistic is Statistic.RATE
    if is_share != (unit is Unit.RATE):
        wanted = "rate" if unit is Unit.RATE else f"a number in {unit}"
        raise InvalidInput(f"targets.{name}.statistic", wanted)
    limits = (target.target, target.warning, target.alarm)
    if is_share and not all(0 <= limit <= 1 for limit in limits):
        raise InvalidInput(f"targets.{name}", "shares between 0 and 1")
