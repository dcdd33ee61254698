"""What fails around a run: the database, the worker, the memory of a step."""

import asyncio
from datetime import timedelta

from activities.order_steps import OrderSteps
from messages.names import SignalName, UpdateName
from messages.order_messages import ConfirmPick, PlaceHold
from messages.order_state import LabelState
from messages.order_steps import Answer, ApplyMessageInput
from tests.builders.shop import Shop

MINUTE = timedelta(minutes=1)


def steps_of(shop: Shop) -> OrderSteps:
    return OrderSteps(
        database=shop.database,
        policy=shop.parts.policy,
        carrier="simulator",
        clock=shop.clock,
    )


async def update_later(shop: Shop, order_id: str, message: ConfirmPick) -> Answer:
    return await shop.tell(order_id, UpdateName.CONFIRM_PICK, message)


async def test_while_the_database_is_down_runs_wait_and_nothing_fails(
    shop: Shop,
) -> None:
    order_id = await shop.place()
    message = shop.pick_message(order_id)
    shop.worker_database.is_down = True

    picking = asyncio.create_task(update_later(shop, order_id, message))
    await shop.until(lambda: shop.worker_database.refused >= 3)
    await shop.pass_time(2 * MINUTE)
    pending = (await shop.handle(order_id).describe()).raw_description
    assert [p.activity_type.name for p in pending.pending_activities] == [
        "apply_message"
    ]
    assert "taken down" in pending.pending_activities[0].last_failure.message
    assert (await shop.progress(order_id)).status == "released"

    shop.worker_database.is_down = False
    await shop.pass_time(MINUTE)
    answer = await picking

    assert answer.status == "picked"
    assert shop.stock("MUG", "main:staging") == (2, 2)
    await shop.pack(order_id)
    await shop.labelled(order_id)
    await shop.hand_over(order_id)
    await shop.deliver(order_id)
    assert (await shop.ends(order_id)).status == "delivered"


async def test_an_order_placed_while_the_worker_has_no_database_is_opened_later(
    shop: Shop,
) -> None:
    shop.worker_database.is_down = True
    placing = asyncio.create_task(shop.place())
    await shop.until(lambda: shop.worker_database.refused >= 3)
    await shop.pass_time(2 * MINUTE)

    shop.worker_database.is_down = False
    await shop.pass_time(MINUTE)
    order_id = await placing

    assert shop.state(order_id).status == "released"
    assert shop.events(order_id).count("placed") == 1


async def test_a_label_bought_while_the_database_goes_down_is_stored_once(
    shop: Shop,
) -> None:
    order_id = await shop.place()
    await shop.carry(order_id, "picked")
    await shop.pack(order_id)
    shop.worker_database.is_down = True
    await shop.pass_time(2 * MINUTE)
    shop.worker_database.is_down = False
    await shop.pass_time(2 * MINUTE)
    await shop.labelled(order_id)

    assert len(shop.valid_labels(f"{order_id}-1")) == 1
    await shop.hand_over(order_id)


async def test_a_worker_that_is_stopped_and_started_carries_the_order_on(
    real_shop: Shop,
) -> None:
    order_id = await real_shop.place()
    await real_shop.carry(order_id, "labelled")
    await real_shop.stop_worker()

    await real_shop.start_worker()
    await real_shop.hand_over(order_id)
    await real_shop.deliver(order_id)

    assert (await real_shop.ends(order_id)).status == "delivered"
    assert len(real_shop.valid_labels(f"{order_id}-1")) == 1


async def test_a_step_that_was_stored_and_forgotten_by_the_run_is_taken_over(
    shop: Shop,
) -> None:
    order_id = await shop.place()
    forgotten = ApplyMessageInput(
        workflow_id=f"order-{order_id}",
        name=UpdateName.CONFIRM_PICK,
        is_signal=False,
        now=shop.clock(),
        state=shop.state(order_id),
        payload=shop.pick_message(order_id).model_dump(mode="json"),
    )
    told = steps_of(shop).apply_message(forgotten).answer
    assert (await shop.progress(order_id)).status == "released"

    answer = await shop.tell(
        order_id,
        UpdateName.PLACE_HOLD,
        PlaceHold(message_id="h", actor="manager:1", blocks=("hand_over",)),
    )

    assert told is not None
    assert (told.status, answer.status) == ("picked", "picked")
    assert (await shop.progress(order_id)).status == "picked"
    await shop.pack(order_id)
    assert shop.stock("MUG", "main:staging") == (2, 2)


