"""A shop without a Temporal server: steps are called one by one, as a run does."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from sqlalchemy import Connection, Row, Select, Table, func, insert, select

from activities.order_steps import OrderSteps
from activities.steps.order_step import write_policy
from domain.identity import order_id_of, workflow_id_of
from domain.policy import (
    DEFAULT_POLICY,
    CheckMode,
    CheckName,
    FulfillmentPolicy,
    SourcePolicy,
)
from domain.stock.movements import MovementKind
from messages.order_document import parse_order_document
from messages.order_messages import (
    MESSAGE_MODELS,
    CancelOrder,
    ConfirmHandover,
    ConfirmPack,
    ConfirmPick,
    Message,
    PackedLine,
    PackedPackage,
    PickedLine,
)
from messages.order_state import LabelState, OrderState, ShipmentState
from messages.order_steps import (
    Answer,
    ApplyMessageInput,
    OpenOrderInput,
    Outcome,
    StateInput,
)
from persistence.backlog import wake_waiting_orders
from persistence.capture import CapturedOrder, store_order
from persistence.database import Database
from persistence.stock import Movement, MovementCause, levels_at, move_stock
from persistence.tables import (
    bundle_component,
    exception_table,
    fulfillment_event,
    location,
    order_line,
    outbox,
    product,
    refund_due,
    reservation,
    reservation_line,
    stock_level,
    stock_movement,
    warehouse,
)

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)  # a working Tuesday
SOURCE = "web"
NAME_OF = {model: name for name, model in MESSAGE_MODELS.items()}

Lines = list[dict[str, object]]


def line(sku: str, quantity: int, **more: object) -> dict[str, object]:
    return {"sku": sku, "quantity": quantity, **more}


def document(number: str | None, *lines: dict[str, object], **more: object) -> dict:  # type: ignore[type-arg]
    smallest: dict[str, object] = {
        "source": SOURCE,
        "ship_to": {
            "name": "Test Person",
            "street": "Musterweg 1",
            "city": "Berlin",
            "postcode": "10115",
            "country": "DE",
        },
        "lines": list(lines) or [line("MUG", 1)],
    }
    if number is not None:
        smallest["number"] = number
    return {**smallest, **more}


def policy_with(
    checks: Mapping[CheckName, CheckMode], **more: object
) -> FulfillmentPolicy:
    source = SourcePolicy(checks=checks, **more)  # type: ignore[arg-type]
    return replace(DEFAULT_POLICY, default_source=source)


def picks(*quantities: int, first: int = 1) -> tuple[PickedLine, ...]:
    return tuple(
        PickedLine(line_no=number, quantity=quantity)
        for number, quantity in enumerate(quantities, start=first)
    )


def package_of(**units: int) -> PackedPackage:
    return PackedPackage(
        lines=tuple(PackedLine(sku=sku, quantity=each) for sku, each in units.items())
    )


@dataclass
class Shop:
    """One database, stocked through the ledger, and the steps that work on it."""

    database: Database
    policy: FulfillmentPolicy = DEFAULT_POLICY
    carrier: str = "simulator"
    now: datetime = NOON
    messages: Iterator[int] = field(default_factory=lambda: iter(range(1, 10_000)))

    def __post_init__(self) -> None:
        self.steps = OrderSteps(
            database=self.database,
            policy=self.policy,
            carrier=self.carrier,
            clock=lambda: self.now,
        )

    def add_warehouse(self, warehouse_id: str, *bins: str) -> None:
        places = [(name, "pick_face") for name in bins]
        places += [(f"{warehouse_id}:{kind}", kind) for kind in ("staging", "damaged")]
        with self.database.write() as connection:
            connection.execute(
                insert(warehouse),
                {
                    "warehouse_id": warehouse_id,
                    "name": warehouse_id,
                    "time_zone": "Europe/Berlin",
                    "country": "DE",
                },
            )
            connection.execute(
                insert(location),
                [
                    {
                        "location_id": name,
                        "warehouse_id": warehouse_id,
                        "kind": kind,
                        "pick_sequence": number,
                    }
                    for number, (name, kind) in enumerate(places, start=1)
                ],
            )

    def add_bins(self, warehouse_id: str, *bins: str) -> None:
        self.add(
            location,
            *(
                {
                    "location_id": name,
                    "warehouse_id": warehouse_id,
                    "kind": "pick_face",
                    "pick_sequence": number,
                }
                for number, name in enumerate(bins, start=100)
            ),
        )

    def add_products(self, *skus: str, **facts: object) -> None:
        with self.database.write() as connection:
            connection.execute(
                insert(product),
                [
                    {"sku": sku, "name": sku.title(), "is_bundle": False, **facts}
                    for sku in skus
                ],
            )

    def add_bundle(self, sku: str, **parts: int) -> None:
        self.add_products(sku, is_bundle=True)
        self.add(
            bundle_component,
            *(
                {"bundle_sku": sku, "component_sku": part, "quantity": quantity}
                for part, quantity in parts.items()
            ),
        )

    def add(self, table: Table, *rows: dict[str, object]) -> None:
        with self.database.write() as connection:
            connection.execute(insert(table), list(rows))

    def receive(self, place: str, **units: int) -> None:
        with self.database.write() as connection:
            levels = levels_at(connection, place, list(units))
            move_stock(
                connection,
                [
                    Movement(
                        stock_level_id=levels[sku],
                        kind=MovementKind.RECEIVED,
                        on_hand=quantity,
                    )
                    for sku, quantity in units.items()
                ],
                MovementCause(
                    cause=f"receipt:{next(self.messages)}",
                    actor="receiver:1",
                    occurred_at=self.now,
                    recorded_at=self.now,
                ),
            )

    def arrive(self, place: str, **units: int) -> list[str]:
        """Receive units as goods that others may wait for; return the orders woken."""
        self.receive(place, **units)
        with self.database.write() as connection:
            levels = levels_at(connection, place, list(units))
            return wake_waiting_orders(
                connection,
                sorted(levels.values()),
                cause=f"receipt:{next(self.messages)}",
                at=self.now,
            )

    def order(
        self, number: str, *lines: dict[str, object], **more: object
    ) -> "OrderRun":
        run = OrderRun(self, order_id_of(SOURCE, number))
        run.open(document(number, *lines, **more))
        return run

    def capture(self, told: dict[str, object], ours: str | None = None) -> bool:
        """Store an order as its sender's channel does; `ours` if it has no number."""
        read = parse_order_document(told)
        number = read.number or ours or ""
        kept = self.policy.snapshot(
            source=read.source, service_level=read.service_level
        )
        with self.database.write() as connection:
            return store_order(
                connection,
                CapturedOrder(
                    order_id=order_id_of(read.source, number),
                    number=number,
                    document=read,
                    policy=write_policy(kept),
                    received_at=self.now,
                ),
            )

    def rows(self, query: Select) -> list[Row]:  # type: ignore[type-arg]
        with self.database.read() as connection:
            return list(connection.execute(query))

    def count(self, table: Table) -> int:
        query = select(func.count()).select_from(table)
        return int(self.rows(query)[0][0])

    def stock(self) -> dict[tuple[str, str], tuple[int, int]]:
        """Units on hand and allocated by place and article; empty places left out."""
        query = select(stock_level)
        return {
            (row.location_id, row.sku): (row.on_hand, row.allocated)
            for row in self.rows(query)
            if row.on_hand or row.allocated
        }

    def woken(self) -> list[str]:
        query = select(outbox.c.order_id).where(outbox.c.name == "stock_arrived")
        return [row.order_id for row in self.rows(query.order_by(outbox.c.outbox_id))]


