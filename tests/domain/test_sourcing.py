"""Sourcing plans never promise what is not there, nor more than was asked."""

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.policy import SourcingRule
from domain.stock.movements import LocationKind
from domain.stock.sourcing import (
    FreeStock,
    LineDemand,
    SourcingFacts,
    SourcingPlan,
    is_trusted,
    plan_sourcing,
)
from tests.domain.sourcing_builders import (
    SKUS,
    WAREHOUSES,
    WEIGHTS,
    facts,
    level,
    orders,
    shelves,
    wanted,
)

Weights = Mapping[SourcingRule, int]


def by_line(plan: SourcingPlan) -> Counter[tuple[int, str]]:
    planned: Counter[tuple[int, str]] = Counter()
    for one in plan.allocations:
        planned[one.line_no, one.sku] += one.quantity
    for other in plan.missing:
        planned[other.line_no, other.sku] += other.quantity
    return planned


@given(orders(), shelves(), WEIGHTS, facts())
def test_what_is_taken_and_what_is_missing_is_what_was_asked(
    lines: list[LineDemand],
    stock: list[FreeStock],
    weights: Weights,
    known: SourcingFacts,
) -> None:
    plan = plan_sourcing(lines, stock, weights=weights, facts=known)

    asked = Counter(
        {
            (line.line_no, sku): line.units * each
            for line in lines
            for sku, each in line.parts
        }
    )
    assert by_line(plan) == asked


@given(orders(), shelves(), WEIGHTS, facts())
def test_no_bin_gives_more_than_it_has_free(
    lines: list[LineDemand],
    stock: list[FreeStock],
    weights: Weights,
    known: SourcingFacts,
) -> None:
    taken: Counter[int] = Counter()
    for one in plan_sourcing(lines, stock, weights=weights, facts=known).allocations:
        assert one.quantity > 0
        assert one.sku == one.stock.sku
        taken[one.stock.stock_level_id] += one.quantity

    free = {level.stock_level_id: level.free for level in stock}
    assert all(units <= free[level] for level, units in taken.items())


@given(orders(), shelves(), WEIGHTS)
def test_a_bundle_is_taken_whole_from_each_warehouse_or_not_at_all(
    lines: list[LineDemand], stock: list[FreeStock], weights: Weights
) -> None:
    taken: Counter[tuple[int, str, str]] = Counter()
    for one in plan_sourcing(lines, stock, weights=weights).allocations:
        taken[one.line_no, one.stock.warehouse_id, one.sku] += one.quantity

    for line in lines:
        for warehouse in WAREHOUSES:
            units = {
                taken[line.line_no, warehouse, sku] / each for sku, each in line.parts
            }
            assert len(units) == 1
            assert units.pop().is_integer()


@given(orders(), shelves())
def test_one_warehouse_fills_the_order_if_one_can(
    lines: list[LineDemand], stock: list[FreeStock]
) -> None:
    need: Counter[str] = Counter()
    for line in lines:
        for sku, each in line.parts:
            need[sku] += line.units * each
    able = [
        warehouse
        for warehouse in WAREHOUSES
        if not need
        - Counter(
            {
                sku: sum(
                    level.free
                    for level in stock
                    if (level.warehouse_id, level.sku) == (warehouse, sku)
                )
                for sku in SKUS
            }
        )
    ]

    plan = plan_sourcing(lines, stock)

    used = {one.stock.warehouse_id for one in plan.allocations}
    if able:
        assert used == {min(able)}
        assert plan.missing == ()


@given(orders(), shelves(), WEIGHTS, facts())
def test_nothing_is_missing_that_some_serving_warehouse_still_has_whole(
    lines: list[LineDemand],
    stock: list[FreeStock],
    weights: Weights,
    known: SourcingFacts,
) -> None:
    plan = plan_sourcing(lines, stock, weights=weights, facts=known)

    left = Counter({level.stock_level_id: level.free for level in stock})
    for one in plan.allocations:
        left[one.stock.stock_level_id] -= one.quantity
    missing = {one.line_no for one in plan.missing}
    serving = [each for each in WAREHOUSES if known.of(each).serves]
    for line in (line for line in lines if line.line_no in missing):
        for warehouse in serving:
            has = [
                sum(
                    left[level.stock_level_id]
                    for level in stock
                    if (level.warehouse_id, level.sku) == (warehouse, sku)
                )
                >= each
                for sku, each in line.parts
            ]
            assert not all(has)


