"""Order and pick accuracy, on orders whose errors are known."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from domain.claims import ClaimKind
from domain.kpi.facts import FoundError, OrderFacts
from domain.kpi.measuring import measure
from domain.kpi.orders.accuracy import FIGURES
from domain.kpi.question import Dimension, Window
from tests.domain.kpi.asking import ask, figure_named, share
from tests.domain.kpi.builders import hours_later, line_sums, order_facts, question


def error(kind: str, *, inside: bool = False, **more: object) -> FoundError:
    plain = FoundError(kind=kind, inside=inside, found_at=hours_later(30))
    return replace(plain, **more)  # type: ignore[arg-type]


def shipped(*errors: FoundError, **more: object) -> OrderFacts:
    facts: dict[str, object] = {
        "packed_at": hours_later(4),
        "handed_over_at": hours_later(5),
        "delivered_at": hours_later(30),
        "has_claims_channel": True,
        "errors": errors,
    }
    return order_facts(**(facts | more))


@pytest.mark.parametrize(
    ("kind", "is_right"),
    [
        (ClaimKind.WRONG_ITEM, False),
        (ClaimKind.MISSING, False),
        (ClaimKind.EXTRA, False),
        ("wrong_lot", False),
        ("other", False),
        (ClaimKind.WRONG_DOCUMENTS, False),
        (ClaimKind.WRONG_ADDRESS, False),
        (ClaimKind.LATE, True),
        (ClaimKind.DAMAGED, True),
        (ClaimKind.DAMAGED_PACKAGE, True),
        (ClaimKind.NOT_ARRIVED, True),
    ],
)
def test_a_claim_on_what_was_sent_is_an_inaccuracy_and_one_on_the_way_is_not(
    kind: str, is_right: bool
) -> None:
    figure = ask(FIGURES, "order_accuracy", [shipped(error(kind))])

    assert share(figure) == (int(is_right), 1)


def test_errors_found_inside_and_outside_are_two_figures() -> None:
    orders = [
        shipped(),
        shipped(error("wrong_item", inside=True)),
        shipped(error("missing"), error("extra")),
        shipped(error("missing", inside=True), error("missing")),
    ]

    assert share(ask(FIGURES, "order_accuracy", orders)) == (2, 4)
    inside = ask(FIGURES, "order_accuracy_inside", orders)
    assert share(inside) == (2, 4)
    assert inside.details == {"orders_by_error": {"missing": 1, "wrong_item": 1}}


def test_an_order_that_has_not_left_is_not_judged() -> None:
    orders = [
        shipped(),
        order_facts(has_claims_channel=True, packed_at=hours_later(4)),
        # Of its two shipments the first has left.
        order_facts(has_claims_channel=True, first_handed_over_at=hours_later(5)),
    ]

    for name in ("order_accuracy", "order_accuracy_inside"):
        figure = ask(FIGURES, name, orders)
        assert share(figure) == (2, 2)
        assert figure.excluded == {"not_shipped": 1}


def test_without_any_claims_channel_outside_accuracy_is_not_measured() -> None:
    orders = [
        shipped(has_claims_channel=False, source="pos"),
        shipped(has_claims_channel=False, source="legacy"),
    ]

    figure = ask(FIGURES, "order_accuracy", orders)

    assert figure.not_measured == "no claims are recorded for legacy, pos: not measured"
    assert (figure.result, figure.n) == (None, 0)
    assert figure.excluded == {"no_claims_recorded": 2}


def test_sources_without_claims_do_not_make_the_others_look_better() -> None:
    orders = [shipped(error("missing")), shipped(has_claims_channel=False)]

    figure = ask(FIGURES, "order_accuracy", orders)

    assert share(figure) == (0, 1)
    assert figure.excluded == {"no_claims_recorded": 1}
    assert figure.not_measured is None


def test_each_group_says_for_itself_whether_claims_are_recorded() -> None:
    orders = [shipped(source="shop"), shipped(source="pos", has_claims_channel=False)]

    pos, shop = measure(
        figure_named(FIGURES, "order_accuracy"),
        orders,
        question(group_by=(Dimension.SOURCE,)),
    )

    assert pos.not_measured == "no claims are recorded for pos: not measured"
    assert share(shop) == (1, 1)


@pytest.mark.parametrize(
    ("as_of_day", "young", "mature_on"),
    [(2, 2, "2026-04-09"), (3, 1, "2026-04-09"), (9, 0, None), (20, 0, None)],
)
def test_a_young_cohort_is_provisional_until_its_last_claim_could_have_come(
    as_of_day: int, young: int, mature_on: str | None
) -> None:
    # Mature, by the default of thirty days, on the 2nd and on the 9th of April.
    orders = [
        shipped(delivered_at=datetime(2026, 3, 3, 12, tzinfo=UTC)),
        shipped(delivered_at=None, handed_over_at=datetime(2026, 3, 10, tzinfo=UTC)),
        order_facts(has_claims_channel=True),
    ]

    figure = ask(
        FIGURES,
        "order_accuracy",
        orders,
        question(as_of=datetime(2026, 4, as_of_day, tzinfo=UTC)),
    )

    assert figure.details == {
        "provisional": young > 0,
        "young_orders": young,
        "mature_on": mature_on,
        "claim_maturity_days": 30,
    }


def test_only_young_orders_of_the_window_make_it_provisional() -> None:
    placed_before = shipped(placed_at=datetime(2026, 2, 20, tzinfo=UTC))
    asked = question(as_of=datetime(2026, 3, 5, tzinfo=UTC))

    by_placed = ask(FIGURES, "order_accuracy", [placed_before], asked)
    by_delivered = ask(
        FIGURES,
        "order_accuracy",
        [placed_before],
        replace(asked, by=Window.DELIVERED),
    )

    assert by_placed.details["young_orders"] == 0
    assert by_delivered.details["young_orders"] == 1


def test_imported_orders_whose_packing_nobody_recorded_prove_nothing() -> None:
    orders = [
        shipped(is_imported=True),
        shipped(is_imported=True, packed_at=None),
        shipped(error("extra", inside=True), is_imported=True, packed_at=None),
    ]

    figure = ask(FIGURES, "order_accuracy_inside", orders)

    assert share(figure) == (1, 2)
    assert figure.excluded == {"no_pack_recorded": 1}


@pytest.mark.parametrize(
    ("errors", "right_lines", "right_units"),
    [
        ((), 10, 40),
        ((error("missing", inside=True, line_no=3, units=2),), 9, 38),
        # The same line found wrong twice is one wrong line.
        (
            (
                error("missing", inside=True, line_no=3, units=2),
                error("extra", inside=True, line_no=3, units=1),
            ),
            9,
            37,
        ),
        # Neither line nor units are named.
        ((error("wrong_item", inside=True),), 9, 39),
        # Customers' claims and damage are no matter of picking here.
        ((error("missing", line_no=3, units=2),), 10, 40),
        ((error("damaged", inside=True, line_no=3, units=2),), 10, 40),
        ((error("missing", inside=True, line_no=3, units=99),), 9, 0),
    ],
)
def test_pick_accuracy_counts_lines_and_units(
    errors: tuple[FoundError, ...], right_lines: int, right_units: int
) -> None:
    lines = (
        line_sums(lines=11, lines_cancelled=1, units_ordered=40, units_shipped=40),
        # Never sent: nobody picked it.
        line_sums(lines=2, units_shipped=0, lines_filled=0),
    )
    orders = [shipped(*errors, lines=lines)]

    assert share(ask(FIGURES, "pick_accuracy_lines", orders)) == (right_lines, 10)
    assert share(ask(FIGURES, "pick_accuracy_units", orders)) == (right_units, 40)


def test_pick_accuracy_leaves_out_what_has_no_quantities_or_has_not_left() -> None:
    orders = [shipped(lines=()), order_facts(lines=(line_sums(),))]

    for name in ("pick_accuracy_lines", "pick_accuracy_units"):
        figure = ask(FIGURES, name, orders)
        assert figure.result is None
        assert figure.excluded == {"not_shipped": 1, "unknown_quantities": 1}
        assert figure.not_measured is not None


def test_a_period_without_orders_has_no_accuracy() -> None:
    figure = ask(FIGURES, "order_accuracy", [])

    assert figure.not_measured == "no order belongs to the period"
