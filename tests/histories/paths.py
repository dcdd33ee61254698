"""Every path of a run that has a command sequence of its own, as a story to record."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta

from domain.identity import order_id_of
from gateways.carrier.simulator.faults import Fault, FaultKind
from messages.names import SignalName, UpdateName
from messages.order_messages import (
    AnswerFloorRequest,
    ReleaseHold,
    ResolveException,
)
from tests.builders.documents import a_document, a_line, another_address
from tests.builders.shop import Shop

Path = Callable[[Shop], Awaitable[str]]
DAY = timedelta(days=1)


async def straight_through(shop: Shop) -> str:
    order_id = await shop.place(("MUG", 2), ("SET", 1))
    for step in (shop.pick, shop.pack, shop.labelled, shop.hand_over):
        await step(order_id)
    await shop.signal(order_id, SignalName.DELIVERY_CONFIRMED)
    return order_id


async def by_signals_alone(shop: Shop) -> str:
    order_id = await shop.place()
    lines = [{"line_no": 1, "quantity": 2}]
    packages = [{"lines": [{"sku": "MUG", "quantity": 2}]}]
    await shop.signal(order_id, SignalName.PICK_CONFIRMED, lines=lines)
    await shop.becomes(order_id, "picked")
    await shop.signal(order_id, SignalName.PACK_CONFIRMED, packages=packages)
    await shop.labelled(order_id)
    await shop.signal(order_id, SignalName.HANDOVER_CONFIRMED)
    await shop.signal(order_id, SignalName.PICK_CONFIRMED, lines="unreadable")
    for milestone in ("accepted", "in_transit", "delivered"):
        await shop.carrier_event(order_id, milestone)
    return order_id


async def started_directly(shop: Shop) -> str:
    document = a_document(shop.number())
    await shop.start_directly(document)
    order_id = order_id_of("web", str(document["number"]))
    await shop.until(lambda: shop.stored_state(order_id) is not None)
    await shop.carry_on(order_id)
    return order_id


async def every_deadline_missed(shop: Shop) -> str:
    order_id = await shop.place(lines=[a_line("MUG", 2, unit_price="1.00")])
    await shop.pass_time(20 * DAY)
    release = ReleaseHold(message_id="release", kind="price")
    await shop.tell(order_id, UpdateName.RELEASE_HOLD, release)
    for step in (shop.pick, shop.pack, shop.hand_over, shop.deliver):
        await shop.pass_time(20 * DAY)
        await step(order_id)
    return order_id


async def payment_never_came(shop: Shop) -> str:
    order_id = await shop.place(payment={"status": "awaited"})
    await shop.pass_time(4 * DAY)
    return order_id


async def cancelled_before_picking(shop: Shop) -> str:
    order_id = await shop.place()
    await shop.cancel(order_id)
    return order_id


async def cancelled_while_picked(shop: Shop) -> str:
    order_id = await shop.place()
    await shop.carry(order_id, "picked")
    await shop.cancel(order_id)
    await shop.put_back(order_id)
    return order_id


async def cancelled_with_a_label(shop: Shop) -> str:
    order_id = await shop.place()
    await shop.carry(order_id, "labelled")
    await shop.cancel(order_id)
    await shop.put_back(order_id)
    return order_id


async def cancelled_while_the_label_was_made(shop: Shop) -> str:
    shop.break_carrier(Fault(kind=FaultKind.SLOW, seconds=0.5, count=1))
    order_id = await shop.place()
    await shop.carry(order_id, "packed")
    await shop.cancel(order_id)
    await shop.put_back(order_id)
    return order_id


async def label_not_taken_back(shop: Shop) -> str:
    order_id = await shop.place()
    await shop.carry(order_id, "labelled")
    number = shop.state(order_id).shipments[0].tracking_number
    await shop.carrier.hand_over(str(number), shop.clock())
    await shop.cancel(order_id)
    await shop.put_back(order_id)
    return order_id


async def floor_refused_the_cancel(shop: Shop) -> str:
    order_id = await shop.place()
    await shop.carry(order_id, "picked")
    await shop.cancel(order_id)
    refusal = AnswerFloorRequest(message_id="floor", accept=False)
    await shop.tell(order_id, UpdateName.ANSWER_FLOOR_REQUEST, refusal)
    for step in (shop.pack, shop.hand_over, shop.deliver):
        await step(order_id)
    return order_id


async def temporal_cancelled_at_once(shop: Shop) -> str:
    order_id = await shop.place()
    await shop.runs.cancel(order_id)
    return order_id


async def temporal_cancelled_with_a_label(shop: Shop) -> str:
    order_id = await shop.place()
    await shop.carry(order_id, "labelled")
    await shop.runs.cancel(order_id)
    await shop.becomes(order_id, "cancelling")
    await shop.put_back(order_id)
    return order_id


async def temporal_cancelled_after_the_hand_over(shop: Shop) -> str:
    order_id = await shop.place()
    await shop.carry(order_id, "shipped")
    await shop.runs.cancel(order_id)
    await shop.until(lambda: bool(shop.exceptions(order_id)))
    await shop.deliver(order_id)
    return order_id


async def short_pick_and_second_shipment(shop: Shop) -> str:
    order_id = await shop.place(("MUG", 100))
    await shop.pick(order_id, short=3)
    for step in (shop.pack, shop.hand_over, shop.deliver):
        await step(order_id)
    await shop.receive("MUG", 10, "B-01")
    await shop.becomes(order_id, "released")
    await shop.carry_on(order_id)
    return order_id


async def customer_asked_and_answered(shop: Shop) -> str:
    order_id = await shop.place(("MUG", 101), when_missing="ask_customer")
    [asked] = shop.state(order_id).exceptions
    answer = ResolveException(
        message_id="answer",
        exception_id=asked.exception_id,
        resolution="cancel_rest",
    )
    await shop.tell(order_id, UpdateName.RESOLVE_EXCEPTION, answer)
    await shop.carry_on(order_id)
    return order_id


async def customer_never_answered(shop: Shop) -> str:
    order_id = await shop.place(("MUG", 101), when_missing="ask_customer")
    await shop.pass_time(4 * DAY)
    await shop.becomes(order_id, "released")
    await shop.cancel(order_id)
    return order_id


async def label_refused_then_moved(shop: Shop) -> str:
    fault = Fault(kind=FaultKind.REFUSE_ADDRESS, postcode_pattern="10115")
    shop.break_carrier(fault)
    order_id = await shop.place()
    await shop.carry(order_id, "packed")
    await shop.until(lambda: bool(shop.exceptions(order_id)))
    await _move(shop, order_id)
    await shop.hand_over(order_id)
    await shop.deliver(order_id)
    return order_id


async def moved_after_the_label(shop: Shop) -> str:
    order_id = await shop.place()
    await shop.carry(order_id, "labelled")
    await _move(shop, order_id)
    await shop.hand_over(order_id)
    await shop.deliver(order_id)
    return order_id


async def moved_while_the_label_was_made(shop: Shop) -> str:
    shop.break_carrier(Fault(kind=FaultKind.SLOW, seconds=0.5, count=1))
    order_id = await shop.place()
    await shop.carry(order_id, "packed")
    await _move(shop, order_id)
    await shop.hand_over(order_id)
    await shop.deliver(order_id)
    return order_id


async def hand_over_before_the_label(shop: Shop) -> str:
    shop.break_carrier(Fault(kind=FaultKind.SLOW, seconds=0.5, count=1))
    order_id = await shop.place()
    await shop.carry(order_id, "packed")
    await shop.hand_over(order_id)
    await shop.deliver(order_id)
    return order_id


async def database_down_and_back(shop: Shop) -> str:
    order_id = await shop.place()
    payload = shop.pick_message(order_id).model_dump(mode="json")
    shop.worker_database.is_down = True
    await shop.runs.signal(order_id, SignalName.PICK_CONFIRMED, payload)
    await shop.until(lambda: shop.worker_database.refused >= 3)
    await shop.pass_time(timedelta(minutes=2))
    shop.worker_database.is_down = False
    await shop.pass_time(timedelta(minutes=1))
    await shop.becomes(order_id, "picked")
    for step in (shop.pack, shop.hand_over, shop.deliver):
        await step(order_id)
    return order_id


async def invalid_document(shop: Shop) -> str:
    document = a_document(shop.number(), lines=[])
    await shop.start_directly(document)
    return order_id_of("web", str(document["number"]))


async def _move(shop: Shop, order_id: str) -> None:
    await shop.orders.change_ship_to(
        order_id, another_address(), message_id="move", actor="customer_service:1"
    )


PATHS: tuple[Path, ...] = (
    straight_through,
    by_signals_alone,
    started_directly,
    every_deadline_missed,
    payment_never_came,
    cancelled_before_picking,
    cancelled_while_picked,
    cancelled_with_a_label,
    cancelled_while_the_label_was_made,
    label_not_taken_back,
    floor_refused_the_cancel,
    temporal_cancelled_at_once,
    temporal_cancelled_with_a_label,
    temporal_cancelled_after_the_hand_over,
    short_pick_and_second_shipment,
    customer_asked_and_answered,
    customer_never_answered,
    label_refused_then_moved,
    moved_after_the_label,
    moved_while_the_label_was_made,
    hand_over_before_the_label,
    database_down_and_back,
    invalid_document,
)