@given(orders(), shelves(), WEIGHTS, facts())
def test_a_warehouse_that_does_not_serve_is_named_and_gives_nothing(
    lines: list[LineDemand],
    stock: list[FreeStock],
    weights: Weights,
    known: SourcingFacts,
) -> None:
    plan = plan_sourcing(lines, stock, weights=weights, facts=known)

    refused = {
        level.warehouse_id for level in stock if not known.of(level.warehouse_id).serves
    }
    assert not refused & {one.stock.warehouse_id for one in plan.allocations}
    if refused:
        assert plan.explanation is not None
        named = {each.warehouse_id for each in plan.explanation.not_serving}
        assert named == refused


@given(orders(), shelves(), WEIGHTS, facts(), st.randoms())
def test_the_plan_does_not_depend_on_the_order_in_which_stock_is_read(
    lines: list[LineDemand],
    stock: list[FreeStock],
    weights: Weights,
    known: SourcingFacts,
    shuffler: Random,
) -> None:
    shuffled = list(stock)
    shuffler.shuffle(shuffled)

    plan = plan_sourcing(lines, stock, weights=weights, facts=known)
    again = plan_sourcing(lines, shuffled, weights=weights, facts=known)

    assert again == plan


@pytest.mark.parametrize(
    ("first", "then"),
    [
        ({"kind": LocationKind.PICK_FACE}, {"kind": LocationKind.BULK}),
        ({"is_trusted": True}, {"is_trusted": False}),
        (
            {"received_at": datetime(2026, 1, 1, tzinfo=UTC)},
            {"received_at": datetime(2026, 1, 2, tzinfo=UTC)},
        ),
        ({}, {"received_at": datetime(2026, 1, 1, tzinfo=UTC)}),
        ({"pick_sequence": 1}, {"pick_sequence": 2}),
    ],
    ids=["pick face", "trusted", "first in", "unknown age", "pick sequence"],
)
def test_bins_are_emptied_in_their_order(
    first: dict[str, object], then: dict[str, object]
) -> None:
    later, sooner = {"pick_sequence": 5, **then}, {"pick_sequence": 5, **first}
    stock = [level(1, "east", "MUG", **later), level(2, "east", "MUG", **sooner)]

    plan = plan_sourcing(wanted(MUG=3), stock)

    taken = [(one.stock.stock_level_id, one.quantity) for one in plan.allocations]
    assert taken == [(2, 2), (1, 1)]


def test_a_pick_face_in_doubt_goes_before_bulk_and_trust_before_age() -> None:
    old = datetime(2026, 1, 1, tzinfo=UTC)
    new = datetime(2026, 6, 1, tzinfo=UTC)
    stock = [
        level(1, kind=LocationKind.BULK, received_at=old),
        level(2, is_trusted=False, received_at=old),
        level(3, received_at=new),
    ]

    plan = plan_sourcing(wanted(MUG=6), stock)

    assert [one.stock.stock_level_id for one in plan.allocations] == [3, 2, 1]


def test_two_demands_of_one_line_take_one_share_of_a_bin() -> None:
    lines = [
        LineDemand(line_no=1, units=1, parts=(("MUG", 1), ("POT", 1))),
        LineDemand(line_no=1, units=1, parts=(("MUG", 1),)),
    ]

    plan = plan_sourcing(lines, [level(1), level(2, sku="POT")])

    taken = [(one.sku, one.quantity) for one in plan.allocations]
    assert taken == [("MUG", 2), ("POT", 1)]


@pytest.mark.parametrize(
    ("counts", "exact_counts", "trusted"),
    [(0, 0, True), (4, 0, True), (5, 3, False), (5, 4, True), (10, 7, False)],
)
def test_a_bin_is_distrusted_once_five_counts_found_it_wrong_too_often(
    counts: int, exact_counts: int, trusted: bool
) -> None:
    assert is_trusted(counts, exact_counts) is trusted
