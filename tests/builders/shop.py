"""A whole shop for a test: database, carrier, worker and operations on one server.

    async with open_shop(client, database_url, tmp_path, task_queue=queue) as shop:
        order_id = await shop.place()
        await shop.pick(order_id)

On the time-skipping server give `environment`; then `pass_time` moves the clock.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any, TypedDict, Unpack

from sqlalchemy import Row, Table, select
from temporalio.api.enums.v1 import PendingActivityState
from temporalio.client import Client, WorkflowHandle
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from domain.identity import order_id_of, workflow_id_of
from domain.policy import DEFAULT_POLICY, FulfillmentPolicy
from gateways.carrier.factory import build_carrier
from gateways.carrier.simulator.faults import Fault
from gateways.carrier.simulator.gateway import CarrierSimulator, SimulatorOptions
from messages.names import TASK_QUEUE, SignalName, UpdateName
from messages.order_messages import (
    CancelOrder,
    ConfirmDelivery,
    ConfirmHandover,
    ConfirmPack,
    ConfirmPick,
    ConfirmPutBack,
    Message,
    PackedLine,
    PackedPackage,
    PickedLine,
)
from messages.order_state import OrderState
from messages.order_steps import Answer, OrderInput, OrderResult
from messages.reports import Progress
from operations.delivery import Delivery
from operations.orders import OrderOperations
from operations.relay import Relay
from persistence.backlog import wake_waiting_orders
from persistence.database import Database
from persistence.progress import load_state
from persistence.stock import MovementCause
from persistence.tables import (
    allocation,
    exception_table,
    fulfillment_event,
    label,
    pick_line,
    pick_task,
)
from tests.builders.documents import a_document
from tests.builders.fakes import InterruptibleDatabase, InterruptibleRuns
from tests.builders.stock import BIN, differences, furnish, put_in_stock, stock_at
from worker import WorkerParts, build_worker

POLL_SECONDS = 0.01
WAIT_SECONDS = 15.0
Handle = WorkflowHandle[Any, OrderResult]


@dataclass(slots=True)
class ShopClock:
    """The shop's time: the machine's, moved on by what was skipped."""

    offset: timedelta = timedelta(0)

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.offset

    def set(self, now: datetime) -> None:
        self.offset = now - datetime.now(UTC)


@dataclass(kw_only=True)
class Shop:
    """One shop with its own database, carrier and task queue on a given server."""

    client: Client
    database: Database
    worker_database: InterruptibleDatabase
    carrier: CarrierSimulator
    parts: WorkerParts
    runs: InterruptibleRuns
    delivery: Delivery
    orders: OrderOperations
    relay: Relay
    clock: ShopClock
    environment: WorkflowEnvironment | None
    placed: list[str] = field(default_factory=list)
    _name: str = field(default_factory=lambda: f"t{uuid.uuid4().hex[:7]}")
    _numbers: count[int] = field(default_factory=lambda: count(1))
    _worker: Worker | None = None

    # Orders and messages.

    def number(self) -> str:
        """Return an order number nobody has used on this server."""
        return f"{self._name}.{next(self._numbers)}"

    def message_id(self, name: str = "m") -> str:
        """Return a message id nobody has used."""
        return f"{name}-{next(self._numbers)}"

    async def place(
        self,
        *lines: tuple[str, int],
        number: str | None = None,
        **fields: object,
    ) -> str:
        """Place an order, by default of two mugs, and wait for its first step."""
        document = a_document(number or self.number(), lines or (("MUG", 2),))
        document |= fields
        placed = await self.orders.place(document)
        self.placed.append(placed.order_id)
        await self.until(lambda: self.stored_state(placed.order_id) is not None)
        return placed.order_id

    async def store_only(self, document: Mapping[str, object]) -> str:
        """Store an order as a process that dies before it can start the run."""
        self.runs.is_unreachable = True
        try:
            placed = await self.orders.place(document)
        finally:
            self.runs.is_unreachable = False
        assert not placed.is_started
        self.placed.append(placed.order_id)
        return placed.order_id

    async def start_directly(
        self, document: Mapping[str, object], *, order_id: str | None = None
    ) -> Handle:
        """Start a run with a document, as an integrator without our code does."""
        named = order_id or order_id_of(
            str(document["source"]), str(document["number"])
        )
        self.placed.append(named)
        return await self.client.start_workflow(
            "OrderFulfillment",
            OrderInput(order_id=named, document=dict(document)),
            id=workflow_id_of(named),
            task_queue=self.parts.task_queue,
            result_type=OrderResult,
        )

    async def tell(self, order_id: str, name: UpdateName, message: Message) -> Answer:
        """Send an update and return its answer."""
        answer = await self.orders.tell(order_id, name, message)
        assert answer is not None
        return answer

    async def signal(
        self, order_id: str, name: SignalName, /, **payload: object
    ) -> None:
        """Send a signal, a message id being given if the payload has none."""
        told = {"message_id": self.message_id(name), "actor": "device:1", **payload}
        await self.runs.signal(order_id, name, told)

    async def pick(
        self,
        order_id: str,
        *,
        short: int = 0,
        reason: str = "not_there",
        message_id: str | None = None,
        shipment_id: str | None = None,
    ) -> Answer:
        """Confirm every open pick line, the first with `short` units too few."""
        message = self.pick_message(
            order_id, short=short, reason=reason, shipment_id=shipment_id
        )
        if message_id is not None:
            message = message.model_copy(update={"message_id": message_id})
        return await self.tell(order_id, UpdateName.CONFIRM_PICK, message)

    def pick_message(
        self,
        order_id: str,
        *,
        short: int = 0,
        reason: str = "not_there",
        shipment_id: str | None = None,
    ) -> ConfirmPick:
        """Return the message that confirms every open pick line."""
        rows = self.open_pick_lines(order_id, shipment_id)
        lines = tuple(
            PickedLine.model_validate(
                {
                    "line_no": row.line_no,
                    "sku": row.sku,
                    "location": row.location_id,
                    "quantity": row.quantity - (short if not number else 0),
                    "reason": reason if short and not number else None,
                }
            )
            for number, row in enumerate(rows)
        )
        return ConfirmPick(
            message_id=self.message_id("pick"),
            actor="picker:7",
            lines=lines,
            shipment_id=shipment_id,
        )

    async def pack(self, order_id: str, *, shipment_id: str | None = None) -> Answer:
        """Pack what was picked into one package, and do not wait for the label."""
        return await self.tell(
            order_id,
            UpdateName.CONFIRM_PACK,
            self.pack_message(order_id, shipment_id=shipment_id),
        )

    def pack_message(
        self, order_id: str, *, shipment_id: str | None = None
    ) -> ConfirmPack:
        """Return the message that counts all that was picked into one package."""
        packed = tuple(
            PackedLine(sku=sku, quantity=quantity)
            for sku, quantity in self.picked_units(order_id, shipment_id).items()
        )
        return ConfirmPack(
            message_id=self.message_id("pack"),
            actor="packer:7",
            packages=(PackedPackage(lines=packed),),
            shipment_id=shipment_id,
        )

    async def hand_over(
        self, order_id: str, *, shipment_id: str | None = None
    ) -> Answer:
        """Give the packed shipment to the carrier."""
        message = ConfirmHandover(
            message_id=self.message_id("handover"),
            actor="packer:7",
            shipment_id=shipment_id,
        )
        return await self.tell(order_id, UpdateName.CONFIRM_HANDOVER, message)

    async def deliver(self, order_id: str, *, shipment_id: str | None = None) -> Answer:
        """Say that the shipment reached its door."""
        message = ConfirmDelivery(
            message_id=self.message_id("delivery"),
            actor="driver:7",
            proof_reference="pod-7",
            shipment_id=shipment_id,
        )
        return await self.tell(order_id, UpdateName.CONFIRM_DELIVERY, message)

    async def cancel(self, order_id: str, **fields: object) -> Answer:
        """Ask for the order's cancel."""
        message = CancelOrder.model_validate(
            {
                "message_id": self.message_id("cancel"),
                "actor": "customer_service:1",
                **fields,
            }
        )
        return await self.tell(order_id, UpdateName.CANCEL_ORDER, message)

    async def put_back(self, order_id: str, **fields: object) -> Answer:
        """Say that the goods are back in their bins."""
        message = ConfirmPutBack.model_validate(
            {
                "message_id": self.message_id("put-back"),
                "actor": "picker:7",
                **fields,
            }
        )
        return await self.tell(order_id, UpdateName.CONFIRM_PUT_BACK, message)

    async def carrier_event(
        self, order_id: str, milestone: str, **fields: object
    ) -> None:
        """Send a fact of the carrier as its webhook does."""
        await self.signal(
            order_id,
            SignalName.CARRIER_EVENT,
            **{
                "milestone": milestone,
                "occurred_at": self.clock().isoformat(),
                "actor": "carrier:simulator",
                **fields,
            },
        )

    async def carry(self, order_id: str, until: str) -> None:
        """Bring an order to a stage: allocated, picked, packed, labelled or shipped."""
        stages = ("released", "picked", "packed", "labelled", "shipped", "delivered")
        steps = (self.pick, self.pack, self.labelled, self.hand_over, self.deliver)
        for step in steps[: stages.index(until)]:
            await step(order_id)

    async def carry_on(self, order_id: str) -> None:
        """Bring an order from the floor to its door."""
        for step in (self.pick, self.pack, self.labelled, self.hand_over, self.deliver):
            await step(order_id)

    # Time.

    async def now(self) -> datetime:
        """Return the server's time, and set the shop's clock to it."""
        if self.environment is not None:
            self.clock.set(await self.environment.get_current_time())
        return self.clock()

    async def pass_time(self, by: timedelta) -> datetime:
        """Let time pass on the time-skipping server; return the new time."""
        assert self.environment is not None
        await asyncio.wait_for(self.environment.sleep(by), WAIT_SECONDS)
        return await self.now()

    async def pass_until(self, moment: datetime) -> datetime:
        """Let time pass until a moment."""
        return await self.pass_time(max(moment - await self.now(), timedelta(0)))

    async def until(
        self, check: Callable[[], bool], seconds: float = WAIT_SECONDS
    ) -> None:
        """Wait until something is so; fail if it does not come to be."""
        deadline = asyncio.get_running_loop().time() + seconds
        while not await asyncio.to_thread(check):
            if asyncio.get_running_loop().time() > deadline:
                raise AssertionError(f"not so within {seconds:g} s")
            await asyncio.sleep(POLL_SECONDS)

    async def labelled(self, order_id: str) -> None:
        """Wait until the shipment has its label."""
        await self.until(
            lambda: any(s.label == "made" for s in self.state(order_id).shipments)
        )

    async def becomes(self, order_id: str, status: str) -> None:
        """Wait until the read model shows a status."""
        await self.until(lambda: self.state(order_id).status == status)

    async def ends(self, order_id: str) -> OrderResult:
        """Wait for the end of the run."""
        return await asyncio.wait_for(self.handle(order_id).result(), WAIT_SECONDS)

    # Looking.

    def handle(self, order_id: str) -> Handle:
        """Return the order's run."""
        return self.client.get_workflow_handle(
            workflow_id_of(order_id), result_type=OrderResult
        )

    async def progress(self, order_id: str) -> Progress:
        """Ask the run."""
        return await self.runs.progress(order_id)

    def stored_state(self, order_id: str) -> OrderState | None:
        """Return the read model's state, if the run has written one."""
        with self.database.read() as connection:
            return load_state(connection, order_id)

    def state(self, order_id: str) -> OrderState:
        """Return the read model's state."""
        state = self.stored_state(order_id)
        assert state is not None
        return state

    def rows(self, table: Table, **wanted: object) -> list[Row[Any]]:
        """Return the rows of a table whose columns have these values."""
        chosen = select(table).where(*(table.c[n] == v for n, v in wanted.items()))
        with self.database.read() as connection:
            return list(connection.execute(chosen.order_by(*table.primary_key)))

    def events(self, order_id: str) -> list[str]:
        """Return the kinds of an order's events, oldest first."""
        return [row.kind for row in self.rows(fulfillment_event, order_id=order_id)]

    def events_of(self, order_id: str, kind: str) -> list[Row[Any]]:
        """Return an order's events of one kind."""
        return self.rows(fulfillment_event, order_id=order_id, kind=kind)

    def exceptions(self, order_id: str) -> list[Row[Any]]:
        """Return every exception about an order, resolved ones too."""
        return self.rows(exception_table, order_id=order_id)

    def valid_labels(self, shipment_id: str) -> list[Row[Any]]:
        """Return the labels of a shipment that are not void, in our books."""
        return self.rows(label, shipment_id=shipment_id, voided_at=None)

    def open_pick_lines(
        self, order_id: str, shipment_id: str | None = None
    ) -> list[Row[Any]]:
        """Return the pick lines of open pick tasks that nobody has confirmed."""
        chosen = (
            select(pick_line)
            .join(pick_task, pick_task.c.pick_task_id == pick_line.c.pick_task_id)
            .join(allocation, allocation.c.allocation_id == pick_line.c.allocation_id)
            .where(
                allocation.c.order_id == order_id,
                pick_task.c.kind == "pick",
                pick_task.c.status == "open",
                pick_line.c.done_quantity.is_(None),
            )
            .order_by(pick_line.c.pick_task_id, pick_line.c.pick_line_no)
        )
        if shipment_id is not None:
            chosen = chosen.where(pick_task.c.shipment_id == shipment_id)
        with self.database.read() as connection:
            return list(connection.execute(chosen))

    def picked_units(
        self, order_id: str, shipment_id: str | None = None
    ) -> dict[str, int]:
        """Return what stands in staging for an order, by article."""
        units: dict[str, int] = {}
        for row in self.rows(allocation, order_id=order_id):
            if shipment_id in (None, row.shipment_id) and row.picked_quantity:
                units[row.sku] = units.get(row.sku, 0) + row.picked_quantity
        return units

    def stock(self, sku: str, place: str = BIN) -> tuple[int, int]:
        """Return on hand and allocated units of an article at a place."""
        with self.database.read() as connection:
            return stock_at(connection, place, sku)

    def imbalance(self) -> list[str]:
        """Say where the books of stock do not agree."""
        with self.database.read() as connection:
            return differences(connection)

    # The world outside.

    async def receive(self, sku: str, quantity: int, place: str = BIN) -> None:
        """Receive stock, and tell the orders that wait for it."""
        why = MovementCause(
            cause=self.message_id("receipt"),
            actor="receiver:7",
            occurred_at=self.clock(),
            recorded_at=self.clock(),
        )
        with self.database.write() as connection:
            level = put_in_stock(connection, sku, quantity, why, place)
            wake_waiting_orders(connection, [level], cause=why.cause, at=self.clock())
        await self.relay_all()

    async def relay_all(self) -> None:
        """Deliver what waits in the outbox, however young it is."""
        self.clock.offset += timedelta(seconds=2)
        await self.relay.deliver_once()

    def break_carrier(self, fault: Fault) -> None:
        """Switch a fault of the carrier on."""
        self.carrier.faults.switch_on(fault)

    async def start_worker(self) -> None:
        """Have a worker from now on."""
        self._worker = build_worker(self.client, self.parts)
        await self._worker.__aenter__()

    async def stop_worker(self) -> None:
        """Have no worker until one is started."""
        if self._worker is not None:
            await self._worker.__aexit__(None, None, None)
            self._worker = None

    async def close_runs(self) -> None:
        """Terminate what a test left open, when nothing of it is under way.

        A time-skipping server counts an activity or task that was under way at the
        end of its run for ever, and skips no time again.
        """
        self.carrier.faults.clear()
        self.worker_database.is_down = False
        for order_id in self.placed:
            if await self.runs.is_open(order_id):
                await self._let_finish(order_id)
                await self.handle(order_id).terminate()

    async def _let_finish(self, order_id: str) -> None:
        deadline = asyncio.get_running_loop().time() + WAIT_SECONDS
        while asyncio.get_running_loop().time() < deadline:
            raw = (await self.handle(order_id).describe()).raw_description
            # Time passes for what waits to be tried again, never under what runs.
            if self.environment is not None and any(
                pending.state == PendingActivityState.PENDING_ACTIVITY_STATE_SCHEDULED
                and pending.attempt > 1
                for pending in raw.pending_activities
            ):
                await self.pass_time(timedelta(minutes=2))
            elif raw.pending_activities or raw.HasField("pending_workflow_task"):
                await asyncio.sleep(POLL_SECONDS)
            else:
                return