@dataclass
class OrderRun:
    """What a run does with one order: it keeps the state that each step returns."""

    shop: Shop
    order_id: str
    state: OrderState = field(init=False)

    def open(self, told: dict[str, object] | None = None) -> OrderState:
        opened = self.shop.steps.open_order(
            OpenOrderInput(
                workflow_id=workflow_id_of(self.order_id),
                order_id=self.order_id,
                now=self.shop.now,
                document=told,
            )
        )
        self.state = opened.state
        return self.state

    def applied(
        self, message: Message, *, as_signal: str | None = None
    ) -> ApplyMessageInput:
        return ApplyMessageInput(
            workflow_id=workflow_id_of(self.order_id),
            name=as_signal or NAME_OF[type(message)],
            is_signal=as_signal is not None,
            now=self.shop.now,
            state=self.state,
            payload=message.model_dump(mode="json", exclude_none=True),
        )

    def tell(self, message: Message, *, as_signal: str | None = None) -> Answer:
        result = self.shop.steps.apply_message(
            self.applied(message, as_signal=as_signal)
        )
        self.state = result.state
        assert result.answer is not None
        return result.answer

    def done(self, message: Message) -> Answer:
        answer = self.tell(message)
        assert answer.outcome is Outcome.DONE, answer.text
        return answer

    def refused(self, message: Message) -> str:
        answer = self.tell(message)
        assert answer.outcome is Outcome.REFUSED, answer.text
        return answer.text

    def message_id(self) -> str:
        return f"m{next(self.shop.messages)}"

    def pick(self, *lines: PickedLine) -> Answer:
        return self.done(
            ConfirmPick(message_id=self.message_id(), actor="picker:7", lines=lines)
        )

    def pack(self, *packages: PackedPackage) -> Answer:
        return self.done(
            ConfirmPack(
                message_id=self.message_id(), actor="packer:7", packages=packages
            )
        )

    def hand_over(self) -> Answer:
        self.have_label()
        return self.done(ConfirmHandover(message_id=self.message_id()))

    def cancel(self) -> Answer:
        return self.done(CancelOrder(message_id=self.message_id()))

    def have_label(self, number: str | None = "TRACK-1") -> None:
        """Do as the run does when the carrier has made its label."""
        subject = self.packed_shipment()
        subject.label = LabelState.MADE
        subject.tracking_number = number

    def packed_shipment(self) -> ShipmentState:
        return next(s for s in self.state.shipments if s.status == "packed")

    def reach_due(self, after: timedelta) -> OrderState:
        self.shop.now = NOON + after
        self.state = self.shop.steps.reach_due(
            StateInput(
                workflow_id=workflow_id_of(self.order_id),
                now=self.shop.now,
                state=self.state,
            )
        ).state
        return self.state

    def events(self) -> list[str]:
        query = (
            select(fulfillment_event.c.kind)
            .where(fulfillment_event.c.order_id == self.order_id)
            .order_by(fulfillment_event.c.fulfillment_event_id)
        )
        return [row.kind for row in self.shop.rows(query)]

    def data_of(self, kind: str) -> dict[str, object]:
        """The data of the newest event of a kind."""
        query = (
            select(fulfillment_event.c.data)
            .where(
                fulfillment_event.c.order_id == self.order_id,
                fulfillment_event.c.kind == kind,
            )
            .order_by(fulfillment_event.c.fulfillment_event_id.desc())
        )
        found: dict[str, object] = self.shop.rows(query)[0].data
        return found

    def lines(self) -> dict[int, tuple[int, int]]:
        """Units ordered and cancelled, by line."""
        query = select(order_line).where(order_line.c.order_id == self.order_id)
        return {
            row.line_no: (row.quantity, row.cancelled_quantity)
            for row in self.shop.rows(query)
        }

    def refunds(self) -> list[Decimal | None]:
        query = (
            select(refund_due.c.amount)
            .where(refund_due.c.order_id == self.order_id)
            .order_by(refund_due.c.refund_id)
        )
        return [row.amount for row in self.shop.rows(query)]

    def exceptions(self) -> list[str]:
        query = select(exception_table.c.kind).where(
            exception_table.c.order_id == self.order_id,
            exception_table.c.resolved_at.is_(None),
        )
        return [row.kind for row in self.shop.rows(query)]


