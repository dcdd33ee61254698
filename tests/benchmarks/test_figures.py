"""How the figures of the order benchmark are made of what was measured."""

import os
import time

import pytest

from benchmarks.measures import action_count, cpu_seconds, parent_of, percentile
from benchmarks.orders import Counted, Figures, Measured, figures_of, table_of
from benchmarks.rounds import Round

KEYS = [
    "orders_per_second",
    "bare_orders_per_second",
    "ratio",
    "p50_seconds",
    "p95_seconds",
    "events_per_order",
    "actions_per_order",
    "runs_per_order",
    "paced_events_per_order",
    "paced_actions_per_order",
    "transactions_per_order",
    "cpu_seconds_per_order",
]


def a_round(seconds: float) -> Round:
    return Round(
        seconds=seconds,
        latencies=tuple(number / 10 for number in range(1, 11)),
        workflow_ids=("order-bench-1",),
    )


def counted(seconds: float, events: float = 36, actions: float = 12) -> Counted:
    return Counted(
        round=a_round(seconds),
        events=events,
        actions=actions,
        runs=1,
        cpu={"server": 0.06, "worker": 0.08, "driver": 0.02},
    )


def figures() -> Figures:
    measured = Measured(
        ours=[counted(2), counted(1), counted(5)],
        bare=[a_round(1), a_round(2), a_round(1)],
        paced=counted(20, events=46, actions=14),
        orders=50,
    )
    return figures_of(measured, transactions=400)


def test_the_object_has_the_keys_that_others_read() -> None:
    assert list(figures()) == KEYS


def test_rates_are_the_medians_of_the_rounds() -> None:
    assert figures()["orders_per_second"] == 5
    assert figures()["bare_orders_per_second"] == 10
    assert figures()["ratio"] == 0.5


def test_paced_orders_are_counted_apart() -> None:
    assert figures()["events_per_order"] == 36
    assert figures()["paced_events_per_order"] == 46
    assert figures()["paced_actions_per_order"] == 14


def test_transactions_are_shared_among_all_orders() -> None:
    assert figures()["transactions_per_order"] == 8


def test_without_a_paced_round_there_are_no_figures() -> None:
    with pytest.raises(ValueError, match="paced"):
        figures_of(Measured(), transactions=0)


def test_the_table_shows_each_process_and_what_is_allowed() -> None:
    table = table_of(figures())

    assert "cpu_seconds_per_order.worker" in table
    assert "at least 0.65" in table


@pytest.mark.parametrize(("percent", "expected"), [(50, 5), (95, 10), (1, 1)])
def test_a_percentile_is_one_of_the_values(percent: int, expected: float) -> None:
    assert percentile(range(10, 0, -1), percent) == expected


def test_a_busy_process_uses_processor_time() -> None:
    before = cpu_seconds(os.getpid())
    until = time.process_time() + 0.1
    while time.process_time() < until:
        pass

    assert 0.05 < cpu_seconds(os.getpid()) - before < 5


def test_a_process_knows_its_parent() -> None:
    assert parent_of(os.getpid()) == os.getppid()


def test_actions_of_other_namespaces_do_not_count() -> None:
    text = (
        "# TYPE action counter\n"
        'action{action_type="a",namespace="default",x="1"} 12\n'
        'action{action_type="b",namespace="default"} 3\n'
        'action{action_type="a",namespace="temporal-system"} 100\n'
        'action_other{namespace="default"} 7\n'
    )

    assert action_count(text, "default") == 15
