"""Sourcing plans never promise what is not there, nor more than was asked."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from domain.stock.sourcing import FreeStock, LineDemand, SourcingPlan, plan_sourcing

SKUS = ("MUG", "POT", "PAN")
WAREHOUSES = ("east", "west", "north")
QUANTITIES = st.integers(1, 6)


@st.composite
def shelves(draw: st.DrawFn) -> list[FreeStock]:
    places = draw(
        st.lists(
            st.tuples(
                st.sampled_from(WAREHOUSES),
                st.sampled_from(SKUS),
                st.integers(1, 9),
                QUANTITIES,
            ),
            max_size=10,
        )
    )
    return [
        FreeStock(
            stock_level_id=number,
            warehouse_id=warehouse,
            location_id=f"{warehouse}-{number}",
            pick_sequence=sequence,
            sku=sku,
            free=free,
        )
        for number, (warehouse, sku, sequence, free) in enumerate(places, start=1)
    ]


PARTS = st.one_of(
    st.sampled_from(SKUS).map(lambda sku: ((sku, 1),)),
    st.dictionaries(st.sampled_from(SKUS), st.integers(1, 3), min_size=2).map(
        lambda parts: tuple(sorted(parts.items()))
    ),
)


@st.composite
def orders(draw: st.DrawFn) -> list[LineDemand]:
    wanted = draw(st.lists(st.tuples(QUANTITIES, PARTS), min_size=1, max_size=4))
    return [
        LineDemand(line_no=number, units=units, parts=parts)
        for number, (units, parts) in enumerate(wanted, start=1)
    ]


def by_line(plan: SourcingPlan) -> Counter[tuple[int, str]]:
    planned: Counter[tuple[int, str]] = Counter()
    for one in plan.allocations:
        planned[one.line_no, one.sku] += one.quantity
    for other in plan.missing:
        planned[other.line_no, other.sku] += other.quantity
    return planned


@given(orders(), shelves())
def test_what_is_taken_and_what_is_missing_is_what_was_asked(
    wanted: list[LineDemand], stock: list[FreeStock]
) -> None:
    plan = plan_sourcing(wanted, stock)

    asked = Counter(
        {
            (line.line_no, sku): line.units * each
            for line in wanted
            for sku, each in line.parts
        }
    )
    assert by_line(plan) == asked


@given(orders(), shelves())
def test_no_bin_gives_more_than_it_has_free(
    wanted: list[LineDemand], stock: list[FreeStock]
) -> None:
    taken: Counter[int] = Counter()
    for one in plan_sourcing(wanted, stock).allocations:
        assert one.quantity > 0
        assert one.sku == one.stock.sku
        taken[one.stock.stock_level_id] += one.quantity

    free = {level.stock_level_id: level.free for level in stock}
    assert all(units <= free[level] for level, units in taken.items())


@given(orders(), shelves())
def test_a_bundle_is_taken_whole_from_each_warehouse_or_not_at_all(
    wanted: list[LineDemand], stock: list[FreeStock]
) -> None:
    taken: Counter[tuple[int, str, str]] = Counter()
    for one in plan_sourcing(wanted, stock).allocations:
        taken[one.line_no, one.stock.warehouse_id, one.sku] += one.quantity

    for line in wanted:
        for warehouse in WAREHOUSES:
            units = {
                taken[line.line_no, warehouse, sku] / each for sku, each in line.parts
            }
            assert len(units) == 1
            assert units.pop().is_integer()


@given(orders(), shelves())
def test_one_warehouse_fills_the_order_if_one_can(
    wanted: list[LineDemand], stock: list[FreeStock]
) -> None:
    need: Counter[str] = Counter()
    for line in wanted:
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

    plan = plan_sourcing(wanted, stock)

    used = {one.stock.warehouse_id for one in plan.allocations}
    if able:
        assert used == {min(able)}
        assert plan.missing == ()


@given(orders(), shelves())
def test_nothing_is_missing_that_some_warehouse_still_has_whole(
    wanted: list[LineDemand], stock: list[FreeStock]
) -> None:
    plan = plan_sourcing(wanted, stock)

    left = Counter({level.stock_level_id: level.free for level in stock})
    for one in plan.allocations:
        left[one.stock.stock_level_id] -= one.quantity
    missing = {one.line_no for one in plan.missing}
    for line in (line for line in wanted if line.line_no in missing):
        for warehouse in WAREHOUSES:
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


def test_bins_are_emptied_in_pick_sequence() -> None:
    stock = [
        FreeStock(
            stock_level_id=number,
            warehouse_id="east",
            location_id=f"east-{number}",
            pick_sequence=sequence,
            sku="MUG",
            free=2,
        )
        for number, sequence in ((1, 9), (2, 1))
    ]
    wanted = [LineDemand(line_no=1, units=3, parts=(("MUG", 1),))]

    plan = plan_sourcing(wanted, stock)

    taken = [(one.stock.location_id, one.quantity) for one in plan.allocations]
    assert taken == [("east-2", 2), ("east-1", 1)]