async def test_the_forgotten_message_sent_again_gets_its_first_answer(
    shop: Shop,
) -> None:
    order_id = await shop.place()
    message = shop.pick_message(order_id)
    forgotten = ApplyMessageInput(
        workflow_id=f"order-{order_id}",
        name=UpdateName.CONFIRM_PICK,
        is_signal=False,
        now=shop.clock(),
        state=shop.state(order_id),
        payload=message.model_dump(mode="json"),
    )
    told = steps_of(shop).apply_message(forgotten).answer

    answer = await shop.tell(order_id, UpdateName.CONFIRM_PICK, message)

    assert answer == told
    assert (await shop.progress(order_id)).status == "picked"
    assert len(shop.events_of(order_id, "picked")) == 1


async def test_a_deadline_that_falls_due_on_a_forgotten_step_is_judged_anew(
    shop: Shop,
) -> None:
    order_id = await shop.place()
    [pick] = shop.state(order_id).deadlines
    forgotten = ApplyMessageInput(
        workflow_id=f"order-{order_id}",
        name=UpdateName.CONFIRM_PICK,
        is_signal=False,
        now=shop.clock(),
        state=shop.state(order_id),
        payload=shop.pick_message(order_id).model_dump(mode="json"),
    )
    steps_of(shop).apply_message(forgotten)

    await shop.pass_until(pick.due_at + timedelta(seconds=1))
    await shop.until(lambda: len(shop.events_of(order_id, "deadline_missed")) > 0)

    missed = [e.data["stage"] for e in shop.events_of(order_id, "deadline_missed")]
    assert missed == ["pack"]
    assert (await shop.progress(order_id)).status == "picked"


async def test_a_terminated_run_is_started_again_by_the_next_message(
    shop: Shop,
) -> None:
    order_id = await shop.place()
    await shop.carry(order_id, "picked")
    await shop.handle(order_id).terminate()

    await shop.pack(order_id)
    await shop.labelled(order_id)
    await shop.hand_over(order_id)
    await shop.deliver(order_id)

    assert (await shop.ends(order_id)).status == "delivered"
    assert len(shop.events_of(order_id, "placed")) == 1
    assert shop.stock("MUG") == (98, 0)


async def test_a_repeat_is_answered_by_a_run_that_never_saw_the_message(
    shop: Shop,
) -> None:
    order_id = await shop.place()
    message = shop.pick_message(order_id)
    first = await shop.tell(order_id, UpdateName.CONFIRM_PICK, message)

    # As after a crash before the server heard of the step: the run starts anew.
    await shop.handle(order_id).terminate()
    again = await shop.tell(order_id, UpdateName.CONFIRM_PICK, message)

    assert again == first
    assert shop.state(order_id).status == "picked"


async def test_a_delivery_told_before_the_run_heard_of_its_label_is_not_lost(
    shop: Shop,
) -> None:
    order_id = await shop.place()
    await shop.carry(order_id, "labelled")
    unheard = shop.state(order_id)
    [shipment] = unheard.shipments
    shipment.label, shipment.tracking_number = LabelState.WANTED, None

    told = ApplyMessageInput(
        workflow_id=f"order-{order_id}",
        name=SignalName.CARRIER_EVENT,
        is_signal=True,
        now=shop.clock(),
        state=unheard,
        payload={
            "message_id": "hook-1",
            "milestone": "delivered",
            "occurred_at": shop.clock().isoformat(),
        },
    )
    state = steps_of(shop).apply_message(told).state

    assert state.status == "delivered"
    assert shop.stock("MUG") == (98, 0)
