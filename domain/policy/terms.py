"""The terms an order is fulfilled under, as values. The defaults are in `defaults`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from decimal import Decimal
from itertools import pairwise

from domain.errors import InvalidInput
from domain.policy.names import (
    CheckMode,
    CheckName,
    ExpiryAction,
    HoldKind,
    Stage,
    Step,
    Weekday,
)
from domain.policy.stock_terms import CountTerms, StockPolicy

NO_TIME = timedelta(0)
LONGEST_TERM = timedelta(days=1000)
WHOLE = 100  # percent


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldTerms:
    """What one kind of hold blocks, who owns it, and how long it may stand."""

    blocks: tuple[Step, ...]
    owner_role: str
    expires_after: timedelta | None = None
    when_expired: ExpiryAction = ExpiryAction.ESCALATE

    def __post_init__(self) -> None:
        if not self.blocks:
            raise InvalidInput(field="blocks", wanted="at least one step")
        if self.expires_after is not None and self.expires_after <= NO_TIME:
            raise InvalidInput(field="expires_after", wanted="longer than no time")


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceTolerance:
    """How far a price may be from the list; the wider of the two limits counts."""

    absolute: Decimal = Decimal("0.01")  # in the currency of the order
    percent: Decimal = Decimal(0)

    def __post_init__(self) -> None:
        if not self.absolute >= 0:
            raise InvalidInput(field="absolute", wanted="zero or more")
        if not 0 <= self.percent <= WHOLE:
            raise InvalidInput(field="percent", wanted="between 0 and 100")


@dataclass(frozen=True, slots=True, kw_only=True)
class DuplicateTerms:
    """When two orders of one customer look like the same order sent twice."""

    window: timedelta = timedelta(hours=24)
    shared_units_percent: Decimal = Decimal(100)  # units that both orders ask for

    def __post_init__(self) -> None:
        if self.window <= NO_TIME:
            raise InvalidInput(field="window", wanted="longer than no time")
        if not 0 < self.shared_units_percent <= WHOLE:
            raise InvalidInput(
                field="shared_units_percent", wanted="more than 0, at most 100"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class SourcePolicy:
    """How the orders of one source are verified; a check not named is off."""

    checks: Mapping[CheckName, CheckMode]
    price_tolerance: PriceTolerance = field(default_factory=PriceTolerance)
    prices_include_tax: bool | None = None  # None: the source does not say
    duplicates: DuplicateTerms = field(default_factory=DuplicateTerms)

    def mode_of(self, check: CheckName) -> CheckMode:
        """Return what this source wants of a check."""
        return self.checks.get(check, CheckMode.OFF)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadlineTerms:
    """How long a stage may take, who is told first, and who after a second term."""

    within: timedelta
    escalate_after: timedelta  # counted from the missed deadline
    working_time: bool
    owner_role: str
    escalate_to: str

    def __post_init__(self) -> None:
        for name in ("within", "escalate_after"):
            if not NO_TIME < getattr(self, name) <= LONGEST_TERM:
                raise InvalidInput(
                    field=name,
                    wanted=f"longer than no time, at most {LONGEST_TERM.days} days",
                )


@dataclass(frozen=True, slots=True, kw_only=True)
class OpeningHours:
    """One stretch of opening on a day, in local time; 00:00 closes at day's end."""

    opens: time
    closes: time

    def __post_init__(self) -> None:
        if self.opens.tzinfo is not None or self.closes.tzinfo is not None:
            raise InvalidInput(field="opening_hours", wanted="local times, no zone")
        if self.closes != time(0) and self.closes <= self.opens:
            raise InvalidInput(field="closes", wanted="later than opens, or 00:00")


