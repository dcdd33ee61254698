"""Every order gets a promised day; each change of it is told with its reason."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import select, update

from domain.policy import DEFAULT_POLICY
from messages.order_messages import (
    ChangeShipTo,
    ConfirmHandover,
    ConfirmPick,
    PickedLine,
    PlaceHold,
    ReleaseHold,
    ResourceShipment,
    ShortReason,
    StockArrived,
)
from messages.order_state import ShipmentState
from persistence.promise_news import tell_waiting_orders
from persistence.tables import (
    address,
    expected_receipt,
    orders,
    service_area,
    shipment,
    warehouse,
    warehouse_day,
)
from persistence.warehouses import forget_warehouses
from tests.activities.steps.builders import (
    NOON,
    OrderRun,
    Shop,
    line,
    package_of,
    picks,
    shop_at,
)

TUESDAY = NOON.date()
DAY = timedelta(days=1)
WEDNESDAY = TUESDAY + DAY
FRIDAY = TUESDAY + 3 * DAY  # three days on the way
ANOTHER_DAY = timedelta(days=1)


def set_terms(shop: Shop, **terms: object) -> None:
    with shop.database.write() as connection:
        connection.execute(update(warehouse).values(**terms))
    forget_warehouses()


def add_areas(shop: Shop, *areas: tuple[str, int | None]) -> None:
    rows: list[dict[str, object]] = [
        {
            "warehouse_id": "main",
            "country": "DE",
            "postcode_prefix": prefix,
            "transit_days": days,
        }
        for prefix, days in areas
    ]
    shop.add(service_area, *rows)
    forget_warehouses()


def promised(run: OrderRun) -> date | None:
    row = run.shop.rows(
        select(orders.c.promised_on).where(orders.c.order_id == run.order_id)
    )[0]
    assert row.promised_on == run.state.promised_on
    return run.state.promised_on


def days_of(run: OrderRun, number: int = 1) -> tuple[date | None, date | None]:
    row = run.shop.rows(
        select(shipment).where(shipment.c.shipment_id == f"{run.order_id}-{number}")
    )[0]
    known = run.state.shipment(f"{run.order_id}-{number}")
    assert known is not None
    assert (known.ship_on, known.deliver_by) == (row.ship_on, row.deliver_by)
    return row.ship_on, row.deliver_by


def reason_of_change(run: OrderRun) -> object:
    return run.data_of("promise_changed")["reason"]


def test_an_order_is_promised_its_working_day_and_the_carriers_days(shop: Shop) -> None:
    run = shop.order("1")

    assert days_of(run) == (TUESDAY, FRIDAY)
    assert promised(run) == FRIDAY
    assert run.data_of("promised") == {
        "promised_on": FRIDAY.isoformat(),
        "before": None,
        "asked_for_on": None,
        "reason": None,
    }
    assert "promise_changed" not in run.events()


def test_express_is_promised_sooner(shop: Shop) -> None:
    run = shop.order("1", service_level="express")

    assert promised(run) == WEDNESDAY


def test_after_the_cut_off_it_leaves_the_next_day_and_is_picked_at_once(
    shop: Shop,
) -> None:
    set_terms(shop, cut_off="12:30")  # it is 13:00 in Berlin

    run = shop.order("1")

    assert days_of(run) == (WEDNESDAY, FRIDAY + DAY)
    assert run.state.shipments[0].status == "released"


def test_the_longest_fitting_area_says_how_long_the_carrier_takes(shop: Shop) -> None:
    add_areas(shop, ("", 5), ("10", 1), ("101", 2), ("80", 4))

    run = shop.order("1")

    assert promised(run) == TUESDAY + 2 * DAY


def test_another_address_may_change_the_day(shop: Shop) -> None:
    add_areas(shop, ("", None), ("80", 6))
    run = shop.order("1")
    shop.add(
        address,
        {
            "address_id": "elsewhere",
            "order_id": run.order_id,
            "name": "Test Person",
            "street": "Musterweg 2",
            "city": "München",
            "postcode": "80331",
            "country": "DE",
            "created_at": NOON,
        },
    )

    run.done(ChangeShipTo(message_id="m1", address_id="elsewhere"))

    assert promised(run) == TUESDAY + 6 * DAY
    assert reason_of_change(run) == "the address was changed"


def test_a_day_later_than_the_source_promised_says_so(shop: Shop) -> None:
    asked = WEDNESDAY.isoformat()

    run = shop.order("1", promised_on=asked)

    assert run.data_of("promised")["asked_for_on"] == asked
    assert run.data_of("promised")["reason"] == (
        f"later than {asked}, which the source promised"
    )


def test_a_day_the_source_promised_that_is_kept_needs_no_words(shop: Shop) -> None:
    run = shop.order("1", promised_on=FRIDAY.isoformat())

    assert run.data_of("promised")["reason"] is None


def test_while_stock_is_missing_and_none_is_expected_nothing_is_promised(
    shop: Shop,
) -> None:
    run = shop.order("1", line("MUG", 11))

    assert promised(run) is None
    assert "promised" not in run.events()


def expect(shop: Shop, reference: str, quantity: int, day: date) -> None:
    shop.add(
        expected_receipt,
        {
            "reference": reference,
            "sku": "MUG",
            "warehouse_id": "main",
            "quantity": quantity,
            "expected_on": day,
            "created_at": NOON,
        },
    )


def test_a_backorder_is_promised_from_what_is_expected(shop: Shop) -> None:
    saturday = FRIDAY + DAY
    expect(shop, "PO-1", 5, saturday)

    run = shop.order("1", line("MUG", 11))

    monday = saturday + 2 * DAY
    assert promised(run) == monday + 3 * DAY


def test_who_waits_longer_is_counted_before(shop: Shop) -> None:
    expect(shop, "PO-1", 5, FRIDAY)
    expect(shop, "PO-2", 5, FRIDAY + 7 * DAY)
    shop.order("1", line("MUG", 14))  # ten are there, four are owed
    shop.now = NOON + timedelta(hours=1)

    later = shop.order("2", line("MUG", 2))
    urgent = shop.order("3", line("MUG", 2), priority=1)
    much = shop.order("4", line("MUG", 50))

    assert promised(later) == FRIDAY + 10 * DAY
    assert promised(urgent) == FRIDAY + 3 * DAY
    assert promised(much) is None


def test_news_of_what_is_expected_is_told_to_those_who_wait_for_it(
    shop: Shop,
) -> None:
    shop.order("1", line("POT", 1))
    run = shop.order("2", line("MUG", 11))
    expect(shop, "PO-1", 5, WEDNESDAY)

    with shop.database.write() as connection:
        told = tell_waiting_orders(connection, ["MUG", "POT"], cause="news", at=NOON)
    run.done(StockArrived(message_id="m1", skus=("MUG",)))
    first = promised(run)
    with shop.database.write() as connection:
        connection.execute(update(expected_receipt).values(expected_on=FRIDAY))
    run.done(StockArrived(message_id="m2", skus=("MUG",)))

    assert (told, shop.woken()) == (1, [run.order_id])
    assert first == WEDNESDAY + 3 * DAY
    assert promised(run) == FRIDAY + 3 * DAY
    assert reason_of_change(run) == "what is expected to arrive changed"


def test_stock_that_comes_makes_the_promise(shop: Shop) -> None:
    run = shop.order("1", line("MUG", 11))
    shop.receive("A-1", MUG=5)

    run.done(StockArrived(message_id="m1", skus=("MUG",)))

    assert promised(run) == FRIDAY
    assert "promised" in run.events()
    assert "promise_changed" not in run.events()


def test_a_promise_that_was_lost_and_made_again_is_a_change(shop: Shop) -> None:
    run = shop.order("1", line("MUG", 10))
    run.done(
        ConfirmPick(
            message_id="m1",
            lines=(PickedLine(line_no=1, quantity=4, reason=ShortReason.DAMAGED),),
        )
    )
    lost = promised(run)
    why_lost = reason_of_change(run)
    shop.receive("B-1", MUG=6)

    run.done(StockArrived(message_id="m2", skus=("MUG",)))

    assert (lost, why_lost) == (None, "fewer were picked than asked")
    assert promised(run) == FRIDAY
    assert run.data_of("promise_changed")["before"] is None
    assert run.events().count("promised") == 1


def test_what_is_held_over_its_day_is_promised_anew(shop: Shop) -> None:
    run = shop.order("1", payment={"status": "awaited"})
    assert promised(run) == FRIDAY
    shop.now = NOON + ANOTHER_DAY

    run.done(ReleaseHold(message_id="m1"))

    assert days_of(run) == (WEDNESDAY, FRIDAY + DAY)
    assert promised(run) == FRIDAY + DAY
    assert reason_of_change(run) == "it came to the floor later than planned"


def test_a_note_on_time_changes_no_promise(shop: Shop) -> None:
    run = shop.order("1", payment={"status": "awaited"})

    run.done(PlaceHold(message_id="m1"))

    assert "promise_changed" not in run.events()


def test_a_missed_deadline_moves_the_day(shop: Shop) -> None:
    run = shop.order("1")

    run.reach_due(ANOTHER_DAY)

    assert days_of(run) == (WEDNESDAY, FRIDAY + DAY)
    assert reason_of_change(run) == "a deadline was missed"


def test_a_deadline_missed_on_its_day_keeps_the_promise(shop: Shop) -> None:
    run = shop.order("1", service_level="express")

    run.reach_due(timedelta(hours=3))

    assert "deadline_missed" in run.events()
    assert "promise_changed" not in run.events()


def test_a_carrier_that_takes_it_later_moves_the_day(shop: Shop) -> None:
    run = shop.order("1")
    run.pick(*picks(1))
    run.pack(package_of(MUG=1))
    run.have_label()
    shop.now = NOON + 2 * ANOTHER_DAY

    run.done(ConfirmHandover(message_id="m1"))

    assert promised(run) == FRIDAY + 2 * DAY
    assert reason_of_change(run) == "the carrier took it later than planned"


def test_a_shipment_sourced_again_has_a_day_of_its_own(shop: Shop) -> None:
    run = shop.order("1")
    shop.now = NOON + ANOTHER_DAY

    run.done(ResourceShipment(message_id="m1"))

    assert days_of(run, 2) == (WEDNESDAY, FRIDAY + DAY)
    assert promised(run) == FRIDAY + DAY
    assert reason_of_change(run) == "a shipment was sourced again"


def test_the_latest_of_several_shipments_counts(shop: Shop) -> None:
    shop.add_warehouse("north", "N-1")
    shop.receive("N-1", MUG=5)
    with shop.database.write() as connection:
        connection.execute(
            update(warehouse)
            .where(warehouse.c.warehouse_id == "north")
            .values(cut_off="09:00")
        )
    forget_warehouses()

    run = shop.order("1", line("MUG", 15))

    by_site = {s.warehouse_id: s.deliver_by for s in run.state.shipments}
    assert by_site == {"main": FRIDAY, "north": FRIDAY + DAY}
    assert promised(run) == FRIDAY + DAY


@pytest.mark.parametrize("too_late", [{"cut_off": "09:00"}, {"daily_capacity": 1}])
def test_the_warehouse_that_keeps_the_sources_promise_is_chosen(
    shop: Shop, too_late: dict[str, object]
) -> None:
    shop.add_warehouse("alpha", "N-1")  # chosen where nothing else tells them apart
    shop.receive("N-1", MUG=10)
    if "daily_capacity" in too_late:
        day = {"warehouse_id": "alpha", "day": TUESDAY, "planned": 1}
        shop.add(warehouse_day, day)
    with shop.database.write() as connection:
        connection.execute(
            update(warehouse)
            .where(warehouse.c.warehouse_id == "alpha")
            .values(too_late)
        )
    forget_warehouses()

    plain = shop.order("1")
    asked = shop.order("2", line("MUG", 2), promised_on=FRIDAY.isoformat())

    assert plain.state.shipments[0].warehouse_id == "alpha"
    assert asked.state.shipments[0].warehouse_id == "main"
    assert promised(asked) == FRIDAY


def test_a_warehouse_that_never_opens_promises_nothing_and_works_on(
    database_url: str,
) -> None:
    shut = replace(DEFAULT_POLICY.default_calendar, opening_hours={})
    policy = replace(
        DEFAULT_POLICY,
        default_calendar=shut,
        service_levels={"standard": {}, "express": {}},
    )
    with shop_at(database_url, policy) as shop:
        shop.receive("A-1", MUG=1)

        run = shop.order("1")

    assert run.state.promised_on is None
    assert run.state.shipments[0].status == "released"


def test_a_shipment_from_before_days_were_planned_is_planned_when_it_moves(
    shop: Shop,
) -> None:
    run = shop.order("1", payment={"status": "awaited"})
    old: ShipmentState = run.state.shipments[0]
    old.ship_on = old.deliver_by = None

    run.done(ReleaseHold(message_id="m1"))

    assert days_of(run) == (TUESDAY, FRIDAY)


@pytest.fixture(autouse=True)
def _read_warehouses_anew() -> Iterator[None]:
    yield
    forget_warehouses()
