"""Soft reservations: units kept for a draft or a checkout, until a moment."""

import threading
from collections.abc import Awaitable, Callable, Iterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, update

from activities.reservation_steps import ReservationSteps
from domain.errors import (
    BusinessError,
    InvalidInput,
    NotFound,
    Refused,
    TemporaryError,
)
from domain.policy import DEFAULT_POLICY
from domain.stock.reservations import ReservationKind
from messages.reservations import EndReservationInput
from operations.delivery import Delivery
from operations.relay import Relay
from operations.reservations import (
    ReservationOperations,
    ReservationTerms,
    Reserved,
)
from persistence.database import Database
from persistence.tables import orders, reservation, stock_level
from tests.activities.steps.builders import (
    NOON,
    OrderRun,
    Shop,
    assert_kept,
    document,
    line,
    shop_at,
)
from tests.operations.test_relay import FakeRuns

SOON = NOON + timedelta(minutes=15)


class Counter:
    """A shop with ten mugs and ten pots, and who keeps units of them."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self.runs = FakeRuns()
        delivery = Delivery(
            database=shop.database,
            runs=self.runs,
            policy=DEFAULT_POLICY,
            clock=lambda: shop.now,
        )
        self.reservations = ReservationOperations(
            database=shop.database, delivery=delivery, clock=lambda: shop.now
        )
        self.steps = ReservationSteps(database=shop.database, clock=lambda: shop.now)
        self.relay = Relay(
            database=shop.database,
            delivery=delivery,
            holder="test",
            clock=lambda: shop.now + timedelta(seconds=5),
        )

    async def reserve(
        self, until: datetime = SOON, reference: str | None = None, **units: int
    ) -> Reserved:
        terms = ReservationTerms(
            kind=ReservationKind.CHECKOUT, expires_at=until, reference=reference
        )
        return await self.reservations.reserve(units, terms)

    def end(self, reservation_id: str, now: datetime) -> str:
        asked = EndReservationInput(reservation_id=reservation_id, now=now)
        return self.steps.end_reservation(asked).status

    def reserved(self) -> dict[tuple[str, str], int]:
        rows = self.shop.rows(select(stock_level).where(stock_level.c.reserved > 0))
        return {(row.location_id, row.sku): row.reserved for row in rows}


@pytest.fixture
def counter(database_url: str) -> Iterator[Counter]:
    with shop_at(database_url) as shop:
        shop.receive("A-1", MUG=10)
        shop.receive("B-1", POT=10)
        yield Counter(shop)


def order_of(
    counter: Counter, number: str, units: int, reservation_id: str
) -> OrderRun:
    run = OrderRun(counter.shop, f"web-{number}")
    run.open(document(number, line("MUG", units), reservation_id=reservation_id))
    return run


async def test_reserved_units_are_for_nobody_else(counter: Counter) -> None:
    made = await counter.reserve(MUG=8, POT=1)

    order = counter.shop.order("1", line("MUG", 3))

    assert made.is_new
    assert made.reservation.units == 9
    assert counter.runs.kept == [(made.reservation.reservation_id, SOON)]
    assert counter.reserved() == {("A-1", "MUG"): 8, ("B-1", "POT"): 1}
    assert order.state.backordered == 1
    assert_kept(counter.shop)


async def test_a_reservation_spans_warehouses(counter: Counter) -> None:
    counter.shop.add_warehouse("second", "Z-1")
    counter.shop.receive("Z-1", MUG=5)

    made = await counter.reserve(MUG=14)

    places = {one.warehouse_id: one.quantity for one in made.reservation.lines}
    assert sum(places.values()) == 14
    assert set(places) == {"main", "second"}
    assert_kept(counter.shop)


async def test_one_sku_that_is_short_reserves_nothing_and_is_named(
    counter: Counter,
) -> None:
    with pytest.raises(Refused, match=r"^POT: 11 wanted, 10 free$"):
        await counter.reserve(MUG=2, POT=11)

    assert counter.reserved() == {}
    assert counter.runs.kept == []


async def test_a_bundle_reserves_its_parts(counter: Counter) -> None:
    counter.shop.add_bundle("SET", MUG=1, POT=2)

    await counter.reserve(SET=3)

    assert counter.reserved() == {("A-1", "MUG"): 3, ("B-1", "POT"): 6}
    with pytest.raises(Refused, match="POT: 6 wanted, 4 free"):
        await counter.reserve(SET=3)


@pytest.mark.parametrize(
    ("field", "given"),
    [
        ("sku", {"NOBODY": 1}),
        ("lines", {"MUG": 0}),
        ("lines", {}),
        ("expires_at", {"MUG": 1, "until": NOON}),
    ],
)
async def test_what_cannot_be_reserved_is_refused_by_field(
    counter: Counter, field: str, given: dict[str, int]
) -> None:
    with pytest.raises(InvalidInput) as refused:
        await counter.reserve(**given)  # type: ignore[arg-type]

    assert refused.value.field == field


@pytest.mark.parametrize(
    ("field", "given"),
    [
        ("kind", {"kind": ReservationKind.BACKLOG, "expires_at": SOON}),
        (
            "expires_at",
            {
                "kind": ReservationKind.DRAFT,
                "expires_at": datetime(2026, 11, 24),  # noqa: DTZ001
            },
        ),
        (
            "reference",
            {"kind": ReservationKind.DRAFT, "expires_at": SOON, "reference": ""},
        ),
    ],
)
def test_terms_that_cannot_be_are_refused(field: str, given: dict[str, object]) -> None:
    with pytest.raises(InvalidInput) as refused:
        ReservationTerms(**given)  # type: ignore[arg-type]

    assert refused.value.field == field


async def test_a_cart_that_asks_twice_has_one_reservation(counter: Counter) -> None:
    first = await counter.reserve(reference="cart-7", MUG=2)

    again = await counter.reserve(reference="cart-7", MUG=2)
    with pytest.raises(Refused, match="other units"):
        await counter.reserve(reference="cart-7", MUG=3)

    assert again.reservation == first.reservation
    assert not again.is_new
    assert counter.reserved() == {("A-1", "MUG"): 2}


async def test_the_end_of_its_time_frees_the_units_and_wakes_who_waits(
    counter: Counter,
) -> None:
    made = await counter.reserve(MUG=10)
    waiting = counter.shop.order("1", line("MUG", 4))
    reservation_id = made.reservation.reservation_id

    early = counter.end(reservation_id, SOON - timedelta(seconds=1))
    on_time = counter.end(reservation_id, SOON)
    again = counter.end(reservation_id, SOON)

    assert (early, on_time, again) == ("open", "expired", "expired")
    assert counter.shop.woken() == [waiting.order_id]
    # Four are kept for the order that waits, six are free.
    assert counter.reserved() == {("A-1", "MUG"): 4}
    assert_kept(counter.shop)


async def test_an_extension_outlives_the_old_moment(counter: Counter) -> None:
    made = await counter.reserve(MUG=10)
    reservation_id = made.reservation.reservation_id
    later = SOON + timedelta(minutes=10)

    extended = await counter.reservations.extend(reservation_id, later)
    shorter = await counter.reservations.extend(reservation_id, SOON)

    assert extended.reservation.expires_at == later
    assert shorter.reservation.expires_at == later
    assert counter.runs.kept == [(reservation_id, SOON), (reservation_id, later)]
    assert counter.end(reservation_id, SOON) == "open"
    assert counter.end(reservation_id, later) == "expired"


async def test_a_release_gives_back_once(counter: Counter) -> None:
    made = await counter.reserve(MUG=10)
    reservation_id = made.reservation.reservation_id
    waiting = counter.shop.order("1", line("MUG", 4))

    first = await counter.reservations.release(reservation_id, actor="clerk:1")
    again = await counter.reservations.release(reservation_id, actor="clerk:1")

    assert first.reservation.status == again.reservation.status == "released"
    assert counter.runs.kept[1:] == [(reservation_id, None)]
    assert counter.shop.woken() == [waiting.order_id]
    assert_kept(counter.shop)


@pytest.mark.parametrize("act", ["extend", "release"])
async def test_a_reservation_nobody_made_is_not_found(
    counter: Counter, act: str
) -> None:
    acts: dict[str, Callable[[], Awaitable[Reserved]]] = {
        "extend": lambda: counter.reservations.extend("checkout-0", SOON),
        "release": lambda: counter.reservations.release("checkout-0", actor="x"),
    }
    with pytest.raises(NotFound):
        await acts[act]()


async def test_what_has_ended_cannot_be_extended(counter: Counter) -> None:
    made = await counter.reserve(MUG=1)
    reservation_id = made.reservation.reservation_id
    counter.end(reservation_id, SOON)

    with pytest.raises(Refused, match="expired: reserve anew"):
        await counter.reservations.extend(reservation_id, SOON + timedelta(hours=1))
    with pytest.raises(InvalidInput, match="later than now"):
        await counter.reservations.extend(reservation_id, NOON)


async def test_an_order_uses_its_reservation_first_and_frees_the_rest(
    counter: Counter,
) -> None:
    made = await counter.reserve(MUG=10)
    reservation_id = made.reservation.reservation_id
    rival = counter.shop.order("rival", line("MUG", 2))

    order = order_of(counter, "1", 8, reservation_id)

    stored = counter.shop.rows(
        select(reservation).where(reservation.c.kind == "checkout")
    )
    assert order.state.backordered == 0
    assert (stored[0].status, stored[0].order_id) == ("used", "web-1")
    # The two that the order left are kept for the one that waited.
    assert counter.shop.woken() == [rival.order_id]
    assert counter.shop.stock()["A-1", "MUG"] == (10, 8)
    assert counter.end(reservation_id, SOON) == "used"
    with pytest.raises(Refused, match="used: order web-1 has its units"):
        await counter.reservations.release(reservation_id, actor="clerk:1")
    assert_kept(counter.shop)


async def test_an_order_wants_more_than_was_reserved_for_it(counter: Counter) -> None:
    made = await counter.reserve(MUG=4)

    order = order_of(counter, "1", 12, made.reservation.reservation_id)

    assert order.state.backordered == 2
    assert counter.shop.stock()["A-1", "MUG"] == (10, 10)
    assert_kept(counter.shop)


@pytest.mark.parametrize("ends", [True, False])
async def test_an_expired_or_unknown_reservation_is_none(
    counter: Counter, ends: bool
) -> None:
    reservation_id = "checkout-0"
    if ends:
        made = await counter.reserve(MUG=10)
        reservation_id = made.reservation.reservation_id
        counter.end(reservation_id, SOON)

    order = order_of(counter, "1", 3, reservation_id)

    assert order.state.backordered == 0
    assert counter.shop.rows(select(orders.c.reservation_id))[0][0] == reservation_id
    assert counter.reserved() == {}
    assert_kept(counter.shop)


async def test_a_start_that_is_lost_is_delivered_by_the_relay(
    counter: Counter,
) -> None:
    counter.runs.is_away = True
    made = await counter.reserve(MUG=1)
    counter.runs.is_away = False
    until = SOON + timedelta(minutes=5)
    with counter.shop.database.write() as connection:
        connection.execute(update(reservation).values(expires_at=until))

    delivered = await counter.relay.deliver_once()

    assert not made.is_told
    assert delivered == 1
    # It reads what holds by then.
    assert counter.runs.kept == [(made.reservation.reservation_id, until)]


def test_two_who_want_the_last_unit_and_one_who_gets_it(database_url: str) -> None:
    with shop_at(database_url) as shop:
        shop.receive("A-1", MUG=1)
        counters = [Counter(Shop(database=Database(database_url))) for _ in range(4)]
        start = threading.Barrier(len(counters))
        got: list[str] = []
        refused: list[str] = []

        def go(one: Counter) -> None:
            terms = ReservationTerms(kind=ReservationKind.DRAFT, expires_at=SOON)
            start.wait()
            for _ in range(5):
                try:
                    made, _told = one.reservations._reserve({"MUG": 1}, terms)
                    got.append(made)
                    return
                except BusinessError as refusal:
                    refused.append(str(refusal))
                    return
                except TemporaryError:
                    continue

        threads = [threading.Thread(target=go, args=(one,)) for one in counters]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=30)
        for one in counters:
            one.shop.database.close()

        assert len(got) == 1
        assert refused == ["MUG: 1 wanted, 0 free"] * 3
        assert_kept(shop)