WHOLE_DAY = (OpeningHours(opens=time(0), closes=time(0)),)


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """When a site works; a weekday not named is closed."""

    time_zone: str
    opening_hours: Mapping[Weekday, tuple[OpeningHours, ...]]
    holiday_country: str | None = None
    holiday_subdivision: str | None = None
    extra_closed: tuple[date, ...] = ()
    extra_open: Mapping[date, tuple[OpeningHours, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.holiday_subdivision and not self.holiday_country:
            raise InvalidInput(
                field="holiday_country", wanted="the country of the subdivision"
            )
        for hours in (*self.opening_hours.values(), *self.extra_open.values()):
            _refuse_overlap(hours)
        if set(self.extra_closed) & set(self.extra_open):
            raise InvalidInput(
                field="extra_open", wanted="no date that extra_closed names too"
            )


def _refuse_overlap(hours: tuple[OpeningHours, ...]) -> None:
    in_order = sorted(hours, key=lambda stretch: stretch.opens)
    for earlier, later in pairwise(in_order):
        if earlier.closes == time(0) or earlier.closes > later.opens:
            raise InvalidInput(
                field="opening_hours", wanted="stretches that do not overlap"
            )


def always_open(time_zone: str = "UTC") -> Calendar:
    """Return a calendar on which working time is elapsed time."""
    return Calendar(
        time_zone=time_zone, opening_hours=dict.fromkeys(Weekday, WHOLE_DAY)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderPolicy:
    """The part of the policy that one order keeps from its capture on."""

    source: SourcePolicy
    service_level: str
    deadlines: Mapping[Stage, DeadlineTerms]
    holds: Mapping[HoldKind, HoldTerms]
    calendar: Calendar
    calendars: Mapping[str, Calendar] = field(default_factory=dict)  # by warehouse
    stock: StockPolicy = field(default_factory=StockPolicy)

    def calendar_for(self, warehouse_id: str | None) -> Calendar:
        """Return the calendar of a warehouse, or the common one."""
        return _calendar_of(self.calendars, warehouse_id, self.calendar)


@dataclass(frozen=True, slots=True, kw_only=True)
class FulfillmentPolicy:
    """Every rule a shop can set; orders keep the part that concerns them."""

    sources: Mapping[str, SourcePolicy]
    default_source: SourcePolicy
    service_levels: Mapping[str, Mapping[Stage, DeadlineTerms]]
    holds: Mapping[HoldKind, HoldTerms]
    calendars: Mapping[str, Calendar]  # by warehouse
    default_calendar: Calendar
    default_service_level: str = "standard"
    stock: StockPolicy = field(default_factory=StockPolicy)
    counts: CountTerms = field(default_factory=CountTerms)

    def __post_init__(self) -> None:
        if self.default_service_level not in self.service_levels:
            raise InvalidInput(
                field="default_service_level", wanted="a service level of the policy"
            )
        absent = [kind.value for kind in HoldKind if kind not in self.holds]
        if absent:
            raise InvalidInput(field="holds", wanted=f"terms for {', '.join(absent)}")

    def for_source(self, source: str) -> SourcePolicy:
        """Return the policy of a source, or the one for sources not named."""
        return self.sources.get(source, self.default_source)

    def for_service_level(self, name: str | None) -> Mapping[Stage, DeadlineTerms]:
        """Return the deadlines of a service level, or the default level's."""
        return self.service_levels[self._known_level(name)]

    def calendar_for(self, warehouse_id: str | None) -> Calendar:
        """Return the calendar of a warehouse, or the common one."""
        return _calendar_of(self.calendars, warehouse_id, self.default_calendar)

    def snapshot(self, *, source: str, service_level: str | None) -> OrderPolicy:
        """Return what an order keeps, so that later edits do not change it."""
        return OrderPolicy(
            source=self.for_source(source),
            service_level=self._known_level(service_level),
            deadlines=self.for_service_level(service_level),
            holds=self.holds,
            calendar=self.default_calendar,
            calendars=self.calendars,
            stock=self.stock,
        )

    def _known_level(self, name: str | None) -> str:
        known = name is not None and name in self.service_levels
        return name if known and name is not None else self.default_service_level


def _calendar_of(
    calendars: Mapping[str, Calendar], warehouse_id: str | None, common: Calendar
) -> Calendar:
    return common if warehouse_id is None else calendars.get(warehouse_id, common)
