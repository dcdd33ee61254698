"""Packing and hand-over: what was counted must be what was picked."""

import pytest
from sqlalchemy import select

from domain.orders.status import OrderStatus
from domain.shipments.status import ShipmentStatus
from messages.order_messages import (
    ConfirmHandover,
    ConfirmPack,
    PackedPackage,
    PlaceHold,
    ReleaseHold,
)
from messages.order_state import LabelState
from persistence.tables import package, product_barcode, shipment
from tests.activities.steps.builders import (
    OrderRun,
    Shop,
    assert_balanced,
    line,
    package_of,
    picks,
)


def picked_order(shop: Shop) -> OrderRun:
    run = shop.order("1", line("MUG", 4), line("POT", 1))
    run.pick(*picks(4, 1))
    return run


def pack_of(*packages: PackedPackage, message_id: str = "pack") -> ConfirmPack:
    return ConfirmPack(message_id=message_id, actor="packer:3", packages=packages)


@pytest.mark.parametrize(
    ("packed", "kind"),
    [
        (package_of(MUG=3, POT=1), "missing"),
        (package_of(MUG=4), "missing"),
        (package_of(MUG=5, POT=1), "extra"),
        (package_of(MUG=4, POT=1, PAN=1), "wrong_item"),
        (package_of(MUG=4, PAN=1), "wrong_item"),
    ],
)
def test_a_count_that_differs_from_the_pick_is_recorded_and_refused(
    shop: Shop, packed: PackedPackage, kind: str
) -> None:
    run = picked_order(shop)

    text = run.refused(pack_of(packed))

    assert f"({kind})" in text
    assert run.data_of("pack_error_found")["kind"] == kind
    assert run.state.shipments[0].status is ShipmentStatus.PICKED
    assert shop.count(package) == 0


def test_after_a_pack_error_the_right_count_is_taken(shop: Shop) -> None:
    run = picked_order(shop)
    run.refused(pack_of(package_of(MUG=3, POT=1)))

    run.done(pack_of(package_of(MUG=4, POT=1), message_id="again"))

    assert run.state.status is OrderStatus.PACKED
    assert run.state.shipments[0].label is LabelState.WANTED
    assert run.events().count("pack_error_found") == 1


def test_goods_may_be_split_over_packages_and_weigh_what_the_catalogue_says(
    shop: Shop,
) -> None:
    run = picked_order(shop)

    run.pack(package_of(MUG=1, POT=1), package_of(MUG=3))

    stored = shop.rows(select(package).order_by(package.c.package_id))
    assert [row.weight_grams for row in stored] == [600, 900]
    assert [row.contents for row in stored] == [{"MUG": 1, "POT": 1}, {"MUG": 3}]


def test_a_scan_of_a_pack_barcode_counts_for_its_units(shop: Shop) -> None:
    shop.add(
        product_barcode,
        {"barcode": "4006381333931", "sku": "MUG", "pack_quantity": 2},
        {"barcode": "4006381333948", "sku": "POT", "pack_quantity": 1},
    )
    run = picked_order(shop)

    text = run.refused(pack_of(package_of(**{"4006381333931": 1, "POT": 1})))
    run.done(
        pack_of(
            package_of(**{"4006381333931": 2, "4006381333948": 1}), message_id="again"
        )
    )

    assert "MUG: 4 picked, 2 counted" in text
    assert run.state.status is OrderStatus.PACKED


@pytest.mark.parametrize("blocked", ["pack", "hand_over"])
def test_a_hold_blocks_the_step_it_names_until_it_is_released(
    shop: Shop, blocked: str
) -> None:
    run = picked_order(shop)
    step = pack_of(package_of(MUG=4, POT=1))
    told: ConfirmPack | ConfirmHandover = step
    if blocked == "hand_over":
        run.done(step.model_copy(update={"message_id": "packed"}))
        run.have_label()
        told = ConfirmHandover(message_id="given")
    run.done(PlaceHold(message_id="hold", blocks=(blocked,)))

    text = run.refused(told)
    run.done(ReleaseHold(message_id="release", hold_id="web-1.h1"))
    run.done(told.model_copy(update={"message_id": "again"}))

    assert text == f"{blocked} is blocked by hold web-1.h1 (manual): release it first"


def test_goods_leave_the_stock_with_the_carrier(shop: Shop) -> None:
    run = picked_order(shop)
    run.pack(package_of(MUG=4, POT=1))

    run.hand_over()

    assert run.state.status is OrderStatus.SHIPPED
    assert shop.stock() == {("A-1", "MUG"): (6, 0), ("B-1", "POT"): (9, 0)}
    [row] = shop.rows(select(shipment))
    assert (row.tracking_number, row.handed_over_at) == ("TRACK-1", shop.now)
    assert_balanced(shop)


def test_nothing_is_handed_over_without_its_label(shop: Shop) -> None:
    run = picked_order(shop)
    run.pack(package_of(MUG=4, POT=1))

    text = run.refused(ConfirmHandover(message_id="given"))

    assert text == "web-1-1 has no label: wanted"
    assert shop.stock()["main:staging", "MUG"] == (4, 4)


def test_a_carrier_without_numbers_of_its_own_needs_one_at_the_hand_over(
    shop: Shop,
) -> None:
    run = picked_order(shop)
    run.pack(package_of(MUG=4, POT=1))
    run.have_label(number=None)

    text = run.refused(ConfirmHandover(message_id="given"))
    run.done(ConfirmHandover(message_id="again", tracking_number="TYPED-7"))

    assert text == "tracking_number: the number simulator gave"
    assert run.state.shipments[0].tracking_number == "TYPED-7"


def test_a_scanned_number_that_is_not_the_labels_is_refused(shop: Shop) -> None:
    run = picked_order(shop)
    run.pack(package_of(MUG=4, POT=1))
    run.have_label("TRACK-1")

    text = run.refused(ConfirmHandover(message_id="given", tracking_number="OTHER"))

    assert text == "tracking_number: the number of the shipment's label"
    assert "OTHER" not in text