@contextmanager
def shop_at(url: str, policy: FulfillmentPolicy = DEFAULT_POLICY) -> Iterator[Shop]:
    """Have a shop with one warehouse, two bins, mugs and teapots, and no stock."""
    with shop_of(Database(url), policy) as shop:
        yield shop


@contextmanager
def shop_of(
    database: Database, policy: FulfillmentPolicy = DEFAULT_POLICY
) -> Iterator[Shop]:
    """Have the same shop on a database of the test's own."""
    shop = Shop(database=database, policy=policy)
    shop.add_warehouse("main", "A-1", "B-1")
    shop.add_products("MUG", "POT", weight_grams=300)
    try:
        yield shop
    finally:
        database.close()


def ledger_differences(connection: Connection) -> dict[int, tuple[object, object]]:
    """Levels whose counters are not the sums of their movements."""
    sums = connection.execute(
        select(
            stock_movement.c.stock_level_id,
            func.sum(stock_movement.c.on_hand_change).label("on_hand"),
            func.sum(stock_movement.c.allocated_change).label("allocated"),
            func.sum(stock_movement.c.reserved_change).label("reserved"),
        ).group_by(stock_movement.c.stock_level_id)
    )
    told: dict[int, tuple[int, int, int]] = {
        row.stock_level_id: (int(row.on_hand), int(row.allocated), int(row.reserved))
        for row in sums
    }
    differences: dict[int, tuple[object, object]] = {}
    for row in connection.execute(select(stock_level)):
        counted = (row.on_hand, row.allocated, row.reserved)
        if told.get(row.stock_level_id, (0, 0, 0)) != counted:
            differences[row.stock_level_id] = (told.get(row.stock_level_id), counted)
    return differences


def assert_balanced(shop: Shop) -> None:
    with shop.database.read() as connection:
        assert ledger_differences(connection) == {}


def assert_kept(shop: Shop) -> None:
    """What levels hold as reserved is what open reservations keep, line by line."""
    kept = select(
        reservation_line.c.stock_level_id,
        func.sum(reservation_line.c.quantity).label("units"),
    ).group_by(reservation_line.c.stock_level_id)
    told = {row.stock_level_id: int(row.units) for row in shop.rows(kept)}
    held = {row.stock_level_id: row.reserved for row in shop.rows(select(stock_level))}
    assert held == {level: told.get(level, 0) for level in held}
    closed = (
        select(reservation.c.reservation_id)
        .join(
            reservation_line,
            reservation_line.c.reservation_id == reservation.c.reservation_id,
        )
        .where(reservation.c.status != "open", reservation_line.c.quantity > 0)
    )
    assert shop.rows(closed) == []
    assert_balanced(shop)
