"""Percentiles, intervals and histograms against cases worked out by hand."""

from __future__ import annotations

import statistics as standard

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.kpi.statistics import histogram, percentile, rate_of, times_of

VALUES = st.lists(st.floats(0, 1e6), min_size=1, max_size=80)
SHARES = st.floats(0, 1)
WIDTHS = (1.0, 2.0, 10.0)


@pytest.mark.parametrize(
    ("values", "share", "expected"),
    [
        ([7], 0.5, 7),
        ([7], 0.99, 7),
        ([1, 2], 0.5, 1.5),
        ([1, 2, 3, 4], 0.5, 2.5),
        ([1, 2, 3, 4], 0.25, 1.75),
        ([1, 2, 3, 4, 5], 0.9, 4.6),
        ([15, 20, 35, 40, 50], 0.4, 29),
        (list(range(1, 101)), 0.99, 99.01),
        ([1, 2, 3], 0, 1),
        ([1, 2, 3], 1, 3),
    ],
)
def test_a_percentile_lies_between_its_neighbours(
    values: list[float], share: float, expected: float
) -> None:
    assert percentile(values, share) == pytest.approx(expected)


def test_percentiles_agree_with_another_computation() -> None:
    values = sorted(value**1.7 % 101 for value in range(200))

    cuts = standard.quantiles(values, n=100, method="inclusive")

    assert [percentile(values, n / 100) for n in range(1, 100)] == pytest.approx(cuts)


@settings(deadline=None)
@given(VALUES, SHARES, SHARES)
def test_a_percentile_is_within_the_values_and_rises(
    values: list[float], one: float, other: float
) -> None:
    ordered = sorted(values)
    low, high = sorted((one, other))

    found = [ordered[0], *(percentile(ordered, p) for p in (low, high)), ordered[-1]]
    assert found == sorted(found)


@settings(deadline=None)
@given(VALUES, st.data())
def test_the_order_of_values_changes_no_number(
    values: list[float], data: st.DataObject
) -> None:
    mixed = data.draw(st.permutations(values))

    assert times_of(mixed) == times_of(values)


@pytest.mark.parametrize(
    ("count", "weak"),
    [
        (9, ("p50", "p90", "p95", "p99")),
        (10, ("p90", "p95", "p99")),
        (49, ("p90", "p95", "p99")),
        (50, ("p95", "p99")),
        (100, ("p99",)),
        (499, ("p99",)),
        (500, ()),
    ],
)
def test_a_percentile_is_weak_with_fewer_than_five_values_above_it(
    count: int, weak: tuple[str, ...]
) -> None:
    assert times_of([1.0] * count).weak == weak


@pytest.mark.parametrize(
    ("numerator", "denominator", "low", "high"),
    [
        (8, 10, 0.4902, 0.9433),
        (0, 10, 0.0, 0.2775),
        (10, 10, 0.7225, 1.0),
        (1, 1, 0.2065, 1.0),
        (50, 100, 0.4038, 0.5962),
        (81, 263, 0.2553, 0.3662),
    ],
)
def test_the_interval_of_a_rate_is_wilson_s(
    numerator: int, denominator: int, low: float, high: float
) -> None:
    rate = rate_of(numerator, denominator)

    assert rate.interval == pytest.approx((low, high), abs=5e-5)
    assert rate.rate == numerator / denominator


@settings(deadline=None)
@given(st.integers(1, 10_000), st.data())
def test_an_interval_holds_its_rate_and_stays_a_share(
    denominator: int, data: st.DataObject
) -> None:
    numerator = data.draw(st.integers(0, denominator))

    rate = rate_of(numerator, denominator)

    low, high = rate.interval
    assert 0 <= low <= rate.rate <= high <= 1


@settings(deadline=None)
@given(st.integers(1, 100), st.data())
def test_more_orders_make_a_rate_surer(denominator: int, data: st.DataObject) -> None:
    numerator = data.draw(st.integers(0, denominator))

    low, high = rate_of(numerator, denominator).interval
    closer_low, closer_high = rate_of(numerator * 4, denominator * 4).interval

    assert closer_high - closer_low < high - low


def test_nothing_has_no_percentile_and_no_rate() -> None:
    with pytest.raises(ValueError, match="at least one value"):
        percentile([], 0.5)
    with pytest.raises(ValueError, match="at least one value"):
        times_of([])
    with pytest.raises(ValueError, match="at least one value"):
        histogram([], WIDTHS)
    with pytest.raises(ValueError, match="something to be a share of"):
        rate_of(0, 0)


@pytest.mark.parametrize(
    ("values", "edges", "counts"),
    [
        ([0.5], [0, 1], [1]),
        ([1, 1.5, 2], [1, 2, 3], [2, 1]),
        ([3, 5], [3, 4, 5, 6], [1, 0, 1]),
        # 30 bins of one would be too many.
        ([0, 29], list(range(0, 31, 2)), [1, *[0] * 13, 1]),
        # Too wide even for the widest: it is multiplied.
        ([0, 900], list(range(0, 951, 50)), [1, *[0] * 17, 1]),
    ],
)
def test_a_histogram_has_round_edges(
    values: list[float], edges: list[float], counts: list[int]
) -> None:
    found = histogram(values, WIDTHS)

    assert list(found.edges) == edges
    assert list(found.counts) == counts


def test_one_far_value_does_not_flatten_the_others() -> None:
    found = histogram([*(n / 10 for n in range(100)), 5000], WIDTHS)

    assert found.edges == (*range(11), 5001)
    assert found.counts == (*[10] * 10, 1)


@settings(deadline=None)
@given(VALUES)
def test_a_histogram_counts_every_value_in_at_most_24_bins(
    values: list[float],
) -> None:
    found = histogram(values, WIDTHS)

    assert sum(found.counts) == len(values)
    assert 1 <= len(found.counts) <= 24
    assert list(found.edges) == sorted(set(found.edges))
    assert found.edges[0] <= min(values)
    assert max(values) < found.edges[-1]
