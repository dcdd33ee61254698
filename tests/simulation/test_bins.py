"""What robots found missing is really missing, until a count has told the books."""

from __future__ import annotations

from messages.order_messages import ShortReason
from simulation.bins import Mishap, RealBins

PLACE = ("A-1", "MUG")


def a_mishap(*, vanishes: bool = True) -> Mishap:
    return Mishap(units=1, reason=ShortReason.FEWER, vanishes=vanishes)


def test_an_untouched_bin_holds_what_the_books_say() -> None:
    bins = RealBins()

    assert not bins.may_lack(*PLACE)
    assert bins.really_there(*PLACE, booked=7) == 7


def test_a_unit_that_vanished_once_is_missing_for_everybody() -> None:
    bins = RealBins()

    for _ in range(2):  # told again, as after a refusal
        bins.mishap_at(("task", 1), PLACE, a_mishap)

    assert bins.may_lack(*PLACE)
    assert bins.really_there(*PLACE, booked=7) == 6
    assert bins.really_there("B-1", "MUG", booked=7) == 7


def test_a_unit_that_was_only_out_of_reach_is_there_when_it_is_counted() -> None:
    bins = RealBins()

    bins.mishap_at(("task", 1), PLACE, lambda: a_mishap(vanishes=False))

    assert bins.really_there(*PLACE, booked=7) == 7


def test_after_its_count_a_bin_holds_what_the_books_say() -> None:
    bins = RealBins()
    bins.empty("A-1", {"MUG": 7})
    was_empty = bins.is_empty("A-1")

    bins.counted(*PLACE, booked=7, adjusted=-7)

    assert was_empty
    assert not bins.is_empty("A-1")
    assert bins.really_there(*PLACE, booked=50) == 50


def test_what_a_count_could_not_book_stays_missing() -> None:
    bins = RealBins()
    bins.empty("A-1", {"MUG": 7})

    bins.counted(*PLACE, booked=7, adjusted=-4)

    assert bins.really_there(*PLACE, booked=3) == 0
    assert bins.really_there(*PLACE, booked=53) == 50
