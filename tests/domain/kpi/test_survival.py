"""Open orders count as what they are: not done yet, and not quick either."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.kpi.times.survival import Lifetime, survival_curve, time_until

# Remission of leukaemia patients under 6-MP, in weeks (Freireich 1963), the textbook
# case: 21 patients, ties, and those with a plus left before.
TEXTBOOK = "6 6 6 6+ 7 9+ 10 10+ 11+ 13 16 17+ 19+ 20+ 22 23 25+ 32+ 32+ 34+ 35+"


def lifetimes(told: str) -> list[Lifetime]:
    return [Lifetime(float(one.rstrip("+")), "+" not in one) for one in told.split()]


def test_the_textbook_case_comes_out_as_printed() -> None:
    curve = survival_curve(lifetimes(TEXTBOOK))

    assert [(moment, round(left, 3)) for moment, left in curve] == [
        (6, 0.857),
        (7, 0.807),
        (10, 0.753),
        (13, 0.690),
        (16, 0.627),
        (22, 0.538),
        (23, 0.448),
    ]
    assert time_until(curve, 0.50) == 23
    assert time_until(curve, 0.90) is None


@pytest.mark.parametrize(
    ("told", "p50", "p90"),
    [
        ("", None, None),
        ("5+", None, None),
        ("5", 5, 5),
        ("1 2 3 4", 2, 4),
        ("1 2 3 4 5 6 7 8 9 10", 5, 9),
        # A tie of an end and a leave: who left at 2 was still there at 2.
        ("1 2 2+ 4", 2, 4),
        # Half of them are open: the naive median of the two is 2.
        ("1 3 10+ 10+", 3, None),
        ("1 3 10+ 10+ 10+", None, None),
    ],
)
def test_the_quantile_is_where_the_curve_has_fallen_so_far(
    told: str, p50: float | None, p90: float | None
) -> None:
    curve = survival_curve(lifetimes(told))

    assert (time_until(curve, 0.5), time_until(curve, 0.9)) == (p50, p90)


@settings(deadline=None)
@given(
    st.lists(st.integers(0, 50), min_size=1, max_size=60),
    st.sampled_from([0.1, 0.25, 0.5, 0.75, 0.9]),
)
def test_without_open_ones_it_is_the_step_quantile(
    durations: list[int], share: float
) -> None:
    ordered = sorted(durations)
    reached = [
        value
        for place, value in enumerate(ordered, start=1)
        if place / len(ordered) >= share - 1e-9
    ]

    curve = survival_curve(Lifetime(one, True) for one in durations)

    assert time_until(curve, share) == reached[0]


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 50), st.booleans()), max_size=40))
def test_the_curve_falls_and_stays_a_share(drawn: list[tuple[int, bool]]) -> None:
    curve = survival_curve(Lifetime(*one) for one in drawn)

    shares = [1.0, *(left for _, left in curve)]
    assert shares == sorted(shares, reverse=True)
    assert shares[-1] >= 0
    assert curve == survival_curve(Lifetime(*one) for one in reversed(drawn))


@settings(deadline=None)
@given(st.lists(st.integers(0, 50), min_size=1, max_size=40), st.integers(1, 20))
def test_open_orders_never_make_it_look_quicker(
    durations: list[int], still_open: int
) -> None:
    done = [Lifetime(one, True) for one in durations]
    on_their_way = [Lifetime(50, False)] * still_open

    naive = time_until(survival_curve(done), 0.5)
    honest = time_until(survival_curve([*done, *on_their_way]), 0.5)

    assert naive is not None
    assert honest is None or honest >= naive
