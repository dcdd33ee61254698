"""The outbox is delivered once, by one relay, whatever fails on the way."""

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from domain.errors import NotFound, Refused, TemporaryError
from domain.policy import DEFAULT_POLICY
from gateways.runs.protocol import RunNotFound, RunStart, RunUnreachable
from messages.names import UpdateName
from messages.order_messages import CancelOrder
from messages.order_steps import Answer, Outcome
from messages.reports import Progress
from operations.delivery import Delivery
from operations.orders import OrderOperations
from operations.relay import LEASE, LEASE_TERM, Relay
from persistence.database import Database
from persistence.outbox import (
    OutboxMessage,
    add_to_outbox,
    count_undelivered,
    take_lease,
    undelivered,
)
from persistence.tables import order_line, orders, outbox
from tests.activities.steps.builders import NOON, Shop, document, line, shop_at


@dataclass
class FakeRuns:
    """Runs that remember what they were told; `fails` raises for an order."""

    told: list[tuple[str, str]] = field(default_factory=list)
    started: list[str] = field(default_factory=list)
    kept: list[tuple[str, datetime | None]] = field(default_factory=list)
    is_away: bool = False
    fails: dict[str, Exception] = field(default_factory=dict)

    async def start(self, start: RunStart) -> bool:
        self._fail(start.order_id)
        if start.order_id in self.started:
            return False
        self.started.append(start.order_id)
        return True

    async def update(
        self, order_id: str, name: str, payload: Mapping[str, object]
    ) -> Answer:
        self._tell(order_id, name)
        return Answer(
            message_id=str(payload["message_id"]),
            outcome=Outcome.DONE,
            order_id=order_id,
            status="released",
            text="done",
        )

    async def signal(
        self, order_id: str, name: str, payload: Mapping[str, object]
    ) -> None:
        self._tell(order_id, name)

    async def progress(self, order_id: str) -> Progress:
        raise RunNotFound(order_id)

    async def keep_reservation(
        self, reservation_id: str, expires_at: datetime | None
    ) -> None:
        self._fail(reservation_id)
        self.kept.append((reservation_id, expires_at))

    async def is_open(self, order_id: str) -> bool:
        return order_id in self.started

    async def cancel(self, order_id: str) -> None:
        self._tell(order_id, "cancel")

    def _tell(self, order_id: str, name: str) -> None:
        self._fail(order_id)
        if order_id not in self.started:
            raise RunNotFound(f"order {order_id} has no open run")
        self.told.append((order_id, name))

    def _fail(self, order_id: str) -> None:
        if self.is_away:
            raise RunUnreachable("the server is away")
        if order_id in self.fails:
            raise self.fails[order_id]


@dataclass
class Office:
    """What callers outside a run work with."""

    shop: Shop
    runs: FakeRuns
    now: datetime = NOON

    def __post_init__(self) -> None:
        self.delivery = self.delivery_of(self.shop.database)
        self.orders = OrderOperations(
            database=self.shop.database,
            delivery=self.delivery,
            policy=DEFAULT_POLICY,
            clock=lambda: self.now,
        )

    def delivery_of(self, database: Database) -> Delivery:
        return Delivery(
            database=database,
            runs=self.runs,
            policy=DEFAULT_POLICY,
            clock=lambda: self.now,
        )

    def relay(self, holder: str = "one", database: Database | None = None) -> Relay:
        return Relay(
            database=database or self.shop.database,
            delivery=self.delivery_of(database or self.shop.database),
            holder=holder,
            clock=lambda: self.now,
        )

    def later(self, seconds: float = 2) -> None:
        self.now += timedelta(seconds=seconds)

    def left(self) -> int:
        with self.shop.database.read() as connection:
            return count_undelivered(connection)

    def write(self, order_id: str, message_id: str) -> None:
        message = OutboxMessage(
            order_id=order_id,
            message_id=message_id,
            name="stock_arrived",
            payload={"message_id": message_id},
        )
        with self.shop.database.write() as connection:
            add_to_outbox(connection, [message], self.now)


@pytest.fixture
def office(database_url: str) -> Iterator[Office]:
    with shop_at(database_url) as shop:
        yield Office(shop=shop, runs=FakeRuns())


async def test_an_order_is_placed_and_started_once_however_often_it_comes(
    office: Office,
) -> None:
    first = await office.orders.place(document("1", line("MUG", 2)))
    again = await office.orders.place(document("1", line("MUG", 2)))

    assert (first.order_id, first.is_new, first.is_started) == ("web-1", True, True)
    assert (again.order_id, again.is_new) == ("web-1", False)
    assert office.runs.started == ["web-1"]
    assert office.left() == 0


async def test_the_same_order_placed_by_two_channels_at_once_starts_one_run(
    office: Office,
) -> None:
    answers = await asyncio.gather(
        *(
            office.orders.place(document("1", line("MUG", 2), channel=channel))
            for channel in ("api", "phone", "csv")
        )
    )

    assert {answer.order_id for answer in answers} == {"web-1"}
    assert [answer.is_new for answer in answers].count(True) == 1
    assert office.runs.started == ["web-1"]
    assert office.shop.count(order_line) == 1


async def test_a_repeat_with_other_content_is_refused_naming_the_fields_only(
    office: Office,
) -> None:
    await office.orders.place(document("1", line("MUG", 2)))
    other = document("1", line("MUG", 3), customer={"name": "Somebody Private"})

    with pytest.raises(Refused) as refusal:
        await office.orders.place(other)

    assert str(refusal.value).endswith("with other content of customer, lines")
    assert office.shop.rows(select(order_line.c.quantity)) == [(2,)]


