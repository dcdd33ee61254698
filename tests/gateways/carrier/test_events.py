"""From the truck to the door: what the simulated carrier scans and posts."""

from datetime import timedelta
from pathlib import Path

import pytest

from domain.tracking import Milestone, latest_milestone
from gateways.carrier.errors import CarrierRefused
from gateways.carrier.protocol import CarrierEvent
from gateways.carrier.simulator.events import Posting
from gateways.carrier.simulator.faults import Fault, FaultKind
from gateways.carrier.simulator.gateway import CarrierSimulator, SimulatorOptions
from tests.gateways.carrier.builders import (
    MONDAY,
    Clock,
    a_parcel,
    a_request,
    an_address,
)

STRAIGHT = ["accepted", "in_transit", "out_for_delivery", "delivered"]


async def taken(simulator: CarrierSimulator, key: str = "key") -> str:
    label = await simulator.buy(a_request(), key)
    number = str(label.tracking_number)
    await simulator.hand_over(number, MONDAY)
    return number


def milestones(events: tuple[CarrierEvent, ...]) -> list[Milestone]:
    return [event.milestone for event in events]


def posted(postings: tuple[Posting, ...]) -> list[Milestone]:
    return [posting.event.milestone for posting in postings]


async def test_before_the_truck_comes_there_is_only_a_label(
    simulator: CarrierSimulator, clock: Clock
) -> None:
    label = await simulator.buy(a_request(), "key")
    later = clock.advance(days=30)

    events = await simulator.track(str(label.tracking_number))

    assert milestones(events) == [Milestone.LABEL_CREATED]
    assert await simulator.due_postings(later) == ()


async def test_a_package_is_scanned_on_its_way_and_delivered_the_next_day(
    simulator: CarrierSimulator, clock: Clock
) -> None:
    number = await taken(simulator)

    clock.advance(hours=2)
    assert milestones(await simulator.track(number))[1:] == ["accepted"]
    clock.advance(hours=34)
    events = await simulator.track(number)

    assert milestones(events)[1:] == STRAIGHT
    assert all(event.tracking_number == number for event in events)
    assert MONDAY + timedelta(hours=23) <= events[-1].occurred_at <= clock.now


async def test_speed_divides_the_delays(carrier_file: Path, clock: Clock) -> None:
    fast = CarrierSimulator(carrier_file, SimulatorOptions(speed=3_600), clock)
    number = await taken(fast)

    clock.advance(seconds=36)

    assert latest_milestone(await fast.track(number)) is Milestone.DELIVERED
    fast.close()


@pytest.mark.parametrize("speed", [0.0, -1.0])
def test_a_speed_that_never_arrives_is_refused(
    carrier_file: Path, speed: float
) -> None:
    with pytest.raises(ValueError, match="speed: a number above 0"):
        CarrierSimulator(carrier_file, SimulatorOptions(speed=speed))


async def test_the_seed_decides_the_moments(tmp_path: Path, clock: Clock) -> None:
    async def delivered(name: str, seed: int) -> CarrierEvent:
        carrier = CarrierSimulator(tmp_path / name, SimulatorOptions(seed=seed), clock)
        number = await taken(carrier)
        events = await carrier.track(number)
        carrier.close()
        return events[-1]

    clock.advance(days=9)

    assert await delivered("a.db", 1) == await delivered("b.db", 1)
    assert await delivered("c.db", 2) != await delivered("d.db", 1)


async def test_express_is_faster_and_far_is_slower(
    simulator: CarrierSimulator, clock: Clock
) -> None:
    async def hours(key: str, service: str, country: str, postcode: str) -> float:
        ship_to = an_address(country=country, postcode=postcode)
        request = a_request(service=service, ship_to=ship_to)
        label = await simulator.buy(request, key)
        await simulator.hand_over(str(label.tracking_number), MONDAY)
        events = await simulator.track(str(label.tracking_number))
        return (events[-1].occurred_at - MONDAY).total_seconds() / 3600

    clock.advance(days=30)

    standard = await hours("a", "standard", "DE", "10115")
    assert await hours("b", "express", "DE", "10115") < standard
    assert await hours("c", "standard", "US", "62701") > standard


async def test_the_truck_may_scan_any_package_and_scan_it_twice(
    simulator: CarrierSimulator, clock: Clock
) -> None:
    label = await simulator.buy(a_request(parcels=(a_parcel(1), a_parcel(2))), "key")
    first, second = (str(package.tracking_number) for package in label.packages)

    await simulator.hand_over(second, MONDAY)
    await simulator.hand_over(first, MONDAY + timedelta(hours=5))
    later = clock.advance(days=3)

    postings = await simulator.due_postings(later)
    assert posted(postings) == STRAIGHT
    assert {posting.event.tracking_number for posting in postings} == {first}
    assert await simulator.track(first) == await simulator.track(second)


