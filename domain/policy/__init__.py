"""What a shop decides about its orders: checks, holds, deadlines, calendars."""

from domain.policy.defaults import DEFAULT_POLICY
from domain.policy.names import (
    CheckMode,
    CheckName,
    CheckOutcome,
    ExpiryAction,
    HoldKind,
    Stage,
    Step,
    Weekday,
)
from domain.policy.terms import (
    WHOLE_DAY,
    Calendar,
    DeadlineTerms,
    DuplicateTerms,
    FulfillmentPolicy,
    HoldTerms,
    OpeningHours,
    OrderPolicy,
    PriceTolerance,
    SourcePolicy,
    always_open,
)

__all__ = [
    "DEFAULT_POLICY",
    "WHOLE_DAY",
    "Calendar",
    "CheckMode",
    "CheckName",
    "CheckOutcome",
    "DeadlineTerms",
    "DuplicateTerms",
    "ExpiryAction",
    "FulfillmentPolicy",
    "HoldKind",
    "HoldTerms",
    "OpeningHours",
    "OrderPolicy",
    "PriceTolerance",
    "SourcePolicy",
    "Stage",
    "Step",
    "Weekday",
    "always_open",
]
