"""Stock-outs, overstock, slow movers and counts, article by article."""

from __future__ import annotations

from dataclasses import replace

from domain.kpi.figures import Rate
from domain.kpi.question import Dimension, KpiTerms
from domain.kpi.stock.cover import NEVER_IN_STOCK, NOTHING_OLD_ENOUGH
from domain.kpi.stock.figures import NOT_COUNTED
from domain.kpi.stock.measuring import NO_HISTORY
from domain.kpi.stock.record import CountedPlaces, StockRecord
from tests.domain.kpi.stock_building import (
    amount,
    articles,
    ask,
    day,
    figure,
    in_days,
    record,
    series,
)

TERMS = KpiTerms(slow_mover_days=30, overstock_cover_days=90)


def share(name: str, of: StockRecord, days: int, first: int = 0) -> tuple[int, int]:
    asked = replace(in_days(days, first), terms=TERMS)
    found = ask(name, of, asked)
    assert isinstance(found.result, Rate), found.not_measured
    return found.result.numerator, found.result.denominator


def test_an_article_is_out_on_days_that_end_without_a_unit() -> None:
    sold_out = series(day(2, units=-5, shipped=5), day(6, units=8), units=5)
    plenty = series(units=50)

    of = articles(sold_out, plenty)

    # Out at the end of days 2, 3, 4 and 5 of ten; the other never.
    assert share("stock_out_days", of, 10) == (4, 20)
    assert share("stock_outs", of, 10) == (1, 2)


def test_before_it_first_came_an_article_was_not_out_of_stock() -> None:
    new = series(day(4, units=5))

    assert share("stock_out_days", articles(new), 10) == (0, 6)


def test_an_article_that_ended_long_ago_is_not_missed() -> None:
    ended = series(day(1, units=-5, shipped=5), units=5)

    found = ask("stock_outs", articles(ended), in_days(5, first=10))

    assert found.not_measured == NEVER_IN_STOCK


def test_stock_gone_and_back_within_a_day_is_not_seen() -> None:
    same_day = series(day(3, units=0, shipped=5), units=5)

    assert share("stock_out_days", articles(same_day), 5) == (0, 5)


def test_overstock_is_what_lasts_longer_than_the_shop_wants() -> None:
    # One a day leaves: 100 are left at the end of day 40, and 80 of the other.
    selling = [day(n, value=-2, units=-1, cost=2, shipped=1) for n in range(41)]
    too_many = series(*selling, value=282, units=141)
    enough = series(*selling, value=242, units=121)
    unsold = series(value=30, units=3)
    new = series(day(35, value=500, units=5))

    asked = replace(in_days(10, first=31), terms=TERMS)
    found = ask("overstock", articles(too_many, enough, unsold, new), asked)

    assert amount(found).value == 200 + 30
    assert amount(found).denominator == 200 + 160 + 30
    assert (found.n, found.details["cover_days"]) == (2, 90)
    assert found.excluded == {"known_too_short": 1}


def test_slow_movers_have_stock_and_no_shipment_for_as_long_as_the_shop_says() -> None:
    slow = series(day(5, units=-1, shipped=1), units=9)
    quick = series(day(38, units=-1, shipped=1), units=9)
    gone = series(day(1, units=-9, shipped=9), units=9)
    new = series(day(30, units=4))

    assert share("slow_movers", articles(slow, quick, gone, new), 10, 31) == (1, 2)


def test_too_short_a_history_judges_nothing() -> None:
    asked = replace(in_days(10), terms=TERMS)

    found = ask("slow_movers", articles(series(day(2, units=4))), asked)

    assert found.not_measured == NOTHING_OLD_ENOUGH
    assert found.excluded == {"known_too_short": 1}


def test_without_articles_it_says_how_to_get_a_history() -> None:
    assert ask("stock_outs", articles(), in_days(5)).not_measured == NO_HISTORY


def test_articles_are_counted_in_their_groups() -> None:
    of = articles(
        series(units=1, group=(("category", "cups"),)),
        series(day(1, units=-1), units=1, group=(("category", "lamps"),)),
    )

    asked = replace(in_days(4), group_by=(Dimension.CATEGORY,))
    found = figure("stock_outs").measure(of, asked)

    assert [(dict(one.group), one.n) for one in found] == [
        ({"category": "cups"}, 1),
        ({"category": "lamps"}, 1),
    ]


def test_counts_that_found_what_the_books_said_make_the_accuracy() -> None:
    counts = (
        CountedPlaces(day=0, counted=4, right=3),
        CountedPlaces(day=4, counted=6, right=6),
        CountedPlaces(day=9, counted=50, right=0),
    )
    of = replace(record(), counts=counts)

    assert share("stock_accuracy", of, 5) == (9, 10)
    assert ask("stock_accuracy", record(), in_days(5)).not_measured == NOT_COUNTED
