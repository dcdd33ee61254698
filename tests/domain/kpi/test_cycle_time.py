"""How long orders take: of those delivered, and of those still on their way."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.kpi.facts import OrderFacts
from domain.kpi.figures import Figure, Times
from domain.kpi.measuring import measure
from domain.kpi.periods import Period
from domain.kpi.question import Dimension, Question, Window
from domain.kpi.times.business_time import open_time_of
from domain.kpi.times.cycle_time import FIGURES
from domain.kpi.times.stages import OrderStage
from tests.domain.kpi.builders import MIDNIGHT, hours_later, order_facts, question
from tests.domain.kpi.waiting import (
    backorder,
    dirty_orders,
    hold,
    question_open,
)

NAMED = {figure.definition.name: figure for figure in FIGURES}
OPEN_8_TO_18 = open_time_of(
    (hours_later(24 * day + 8), hours_later(24 * day + 18)) for day in range(-2, 30)
)
BUSINESS = question(open_times={"": OPEN_8_TO_18})


def figure_of(
    name: str, orders: list[OrderFacts], asked: Question | None = None
) -> Figure:
    (found,) = measure(NAMED[name], orders, asked or question())
    return found


def mean_of(name: str, orders: list[OrderFacts]) -> float:
    result = figure_of(name, orders, BUSINESS).result
    assert isinstance(result, Times)
    return result.mean


def delivered_after(*hours: float) -> list[OrderFacts]:
    return [
        order_facts(order_id=f"A-{place}", delivered_at=hours_later(after))
        for place, after in enumerate(hours)
    ]


def open_orders(count: int) -> list[OrderFacts]:
    return [order_facts(order_id=f"B-{place}") for place in range(count)]


def test_there_is_a_figure_for_every_stage_by_both_clocks() -> None:
    totals = [
        "order_cycle_time",
        "order_cycle_time_business",
        "order_cycle_time_net",
        "order_cycle_time_net_business",
        "first_parcel_time",
    ]
    stages = [f"stage_{stage}" for stage in OrderStage]
    assert list(NAMED) == [*totals, *stages, *(f"{one}_business" for one in stages)]


@pytest.mark.parametrize("name", NAMED)
def test_every_definition_tells_its_clock_and_whom_it_counts(name: str) -> None:
    definition = NAMED[name].definition

    assert definition.clock_starts
    assert definition.clock_stops
    assert definition.denominator
    assert definition.says.endswith(".")
    assert "{" not in definition.says
    assert ("opening hours" in definition.says) is name.endswith("_business")


def test_mean_and_percentiles_are_those_of_the_delivered_orders() -> None:
    found = figure_of("order_cycle_time", delivered_after(10, 20, 30, 40, 100))

    result = found.result
    assert found.n == 5
    assert isinstance(result, Times)
    percentiles = (result.p50, result.p90, result.p95, result.p99)
    assert (result.mean, *percentiles) == pytest.approx((40, 30, 76, 88, 97.6))
    assert result.weak == ("p50", "p90", "p95", "p99")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"cancelled_at": hours_later(3)}, "cancelled"),
        ({"says_cancelled": True}, "cancelled"),
        ({"cancelled_at": hours_later(3), "cancel_cause": "no_stock"}, "cancelled"),
        ({"delivered_at": hours_later(9), "says_cancelled": True}, "cancelled"),
        ({"rejected_at": hours_later(1)}, "rejected"),
        ({"says_delivered": True}, "delivered_without_date"),
        ({}, "not_delivered"),
        ({"delivered_at": hours_later(-1)}, "negative"),
    ],
)
@pytest.mark.parametrize("window", [Window.DELIVERED, Window.PLACED])
def test_what_has_no_cycle_time_is_left_out_with_its_reason(
    changes: dict[str, object], reason: str, window: Window
) -> None:
    found = figure_of("order_cycle_time", [order_facts(**changes)], question(by=window))

    assert found.excluded == {reason: 1}
    assert found.result is None
    assert found.not_measured


def test_business_time_needs_opening_hours() -> None:
    orders = delivered_after(30)

    without = figure_of("order_cycle_time_business", orders)
    with_hours = figure_of("order_cycle_time_business", orders, BUSINESS)

    assert without.excluded == {"no_opening_hours": 1}
    assert isinstance(with_hours.result, Times)
    assert with_hours.result.mean == 10


@pytest.mark.parametrize(
    ("zone", "placed", "elapsed"),
    [
        # Clocks are put forward at 2:00 on 29 March, and back at 3:00 on 25 October.
        ("Europe/Berlin", datetime(2026, 3, 28, 23, tzinfo=UTC), 23),
        ("Europe/Berlin", datetime(2026, 10, 24, 22, tzinfo=UTC), 25),
    ],
)
def test_a_day_of_the_changed_clock_counts_its_true_hours(
    zone: str, placed: datetime, elapsed: float
) -> None:
    delivered = placed + timedelta(hours=elapsed)
    local = placed.date() + timedelta(days=1)
    day = Period(first_day=local, last_day=local, zone=zone)
    ends = delivered - timedelta(seconds=1)

    order = order_facts(placed_at=placed, delivered_at=ends)
    found = figure_of(
        "order_cycle_time", [order], question(period=day, by=Window.PLACED)
    )
    after = figure_of(
        "order_cycle_time",
        [order._replace(placed_at=delivered, delivered_at=delivered)],
        question(period=day, by=Window.PLACED),
    )

    assert isinstance(found.result, Times)
    assert found.result.mean == pytest.approx(elapsed, abs=0.001)
    assert after.n == 0


@pytest.mark.parametrize(
    ("waits", "net", "net_business"),
    [
        ([], 48, 20),
        ([hold(10, 20, "payment")], 38, 12),
        ([hold(10, 20, "address")], 38, 12),
        ([hold(10, 20, "email"), hold(12, 22, "phone")], 36, 12),
        ([question_open(10, 20)], 38, 12),
        ([hold(10, 20, "payment"), question_open(15, 25)], 33, 12),
        # Not the customer's: a stock-out, a person's decision, a double order.
        ([backorder(10, 20)], 48, 20),
        ([hold(10, 20, "manual")], 48, 20),
        ([hold(10, 20, "duplicate")], 48, 20),
    ],
)
def test_net_takes_out_what_the_customer_let_us_wait(
    waits: list[object], net: float, net_business: float
) -> None:
    orders = [order_facts(delivered_at=hours_later(48), waits=tuple(waits))]

    assert mean_of("order_cycle_time", orders) == 48
    assert mean_of("order_cycle_time_net", orders) == net
    assert mean_of("order_cycle_time_business", orders) == 20
    assert mean_of("order_cycle_time_net_business", orders) == net_business


def test_the_first_parcel_comes_before_the_order_is_done() -> None:
    in_parts = order_facts(
        first_delivered_at=hours_later(24), delivered_at=hours_later(72)
    )
    half_done = order_facts(first_delivered_at=hours_later(30))
    unknown = order_facts(delivered_at=hours_later(30))

    orders = [in_parts, half_done, unknown]
    found = figure_of("first_parcel_time", orders, question(by=Window.PLACED))

    assert isinstance(found.result, Times)
    assert found.result.mean == 27
    assert found.excluded == {"not_recorded": 1}
    assert mean_of("order_cycle_time", [in_parts]) == 72


def test_a_stage_that_nobody_recorded_is_counted_apart() -> None:
    orders = [
        order_facts(picked_at=hours_later(5), delivered_at=hours_later(9)),
        order_facts(delivered_at=hours_later(9)),
        order_facts(picked_at=hours_later(-5), delivered_at=hours_later(9)),
    ]

    found = figure_of("stage_picked", orders)

    assert found.n == 1
    assert found.excluded == {"negative": 1, "not_recorded": 1}


def test_a_bad_stage_leaves_the_others_in() -> None:
    order = order_facts(
        picked_at=hours_later(6), packed_at=hours_later(5), delivered_at=hours_later(9)
    )

    assert figure_of("stage_packed", [order]).excluded == {"negative": 1}
    assert mean_of("stage_picked", [order]) == 6
    assert mean_of("stage_delivered", [order]) == 4
    assert mean_of("order_cycle_time", [order]) == 9


def test_an_order_without_a_hold_was_on_hold_for_no_time() -> None:
    orders = [
        order_facts(waits=(hold(2, 6),), delivered_at=hours_later(9)),
        order_facts(waits=(backorder(2, 3),), delivered_at=hours_later(9)),
    ]

    assert mean_of("stage_hold", orders) == 2
    assert mean_of("stage_backorder", orders) == 0.5
    assert mean_of("stage_delivered", orders) == 6.5
    assert figure_of("stage_hold", orders).n == 2


@settings(deadline=None, max_examples=50)
@given(st.lists(dirty_orders(), min_size=1, max_size=6))
def test_the_means_of_the_stages_add_up_to_the_mean_of_the_whole(
    orders: list[OrderFacts],
) -> None:
    clean = [in_order(order) for order in orders]

    total = mean_of("order_cycle_time", clean)
    stages = [mean_of(f"stage_{stage}", clean) for stage in OrderStage]

    assert sum(stages) == pytest.approx(total)


def in_order(order: OrderFacts) -> OrderFacts:
    """Return it with every stage recorded, each an hour after the one before."""
    instants = {
        f"{stage}_at": hours_later(place)
        for place, stage in enumerate(OrderStage, start=1)
        if stage not in (OrderStage.HOLD, OrderStage.BACKORDER)
    }
    return order._replace(**instants)  # type: ignore[arg-type]


def test_open_orders_count_as_not_done_yet() -> None:
    orders = [*delivered_after(10, 20, 30), *open_orders(3)]

    found = figure_of("order_cycle_time", orders)

    assert isinstance(found.result, Times)
    assert found.result.p50 == 20
    censored = found.details["censored"]
    assert isinstance(censored, dict)
    assert censored["p50"] == 30
    assert censored["p90"] is None
    assert (censored["delivered"], censored["open"]) == (3, 3)
    assert censored["left_out"] == {}


def test_the_censored_view_is_of_the_orders_placed_in_the_period() -> None:
    february = datetime(2026, 2, 20, tzinfo=UTC)
    orders = [
        *delivered_after(10),
        order_facts(placed_at=february, delivered_at=MIDNIGHT),
        order_facts(cancelled_at=hours_later(3)),
        order_facts(rejected_at=hours_later(1)),
        order_facts(says_delivered=True),
        order_facts(delivered_at=hours_later(-2)),
    ]

    found = figure_of("order_cycle_time", orders)

    assert found.n == 2
    censored = found.details["censored"]
    assert isinstance(censored, dict)
    assert (censored["delivered"], censored["open"], censored["p90"]) == (1, 0, 10)
    assert censored["left_out"] == {
        "cancelled": 1,
        "delivered_without_date": 1,
        "negative": 1,
        "rejected": 1,
    }


def test_the_moment_of_knowledge_decides_how_long_an_open_order_has_taken() -> None:
    # The open one has taken 15 hours: it was still there when the first was delivered.
    orders = [*delivered_after(10, 20), *open_orders(1)]

    early = figure_of("order_cycle_time", orders, question(as_of=hours_later(15)))
    late = figure_of("order_cycle_time", orders, question(as_of=hours_later(25)))

    assert p50_of(early) == 20
    assert p50_of(late) == 20
    assert p90_of(early) == 20
    assert p90_of(late) is None


def p50_of(found: Figure) -> object:
    return censored_of(found)["p50"]


def p90_of(found: Figure) -> object:
    return censored_of(found)["p90"]


def censored_of(found: Figure) -> dict[str, object]:
    told = found.details["censored"]
    assert isinstance(told, dict)
    return told


def test_the_distribution_counts_every_measured_order_once() -> None:
    found = figure_of("order_cycle_time", delivered_after(1, 1.5, 3, 11, 12, 47))

    distribution = found.details["distribution"]
    assert distribution == {
        "edges": [*range(0, 49, 2)],
        "counts": [2, 1, 0, 0, 0, 1, 1, *[0] * 16, 1],
    }


def test_only_the_headline_has_the_censored_view_and_stages_have_no_details() -> None:
    orders = delivered_after(10)

    assert "censored" not in figure_of("order_cycle_time_net", orders).details
    assert figure_of("stage_delivered", orders).details == {}


def test_each_group_has_its_own_details() -> None:
    asked = question(group_by=(Dimension.CHANNEL,))
    orders = [
        order_facts(channel="web", delivered_at=hours_later(10)),
        order_facts(channel="shop", delivered_at=hours_later(20)),
        order_facts(channel="shop"),
    ]

    shop, web = measure(NAMED["order_cycle_time"], orders, asked)

    assert censored_of(shop)["open"] == 1
    assert censored_of(web)["open"] == 0


@pytest.mark.parametrize("window", list(Window))
def test_the_choices_tell_clock_window_and_waits(window: Window) -> None:
    gross = figure_of("order_cycle_time", [], question(by=window)).choices
    net = figure_of("order_cycle_time_net_business", [], question(by=window)).choices

    assert gross["clock"].startswith("elapsed")
    assert net["clock"].startswith("business")
    assert "payment" in net["customer_wait"]
    assert "payment" not in gross["customer_wait"]
    word = {"placed": "placed", "delivered": "delivered", "due": "promised"}[window]
    assert gross["window"].startswith(f"orders {word}")
