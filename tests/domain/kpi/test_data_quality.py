"""What is wrong with the record, on orders with known flaws."""

from __future__ import annotations

import pytest

from domain.kpi.facts import OrderFacts
from domain.kpi.orders.data_quality import FIGURES, Finding
from domain.kpi.times.stages import PASSED
from tests.domain.kpi.asking import ask, share
from tests.domain.kpi.builders import hours_later, order_facts

RELEASED_PICKED = ["released", "picked"]
VERIFIED_ALLOCATED = ["verified", "allocated"]
STAGES, ORDERS = "data_quality_stage_times", "data_quality_orders"


def delivered(**changes: object) -> OrderFacts:
    """Return an order that passed a stage an hour."""
    facts: dict[str, object] = {
        f"{stage}_at": hours_later(hour) for hour, stage in enumerate(PASSED, start=1)
    }
    return order_facts(**(facts | changes))


@pytest.mark.parametrize(
    ("order", "usable", "negative", "missing"),
    [
        (delivered(), (8, 8), [], []),
        (delivered(released_at=None, picked_at=None), (6, 6), [], RELEASED_PICKED),
        # Packed before it was picked, by the recorded times.
        (delivered(packed_at=hours_later(3.5)), (7, 8), ["packed"], []),
        # The next recorded stage before it is `allocated`.
        (
            delivered(released_at=None, picked_at=hours_later(1.5)),
            (6, 7),
            ["picked"],
            ["released"],
        ),
        (order_facts(verified_at=hours_later(-1)), (0, 1), ["verified"], []),
        # Open: what is still to come is not missing.
        (order_facts(released_at=hours_later(4)), (1, 1), [], VERIFIED_ALLOCATED),
        (delivered(delivered_at=None, says_delivered=True), (7, 7), [], ["delivered"]),
    ],
    ids=[
        "all there",
        "two not recorded",
        "one swapped",
        "one not recorded, the next swapped",
        "verified before placed",
        "still open",
        "delivered, nobody knows when",
    ],
)
def test_stage_times_are_usable_unless_negative(
    order: OrderFacts,
    usable: tuple[int, int],
    negative: list[str],
    missing: list[str],
) -> None:
    figure = ask(FIGURES, STAGES, [order])

    assert share(figure) == usable
    stages = figure.details["stages"]
    assert isinstance(stages, dict)
    assert [name for name, one in stages.items() if one["negative"]] == negative
    assert [name for name, one in stages.items() if one["missing"]] == missing


def test_orders_with_nothing_recorded_have_no_stage_times() -> None:
    figure = ask(FIGURES, STAGES, [order_facts(), order_facts(says_delivered=True)])

    assert figure.result is None
    assert figure.excluded == {"no_stage_recorded": 2}
    # The one that was delivered passed every stage, and none is recorded.
    assert figure.details["stages"]["packed"] == {"negative": 0, "missing": 1}  # type: ignore[index]


@pytest.mark.parametrize(
    ("order", "findings"),
    [
        (delivered(), []),
        (order_facts(), []),
        (order_facts(says_delivered=True), [Finding.DELIVERED_WITHOUT_DATE]),
        (
            delivered(cancelled_at=hours_later(3)),
            [Finding.CANCELLED_WITH_DELIVERY],
        ),
        (delivered(says_cancelled=True), [Finding.CANCELLED_WITH_DELIVERY]),
        (
            order_facts(cancelled_at=hours_later(-1)),
            [Finding.CANCELLED_BEFORE_PLACED],
        ),
        (
            delivered(handed_over_at=hours_later(-1)),
            [Finding.HANDED_OVER_BEFORE_PLACED],
        ),
        (
            delivered(delivered_at=hours_later(-1)),
            [Finding.DELIVERED_BEFORE_PLACED, Finding.DELIVERED_BEFORE_HANDED_OVER],
        ),
        (
            delivered(delivered_at=hours_later(5.5)),
            [Finding.DELIVERED_BEFORE_HANDED_OVER],
        ),
        # The second shipment is still on its way.
        (
            order_facts(
                first_handed_over_at=hours_later(6), first_delivered_at=hours_later(5)
            ),
            [Finding.DELIVERED_BEFORE_HANDED_OVER],
        ),
    ],
)
def test_each_flaw_of_an_order_is_found(
    order: OrderFacts, findings: list[Finding]
) -> None:
    figure = ask(FIGURES, ORDERS, [order])

    assert share(figure) == (0 if findings else 1, 1)
    counted = figure.details["orders_by_finding"]
    assert isinstance(counted, dict)
    assert [Finding(name) for name, number in counted.items() if number] == findings


def test_an_order_with_two_flaws_is_one_flawed_order() -> None:
    orders = [delivered(), delivered(delivered_at=hours_later(-1))]

    assert share(ask(FIGURES, ORDERS, orders)) == (1, 2)


def test_flaws_of_orders_placed_earlier_are_not_counted() -> None:
    earlier = order_facts(placed_at=hours_later(-24 * 40), says_delivered=True)

    for name, key in ((STAGES, "stages"), (ORDERS, "orders_by_finding")):
        figure = ask(FIGURES, name, [earlier])
        assert figure.not_measured == "no order belongs to the period"
        counted = figure.details[key]
        assert isinstance(counted, dict)
        assert not any(
            any(one.values()) if isinstance(one, dict) else one
            for one in counted.values()
        )
