"""Everything that can happen to stock, in any order, with a crash between any two."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import TypeVar

from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    rule,
)

from benchmarks.scarce_shop import WAREHOUSES, bins_of
from domain.errors import InvalidInput, Refused
from domain.policy import CountTerms
from domain.shipments.status import BEFORE_PICKING, ShipmentStatus
from domain.stock.counts import CountStatus
from domain.stock.movements import damaged_location_of, staging_location_of
from domain.stock.reservations import ReservationStatus
from messages.names import UpdateName
from messages.order_messages import (
    AnswerFloorRequest,
    CancelOrder,
    ConfirmHandover,
    ConfirmPack,
    ConfirmPick,
    ConfirmPutBack,
    Message,
    PackedLine,
    PackedPackage,
    PickedLine,
    ResourceShipment,
    ShortReason,
)
from messages.order_state import ShipmentState
from operations.adjustments import AdjustStock, ReturnStock, adjust_stock, return_stock
from operations.counting import (
    ApproveCount,
    ConfirmCount,
    CountAnswer,
    OpenCount,
    approve_count,
    confirm_count,
    open_count,
)
from operations.transfers import (
    DamageStock,
    TransferStock,
    damage_stock,
    transfer_stock,
)
from tests.stock.books import difference, faults, left_over, units_by_place
from tests.stock.floor import ARTICLES, Crash, Floor

A = TypeVar("A")
SKUS = ARTICLES[:2]
BINS = tuple(place for each in WAREHOUSES for place in bins_of(each)[:2])
OUT_OF_SALE = frozenset({ShortReason.DAMAGED, ShortReason.EXPIRED})
# Never asks for an approval of what it knows the value of; without a cost it asks.
TERMS = CountTerms()

crashes = st.sampled_from(Crash)
skus = st.sampled_from(SKUS)
bins = st.sampled_from(BINS)
few = st.integers(1, 4)
choices = st.integers(0, 99)


def warehouse_of(place: str) -> str:
    return place[:5]


class StockMachine(RuleBasedStateMachine):
    """Acts on the floor and on a model: where units lie, by place and article."""

    def __init__(self, floor: Floor, give_back: Callable[[], None]) -> None:
        super().__init__()
        self.floor = floor
        self.give_back = give_back
        self.on_hand: Counter[tuple[str, str]] = Counter()
        # Those that may still be open, by id, and until when they were promised.
        self.kept: dict[str, datetime] = {}
        self.numbers = itertools.count(1)
        floor.furnish()

    def teardown(self) -> None:
        try:
            self.floor.wake_all()
            self.books_agree()
            with self.floor.database.read() as connection:
                assert left_over(connection) == []
        finally:
            self.floor.close()
            self.give_back()

    # Goods come.

    @rule(place=bins, sku=skus, units=few, crash=crashes)
    def receive(self, place: str, sku: str, units: int, crash: Crash) -> None:
        self.floor.receive(f"r{next(self.numbers)}", (place, sku, units), crash=crash)
        self.on_hand[place, sku] += units

    @rule(place=bins, sku=skus, units=few, crash=crashes)
    def give_back_from_customer(
        self, place: str, sku: str, units: int, crash: Crash
    ) -> None:
        told = ReturnStock(**self.said(), sku=sku, quantity=units, location=place)
        self.by_hand(crash, lambda: self.book(return_stock, told))
        self.on_hand[place, sku] += units

    # Orders.

    @rule(wanted=st.lists(st.tuples(skus, few), min_size=1, max_size=3), crash=crashes)
    def order(self, wanted: Sequence[tuple[str, int]], crash: Crash) -> None:
        self.floor.open(f"n{next(self.numbers)}", *wanted, crash=crash)

    @rule(which=choices, crash=crashes)
    def cancel(self, which: int, crash: Crash) -> None:
        order_id = self.pick_one(self.open_orders(), which)
        if order_id is not None:
            self.tell(order_id, UpdateName.CANCEL_ORDER, CancelOrder, crash)

    @rule(crash=crashes)
    def wake(self, crash: Crash) -> None:
        self.floor.wake_next(crash)

    @rule(which=choices, crash=crashes)
    def source_again(self, which: int, crash: Crash) -> None:
        found = self.pick_one(self.shipments(BEFORE_PICKING), which)
        if found is not None:
            self.tell_of(found, UpdateName.RESOURCE_SHIPMENT, ResourceShipment, crash)

    @rule(hours=st.integers(1, 100), crash=crashes)
    def time_passes(self, hours: int, crash: Crash) -> None:
        self.floor.clock.pass_time(timedelta(hours=hours))
        for order_id in self.open_orders():
            due = self.floor.states[order_id].next_due()
            if due is not None and due <= self.floor.clock():
                self.floor.reach_due(order_id, crash)

    @rule(crash=crashes)
    def share_out(self, crash: Crash) -> None:
        self.floor.share_out(crash)

    # Reservations.

    @rule(
        wanted=st.dictionaries(skus, few, min_size=1),
        hours=st.integers(1, 48),
        crash=crashes,
    )
    def reserve(self, wanted: dict[str, int], hours: int, crash: Crash) -> None:
        lasts = timedelta(hours=hours)
        reference = f"cart{next(self.numbers)}"
        try:
            kept = self.floor.reserve(reference, wanted, lasts, crash)
        except Refused:
            return  # not so many are free
        assert kept.units == sum(wanted.values())
        self.kept[kept.reservation_id] = self.floor.clock() + lasts

    @rule(which=choices, hours=st.integers(1, 48), crash=crashes)
    def keep_longer(self, which: int, hours: int, crash: Crash) -> None:
        reservation_id = self.pick_one(list(self.kept), which)
        if reservation_id is None:
            return
        lasts = timedelta(hours=hours)
        with suppress(Refused):  # it has ended
            self.floor.extend(reservation_id, lasts, crash)
            until = max(self.kept[reservation_id], self.floor.clock() + lasts)
            self.kept[reservation_id] = until

    @rule(which=choices, is_released=st.booleans(), crash=crashes)
    def end_reservation(self, which: int, is_released: bool, crash: Crash) -> None:
        """Give it up, or look whether its time has come: before that it stays."""
        reservation_id = self.pick_one(list(self.kept), which)
        if reservation_id is None:
            return
        ended = self.floor.end_reservation(
            reservation_id, is_released=is_released, crash=crash
        )
        is_over = is_released or self.kept[reservation_id] <= self.floor.clock()
        is_open = ended.status == ReservationStatus.OPEN
        assert not (is_open and is_over)
        assert is_open or is_over or ended.status == ReservationStatus.USED
        if not is_open:
            del self.kept[reservation_id]

    @rule(
        which=choices,
        wanted=st.lists(st.tuples(skus, few), min_size=1, max_size=2),
        crash=crashes,
    )
    def order_what_is_kept(
        self, which: int, wanted: Sequence[tuple[str, int]], crash: Crash
    ) -> None:
        """Order with a reservation: what it keeps, or something else."""
        reservation_id = self.pick_one(list(self.kept), which)
        if reservation_id is not None:
            self.floor.open(
                f"n{next(self.numbers)}",
                *wanted,
                crash=crash,
                reservation_id=reservation_id,
            )

    # The floor.

    @rule(
        which=choices,
        short=st.sampled_from([0, 0, 0, 1, 2]),
        reason=st.sampled_from(ShortReason),
        crash=crashes,
    )
    def pick(self, which: int, short: int, reason: ShortReason, crash: Crash) -> None:
        """Pick one stop of a shipment, all of its units or some too few."""
        asked = self.shipments({ShipmentStatus.RELEASED, ShipmentStatus.PICKING})
        found = self.pick_one(asked, which)
        if found is None:
            return
        _, shipment = found
        stop = self.floor.stops(shipment.shipment_id)[0]
        picked = max(stop.quantity - short, 0)
        line = PickedLine(
            line_no=stop.line_no,
            sku=stop.sku,
            location=stop.location_id,
            quantity=picked,
            reason=reason if picked < stop.quantity else None,
        )
        self.tell_of(found, UpdateName.CONFIRM_PICK, ConfirmPick, crash, lines=(line,))
        staging = staging_location_of(shipment.warehouse_id)
        self.carry(stop.sku, picked, stop.location_id, staging)
        if reason in OUT_OF_SALE:
            damaged = damaged_location_of(shipment.warehouse_id)
            missing = stop.quantity - picked
            self.carry(stop.sku, missing, stop.location_id, damaged)

    @rule(which=choices, crash=crashes)
    def pack(self, which: int, crash: Crash) -> None:
        found = self.pick_one(self.shipments({ShipmentStatus.PICKED}), which)
        if found is None:
            return
        picked: Counter[str] = Counter()
        for row in self.floor.allocations(found[1].shipment_id):
            picked[row.sku] += row.picked_quantity
        lines = tuple(PackedLine(sku=s, quantity=n) for s, n in (+picked).items())
        packages = (PackedPackage(lines=lines),)
        self.tell_of(
            found, UpdateName.CONFIRM_PACK, ConfirmPack, crash, packages=packages
        )

    @rule(which=choices, crash=crashes)
    def ship(self, which: int, crash: Crash) -> None:
        found = self.pick_one(self.shipments({ShipmentStatus.PACKED}), which)
        if found is None:
            return
        rows = self.floor.allocations(found[1].shipment_id)
        self.tell_of(found, UpdateName.CONFIRM_HANDOVER, ConfirmHandover, crash)
        staging = staging_location_of(found[1].warehouse_id)
        for row in rows:
            self.on_hand[staging, row.sku] -= row.picked_quantity

    @rule(which=choices, crash=crashes)
    def put_back(self, which: int, crash: Crash) -> None:
        found = self.pick_one(self.shipments({ShipmentStatus.PUTTING_BACK}), which)
        if found is None:
            return
        rows = self.floor.allocations(found[1].shipment_id)
        self.tell_of(found, UpdateName.CONFIRM_PUT_BACK, ConfirmPutBack, crash)
        staging = staging_location_of(found[1].warehouse_id)
        for row in rows:
            self.carry(row.sku, row.picked_quantity, staging, row.location_id)

    @rule(which=choices, crash=crashes)
    def refuse_to_put_back(self, which: int, crash: Crash) -> None:
        found = self.pick_one(self.shipments({ShipmentStatus.PUTTING_BACK}), which)
        if found is not None:
            self.tell_of(
                found,
                UpdateName.ANSWER_FLOOR_REQUEST,
                AnswerFloorRequest,
                crash,
                accept=False,
            )

    # By hand.

    @rule(source=bins, goal=bins, sku=skus, units=few, crash=crashes)
    def transfer(
        self, source: str, goal: str, sku: str, units: int, crash: Crash
    ) -> None:
        if source == goal:
            return
        told = TransferStock(
            **self.said(),
            sku=sku,
            quantity=units,
            from_location=source,
            to_location=goal,
        )
        if self.by_hand(crash, lambda: self.book(transfer_stock, told)):
            self.carry(sku, units, source, goal)

    @rule(place=bins, sku=skus, units=few, crash=crashes)
    def damage(self, place: str, sku: str, units: int, crash: Crash) -> None:
        told = DamageStock(**self.said(), sku=sku, quantity=units, location=place)
        if self.by_hand(crash, lambda: self.book(damage_stock, told)):
            self.carry(sku, units, place, damaged_location_of(warehouse_of(place)))

    @rule(place=bins, sku=skus, change=st.integers(-3, 3), crash=crashes)
    def adjust(self, place: str, sku: str, change: int, crash: Crash) -> None:
        if not change:
            return
        told = AdjustStock(
            **self.said(), sku=sku, change=change, location=place, reason="found"
        )
        if self.by_hand(crash, lambda: self.book(adjust_stock, told)):
            self.on_hand[place, sku] += change

    @rule(place=bins, sku=skus, counted=st.integers(0, 8), crash=crashes)
    def count(self, place: str, sku: str, counted: int, crash: Crash) -> None:
        """Count a bin, a second time by somebody else, and approve it, as asked."""
        asked = OpenCount(**self.said(), location=place, sku=sku)
        task = self.by_hand(crash, lambda: self.book(open_count, asked))
        assert task is not None
        answer: CountAnswer = task
        while answer.status is not CountStatus.DONE:
            answer = self.answer_count(answer, counted, crash)
        # What is missing and promised stays on the books until its picks fail.
        adjustment = answer.adjustment or 0
        missing = counted - self.on_hand[place, sku]
        assert adjustment - answer.unbooked == missing
        self.on_hand[place, sku] += adjustment

    def answer_count(
        self, asked: CountAnswer, counted: int, crash: Crash
    ) -> CountAnswer:
        person = f"counter:{next(self.numbers)}"
        task_id = asked.count_task_id
        if asked.status is CountStatus.APPROVAL:
            approved = ApproveCount(**self.said(person), count_task_id=task_id)
            return self.floor.crashing(
                crash, lambda: self.book(approve_count, approved)
            )
        told = ConfirmCount(
            **self.said(person), count_task_id=task_id, quantity=counted
        )
        return self.floor.crashing(
            crash,
            lambda: confirm_count(self.floor.database, told, self.floor.clock, TERMS),
        )

    # What holds at every moment.

    @invariant()
    def books_agree(self) -> None:
        with self.floor.database.read() as connection:
            assert faults(connection) == []
            lying = units_by_place(connection)
        assert difference("the model", +self.on_hand, lying) == ""

    # Words for the above.

    def said(self, actor: str = "lead:1") -> dict[str, str]:
        """Return what every message carries, under an id nobody has used."""
        return {"message_id": f"m{next(self.numbers)}", "actor": actor}

    def book(self, act: Callable[..., A], told: Message) -> A:
        return act(self.floor.database, told, self.floor.clock)

    def by_hand(self, crash: Crash, act: Callable[[], A]) -> A | None:
        """Do it, or return None where it is refused: not so many are free."""
        try:
            return self.floor.crashing(crash, act)
        except InvalidInput:
            return None

    def tell(
        self,
        order_id: str,
        name: UpdateName,
        kind: type[Message],
        crash: Crash,
        **fields: object,
    ) -> None:
        message = kind.model_validate({**self.said(), **fields})
        self.floor.tell(order_id, name, message, crash)

    def tell_of(
        self,
        found: tuple[str, ShipmentState],
        name: UpdateName,
        kind: type[Message],
        crash: Crash,
        **fields: object,
    ) -> None:
        order_id, shipment = found
        self.tell(
            order_id, name, kind, crash, shipment_id=shipment.shipment_id, **fields
        )

    def carry(self, sku: str, units: int, source: str, target: str) -> None:
        self.on_hand[source, sku] -= units
        self.on_hand[target, sku] += units

    def open_orders(self) -> list[str]:
        states = self.floor.states
        return [order_id for order_id, state in states.items() if not state.ended]

    def shipments(
        self, statuses: Iterable[ShipmentStatus]
    ) -> list[tuple[str, ShipmentState]]:
        return [
            (order_id, shipment)
            for order_id in self.open_orders()
            for shipment in self.floor.states[order_id].shipments
            if shipment.status in statuses
        ]

    @staticmethod
    def pick_one(found: Sequence[A], which: int) -> A | None:
        return found[which % len(found)] if found else None
