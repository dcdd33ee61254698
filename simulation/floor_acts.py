"""What robots of the floor do with one job: pick, put back, pack, hand over."""

from __future__ import annotations

import asyncio

from domain.errors import BusinessError
from messages.names import UpdateName
from messages.order_messages import (
    ConfirmHandover,
    ConfirmPack,
    ConfirmPick,
    ConfirmPutBack,
    Message,
    PackedLine,
    PackedPackage,
    PickedLine,
    ShortReason,
)
from operations.open_work import CarrierWork, PackWork
from operations.queries.floor import OpenTask, PickStop
from operations.shop import Shop
from simulation.bins import Mishap, RealBins
from simulation.habits import Habits
from simulation.messenger import tell
from simulation.said import Listener, Mood, Said

# What a picker says who cannot bring a unit, and how often; some are there after all.
_EXCUSES = (ShortReason.FEWER, ShortReason.WRONG_ITEM, ShortReason.CANNOT_REACH)
_HOW_OFTEN = (6, 1, 1)


class FloorActs:
    """The acts of pickers, packers and the clerk who meets the carrier."""

    def __init__(
        self, shop: Shop, habits: Habits, bins: RealBins, say: Listener
    ) -> None:
        """Act in this shop."""
        self._shop = shop
        self._habits = habits
        self._bins = bins
        self._say = say

    async def pick(self, task: OpenTask, actor: str, message_id: str) -> None:
        """Confirm every open stop, short where units are missing or damaged."""
        lines = tuple(
            [
                await self._picked(task, stop)
                for stop in task.lines
                if stop.done_quantity is None
            ]
        )
        message = ConfirmPick(
            message_id=message_id,
            actor=actor,
            shipment_id=task.shipment_id,
            lines=lines,
        )
        await self._tell(task.order_id, UpdateName.CONFIRM_PICK, message)
        short = [line for line in lines if line.reason is not None]
        for line in short:
            found = f"{line.quantity} of {line.sku} at {line.location}: {line.reason}"
            self._tell_watchers(actor, task.order_id, f"picked only {found}", True)
        if not short:
            units = sum(line.quantity for line in lines)
            self._tell_watchers(actor, task.order_id, f"picked {units} units")

    async def put_back(self, task: OpenTask, actor: str, message_id: str) -> None:
        """Put everything back where it came from."""
        message = ConfirmPutBack(
            message_id=message_id, actor=actor, shipment_id=task.shipment_id
        )
        await self._tell(task.order_id, UpdateName.CONFIRM_PUT_BACK, message)
        self._tell_watchers(actor, task.order_id, "put the goods back", True)

    async def pack(self, work: PackWork, actor: str, message_id: str) -> None:
        """Count into one package; a wrong count is refused, then counted again."""
        luck = self._habits.luck("pack", work.shipment_id)
        if luck.random() < self._habits.miscount_rate:
            wrong = dict(work.contents)
            wrong[luck.choice(sorted(wrong))] += 1
            try:
                await self._pack(work, wrong, actor, f"{message_id}:miscount")
            except BusinessError as refusal:
                told = f"counted wrong, counts again: {refusal}"
                self._tell_watchers(actor, work.order_id, told, True)
        await self._pack(work, work.contents, actor, message_id)
        units = sum(work.contents.values())
        self._tell_watchers(actor, work.order_id, f"packed {units} units")

    async def hand_over(self, work: CarrierWork, actor: str, message_id: str) -> None:
        """Give a shipment to its carrier; invent the number where it has none."""
        message = ConfirmHandover(
            message_id=message_id,
            actor=actor,
            shipment_id=work.shipment_id,
            tracking_number=work.tracking_number or f"T-{work.shipment_id}",
        )
        await self._tell(work.order_id, UpdateName.CONFIRM_HANDOVER, message)
        number = message.tracking_number
        told = f"handed over to {work.carrier} as {number}"
        self._tell_watchers(actor, work.order_id, told)

    async def _pack(
        self, work: PackWork, contents: dict[str, int], actor: str, message_id: str
    ) -> None:
        lines = tuple(
            PackedLine(sku=sku, quantity=quantity)
            for sku, quantity in sorted(contents.items())
        )
        message = ConfirmPack(
            message_id=message_id,
            actor=actor,
            shipment_id=work.shipment_id,
            packages=(PackedPackage(lines=lines),),
        )
        await self._tell(work.order_id, UpdateName.CONFIRM_PACK, message)

    async def _tell(self, order_id: str, name: UpdateName, message: Message) -> None:
        await tell(self._shop, order_id, name, message, self._say)

    async def _picked(self, task: OpenTask, stop: PickStop) -> PickedLine:
        quantity, reason = await self._found(task, stop)
        if reason is not None:
            self._bins.note_short(stop.location_id, task.order_id)
        return PickedLine(
            line_no=stop.line_no,
            sku=stop.sku,
            location=stop.location_id,
            quantity=quantity,
            reason=reason,
        )

    async def _found(
        self, task: OpenTask, stop: PickStop
    ) -> tuple[int, ShortReason | None]:
        there = await self._really_there(stop)
        if there < stop.quantity:
            return there, _lacking(there)
        mishap = self._bins.mishap_at(
            (task.pick_task_id, stop.pick_line_no),
            (stop.location_id, stop.sku),
            lambda: self._mishap(task, stop),
        )
        if mishap is None:
            return stop.quantity, None
        left = stop.quantity - mishap.units
        if mishap.reason is ShortReason.FEWER:
            return left, _lacking(left)
        return left, mishap.reason

    async def _really_there(self, stop: PickStop) -> int:
        if not self._bins.may_lack(stop.location_id, stop.sku):
            return stop.quantity
        booked = await asyncio.to_thread(self._shop.on_hand, stop.location_id)
        return self._bins.really_there(
            stop.location_id, stop.sku, booked.get(stop.sku, 0)
        )

    def _mishap(self, task: OpenTask, stop: PickStop) -> Mishap | None:
        luck = self._habits.luck("pick", task.pick_task_id, stop.pick_line_no)
        drawn = luck.random()
        if drawn < self._habits.short_rate:
            [reason] = luck.choices(_EXCUSES, _HOW_OFTEN)
            # What cannot be reached is there.
            vanishes = reason is not ShortReason.CANNOT_REACH
            return Mishap(units=1, reason=reason, vanishes=vanishes)
        if drawn < self._habits.short_rate + self._habits.damaged_rate:
            return Mishap(units=1, reason=ShortReason.DAMAGED, vanishes=False)
        return None

    def _tell_watchers(
        self, actor: str, order_id: str, text: str, is_notable: bool = False
    ) -> None:
        mood = Mood.NOTABLE if is_notable else Mood.USUAL
        self._say(Said(who=actor, text=text, order_id=order_id, mood=mood))


def _lacking(found: int) -> ShortReason:
    return ShortReason.FEWER if found else ShortReason.NOT_THERE
