"""What a carrier's scans mean, in whatever order and however often they arrive."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.tracking import (
    BEFORE_HANDOVER,
    DELIVERED,
    FINAL,
    MOVING,
    TROUBLE,
    Milestone,
    TrackingEvent,
    first_at,
    in_carrier_order,
    latest_milestone,
    may_follow,
    tracking_number_from_scan,
)

MONDAY = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


def scan(milestone: Milestone, hours: float) -> TrackingEvent:
    return TrackingEvent(
        event_id=f"{milestone}-{hours}",
        milestone=milestone,
        occurred_at=MONDAY + timedelta(hours=hours),
    )


scans = st.lists(
    st.builds(scan, st.sampled_from(Milestone), st.integers(min_value=0, max_value=6)),
    max_size=8,
)


def test_without_a_scan_nothing_is_known() -> None:
    assert latest_milestone(()) is None


def test_the_latest_scan_counts_not_the_last_to_arrive() -> None:
    arrived = (scan(Milestone.OUT_FOR_DELIVERY, 20), scan(Milestone.IN_TRANSIT, 9))

    assert latest_milestone(arrived) is Milestone.OUT_FOR_DELIVERY


def test_an_older_transit_scan_does_not_take_a_delivery_back() -> None:
    arrived = (scan(Milestone.DELIVERED, 26), scan(Milestone.IN_TRANSIT, 9))

    assert latest_milestone(arrived) is Milestone.DELIVERED


def test_a_depot_clock_that_runs_late_does_not_take_a_delivery_back() -> None:
    arrived = (scan(Milestone.DELIVERED, 26), scan(Milestone.IN_TRANSIT, 27))

    assert latest_milestone(arrived) is Milestone.DELIVERED


def test_a_delivered_package_can_still_come_back() -> None:
    arrived = (scan(Milestone.DELIVERED, 26), scan(Milestone.RETURN_TO_SENDER, 40))

    assert latest_milestone(arrived) is Milestone.RETURN_TO_SENDER


def test_a_package_on_its_way_back_stays_so_while_depots_scan_it() -> None:
    arrived = (scan(Milestone.RETURN_TO_SENDER, 40), scan(Milestone.IN_TRANSIT, 50))

    assert latest_milestone(arrived) is Milestone.RETURN_TO_SENDER


def test_a_lost_package_that_turns_up_is_delivered() -> None:
    arrived = (scan(Milestone.LOST, 200), scan(Milestone.DELIVERED, 240))

    assert latest_milestone(arrived) is Milestone.DELIVERED


def test_a_word_nobody_knows_changes_nothing() -> None:
    arrived = (scan(Milestone.ACCEPTED, 1), scan(Milestone.UNKNOWN, 2))

    assert latest_milestone(arrived) is Milestone.ACCEPTED


def test_at_one_moment_the_usual_order_decides() -> None:
    arrived = (scan(Milestone.DELIVERED, 26), scan(Milestone.OUT_FOR_DELIVERY, 26))

    ordered = [event.milestone for event in in_carrier_order(arrived)]

    assert ordered == [Milestone.OUT_FOR_DELIVERY, Milestone.DELIVERED]


def test_the_first_scan_is_the_earliest_by_the_carriers_clock() -> None:
    arrived = (scan(Milestone.IN_TRANSIT, 9), scan(Milestone.ACCEPTED, 1))

    assert first_at(arrived, MOVING) == MONDAY + timedelta(hours=1)
    assert first_at(arrived, DELIVERED) is None


@given(data=st.data(), events=scans)
def test_the_order_of_arrival_never_matters(
    data: st.DataObject, events: list[TrackingEvent]
) -> None:
    shuffled = data.draw(st.permutations(events))

    assert latest_milestone(shuffled) is latest_milestone(events)


@given(events=scans)
def test_duplicates_never_matter(events: list[TrackingEvent]) -> None:
    assert latest_milestone(events + events) is latest_milestone(events)


@given(events=scans)
def test_only_a_milestone_that_was_reported_is_believed(
    events: list[TrackingEvent],
) -> None:
    latest = latest_milestone(events)

    assert latest in {event.milestone for event in events} or not events


@given(events=scans)
def test_a_delivery_is_undone_only_by_a_return(events: list[TrackingEvent]) -> None:
    came_back = {Milestone.RETURN_TO_SENDER, Milestone.RETURNED}
    no_return = [event for event in events if event.milestone not in came_back]

    known = latest_milestone([*no_return, scan(Milestone.DELIVERED, 3)])

    assert known is Milestone.DELIVERED


@pytest.mark.parametrize("milestone", Milestone)
def test_a_repeated_milestone_is_never_a_step_back(milestone: Milestone) -> None:
    known = latest_milestone((scan(milestone, 1), scan(milestone, 2)))

    assert known is milestone


def test_every_milestone_is_in_exactly_one_group() -> None:
    groups = (BEFORE_HANDOVER, MOVING, DELIVERED, TROUBLE)

    for milestone in Milestone:
        assert sum(milestone in group for group in groups) == 1, milestone


def test_a_returned_package_stays_returned() -> None:
    assert not any(may_follow(Milestone.RETURNED, later) for later in Milestone)
    assert Milestone.RETURNED in FINAL


@pytest.mark.parametrize(
    ("scanned", "number"),
    [
        ("]C100095200000000001230", "095200000000001230"),
        ("00095200000000001230", "095200000000001230"),
        ("(00) 0 9520000 000000123 0", "095200000000001230"),
        ("095200000000001230", "095200000000001230"),
        (" 1Z 999 AA1 01 2345 6784\n", "1Z999AA10123456784"),
        ("00340434161094042557", "340434161094042557"),
        ("12345678901234567890", "12345678901234567890"),
    ],
)
def test_a_scan_gives_the_number_people_know(scanned: str, number: str) -> None:
    assert tracking_number_from_scan(scanned) == number
