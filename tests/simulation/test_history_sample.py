"""The sample's past: the same for the same seed, agreeing with itself, believable."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from simulation.history.goods import SHORTAGES
from tests.simulation.past_files import (
    FIRST_DAY,
    LAST_DAY,
    Past,
    at,
    is_odd,
    past,
    stages_of,
)


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Past:
    return past(tmp_path_factory.mktemp("past"))


def test_the_same_seed_and_day_draw_the_same_past_and_another_seed_another(
    drawn: Past, tmp_path: Path
) -> None:
    assert past(tmp_path) == drawn
    assert past(tmp_path, seed=2) != drawn


def test_there_are_some_fifty_orders_a_day_and_most_in_the_peak_week(
    drawn: Past,
) -> None:
    days = Counter(at(rows[0]["placed_at"]).date() for rows in drawn.orders)
    weeks = Counter((day - FIRST_DAY).days // 7 for day in days.elements())

    assert 2_200 < sum(days.values()) < 2_900
    assert len(days) == 56
    assert all(15 < count < 120 for count in days.values())
    assert weeks.most_common(1)[0][0] == 5
    assert weeks[5] > 1.3 * weeks[4]
    assert {row["source"] for row in drawn.rows} == {"shop", "market"}


def test_stages_follow_each_other_but_for_a_few_odd_rows(drawn: Past) -> None:
    odd = [row for row in drawn.rows if is_odd(row)]

    for row in drawn.rows:
        if not is_odd(row):
            assert all(one <= other for one, other in pairwise(stages_of(row)))
    assert 0 < len({row["number"] for row in odd}) < 20


def test_nobody_works_at_night_or_on_sundays(drawn: Past) -> None:
    for row in drawn.rows:
        for name in ("released_at", "picked_at", "packed_at"):
            if row[name]:
                moment = at(row[name])
                assert moment.weekday() < 6
                assert time(6) <= moment.time() <= time(18)


def test_nothing_is_known_that_had_not_happened_and_young_orders_are_open(
    drawn: Past,
) -> None:
    end = datetime(2026, 11, 23, tzinfo=UTC)
    planned = {"promised_at", "due_ship_at"}
    moments = [
        cell
        for row in drawn.rows
        for name, cell in row.items()
        if name.endswith("_at") and name not in planned and cell
    ]
    moments += [row["at"] for row in drawn.movements]
    statuses = Counter(rows[0]["status"] for rows in drawn.orders)

    assert max(map(at, moments)) <= end
    assert statuses["open"] > 20
    assert statuses["shipped"] > 20
    young = [rows for rows in drawn.orders if rows[0]["status"] == "open"]
    last_days = LAST_DAY - timedelta(days=7)
    recent = [one for one in young if at(one[0]["placed_at"]).date() > last_days]
    assert len(recent) > 0.8 * len(young)


def test_all_that_goes_wrong_in_a_shop_goes_wrong_now_and_then(drawn: Past) -> None:
    first = [rows[0] for rows in drawn.orders]
    claims = [row for row in drawn.rows if row["error_kind"]]
    inside = [row for row in claims if row["error_found_at"] < row["handed_over_at"]]
    parts = [
        rows
        for rows in drawn.orders
        if len({(row["warehouse"], row["allocated_at"]) for row in rows}) > 1
    ]
    without_date = [
        row for row in first if row["status"] == "delivered" and not row["delivered_at"]
    ]

    causes = Counter(row["cancel_cause"] for row in first if row["cancel_cause"])
    assert set(causes) == {"customer", "payment", "fraud", "no_stock"}
    assert 0.02 < causes.total() / len(first) < 0.05
    assert 0.004 < len(inside) / len(first) < 0.015
    assert 0.003 < (len(claims) - len(inside)) / len(first) < 0.012
    assert any(row["quantity_rejected"] for row in drawn.rows)
    assert any(row["quantity_shipped"] < row["quantity_ordered"] for row in drawn.rows)
    assert 0.03 < len(parts) / len(first) < 0.12
    assert 0 < len(without_date) < 20


def test_promises_are_days_of_the_shop_and_instants_of_the_market(drawn: Past) -> None:
    for row in drawn.rows:
        assert (len(row["promised_at"]) > 10) == (row["source"] == "market")


def test_movements_ship_what_the_lines_of_the_orders_say(drawn: Past) -> None:
    by_lines: Counter[tuple[str, str, str]] = Counter()
    by_movements: Counter[tuple[str, str, str]] = Counter()
    for row in drawn.rows:
        if row["handed_over_at"] and row["quantity_shipped"] not in {"", "0"}:
            key = (row["warehouse"], row["sku"], row["handed_over_at"])
            by_lines[key] += int(row["quantity_shipped"])
    for row in drawn.movements:
        if row["kind"] == "shipped":
            key = (row["warehouse"], row["sku"], row["at"])
            by_movements[key] += int(row["quantity"])

    assert by_lines == by_movements


def test_stock_never_falls_below_nothing_and_runs_out_twice(drawn: Past) -> None:
    levels: Counter[tuple[str, str]] = Counter()
    zero_days = defaultdict(set)
    days = [FIRST_DAY + timedelta(days=n) for n in range(56)]
    moved = iter(sorted(drawn.movements, key=lambda row: row["at"]))
    ahead = next(moved, None)
    for day in days:
        while ahead is not None and at(ahead["at"]).date() <= day:
            sign = -1 if ahead["kind"] == "shipped" else 1
            place = (ahead["warehouse"], ahead["sku"])
            levels[place] += sign * int(ahead["quantity"])
            assert levels[place] >= 0, place
            ahead = next(moved, None)
        for place, units in levels.items():
            if not units:
                zero_days[place].add(day)

    ran_out = {(one.warehouse, one.sku) for one in SHORTAGES}
    assert set(zero_days) == ran_out
    assert all(1 < len(one) < 10 for one in zero_days.values())


def test_orders_for_what_ran_out_wait_and_the_rest_of_them_goes_first(
    drawn: Past,
) -> None:
    shortage = SHORTAGES[0]
    waited = [
        rows
        for rows in drawn.orders
        for row in rows
        if row["allocated_at"]
        and row["sku"] == shortage.sku
        and at(row["allocated_at"]) - at(row["authorised_at"]) > timedelta(days=1)
    ]

    assert len(waited) > 3
    in_parts = [rows for rows in waited if len(rows) > 1]
    assert any(len({row["allocated_at"] for row in rows}) > 1 for rows in in_parts)
