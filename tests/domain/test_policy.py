"""The policy answers for every source, level and site, and refuses what cannot be."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, time, timedelta
from decimal import Decimal

import pytest
from pydantic import TypeAdapter

from domain.errors import InvalidInput
from domain.policy import (
    DEFAULT_POLICY,
    WHOLE_DAY,
    Calendar,
    CheckMode,
    CheckName,
    DeadlineTerms,
    DuplicateTerms,
    ExpiryAction,
    FulfillmentPolicy,
    HoldKind,
    HoldTerms,
    OpeningHours,
    OrderPolicy,
    PriceTolerance,
    SourcePolicy,
    Stage,
    Step,
    Weekday,
    always_open,
)

LENIENT = SourcePolicy(checks={CheckName.PRICE: CheckMode.WARN})
MADRID = always_open("Europe/Madrid")
POLICY = replace(
    DEFAULT_POLICY, sources={"shop": LENIENT}, calendars={"madrid": MADRID}
)


def test_a_source_has_its_own_policy_and_any_other_the_default() -> None:
    assert POLICY.for_source("shop") is LENIENT
    assert POLICY.for_source("elsewhere") is POLICY.default_source


def test_a_check_that_a_source_does_not_name_is_off() -> None:
    assert LENIENT.mode_of(CheckName.PRICE) is CheckMode.WARN
    assert LENIENT.mode_of(CheckName.EMAIL) is CheckMode.OFF


@pytest.mark.parametrize("name", ["standard", "overnight", "", None])
def test_an_unknown_service_level_has_the_standard_deadlines(name: str | None) -> None:
    assert POLICY.for_service_level(name) == POLICY.service_levels["standard"]


def test_express_is_due_earlier_than_standard_at_every_stage() -> None:
    standard = POLICY.for_service_level("standard")
    express = POLICY.for_service_level("express")

    assert set(standard) == set(express) == set(Stage)
    assert all(express[stage].within < standard[stage].within for stage in Stage)


def test_a_warehouse_has_its_own_calendar_and_any_other_the_common_one() -> None:
    kept = POLICY.snapshot(source="shop", service_level="express")

    for answers in (POLICY, kept):
        assert answers.calendar_for("madrid") is MADRID
        assert answers.calendar_for("oslo") is POLICY.default_calendar
        assert answers.calendar_for(None) is POLICY.default_calendar


def test_an_order_keeps_the_terms_of_its_source_and_level() -> None:
    kept = POLICY.snapshot(source="shop", service_level="overnight")

    assert kept.source is LENIENT
    assert kept.service_level == "standard"
    assert kept.deadlines == POLICY.service_levels["standard"]
    assert kept.holds == POLICY.holds


def test_what_an_order_keeps_survives_json_and_stays_small() -> None:
    kept = POLICY.snapshot(source="shop", service_level="express")
    adapter = TypeAdapter(OrderPolicy)

    text = adapter.dump_json(kept)

    assert adapter.validate_json(text) == kept
    assert len(text) < 4_000


def test_the_whole_policy_survives_json() -> None:
    adapter = TypeAdapter(FulfillmentPolicy)

    assert adapter.validate_json(adapter.dump_json(POLICY)) == POLICY


def test_every_check_can_place_a_hold_of_its_own_name() -> None:
    kinds = [HoldKind.of_check(check) for check in CheckName]

    assert [*kinds, HoldKind.MANUAL] == list(HoldKind)
    assert all(kind in POLICY.holds for kind in HoldKind)


def test_an_unpaid_order_is_cancelled_and_no_other_hold_ends_by_itself() -> None:
    payment = POLICY.holds[HoldKind.PAYMENT]

    assert payment.expires_after == timedelta(days=3)
    cancelling = [
        kind
        for kind, terms in POLICY.holds.items()
        if terms.when_expired is ExpiryAction.CANCEL_ORDER
    ]
    assert cancelling == [HoldKind.PAYMENT]


@pytest.mark.parametrize("kind", [HoldKind.DUPLICATE, HoldKind.KNOWN_SKU])
def test_no_stock_is_promised_to_an_order_that_may_not_be_one(kind: HoldKind) -> None:
    assert POLICY.holds[kind].blocks == (Step.ALLOCATE, Step.RELEASE)


def test_without_a_check_switched_off_by_the_shop_every_check_runs() -> None:
    modes = {POLICY.default_source.mode_of(check) for check in CheckName}

    assert CheckMode.OFF not in modes


def deadline(
    *, within: timedelta = timedelta(hours=1), then: timedelta = timedelta(hours=1)
) -> DeadlineTerms:
    return DeadlineTerms(
        within=within,
        escalate_after=then,
        working_time=True,
        owner_role="warehouse_lead",
        escalate_to="operations_manager",
    )


def opening(opens: time, closes: time) -> OpeningHours:
    return OpeningHours(opens=opens, closes=closes)


REFUSALS: tuple[tuple[str, Callable[[], object]], ...] = (
    ("blocks", lambda: HoldTerms(blocks=(), owner_role="x")),
    (
        "expires_after",
        lambda: HoldTerms(
            blocks=(Step.PACK,), owner_role="x", expires_after=timedelta(0)
        ),
    ),
    ("absolute", lambda: PriceTolerance(absolute=Decimal(-1))),
    ("percent", lambda: PriceTolerance(percent=Decimal(101))),
    ("percent", lambda: PriceTolerance(percent=Decimal(-1))),
    ("window", lambda: DuplicateTerms(window=timedelta(0))),
    ("shared_units_percent", lambda: DuplicateTerms(shared_units_percent=Decimal(0))),
    ("shared_units_percent", lambda: DuplicateTerms(shared_units_percent=Decimal(101))),
    ("within", lambda: deadline(within=timedelta(0))),
    ("within", lambda: deadline(within=timedelta(days=5000))),
    ("escalate_after", lambda: deadline(then=timedelta(hours=-1))),
    ("closes", lambda: opening(time(9), time(8))),
    ("closes", lambda: opening(time(9), time(9))),
    ("opening_hours", lambda: opening(time(9, tzinfo=UTC), time(10, tzinfo=UTC))),
    (
        "opening_hours",
        lambda: Calendar(
            time_zone="UTC",
            opening_hours={
                Weekday.MONDAY: (
                    opening(time(11), time(15)),
                    opening(time(8), time(12)),
                )
            },
        ),
    ),
    (
        "opening_hours",
        lambda: Calendar(
            time_zone="UTC",
            opening_hours={
                Weekday.MONDAY: (*WHOLE_DAY, opening(time(8), time(12))),
            },
        ),
    ),
    (
        "extra_open",
        lambda: Calendar(
            time_zone="UTC",
            opening_hours={},
            extra_closed=(date(2026, 12, 24),),
            extra_open={date(2026, 12, 24): WHOLE_DAY},
        ),
    ),
    (
        "holiday_country",
        lambda: Calendar(time_zone="UTC", opening_hours={}, holiday_subdivision="BE"),
    ),
    (
        "default_service_level",
        lambda: replace(DEFAULT_POLICY, default_service_level="overnight"),
    ),
    ("holds", lambda: replace(DEFAULT_POLICY, holds={})),
)


@pytest.mark.parametrize(("field", "make"), REFUSALS)
def test_terms_that_cannot_be_kept_are_refused_by_name(
    field: str, make: Callable[[], object]
) -> None:
    with pytest.raises(InvalidInput) as refusal:
        make()

    assert refusal.value.field == field
