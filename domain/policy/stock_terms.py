"""The terms of stock: how orders are sourced, and what is done when some is missing."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from enum import StrEnum

from domain.errors import InvalidInput

NO_TIME = timedelta(0)
LONGEST_TRANSIT_DAYS = 90


class SourcingRule(StrEnum):
    """By what a way of sourcing an order is judged."""

    MOST_UNITS = "most_units"  # as much as can be sent at once
    KEEP_WHOLE = "keep_whole"  # the order stays in one shipment
    FEWEST_PARCELS = "fewest_parcels"
    NEAREST = "nearest"  # short way to the customer
    PROMISE_MET = "promise_met"  # there by the promised date


class MissingAct(StrEnum):
    """What is done with an order of which not everything is there."""

    SHIP_AVAILABLE = "ship_available"  # send what there is, the rest when it comes
    WAIT_FOR_ALL = "wait_for_all"  # send nothing until all is there
    CANCEL_REST = "cancel_rest"  # send what there is, cancel the rest
    ASK_CUSTOMER = "ask_customer"


class ShortAct(StrEnum):
    """What is tried, in the policy's order, when a shelf did not hold what it should.

    `wait`, `cancel` and `ask` always end the trying.
    """

    REALLOCATE = "reallocate"  # other bins of the same warehouse
    SUBSTITUTE = "substitute"
    SPLIT = "split"  # another warehouse sends it
    WAIT = "wait"
    CANCEL = "cancel"
    ASK = "ask"


LAST_ACTS = frozenset({ShortAct.WAIT, ShortAct.CANCEL, ShortAct.ASK})
# What a customer may answer; asking again is no answer.
CUSTOMER_CHOICES = (
    MissingAct.SHIP_AVAILABLE,
    MissingAct.WAIT_FOR_ALL,
    MissingAct.CANCEL_REST,
)


class SubstituteMode(StrEnum):
    """Whether another article may be sent instead."""

    OFF = "off"
    WITH_CONSENT = "with_consent"  # only if the order says that it may
    ALLOWED = "allowed"  # unless the order says that it may not


class SubstitutePrice(StrEnum):
    """What the customer pays for a substitute."""

    AS_ORDERED = "as_ordered"
    LOWER_OF_BOTH = "lower_of_both"


class ReleaseMode(StrEnum):
    """How shipments get to the floor."""

    AT_ONCE = "at_once"  # as soon as nothing blocks them and a day has room
    ON_REQUEST = "on_request"  # a person releases them


@dataclass(frozen=True, slots=True, kw_only=True)
class MissingTerms:
    """What is done when something is missing, and how long a customer is waited for."""

    act: MissingAct = MissingAct.SHIP_AVAILABLE
    ask_within: timedelta = timedelta(days=3)
    # Done when the customer has not answered in time.
    default_act: MissingAct = MissingAct.SHIP_AVAILABLE

    def __post_init__(self) -> None:
        if self.ask_within <= NO_TIME:
            raise InvalidInput(field="ask_within", wanted="longer than no time")
        if self.default_act is MissingAct.ASK_CUSTOMER:
            choices = ", ".join(CUSTOMER_CHOICES)
            raise InvalidInput(field="default_act", wanted=f"one of {choices}")


# How much each rule weighs; 0 switches it off.
DEFAULT_RULES = {
    SourcingRule.MOST_UNITS: 100,
    SourcingRule.KEEP_WHOLE: 30,
    SourcingRule.FEWEST_PARCELS: 20,
    SourcingRule.PROMISE_MET: 20,
    SourcingRule.NEAREST: 10,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class StockPolicy:
    """How an order gets its stock; the order keeps it from its capture on."""

    rules: Mapping[SourcingRule, int] = field(default_factory=DEFAULT_RULES.copy)
    missing: MissingTerms = field(default_factory=MissingTerms)
    short_acts: tuple[ShortAct, ...] = (
        ShortAct.REALLOCATE,
        ShortAct.SUBSTITUTE,
        ShortAct.SPLIT,
        ShortAct.ASK,
    )
    substitutes: SubstituteMode = SubstituteMode.WITH_CONSENT
    substitute_price: SubstitutePrice = SubstitutePrice.LOWER_OF_BOTH
    release: ReleaseMode = ReleaseMode.AT_ONCE
    # Days a carrier takes, by service level; `service_area` rows are more exact.
    transit_days: Mapping[str, int] = field(
        default_factory=lambda: {"standard": 3, "express": 1}
    )

    def __post_init__(self) -> None:
        if any(weight < 0 for weight in self.rules.values()):
            raise InvalidInput(field="rules", wanted="weights of 0 (off) or more")
        if not self.short_acts or self.short_acts[-1] not in LAST_ACTS:
            ends = ", ".join(sorted(LAST_ACTS))
            raise InvalidInput(field="short_acts", wanted=f"to end with one of {ends}")
        if len(set(self.short_acts)) != len(self.short_acts):
            raise InvalidInput(field="short_acts", wanted="each act at most once")
        for days in self.transit_days.values():
            if not 0 <= days <= LONGEST_TRANSIT_DAYS:
                raise InvalidInput(
                    field="transit_days", wanted=f"0 to {LONGEST_TRANSIT_DAYS}"
                )

    def transit_days_of(self, service_level: str) -> int:
        """Return the days a carrier takes where no service area says it."""
        return self.transit_days.get(service_level, max(self.transit_days.values()))


@dataclass(frozen=True, slots=True, kw_only=True)
class CountTerms:
    """When a counted difference needs a second look, or somebody's approval."""

    # In the currency the stock is valued in; a difference worth more is approved.
    approval_above: Decimal = Decimal(100)

    def __post_init__(self) -> None:
        if not self.approval_above >= 0:
            raise InvalidInput(field="approval_above", wanted="zero or more")
