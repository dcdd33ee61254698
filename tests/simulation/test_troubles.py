"""Trouble is over when it is mended and every order that it hit has moved on."""

from __future__ import annotations

from operations.open_work import CarrierWork, OpenWork, OrderPulse, OwedUnits
from simulation.bins import RealBins
from simulation.troubles import (
    EmptyBin,
    Trouble,
    busiest_bin,
    needing_the_carrier,
    orders_of_tasks,
)


def a_look(owed: tuple[OwedUnits, ...] = (), **revisions: int) -> OpenWork:
    return OpenWork(
        orders={
            order_id: OrderPulse(order_id=order_id, revision=number, status="picked")
            for order_id, number in revisions.items()
        },
        picks=(),
        put_backs=(),
        packs=(),
        hand_overs=(),
        unlabelled=(),
        travelling=(),
        holds=(),
        exceptions=(),
        counts=(),
        owed=owed,
        refunds=(),
    )


def test_orders_that_were_hit_must_each_move_on_or_end() -> None:
    trouble = Trouble(name="worker")
    trouble.note(a_look(a=3, b=5), ["a", "b", "unknown"])

    trouble.mend(a_look(a=3, b=5))

    assert trouble.still_waiting(a_look(a=4, b=5)) == ("b",)
    assert not trouble.is_over(a_look(a=4, b=5))
    assert trouble.is_over(a_look(a=4, b=6))
    assert trouble.is_over(a_look(a=4))


def test_an_order_left_for_the_person_does_not_keep_a_trouble_open() -> None:
    trouble = Trouble(name="worker")
    trouble.note(a_look(a=3), ["a"])

    trouble.mend(a_look(a=3))

    assert trouble.is_over(a_look(a=3), orders_of_tasks({"pick:web-7-1-pick"})) is False
    assert trouble.is_over(a_look(a=3), {"a"})
    assert orders_of_tasks({"pick:web-7-1-pick"}) == {"web-7"}


def test_steps_made_before_the_mending_do_not_count() -> None:
    trouble = Trouble(name="carrier")
    trouble.note(a_look(a=3), ["a"])

    assert not trouble.is_over(a_look(a=9))
    trouble.mend(a_look(a=9))

    assert not trouble.is_over(a_look(a=9))
    assert trouble.is_over(a_look(a=10))


def test_an_emptied_bin_is_over_when_no_short_order_is_owed_anything() -> None:
    bins = RealBins()
    bins.empty("A-1", {"MUG": 5})
    bins.note_short("A-1", "a")
    bins.note_short("B-1", "b")
    trouble = EmptyBin(name="bin", location_id="A-1", short_orders=bins.short_orders)
    owed = OwedUnits(sku="MUG", quantity=2, order_ids=("a", "b"))

    trouble.is_mended = True

    assert trouble.count == 1
    assert trouble.still_waiting(a_look(owed=(owed,), a=1, b=1)) == ("a",)
    assert trouble.is_over(a_look(a=1, b=1))


def test_without_picks_there_is_no_bin_to_empty() -> None:
    assert busiest_bin(a_look(), frozenset()) is None


def test_orders_without_label_and_on_the_road_need_the_carrier() -> None:
    waits, rides = (
        CarrierWork(
            order_id=order_id,
            shipment_id=f"{order_id}-1",
            carrier="simulator",
            tracking_number=None,
            milestone=None,
        )
        for order_id in ("a", "b")
    )
    work = a_look(a=1, b=1).model_copy(
        update={"unlabelled": (waits,), "travelling": (rides,)}
    )

    assert needing_the_carrier(work) == {"a", "b"}
