"""A frozen place promises nothing: what can be is sourced again, the rest is listed."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import select

from domain.errors import InvalidInput, Refused
from messages.order_messages import (
    MESSAGE_MODELS,
    ConfirmPick,
    PickedLine,
    PlaceHold,
    ReleaseHold,
    ResourceShipment,
    StockArrived,
)
from operations import freezing
from operations.freezing import (
    FreezePlace,
    FrozenPlace,
    ThawedPlace,
    UnfreezePlace,
    freeze_place,
    unfreeze_place,
)
from persistence.outbox import add_to_outbox
from persistence.tables import location, outbox
from tests.activities.steps.builders import (
    OrderRun,
    Shop,
    assert_balanced,
    line,
    picks,
    shop_at,
)

BOSS = "manager:1"


@pytest.fixture
def shop(database_url: str) -> Iterator[Shop]:
    """Have ten mugs at A-1 and nothing anywhere else."""
    with shop_at(database_url) as stocked:
        stocked.receive("A-1", MUG=10)
        yield stocked


def frozen(
    shop: Shop,
    location: str | None = "A-1",
    warehouse: str | None = None,
    *,
    reason: str = "recall",
    message: str | None = None,
) -> FrozenPlace:
    told = FreezePlace(
        message_id=message or f"f{next(shop.messages)}",
        actor=BOSS,
        location=location,
        warehouse=warehouse,
        reason=reason,
    )
    return freeze_place(shop.database, told, lambda: shop.now)


def thawed(
    shop: Shop,
    location: str | None = "A-1",
    warehouse: str | None = None,
    message: str | None = None,
) -> ThawedPlace:
    told = UnfreezePlace(
        message_id=message or f"f{next(shop.messages)}",
        actor=BOSS,
        location=location,
        warehouse=warehouse,
    )
    return unfreeze_place(shop.database, told, lambda: shop.now)


def hear(run: OrderRun) -> None:
    """Give the run what the outbox has for it, as the relay does."""
    query = select(outbox).where(outbox.c.order_id == run.order_id)
    for row in run.shop.rows(query.order_by(outbox.c.outbox_id)):
        if row.name == "resource_shipment":
            run.done(MESSAGE_MODELS[row.name].model_validate(row.payload))


def places(run: OrderRun) -> list[tuple[str, str]]:
    return [(s.shipment_id, s.status) for s in run.state.shipments]


def test_unstarted_shipments_go_elsewhere(shop: Shop) -> None:
    run = shop.order("1", line("MUG", 4))
    shop.receive("B-1", MUG=5)

    told = frozen(shop)
    hear(run)

    assert told.resourced == ("web-1-1",)
    assert told.text == (
        "location A-1 is frozen: 1 shipments are sourced again, "
        "0 are on the floor already"
    )
    assert places(run) == [("web-1-1", "cancelled"), ("web-1-2", "released")]
    assert shop.stock() == {("A-1", "MUG"): (10, 0), ("B-1", "MUG"): (5, 4)}
    assert run.data_of("shipment_resourced") == {"reason": "recall"}
    assert_balanced(shop)


def test_what_nobody_else_has_is_owed(shop: Shop) -> None:
    run = shop.order("1", line("MUG", 4))

    frozen(shop)
    hear(run)

    assert run.state.backordered == 4
    assert run.state.status == "backordered"
    told = run.events()[run.events().index("shipment_cancelled") :]
    assert told[:3] == ["shipment_cancelled", "shipment_resourced", "backordered"]
    assert shop.stock() == {("A-1", "MUG"): (10, 0)}
    assert_balanced(shop)


def test_new_orders_are_promised_nothing_from_there(shop: Shop) -> None:
    frozen(shop)

    run = shop.order("1", line("MUG", 1))

    assert run.state.backordered == 1


def test_started_shipments_are_left_to_people(shop: Shop) -> None:
    shop.receive("A-1", POT=10)
    picking = shop.order("1", line("MUG", 1), line("POT", 1))
    picking.done(
        ConfirmPick(
            message_id="m1",
            actor="picker:7",
            lines=(PickedLine(line_no=1, quantity=1),),
        )
    )
    picked = shop.order("2", line("MUG", 2))
    picked.pick(*picks(2))
    elsewhere = shop.order("3", line("POT", 1))

    told = frozen(shop)

    assert [(one.shipment_id, one.status) for one in told.started] == [
        ("web-1-1", "picking"),
        ("web-2-1", "picked"),
    ]
    assert told.resourced == (f"{elsewhere.order_id}-1",)


def test_a_whole_warehouse_can_be_frozen(shop: Shop) -> None:
    shop.add_warehouse("east", "Z-1")
    shop.receive("Z-1", MUG=10)
    here = shop.order("1", line("MUG", 4))
    assert here.state.shipments[0].warehouse_id in {"main", "east"}

    told = frozen(shop, None, here.state.shipments[0].warehouse_id)
    hear(here)

    assert told.resourced == ("web-1-1",)
    assert {s.warehouse_id for s in here.state.shipments} == {"main", "east"}
    assert here.state.backordered == 0


def test_a_shipment_from_elsewhere_stays_as_it_is(shop: Shop) -> None:
    shop.receive("B-1", POT=5)
    shop.order("1", line("POT", 4))

    assert frozen(shop).resourced == ()


def test_an_order_on_hold_gives_the_place_up_and_waits(shop: Shop) -> None:
    run = shop.order("1", line("MUG", 4))
    run.done(PlaceHold(message_id="hold", blocks=("allocate",)))
    shop.receive("B-1", MUG=5)

    frozen(shop)
    hear(run)
    owed = run.state.backordered
    run.done(ReleaseHold(message_id="free", kind="manual"))

    assert (owed, run.state.backordered) == (4, 0)
    assert shop.stock()["B-1", "MUG"] == (5, 4)


def test_an_order_on_hold_keeps_a_place_that_is_not_frozen(shop: Shop) -> None:
    run = shop.order("1", line("MUG", 4))
    run.done(PlaceHold(message_id="hold", blocks=("allocate",)))

    assert "allocate is blocked by hold" in run.refused(
        ResourceShipment(message_id="m")
    )
    assert run.state.backordered == 0


def test_many_shipments_are_told_in_batches(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(freezing, "BATCH", 2)
    runs = [shop.order(str(n), line("MUG", 1)) for n in range(5)]
    before = shop.database.transactions

    told = frozen(shop)

    assert told.resourced == tuple(f"{run.order_id}-1" for run in runs)
    assert shop.database.transactions - before == 4  # the freeze, and three batches


def test_a_freeze_that_died_between_two_batches_is_gone_on_with(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(freezing, "BATCH", 1)
    for number in range(3):
        shop.order(str(number), line("MUG", 1))
    batches = iter(range(3))

    def die_at_the_second(*given: object) -> None:
        if next(batches) == 1:
            raise KeyboardInterrupt
        add_to_outbox(*given)  # type: ignore[arg-type]

    monkeypatch.setattr("operations.freezing.add_to_outbox", die_at_the_second)
    with pytest.raises(KeyboardInterrupt):
        frozen(shop, message="m1")
    left = shop.count(outbox)
    monkeypatch.setattr("operations.freezing.add_to_outbox", add_to_outbox)

    told = frozen(shop, message="m1")

    assert (left, len(told.resourced), shop.count(outbox)) == (1, 3, 3)


def test_a_freeze_told_twice_tells_each_run_once(shop: Shop) -> None:
    shop.order("1", line("MUG", 4))

    first = frozen(shop, message="m1")
    again = frozen(shop, message="m1")
    another = frozen(shop)

    assert first == again == another
    assert shop.count(outbox) == 1


def test_an_old_freeze_that_comes_again_does_not_freeze_what_was_thawed(
    shop: Shop,
) -> None:
    frozen(shop, message="m1")
    thawed(shop)
    shop.order("1", line("MUG", 1))

    assert frozen(shop, message="m1").resourced == ()
    [row] = shop.rows(select(location).where(location.c.location_id == "A-1"))
    assert row.frozen_at is None


def test_the_next_freeze_tells_the_runs_anew(shop: Shop) -> None:
    run = shop.order("1", line("MUG", 4))
    frozen(shop)
    hear(run)
    shop.now += timedelta(hours=1)
    thawed(shop)
    run.done(StockArrived(message_id="arrived", skus=("MUG",)))
    shop.now += timedelta(hours=1)

    assert frozen(shop).resourced == ("web-1-2",)


def test_a_place_that_is_used_again_wakes_those_who_wait(shop: Shop) -> None:
    frozen(shop)
    first = shop.order("1", line("MUG", 6))
    second = shop.order("2", line("MUG", 6))

    told = thawed(shop)
    first.done(StockArrived(message_id="arrived", skus=("MUG",)))

    assert told.woken == (first.order_id, second.order_id)
    assert first.state.backordered == 0
    assert_balanced(shop)


def test_a_location_of_a_frozen_warehouse_wakes_nobody(shop: Shop) -> None:
    frozen(shop)
    frozen(shop, None, "main")
    shop.order("1", line("MUG", 1))

    assert thawed(shop).woken == ()
    assert thawed(shop, None, "main").woken == ("web-1",)


def test_a_thaw_told_twice_wakes_once(shop: Shop) -> None:
    frozen(shop)
    shop.order("1", line("MUG", 1))

    assert thawed(shop, message="m1") == thawed(shop, message="m1")
    assert shop.woken() == ["web-1"]


def test_of_two_who_freeze_for_other_reasons_one_is_refused(shop: Shop) -> None:
    def freeze(reason: str) -> FrozenPlace | Refused:
        try:
            return frozen(shop, reason=reason)
        except Refused as refusal:
            return refusal

    with ThreadPoolExecutor(2) as people:
        answers = list(people.map(freeze, ("recall", "water_damage")))

    assert sorted(type(answer).__name__ for answer in answers) == [
        "FrozenPlace",
        "Refused",
    ]


def test_a_freeze_does_not_wait_for_orders_that_book_there(
    postgresql_database_url: str,
) -> None:
    with shop_at(postgresql_database_url) as shop:
        # A row that refers to the place locks it as this does, until it is committed.
        refer = select(location.c.location_id).with_for_update(
            read=True, key_share=True
        )
        with (
            shop.database.write() as connection,
            ThreadPoolExecutor(1) as person,
        ):
            connection.execute(refer).all()
            assert person.submit(frozen, shop).result(timeout=5).reason == "recall"


@pytest.mark.parametrize(
    ("place", "store", "refusal"),
    [
        ("X-9", None, "location: a location that is stored"),
        (None, "north", "warehouse: a warehouse that is stored"),
        (None, None, "location: either a location or a warehouse"),
        ("A-1", "main", "location: either a location or a warehouse"),
    ],
)
def test_what_cannot_be_frozen_is_refused(
    shop: Shop, place: str | None, store: str | None, refusal: str
) -> None:
    for act in (frozen, thawed):
        with pytest.raises(InvalidInput, match=refusal):
            act(shop, place, store)


def test_what_is_not_frozen_cannot_be_thawed(shop: Shop) -> None:
    with pytest.raises(Refused, match="location A-1 is not frozen"):
        thawed(shop)


def test_another_reason_for_a_frozen_place_is_refused(shop: Shop) -> None:
    frozen(shop)

    with pytest.raises(Refused, match="frozen already, since 2026-11-24: recall"):
        frozen(shop, reason="fire")