class ShopOptions(TypedDict, total=False):
    """What kind of shop to open; `environment` for one whose time can be skipped."""

    task_queue: str
    policy: FulfillmentPolicy
    environment: WorkflowEnvironment
    carrier: str
    with_worker: bool
    furnished: bool


@asynccontextmanager
async def open_shop(
    client: Client,
    database_url: str,
    directory: Path,
    **options: Unpack[ShopOptions],
) -> AsyncIterator[Shop]:
    """Open a furnished shop on a server, its worker running."""
    clock = ShopClock()
    environment = options.get("environment")
    if environment is not None:
        clock.set(await environment.get_current_time())
    store = directory / "carrier.db"
    simulator = CarrierSimulator(store, SimulatorOptions(), clock)
    parts = WorkerParts(
        database=InterruptibleDatabase(database_url),
        carriers={
            "simulator": simulator,
            "manual": build_carrier("manual", store, clock=clock),
        },
        carrier=options.get("carrier", "simulator"),
        policy=options.get("policy", DEFAULT_POLICY),
        clock=clock,
        task_queue=options.get("task_queue", TASK_QUEUE),
        threads=4,
    )
    shop = _shop(client, Database(database_url), simulator, parts, environment)
    if options.get("furnished", True):
        _furnish(shop)
    try:
        if options.get("with_worker", True):
            await shop.start_worker()
        yield shop
    finally:
        await shop.stop_worker()
        shop.database.close()
        shop.worker_database.close()
        simulator.close()


def _furnish(shop: Shop) -> None:
    opening = MovementCause(
        cause="opening",
        actor="receiver:7",
        occurred_at=shop.clock(),
        recorded_at=shop.clock(),
    )
    with shop.database.write() as connection:
        furnish(connection, opening)


def _shop(
    client: Client,
    database: Database,
    simulator: CarrierSimulator,
    parts: WorkerParts,
    environment: WorkflowEnvironment | None,
) -> Shop:
    assert isinstance(parts.database, InterruptibleDatabase)
    assert isinstance(parts.clock, ShopClock)
    runs = InterruptibleRuns(client, task_queue=parts.task_queue)
    delivery = Delivery(
        database=database, runs=runs, policy=parts.policy, clock=parts.clock
    )
    return Shop(
        client=client,
        database=database,
        worker_database=parts.database,
        carrier=simulator,
        parts=parts,
        runs=runs,
        delivery=delivery,
        orders=OrderOperations(
            database=database, delivery=delivery, policy=parts.policy, clock=parts.clock
        ),
        relay=Relay(
            database=database, delivery=delivery, holder="test", clock=parts.clock
        ),
        clock=parts.clock,
        environment=environment,
    )
