"""A promise is kept or broken, and the output says by which definition."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from domain.errors import InvalidInput
from domain.kpi.facts import OrderFacts, Promise
from domain.kpi.figures import Figure, Rate
from domain.kpi.measuring import measure
from domain.kpi.periods import Period
from domain.kpi.promises.on_time import FIGURES
from domain.kpi.question import OnTimeBy, Question, Window
from tests.domain.kpi.builders import order_facts, question

SHIPMENT, DELIVERY = FIGURES
BERLIN, NEW_YORK, TOKYO = "Europe/Berlin", "America/New_York", "Asia/Tokyo"
# Its Sunday has 23 hours in Berlin.
WEEK = Period(first_day=date(2026, 3, 23), last_day=date(2026, 3, 29), zone=BERLIN)


def utc(day: int, hour: int = 0, minute: int = 0, *, month: int = 3) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=UTC)


def by_day(day: int, *, month: int = 3) -> Promise:
    return Promise(on=date(2026, month, day))


def asked(**changes: object) -> Question:
    return question(**{"period": WEEK, "as_of": utc(10, month=4), **changes})


def order(
    zone: str | None, promised: Promise | None, delivered_at: datetime | None = None
) -> OrderFacts:
    return order_facts(
        placed_at=utc(23, 8),
        ship_to_zone=zone,
        promised=promised,
        delivered_at=delivered_at,
    )


def told(
    orders: list[OrderFacts], asked: Question, of: object = DELIVERY
) -> tuple[int, int]:
    """Return how many promises were kept, and of how many."""
    found = figure(orders, asked, of)
    if found.result is None:
        return 0, 0
    assert isinstance(found.result, Rate)
    return found.result.numerator, found.result.denominator


def figure(orders: list[OrderFacts], asked: Question, of: object = DELIVERY) -> Figure:
    (found,) = measure(SHIPMENT if of is SHIPMENT else DELIVERY, orders, asked)
    return found


# Order by order: whether it is kept (+), missed (-) or not seen (.) under
# due + day, due + instant, delivered + day.
TABLE = [
    # Three hours late on the right day.
    ("+-+", order(BERLIN, Promise(at=utc(25, 11)), utc(25, 14))),
    # Half an hour before the short Sunday ends in Berlin.
    ("+++", order(BERLIN, by_day(29), utc(29, 21, 30))),
    # Thursday at ten in the evening in New York is Friday at the warehouse.
    ("+++", order(NEW_YORK, by_day(26), utc(27, 2))),
    # Nine in the morning was promised in Tokyo, where it came at eight at night.
    ("+-+", order(TOKYO, Promise(at=utc(27)), utc(27, 11))),
    # Overdue and never delivered.
    ("--.", order(BERLIN, by_day(24))),
    # Due the week before, delivered this week.
    ("..-", order(BERLIN, by_day(20), utc(25, 9))),
    # Due the week after, delivered this week.
    ("..+", order(BERLIN, by_day(31), utc(28, 9))),
]
DEFINITIONS = [
    asked(),
    asked(on_time_by=OnTimeBy.INSTANT),
    asked(by=Window.DELIVERED),
]


@pytest.mark.parametrize("place", range(3))
@pytest.mark.parametrize(("expected", "one"), TABLE)
def test_each_order_counts_as_its_definition_says(
    expected: str, one: OrderFacts, place: int
) -> None:
    kept_of = {"+": (1, 1), "-": (0, 1), ".": (0, 0)}

    assert told([one], DEFINITIONS[place]) == kept_of[expected[place]]


def test_the_same_orders_are_on_time_in_three_ways() -> None:
    orders = [one for _, one in TABLE]

    figures = [figure(orders, definition) for definition in DEFINITIONS]

    assert [told(orders, definition) for definition in DEFINITIONS] == [
        (4, 5),
        (2, 5),
        (5, 6),
    ]
    assert len({tuple(found.choices.items()) for found in figures}) == 3


def test_the_choices_explain_each_of_the_three() -> None:
    day, instant, delivered = (figure([], one).choices for one in DEFINITIONS)

    assert day == {
        "promise": "the delivery promise as last agreed with the customer",
        "compared": "by whole calendar days in the zone of the destination, else of "
        "the warehouse, else Europe/Berlin; a promised time means its whole day",
        "window": "orders whose promise falls into the period",
        "undelivered": "a miss once overdue; what is not due yet is left out, "
        "delivered or not",
        "cancelled": "a miss if it was our fault, such as no stock, or if the "
        "customer cancelled when it was overdue; else left out",
    }
    assert instant["compared"].startswith("by the instant; a promised day lasts until")
    assert delivered["window"].startswith("orders delivered in the period")
    assert delivered["undelivered"].startswith("not seen")
    assert delivered["cancelled"] == "left out"


@pytest.mark.parametrize("by", list(OnTimeBy))
@pytest.mark.parametrize(
    ("zone", "promised", "last_moment"),
    [
        # The day of 23 hours and the day of 25.
        (BERLIN, by_day(29), utc(29, 21, 59)),
        (BERLIN, by_day(25, month=10), utc(25, 22, 59, month=10)),
        (NEW_YORK, by_day(8), utc(9, 3, 59)),
        (TOKYO, by_day(25), utc(25, 14, 59)),
    ],
)
def test_a_promised_day_lasts_until_its_local_end(
    by: OnTimeBy, zone: str, promised: Promise, last_moment: datetime
) -> None:
    year = Period(first_day=date(2026, 1, 1), last_day=date(2026, 12, 31), zone="UTC")
    asking = asked(period=year, as_of=utc(31, month=12), on_time_by=by)
    too_late = last_moment.replace(hour=(last_moment.hour + 1) % 24, minute=0)

    assert told([order(zone, promised, last_moment)], asking) == (1, 1)
    assert told([order(zone, promised, too_late)], asking) == (0, 1)


@pytest.mark.parametrize(
    ("ship_to_zone", "warehouse", "kept"),
    [
        (NEW_YORK, "WH-1", 1),
        (None, "WH-WEST", 1),
        (None, "WH-1", 0),
        (None, "(several)", 0),
        (None, None, 0),
    ],
)
def test_without_a_destination_the_zone_is_the_warehouse_s_else_the_report_s(
    ship_to_zone: str | None, warehouse: str | None, kept: int
) -> None:
    # Still Thursday on the American east coast, Friday in Berlin.
    one = order_facts(
        promised=by_day(26),
        delivered_at=utc(27, 2),
        ship_to_zone=ship_to_zone,
        warehouse=warehouse,
    )

    assert told([one], asked(site_zones={"WH-WEST": NEW_YORK})) == (kept, 1)


@pytest.mark.parametrize(
    ("promised", "by", "as_of", "counts"),
    [
        (by_day(25), OnTimeBy.DAY, utc(25, 22, 59), False),
        (by_day(25), OnTimeBy.DAY, utc(25, 23), True),
        (by_day(25), OnTimeBy.INSTANT, utc(25, 22, 59), False),
        (by_day(25), OnTimeBy.INSTANT, utc(25, 23), True),
        (Promise(at=utc(25, 11)), OnTimeBy.INSTANT, utc(25, 10, 59), False),
        (Promise(at=utc(25, 11)), OnTimeBy.INSTANT, utc(25, 11), True),
        (Promise(at=utc(25, 11)), OnTimeBy.DAY, utc(25, 22, 59), False),
        (Promise(at=utc(25, 11)), OnTimeBy.DAY, utc(25, 23), True),
    ],
)
@pytest.mark.parametrize("window", [Window.DUE, Window.PLACED])
def test_what_is_not_due_yet_is_left_out_delivered_or_not(
    promised: Promise, by: OnTimeBy, as_of: datetime, counts: bool, window: Window
) -> None:
    orders = [order(BERLIN, promised, utc(24, 9)), order(BERLIN, promised)]
    asking = asked(on_time_by=by, as_of=as_of, by=window)

    assert told(orders, asking) == ((1, 2) if counts else (0, 0))
    left_out = {} if counts else {"not_due_yet": 2}
    assert figure(orders, asking).excluded == left_out


def test_an_early_delivery_counts_at_once_among_the_delivered() -> None:
    early = [order(BERLIN, by_day(29), utc(24, 9))]
    asking = asked(as_of=utc(25), by=Window.DELIVERED)

    assert told(early, asking) == (1, 1)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"promised": None}, "no_promise"),
        ({"cancelled_at": utc(24), "cancel_cause": "customer"}, "cancelled"),
        ({"says_cancelled": True, "cancel_cause": "customer"}, "cancelled"),
        # Whose fault it was is not known.
        ({"cancelled_at": utc(26)}, "cancelled"),
        ({"cancelled_at": utc(26), "cancel_cause": "payment_expired"}, "cancelled"),
        ({"cancelled_at": utc(26), "cancel_cause": "fraud"}, "cancelled"),
        ({"rejected_at": utc(23, 9)}, "rejected"),
        ({"says_delivered": True}, "delivered_without_date"),
    ],
)
@pytest.mark.parametrize("window", [Window.DUE, Window.PLACED])
def test_what_is_no_promise_of_ours_is_left_out_with_its_reason(
    changes: dict[str, object], reason: str, window: Window
) -> None:
    plain = {"placed_at": utc(23, 8), "promised": by_day(25), "ship_to_zone": BERLIN}
    one = order_facts(**{**plain, **changes})

    found = figure([one], asked(by=window))

    assert found.result is None
    assert found.excluded == {reason: 1}


@pytest.mark.parametrize(
    ("cause", "cancelled_at"),
    [
        ("no_stock", utc(24)),
        ("missing", utc(24)),
        ("run_cancelled", utc(24)),
        # By the customer, after it should have been there.
        ("customer", utc(26)),
    ],
)
def test_a_cancel_that_broke_the_promise_is_a_miss(
    cause: str, cancelled_at: datetime
) -> None:
    one = order_facts(
        placed_at=utc(23, 8),
        promised=by_day(25),
        cancelled_at=cancelled_at,
        cancel_cause=cause,
    )

    assert told([one], asked()) == (0, 1)
    assert figure([one], asked(by=Window.DELIVERED)).excluded == {"cancelled": 1}


def test_only_delivered_orders_are_seen_by_delivery() -> None:
    orders = [order(BERLIN, by_day(24)), order(BERLIN, None, utc(24))]

    found = figure(orders, asked(by=Window.DELIVERED))

    assert found.result is None
    assert found.excluded == {"no_promise": 1, "not_delivered": 1}


def shipped(at: datetime | None, **changes: object) -> OrderFacts:
    plain = {"placed_at": utc(23, 8), "due_ship": by_day(26), "ship_to_zone": TOKYO}
    return order_facts(**{**plain, "handed_over_at": at, **changes})


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        # Days are the warehouse's: 26 March ends at four in the morning there.
        (shipped(utc(27, 3, 59)), (1, 1)),
        (shipped(utc(27, 4)), (0, 1)),
        (shipped(None), (0, 1)),
        (shipped(utc(26, 5), due_ship=Promise(at=utc(26, 4))), (1, 1)),
        # A late delivery is not the warehouse's.
        (shipped(utc(26), promised=by_day(27), delivered_at=utc(30)), (1, 1)),
        (shipped(None, cancelled_at=utc(25), cancel_cause="no_stock"), (0, 1)),
        (shipped(None, cancelled_at=utc(25), cancel_cause="customer"), (0, 0)),
        # It went out, but nobody wrote down when.
        (shipped(None, delivered_at=utc(28)), (0, 0)),
        (shipped(None, due_ship=None), (0, 0)),
    ],
)
def test_a_shipment_is_on_time_when_it_leaves_by_the_planned_time(
    one: OrderFacts, expected: tuple[int, int]
) -> None:
    asking = asked(site_zones={"WH-1": NEW_YORK})

    assert told([one], asking, SHIPMENT) == expected


def test_an_unrecorded_hand_over_is_said_to_be_so() -> None:
    found = figure([shipped(None, delivered_at=utc(28))], asked(), SHIPMENT)

    assert found.excluded == {"not_recorded": 1}
    assert found.choices["promise"] == "the planned ship time as last agreed"
    assert "zone of the warehouse" in found.choices["compared"]
    assert "shipped or not" in found.choices["undelivered"]


def test_a_shipment_is_not_asked_for_by_delivery() -> None:
    with pytest.raises(InvalidInput, match="due or placed, for on_time_shipment"):
        measure(SHIPMENT, [], asked(by=Window.DELIVERED))
