"""Processes killed at a random moment under running orders; `make bench` kills more."""

import pytest

from benchmarks.crashes import CrashPlan, crash

ORDERS = 6

# A step that died with its worker is given out again after its own time limit, the
# purchase of a label after half a minute.
pytestmark = pytest.mark.timeout(170)


def plan(
    *, worker_kills: int = 0, server_kills: int = 0, caller_kills: int = 0
) -> CrashPlan:
    return CrashPlan(
        orders=ORDERS,
        worker_kills=worker_kills,
        server_kills=server_kills,
        caller_kills=caller_kills,
        seed=7,
    )


async def test_orders_end_once_with_one_label_though_the_worker_was_killed() -> None:
    result = await crash(plan(worker_kills=1))

    assert result.orders >= ORDERS
    assert result.differences == []


async def test_orders_end_once_with_one_label_though_the_server_was_killed() -> None:
    result = await crash(plan(server_kills=1))

    assert result.orders >= ORDERS
    assert result.differences == []


async def test_a_fact_reaches_its_run_though_the_caller_died_before_telling_it() -> (
    None
):
    result = await crash(plan(caller_kills=3))

    assert result.caller_kills == 6
    assert result.differences == []
