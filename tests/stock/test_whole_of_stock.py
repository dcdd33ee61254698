"""The whole of stock against a simple model: units lie somewhere, and nowhere twice.

`make test` tries the same few examples each time. ORDERWRIGHT_TEST_STOCK_EXAMPLES=500
tries so many others, each of twice as many steps.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import cast

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test

from tests.stock.floor import Floor
from tests.stock.machine import StockMachine

EXAMPLES = int(os.environ.get("ORDERWRIGHT_TEST_STOCK_EXAMPLES", "0"))
FEW_EXAMPLES = 6
STEPS = 30
SECONDS_EACH = 10

PROFILE = settings(
    max_examples=EXAMPLES or FEW_EXAMPLES,
    stateful_step_count=STEPS * (2 if EXAMPLES else 1),
    derandomize=not EXAMPLES,
    database=None,
    deadline=None,
    print_blob=True,
    suppress_health_check=list(HealthCheck),
)


@pytest.mark.timeout(60 + SECONDS_EACH * EXAMPLES)
def test_units_lie_somewhere_and_nowhere_twice(
    fresh_database: Callable[[], tuple[str, Callable[[], None]]],
) -> None:
    def machine() -> StockMachine:
        url, give_back = fresh_database()
        return StockMachine(Floor(url), give_back)

    # Hypothesis calls it for each example; a function is as good as a class.
    made = cast(type[RuleBasedStateMachine], machine)
    run_state_machine_as_test(made, settings=PROFILE)
