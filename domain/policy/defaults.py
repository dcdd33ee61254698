"""The policy of a shop that has written none of its own."""

from datetime import time, timedelta
from decimal import Decimal

from domain.policy.names import (
    CheckMode,
    CheckName,
    ExpiryAction,
    HoldKind,
    Stage,
    Step,
    Weekday,
)
from domain.policy.terms import (
    Calendar,
    DeadlineTerms,
    FulfillmentPolicy,
    HoldTerms,
    OpeningHours,
    PriceTolerance,
    SourcePolicy,
)

CUSTOMER_SERVICE = "customer_service"
WAREHOUSE_LEAD = "warehouse_lead"
MANAGER = "operations_manager"

DEFAULT_SOURCE = SourcePolicy(
    checks={
        # A line without stock is backordered, which needs nobody's decision.
        CheckName.AVAILABILITY: CheckMode.WARN,
        CheckName.PRICE: CheckMode.HOLD,
        CheckName.EMAIL: CheckMode.HOLD,
        CheckName.PHONE: CheckMode.HOLD,
        CheckName.ADDRESS: CheckMode.HOLD,
        CheckName.DUPLICATE: CheckMode.HOLD,
        CheckName.PAYMENT: CheckMode.HOLD,
        CheckName.KNOWN_SKU: CheckMode.HOLD,
    },
    price_tolerance=PriceTolerance(absolute=Decimal("0.01"), percent=Decimal(1)),
    # A shop that says nothing means net prices, in its lists as in its orders.
    prices_include_tax=False,
)

_BEFORE_RELEASE = (Step.RELEASE,)
_BEFORE_ALLOCATION = (Step.ALLOCATE, Step.RELEASE)


def _customer_hold(blocks: tuple[Step, ...]) -> HoldTerms:
    return HoldTerms(
        blocks=blocks, owner_role=CUSTOMER_SERVICE, expires_after=timedelta(days=2)
    )


DEFAULT_HOLDS = {
    HoldKind.AVAILABILITY: HoldTerms(
        blocks=_BEFORE_RELEASE,
        owner_role=WAREHOUSE_LEAD,
        expires_after=timedelta(days=14),
    ),
    HoldKind.PRICE: _customer_hold(_BEFORE_RELEASE),
    HoldKind.EMAIL: _customer_hold(_BEFORE_RELEASE),
    HoldKind.PHONE: _customer_hold(_BEFORE_RELEASE),
    HoldKind.ADDRESS: _customer_hold(_BEFORE_RELEASE),
    HoldKind.DUPLICATE: _customer_hold(_BEFORE_ALLOCATION),
    HoldKind.PAYMENT: HoldTerms(
        blocks=_BEFORE_RELEASE,
        owner_role=CUSTOMER_SERVICE,
        expires_after=timedelta(days=3),
        when_expired=ExpiryAction.CANCEL_ORDER,
    ),
    HoldKind.KNOWN_SKU: _customer_hold(_BEFORE_ALLOCATION),
    # The caller of a manual hold may name other steps.
    HoldKind.MANUAL: HoldTerms(
        blocks=(Step.RELEASE, Step.PACK, Step.HAND_OVER), owner_role=MANAGER
    ),
}


def _floor(within: timedelta, escalate_after: timedelta) -> DeadlineTerms:
    return DeadlineTerms(
        within=within,
        escalate_after=escalate_after,
        working_time=True,
        owner_role=WAREHOUSE_LEAD,
        escalate_to=MANAGER,
    )


def _office(
    within: timedelta, escalate_after: timedelta, *, working_time: bool
) -> DeadlineTerms:
    return DeadlineTerms(
        within=within,
        escalate_after=escalate_after,
        working_time=working_time,
        owner_role=CUSTOMER_SERVICE,
        escalate_to=MANAGER,
    )


_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)

# Delivery counts elapsed days: carriers do not keep the site's opening hours.
DEFAULT_SERVICE_LEVELS = {
    "standard": {
        Stage.VERIFY: _office(4 * _HOUR, 4 * _HOUR, working_time=True),
        Stage.PICK: _floor(8 * _HOUR, 4 * _HOUR),
        Stage.PACK: _floor(4 * _HOUR, 2 * _HOUR),
        Stage.HAND_OVER: _floor(8 * _HOUR, 4 * _HOUR),
        Stage.DELIVER: _office(5 * _DAY, 2 * _DAY, working_time=False),
    },
    "express": {
        Stage.VERIFY: _office(_HOUR, _HOUR, working_time=True),
        Stage.PICK: _floor(2 * _HOUR, _HOUR),
        Stage.PACK: _floor(_HOUR, _HOUR),
        Stage.HAND_OVER: _floor(2 * _HOUR, _HOUR),
        Stage.DELIVER: _office(2 * _DAY, _DAY, working_time=False),
    },
}

_EIGHT_TO_SIX = (OpeningHours(opens=time(8), closes=time(18)),)

DEFAULT_CALENDAR = Calendar(
    time_zone="Europe/Berlin",
    opening_hours={
        Weekday.MONDAY: _EIGHT_TO_SIX,
        Weekday.TUESDAY: _EIGHT_TO_SIX,
        Weekday.WEDNESDAY: _EIGHT_TO_SIX,
        Weekday.THURSDAY: _EIGHT_TO_SIX,
        Weekday.FRIDAY: _EIGHT_TO_SIX,
    },
)

DEFAULT_POLICY = FulfillmentPolicy(
    sources={},
    default_source=DEFAULT_SOURCE,
    service_levels=DEFAULT_SERVICE_LEVELS,
    holds=DEFAULT_HOLDS,
    calendars={},
    default_calendar=DEFAULT_CALENDAR,
)
