"""Whatever bins fail one after another, an order ends in an act, never in a loop."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import make_url, select

from domain.policy import (
    ShortAct,
    StockPolicy,
    SubstituteMode,
)
from domain.shipments.status import ShipmentStatus
from messages.order_messages import ConfirmPick, PickedLine, ShortReason
from persistence.tables import excluded_place, fulfillment_event, pick_line, pick_task
from tests.activities.steps.builders import OrderRun, Shop, line, shop_at
from tests.activities.steps.shortages import (
    allow_substitutes,
    assert_all_accounted_for,
    owed_units,
    set_stock_policy,
    wanted_units,
)
from tests.servers.databases import copied_sqlite_file, sqlite_url

BINS = {"main": ("A-1", "B-1", "C-1"), "north": ("N-1", "N-2")}
PLACES = [place for places in BINS.values() for place in places]
SKUS = ("MUG", "POT", "CUP", "BOWL")
# Nothing is promised anew at a place that failed; stops that were there before remain.
MOST_PICKS = 3 * len(PLACES) * len(SKUS)

acts = st.permutations(
    [ShortAct.REALLOCATE, ShortAct.SUBSTITUTE, ShortAct.SPLIT]
).flatmap(
    lambda trying: st.builds(
        lambda kept, last: (*trying[:kept], last),
        st.integers(0, len(trying)),
        st.sampled_from([ShortAct.WAIT, ShortAct.CANCEL, ShortAct.ASK]),
    )
)
shelves = st.dictionaries(
    st.tuples(st.sampled_from(PLACES), st.sampled_from(SKUS)),
    st.integers(1, 6),
    min_size=3,
    max_size=len(PLACES) * len(SKUS),
)


@dataclass(frozen=True)
class Story:
    """A stocked shop, its acts, and how many of three units each stop holds."""

    shelves: dict[tuple[str, str], int]
    acts: tuple[ShortAct, ...]
    wanted: dict[str, int]
    found: list[int]
    reasons: list[ShortReason]


stories = st.builds(
    Story,
    shelves=shelves,
    acts=acts,
    wanted=st.fixed_dictionaries({"MUG": st.integers(1, 9), "POT": st.integers(1, 5)}),
    found=st.lists(st.integers(0, 2), min_size=1, max_size=6),
    reasons=st.lists(st.sampled_from(list(ShortReason)), min_size=1, max_size=6),
)


@contextmanager
def stocked_shop(template: str, story: Story) -> Iterator[Shop]:
    """Have a shop in a copy of an untouched database, for one story alone."""
    file = Path(str(make_url(template).database))
    with (
        TemporaryDirectory() as directory,
        shop_at(sqlite_url(copied_sqlite_file(file, Path(directory)))) as shop,
    ):
        yield furnished(shop, story)


def furnished(shop: Shop, story: Story) -> Shop:
    shop.add_bins("main", "C-1")
    shop.add_warehouse("north", *BINS["north"])
    shop.add_products("CUP", "BOWL")
    allow_substitutes(shop, "MUG", "CUP", "BOWL")
    allow_substitutes(shop, "CUP", "MUG")
    for (place, sku), units in story.shelves.items():
        shop.receive(place, **{sku: units})
    policy = StockPolicy(short_acts=story.acts, substitutes=SubstituteMode.ALLOWED)
    set_stock_policy(shop, policy)
    return shop


def next_stop(run: OrderRun) -> tuple[str, int, str, str, int] | None:
    """The first stop that the floor still has for the order, if any."""
    on_floor = [
        s.shipment_id
        for s in run.state.shipments
        if s.status in {ShipmentStatus.RELEASED, ShipmentStatus.PICKING}
    ]
    query = (
        select(pick_task.c.shipment_id, pick_line)
        .join(pick_task, pick_task.c.pick_task_id == pick_line.c.pick_task_id)
        .where(
            pick_task.c.shipment_id.in_(on_floor), pick_line.c.done_quantity.is_(None)
        )
        .order_by(pick_line.c.pick_task_id, pick_line.c.pick_line_no)
    )
    rows = run.shop.rows(query)
    if not rows:
        return None
    row = rows[0]
    return row.shipment_id, row.line_no, row.sku, row.location_id, row.quantity


def fail_every_bin(run: OrderRun, story: Story) -> None:
    """Pick too few at every stop, until the floor has none left."""
    for number in range(MOST_PICKS + 1):
        stop = next_stop(run)
        if stop is None:
            return
        assert number < MOST_PICKS, "the picker is sent on without end"
        shipment_id, line_no, sku, place, asked = stop
        told = PickedLine(
            line_no=line_no,
            sku=sku,
            location=place,
            quantity=min(story.found[number % len(story.found)], asked - 1),
            reason=story.reasons[number % len(story.reasons)],
        )
        run.done(
            ConfirmPick(
                message_id=run.message_id(), shipment_id=shipment_id, lines=(told,)
            )
        )
        assert run.state.backordered == owed_units(run)


def failures(run: OrderRun) -> Counter[tuple[str, int, str, str]]:
    query = select(fulfillment_event.c.shipment_id, fulfillment_event.c.data).where(
        fulfillment_event.c.order_id == run.order_id,
        fulfillment_event.c.kind == "short_picked",
    )
    rows = run.shop.rows(query)
    return Counter(
        (
            row.shipment_id,
            row.data["line_no"],
            row.data["location_id"],
            row.data["sku"],
        )
        for row in rows
    )


def check_the_end(run: OrderRun, story: Story) -> None:
    assert_all_accounted_for(run)
    failed = failures(run)
    assert all(times == 1 for times in failed.values()), failed
    excluded = {
        (row.location_id, row.sku) for row in run.shop.rows(select(excluded_place))
    }
    assert excluded == {(place, sku) for _, _, place, sku in failed}
    substituted = [
        row.data["quantity"]
        for row in run.shop.rows(
            select(fulfillment_event.c.data).where(
                fulfillment_event.c.kind == "substituted"
            )
        )
    ]
    cancelled = sum(units for _, units in run.lines().values()) - sum(substituted)
    # Picked, promised or owed on one side; given up on the other: nothing is lost.
    assert wanted_units(run) + cancelled == sum(story.wanted.values())
    asked = [x for x in run.state.exceptions if x.kind == "customer_choice"]
    is_asked = story.acts[-1] is ShortAct.ASK and bool(failed) and run.state.backordered
    assert len(asked) <= 1
    if story.acts[-1] is not ShortAct.ASK:
        assert not asked
    elif is_asked and "customer_asked" in run.events():
        assert len(asked) == 1


@settings(
    max_examples=10,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(story=stories)
def test_all_bins_failing_one_after_another_ends_with_every_unit_accounted_for(
    sqlite_database_url: str, story: Story
) -> None:
    with stocked_shop(sqlite_database_url, story) as shop:
        wanted = [line(sku, units) for sku, units in story.wanted.items()]
        run = shop.order("1", *wanted)

        fail_every_bin(run, story)

        check_the_end(run, story)


@pytest.mark.parametrize("last", [ShortAct.ASK, ShortAct.WAIT, ShortAct.CANCEL])
def test_it_ends_on_each_database_with_the_policys_last_act(
    shop: Shop, last: ShortAct
) -> None:
    story = Story(
        shelves={(place, sku): 4 for place in PLACES for sku in SKUS},
        acts=(ShortAct.REALLOCATE, ShortAct.SUBSTITUTE, ShortAct.SPLIT, last),
        wanted={"MUG": 9, "POT": 5},
        found=[0, 1],
        reasons=list(ShortReason),
    )
    run = furnished(shop, story).order("1", line("MUG", 9), line("POT", 5))

    fail_every_bin(run, story)

    check_the_end(run, story)
    assert bool(run.state.backordered) is (last is not ShortAct.CANCEL)
