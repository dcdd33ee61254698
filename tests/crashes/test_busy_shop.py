"""Robots carry orders through shorts, cancels and a killed worker: nothing is amiss."""

import pytest

from benchmarks.busy_figures import BusyPlan
from benchmarks.busy_shop import busy_day


@pytest.mark.timeout(180)
async def test_a_busy_shop_ends_every_order_and_the_doctor_finds_nothing() -> None:
    plan = BusyPlan(orders=12, shorts=0.4, damaged=0.2, cancels=0.3, kills=1, seed=3)

    result = await busy_day(plan)

    assert result.findings == []
    assert result.delivered + result.cancelled == result.orders == 12
    assert result.kills == 1
    assert min(result.shorts, result.damaged, result.cancels_asked) > 0