async def test_the_truck_does_not_take_a_number_nobody_sold(
    simulator: CarrierSimulator,
) -> None:
    with pytest.raises(CarrierRefused, match="no label has this tracking number"):
        await simulator.hand_over("095200000000000019", MONDAY)


async def test_a_webhook_is_due_until_the_receiver_took_it(
    carrier_file: Path, simulator: CarrierSimulator, clock: Clock
) -> None:
    await taken(simulator)
    later = clock.advance(hours=2)
    (waiting,) = await simulator.due_postings(later)

    assert await simulator.due_postings(later) == (waiting,)
    restarted = CarrierSimulator(carrier_file, SimulatorOptions(), clock)
    assert await restarted.due_postings(later) == (waiting,)
    restarted.close()

    await simulator.mark_posted(waiting.posting_id, later)
    await simulator.mark_posted(waiting.posting_id, later)
    assert await simulator.due_postings(later) == ()


async def test_postings_come_in_the_order_of_their_moments_and_in_portions(
    simulator: CarrierSimulator, clock: Clock
) -> None:
    for number in range(3):
        await taken(simulator, key=f"key-{number}")
    later = clock.advance(days=3)

    everything = await simulator.due_postings(later)
    portion = await simulator.due_postings(later, limit=5)

    moments = [posting.event.occurred_at for posting in everything]
    assert len(everything) == 12
    assert moments == sorted(moments)
    assert portion == everything[:5]


async def test_a_duplicate_is_posted_twice_under_one_event_id(
    simulator: CarrierSimulator, clock: Clock
) -> None:
    await taken(simulator)
    simulator.faults.switch_on(Fault(kind=FaultKind.DUPLICATE_EVENTS))
    later = clock.advance(days=3)

    postings = await simulator.due_postings(later)

    ids = [posting.event.event_id for posting in postings]
    assert len(ids) == 8
    assert len(set(ids)) == 4
    assert await simulator.due_postings(later) == postings


async def test_out_of_order_events_come_late_but_all_and_mean_the_same(
    simulator: CarrierSimulator, clock: Clock
) -> None:
    await taken(simulator)
    simulator.faults.switch_on(Fault(kind=FaultKind.OUT_OF_ORDER_EVENTS, count=1))
    later = clock.advance(days=3)

    postings = await simulator.due_postings(later)

    assert posted(postings) == [
        "in_transit",
        "accepted",
        "out_for_delivery",
        "delivered",
    ]
    events = [posting.event for posting in postings]
    assert latest_milestone(events) is Milestone.DELIVERED


async def test_an_event_held_back_as_it_happens_comes_after_the_next_one(
    simulator: CarrierSimulator, clock: Clock
) -> None:
    await taken(simulator)
    simulator.faults.switch_on(Fault(kind=FaultKind.OUT_OF_ORDER_EVENTS, count=1))

    assert await simulator.due_postings(clock.advance(hours=2)) == ()

    later = clock.advance(hours=11)
    assert posted(await simulator.due_postings(later)) == ["in_transit", "accepted"]


@pytest.mark.parametrize(
    ("kind", "course"),
    [
        (
            FaultKind.FAIL_DELIVERY,
            [
                *STRAIGHT[:3],
                "delivery_attempt_failed",
                "out_for_delivery",
                "delivered",
            ],
        ),
        (
            FaultKind.RETURN_TO_SENDER,
            [
                *STRAIGHT[:3],
                "delivery_attempt_failed",
                "out_for_delivery",
                "delivery_attempt_failed",
                "return_to_sender",
                "returned",
            ],
        ),
        (FaultKind.LOSE, [*STRAIGHT[:2], "lost"]),
        (FaultKind.DAMAGE, [*STRAIGHT[:2], "damaged"]),
    ],
)
async def test_a_journey_can_go_wrong(
    simulator: CarrierSimulator, clock: Clock, kind: FaultKind, course: list[str]
) -> None:
    simulator.faults.switch_on(Fault(kind=kind, count=1))

    unlucky = await taken(simulator, key="unlucky")
    lucky = await taken(simulator, key="lucky")
    clock.advance(days=30)

    assert milestones(await simulator.track(unlucky))[1:] == course
    assert milestones(await simulator.track(lucky))[1:] == STRAIGHT
    assert latest_milestone(await simulator.track(unlucky)) == course[-1]


async def test_a_voided_label_says_so(simulator: CarrierSimulator) -> None:
    label = await simulator.buy(a_request(), "key")
    await simulator.void(label.tracking_number, "key")

    events = await simulator.track(str(label.tracking_number))

    assert latest_milestone(events) is Milestone.LABEL_VOIDED
