"""Deadlines: told once, at their moment, to an owner; escalated once; then cleared."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from domain.policy import (
    DEFAULT_POLICY,
    DeadlineTerms,
    FulfillmentPolicy,
    Stage,
    always_open,
)
from messages.names import UpdateName
from messages.order_messages import ReleaseHold
from messages.order_state import DeadlineState
from messages.search_attributes import ATTENTION_REASON, NEEDS_ATTENTION
from tests.builders.documents import a_line
from tests.builders.shop import Shop

BERLIN = ZoneInfo("Europe/Berlin")
SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)
BEFORE = {
    Stage.PICK: "released",
    Stage.PACK: "picked",
    Stage.HAND_OVER: "labelled",
    Stage.DELIVER: "shipped",
}


def terms(hours: int) -> DeadlineTerms:
    return DeadlineTerms(
        within=timedelta(hours=hours),
        escalate_after=timedelta(hours=hours),
        working_time=True,
        owner_role="owner",
        escalate_to="manager",
    )


ROUND_THE_CLOCK = replace(
    DEFAULT_POLICY,
    service_levels={"standard": {stage: terms(2 + n) for n, stage in enumerate(Stage)}},
    default_calendar=always_open(),
)


@pytest.fixture
def shop_policy() -> FulfillmentPolicy:
    return ROUND_THE_CLOCK


async def bring_to(shop: Shop, stage: Stage) -> str:
    """Have an order that waits for a stage."""
    await shop.now()
    if stage is Stage.VERIFY:
        return await shop.place(lines=[a_line("MUG", 2, unit_price="1.00")])
    order_id = await shop.place()
    await shop.carry(order_id, BEFORE[stage])
    return order_id


async def finish(shop: Shop, order_id: str, stage: Stage) -> None:
    match stage:
        case Stage.VERIFY:
            release = ReleaseHold(message_id=shop.message_id("release"))
            await shop.tell(order_id, UpdateName.RELEASE_HOLD, release)
        case Stage.PICK:
            await shop.pick(order_id)
        case Stage.PACK:
            await shop.pack(order_id)
        case Stage.HAND_OVER:
            await shop.hand_over(order_id)
        case Stage.DELIVER:
            await shop.deliver(order_id)


def deadline_of(shop: Shop, order_id: str, stage: Stage) -> DeadlineState:
    [found] = [d for d in shop.state(order_id).deadlines if d.stage == stage]
    return found


async def attention(shop: Shop, order_id: str) -> tuple[bool | None, str | None]:
    described = await shop.handle(order_id).describe()
    found = described.typed_search_attributes
    return found.get(NEEDS_ATTENTION), found.get(ATTENTION_REASON)


def told_of(shop: Shop, order_id: str, kind: str, stage: Stage) -> list[datetime]:
    return [
        row.occurred_at
        for row in shop.events_of(order_id, kind)
        if row.data["stage"] == stage
    ]


@pytest.mark.parametrize("stage", Stage)
async def test_a_missed_deadline_is_told_at_its_moment_then_escalated_then_cleared(
    shop: Shop, stage: Stage
) -> None:
    order_id = await bring_to(shop, stage)
    armed = deadline_of(shop, order_id, stage)
    hours = ROUND_THE_CLOCK.service_levels["standard"][stage].within

    assert (armed.due_at - armed.since, armed.escalate_at - armed.due_at) == (
        hours,
        hours,
    )
    await shop.pass_until(armed.due_at - SECOND)
    assert told_of(shop, order_id, "deadline_missed", stage) == []

    await shop.pass_until(armed.due_at + SECOND)
    await shop.until(lambda: bool(told_of(shop, order_id, "deadline_missed", stage)))
    [asked] = shop.exceptions(order_id)

    assert told_of(shop, order_id, "deadline_missed", stage) == [armed.due_at]
    assert (asked.kind, asked.owner_role) == ("deadline_missed", "owner")
    assert timedelta(0) <= asked.opened_at - armed.due_at < SECOND
    assert await attention(shop, order_id) == (True, "deadline_missed")

    await shop.pass_until(armed.escalate_at + SECOND)
    await shop.until(lambda: bool(told_of(shop, order_id, "deadline_escalated", stage)))
    [asked] = shop.exceptions(order_id)

    assert told_of(shop, order_id, "deadline_escalated", stage) == [armed.escalate_at]
    assert asked.owner_role == "manager"
    assert timedelta(0) <= asked.escalated_at - armed.escalate_at < SECOND

    await shop.pass_time(DAY)
    assert len(told_of(shop, order_id, "deadline_missed", stage)) == 1
    assert len(told_of(shop, order_id, "deadline_escalated", stage)) == 1

    await finish(shop, order_id, stage)
    [asked] = shop.exceptions(order_id)
    assert asked.resolved_at is not None
    assert len(told_of(shop, order_id, "deadline_cleared", stage)) == 1
    assert await attention(shop, order_id) == (False, "none")


async def test_a_step_done_in_time_is_never_told_missed(shop: Shop) -> None:
    order_id = await bring_to(shop, Stage.PICK)
    due_at = deadline_of(shop, order_id, Stage.PICK).due_at

    await shop.pass_until(due_at - timedelta(minutes=1))
    await shop.pick(order_id)
    await shop.pass_until(due_at + timedelta(minutes=1))

    assert shop.events_of(order_id, "deadline_missed") == []
    assert await attention(shop, order_id) == (None, None)


async def test_the_next_stage_is_due_though_the_alarm_of_the_first_fires_early(
    shop: Shop,
) -> None:
    order_id = await bring_to(shop, Stage.PICK)
    await shop.pass_until(deadline_of(shop, order_id, Stage.PICK).due_at - SECOND * 60)
    await shop.pick(order_id)
    pack = deadline_of(shop, order_id, Stage.PACK)

    await shop.pass_until(pack.due_at + SECOND)
    await shop.until(lambda: bool(shop.events_of(order_id, "deadline_missed")))

    assert told_of(shop, order_id, "deadline_missed", Stage.PACK) == [pack.due_at]
    assert told_of(shop, order_id, "deadline_missed", Stage.PICK) == []


async def test_a_run_never_has_two_timers(shop: Shop) -> None:
    order_id = await bring_to(shop, Stage.DELIVER)
    await shop.pass_time(30 * DAY)
    await shop.deliver(order_id)
    await shop.ends(order_id)

    live, most = 0, 0
    async for event in shop.handle(order_id).fetch_history_events():
        live += event.HasField("timer_started_event_attributes")
        live -= event.HasField("timer_canceled_event_attributes")
        live -= event.HasField("timer_fired_event_attributes")
        most = max(most, live)
    assert most == 1


class TestShortTerms:
    @pytest.fixture
    def shop_policy(self) -> FulfillmentPolicy:
        minute = timedelta(minutes=1)
        short = replace(terms(1), within=minute, escalate_after=minute)
        return replace(
            ROUND_THE_CLOCK, service_levels={"standard": {Stage.PICK: short}}
        )

    async def test_both_terms_passed_while_the_database_was_down_are_told_once_each(
        self, shop: Shop
    ) -> None:
        order_id = await bring_to(shop, Stage.PICK)
        armed = deadline_of(shop, order_id, Stage.PICK)
        shop.worker_database.is_down = True

        await shop.pass_until(armed.escalate_at + 5 * SECOND)
        shop.worker_database.is_down = False
        await shop.pass_time(timedelta(minutes=1))
        await shop.until(lambda: bool(shop.events_of(order_id, "deadline_escalated")))

        assert told_of(shop, order_id, "deadline_missed", Stage.PICK) == [armed.due_at]
        assert told_of(shop, order_id, "deadline_escalated", Stage.PICK) == [
            armed.escalate_at
        ]
        assert [x.owner_role for x in shop.exceptions(order_id)] == ["manager"]


class TestWorkingHours:
    @pytest.fixture
    def shop_policy(self) -> FulfillmentPolicy:
        return replace(
            DEFAULT_POLICY,
            default_calendar=replace(
                DEFAULT_POLICY.default_calendar, holiday_country="DE"
            ),
        )

    async def test_a_deadline_runs_on_after_the_holidays_and_the_weekend(
        self, shop: Shop
    ) -> None:
        now = (await shop.now()).astimezone(BERLIN)
        eve = next_eve(now)
        await shop.pass_until(eve)

        order_id = await shop.place()
        pick = deadline_of(shop, order_id, Stage.PICK)

        # One of the eight hours is left today; seven follow on the next open day.
        opens = next_open_day(eve.date())
        expected = datetime(opens.year, opens.month, opens.day, 15, tzinfo=BERLIN)
        assert abs(pick.due_at - expected) < timedelta(minutes=1)
        await shop.pass_until(pick.due_at - SECOND)
        assert shop.events_of(order_id, "deadline_missed") == []
        await shop.pass_until(pick.due_at + SECOND)
        await shop.until(lambda: bool(shop.events_of(order_id, "deadline_missed")))
        assert told_of(shop, order_id, "deadline_missed", Stage.PICK) == [pick.due_at]


def next_eve(now: datetime) -> datetime:
    """Return five o'clock on the last working day before the next Christmas."""
    year = now.year if now < datetime(now.year, 12, 20, tzinfo=BERLIN) else now.year + 1
    day = date(year, 12, 24)
    while day.isoweekday() > 5:
        day -= DAY
    return datetime(day.year, day.month, day.day, 17, tzinfo=BERLIN)


def next_open_day(day: date) -> date:
    day += DAY
    while day.isoweekday() > 5 or (day.month, day.day) in {(12, 25), (12, 26)}:
        day += DAY
    return day