async def test_an_order_with_a_field_nobody_knows_is_refused_and_not_stored(
    office: Office,
) -> None:
    with pytest.raises(Refused, match=r"unknown fields: lines\[0\]\.colour"):
        await office.orders.place(document("1", line("MUG", 1, colour="red")))

    assert office.shop.count(orders) == 0


async def test_an_order_without_a_number_gets_ours(office: Office) -> None:
    first = await office.orders.place(document(None))
    second = await office.orders.place(document(None))

    assert first.order_id.startswith("web-ow.")
    assert first.order_id != second.order_id


async def test_an_order_placed_while_the_server_is_away_is_started_by_the_relay(
    office: Office,
) -> None:
    office.runs.fails["web-1"] = RunUnreachable("away")
    placed = await office.orders.place(document("1"))
    office.runs.fails.clear()
    office.later()

    delivered = await office.relay().deliver_once()

    assert not placed.is_started
    assert delivered == 1
    assert office.runs.started == ["web-1"]
    assert office.left() == 0


async def test_a_caller_that_dies_after_its_commit_leaves_the_rest_to_the_relay(
    office: Office,
) -> None:
    await office.orders.place(document("1"))
    # The transaction is committed; its writer never delivers.
    office.write("web-1", "m1")

    at_once = await office.relay().deliver_once()
    office.later()
    first = await office.relay().deliver_once()
    second = await office.relay().deliver_once()

    # A moment is left to the caller's own delivery.
    assert (at_once, first, second) == (0, 1, 0)
    assert office.runs.told == [("web-1", "stock_arrived")]


async def test_a_message_that_its_run_refuses_has_arrived(office: Office) -> None:
    await office.orders.place(document("1"))
    office.write("web-1", "m1")
    office.runs.fails["web-1"] = Refused("not now")
    office.later()

    assert await office.relay().deliver_once() == 1
    assert office.left() == 0


@pytest.mark.parametrize(
    "failure", [RunUnreachable("away"), TemporaryError("later"), RuntimeError("a bug")]
)
async def test_a_message_that_fails_is_tried_again_and_holds_up_no_other(
    office: Office, failure: Exception
) -> None:
    for number in ("1", "2"):
        await office.orders.place(document(number))
        office.write(f"web-{number}", f"m{number}")
    office.runs.fails["web-1"] = failure
    office.later()

    delivered = await office.relay().deliver_once()
    with office.shop.database.read() as connection:
        waiting = undelivered(connection, written_before=office.now, limit=9)
    office.runs.fails.clear()
    again = await office.relay().deliver_once()

    assert delivered == 1
    assert [(one.message_id, one.attempts) for one in waiting] == [("m1", 1)]
    assert again == 1
    assert office.runs.told == [("web-2", "stock_arrived"), ("web-1", "stock_arrived")]


async def test_of_two_relays_one_delivers_and_the_other_follows_when_it_dies(
    office: Office, database_url: str
) -> None:
    other = Database(database_url)
    await office.orders.place(document("1"))
    office.write("web-1", "m1")
    office.later()
    with office.shop.database.write() as connection:
        assert take_lease(connection, LEASE, "one", office.now, LEASE_TERM)

    while_held = await office.relay("two", other).deliver_once()
    office.later(LEASE_TERM.total_seconds())
    after = await office.relay("two", other).deliver_once()
    other.close()

    assert (while_held, after) == (0, 1)
    assert office.runs.told == [("web-1", "stock_arrived")]


async def test_two_relays_at_once_deliver_each_message_once(
    office: Office, database_url: str
) -> None:
    other = Database(database_url)
    await office.orders.place(document("1"))
    for number in range(10):
        office.write("web-1", f"m{number}")
    office.later()

    delivered = await asyncio.gather(
        office.relay("one").deliver_once(),
        office.relay("two", other).deliver_once(),
    )
    other.close()

    assert sorted(delivered) == [0, 10]
    assert len(office.runs.told) == 10


async def test_a_message_to_an_order_without_a_run_starts_it_first(
    office: Office,
) -> None:
    office.shop.capture(document("1"))

    answer = await office.orders.tell(
        "web-1", UpdateName.CANCEL_ORDER, CancelOrder(message_id="m1")
    )

    assert answer is not None
    assert office.runs.started == ["web-1"]
    assert office.runs.told == [("web-1", "cancel_order")]


async def test_a_message_to_an_ended_order_is_answered_from_its_rows(
    office: Office,
) -> None:
    run = office.shop.order("1", line("MUG", 1))
    first = run.tell(CancelOrder(message_id="m1"))

    again = await office.orders.tell(
        "web-1", UpdateName.CANCEL_ORDER, CancelOrder(message_id="m1")
    )
    with pytest.raises(Refused, match="the order is cancelled since"):
        await office.orders.tell(
            "web-1", UpdateName.CANCEL_ORDER, CancelOrder(message_id="m2")
        )

    assert again == first
    assert office.runs.started == []


async def test_a_message_to_an_order_nobody_stored_is_not_found(
    office: Office,
) -> None:
    with pytest.raises(NotFound):
        await office.orders.tell(
            "web-9", UpdateName.CANCEL_ORDER, CancelOrder(message_id="m1")
        )


def test_the_reason_of_a_failed_delivery_is_kept_with_the_message(
    office: Office,
) -> None:
    office.shop.capture(document("1"))
    office.write("web-1", "m1")
    office.runs.fails["web-1"] = RunUnreachable("no worker answered")
    office.later()

    asyncio.run(office.relay().deliver_once())

    [row] = office.shop.rows(select(outbox))
    assert (row.attempts, row.last_error) == (1, "no worker answered")
    assert row.delivered_at is None
