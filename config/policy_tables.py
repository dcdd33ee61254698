"""The tables of a policy file: friendly keys in, the policy's own values out.

A default is never written here; the loader lays the file over the default policy.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import TypeVar

import holidays

from config.policy_table import Table, Terms
from config.policy_words import (
    Date,
    Duration,
    Hours,
    MaybeDuration,
    MaybeTax,
    MaybeText,
    Role,
    SourceName,
)
from config.stock_tables import CountTable, StockTable
from domain.calendars import zone_of
from domain.errors import InvalidInput
from domain.policy import (
    Calendar,
    CheckMode,
    CheckName,
    DeadlineTerms,
    DuplicateTerms,
    ExpiryAction,
    FulfillmentPolicy,
    HoldKind,
    HoldTerms,
    PriceTolerance,
    SourcePolicy,
    Stage,
    Step,
    Weekday,
)


class PriceToleranceTable(Table[PriceTolerance]):
    """`price_tolerance` of a source."""

    absolute: Decimal
    percent: Decimal

    def terms(self) -> PriceTolerance:
        """Return the tolerance."""
        return PriceTolerance(**self._fields())


class DuplicatesTable(Table[DuplicateTerms]):
    """`duplicates` of a source."""

    window: Duration
    shared_units_percent: Decimal

    def terms(self) -> DuplicateTerms:
        """Return the terms of likeness."""
        return DuplicateTerms(**self._fields())


class SourceTable(Table[SourcePolicy]):
    """`default_source` and each table of `sources`."""

    checks: dict[CheckName, CheckMode]
    price_tolerance: PriceToleranceTable
    prices_include_tax: MaybeTax
    duplicates: DuplicatesTable

    def terms(self) -> SourcePolicy:
        """Return the policy of the source."""
        return SourcePolicy(
            checks=self.checks,
            price_tolerance=self.price_tolerance.terms(),
            prices_include_tax=self.prices_include_tax,
            duplicates=self.duplicates.terms(),
        )


class DeadlineTable(Table[DeadlineTerms]):
    """One stage of a service level."""

    within: Duration
    escalate_after: Duration
    working_time: bool
    owner_role: Role
    escalate_to: Role

    def terms(self) -> DeadlineTerms:
        """Return the deadline's terms."""
        return DeadlineTerms(**self._fields())


class HoldTable(Table[HoldTerms]):
    """One kind of hold."""

    blocks: tuple[Step, ...]
    owner_role: Role
    expires_after: MaybeDuration
    when_expired: ExpiryAction

    def terms(self) -> HoldTerms:
        """Return the hold's terms."""
        return HoldTerms(**self._fields())


class CalendarTable(Table[Calendar]):
    """`calendar` and each table of `calendars`."""

    time_zone: str
    opening_hours: dict[Weekday, tuple[Hours, ...]]
    holiday_country: MaybeText
    holiday_subdivision: MaybeText
    extra_closed: tuple[Date, ...]
    extra_open: dict[Date, tuple[Hours, ...]]

    def terms(self) -> Calendar:
        """Return the calendar; one that is never open is refused."""
        zone_of(self.time_zone)
        if not any(self.opening_hours.values()):
            raise InvalidInput(field="opening_hours", wanted="one open day or more")
        _refuse_unknown_holidays(self.holiday_country, self.holiday_subdivision)
        return Calendar(**self._fields())


def _refuse_unknown_holidays(country: str | None, subdivision: str | None) -> None:
    if country is None:
        return
    known: Mapping[str, list[str]] = holidays.list_supported_countries(
        include_aliases=True
    )
    if country not in known:
        raise InvalidInput(
            field="holiday_country",
            wanted="a country that the holidays package knows, such as DE",
        )
    if subdivision is not None and subdivision not in known[country]:
        raise InvalidInput(
            field="holiday_subdivision",
            wanted=f"one of {', '.join(known[country]) or 'none'}",
        )


class PolicyFile(Table[FulfillmentPolicy]):
    """The whole file, laid over the default policy."""

    default_source: SourceTable
    sources: dict[SourceName, SourceTable]
    default_service_level: str
    service_levels: dict[str, dict[Stage, DeadlineTable]]
    holds: dict[HoldKind, HoldTable]
    calendar: CalendarTable
    calendars: dict[str, CalendarTable]
    stock: StockTable
    counts: CountTable

    def terms(self) -> FulfillmentPolicy:
        """Return the policy."""
        return FulfillmentPolicy(
            sources=_terms_of(self.sources),
            default_source=self.default_source.terms(),
            service_levels={
                name: _terms_of(stages) for name, stages in self.service_levels.items()
            },
            holds=_terms_of(self.holds),
            calendars=_terms_of(self.calendars),
            default_calendar=self.calendar.terms(),
            default_service_level=self.default_service_level,
            stock=self.stock.terms(),
            counts=self.counts.terms(),
        )


Key = TypeVar("Key")


def _terms_of(tables: Mapping[Key, Table[Terms]]) -> dict[Key, Terms]:
    return {name: table.terms() for name, table in tables.items()}
