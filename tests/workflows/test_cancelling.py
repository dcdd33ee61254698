"""Cancelled at any stage: goods, promises, labels and books are as they were."""

import asyncio
import logging
from datetime import timedelta

import pytest
from temporalio.client import WorkflowFailureError
from temporalio.exceptions import CancelledError

from domain.errors import BusinessError
from gateways.carrier.simulator.faults import Fault, FaultKind
from gateways.runs.protocol import RunRefused
from messages.names import SignalName, UpdateName
from messages.order_messages import AnswerFloorRequest, ConfirmPick
from persistence.tables import backorder, label, pick_task, refund_due
from tests.builders.documents import a_line
from tests.builders.shop import Shop

LINES = (("MUG", 2), ("SET", 1))
AT_ONCE = ("unknown article", "held", "backordered", "partly backordered", "released")
ON_THE_FLOOR = ("picking", "picked", "packed without label", "labelled")
WITH_THE_CARRIER = ("shipped", "delivered")


NOT_TAKEN = {
    "unknown article": [a_line("BECHER", 2)],
    "held": [a_line("MUG", 2, unit_price="1.00")],
    "backordered": [a_line("LAMP", 2)],
    "partly backordered": [a_line("MUG", 2), a_line("LAMP", 1)],
}


async def bring_to(shop: Shop, stage: str) -> str:
    """Have an order at a stage of its life."""
    if stage in NOT_TAKEN:
        return await shop.place(lines=NOT_TAKEN[stage])
    if stage == "picking":
        return await picking(shop)
    without_label = stage == "packed without label"
    if without_label:
        shop.break_carrier(Fault(kind=FaultKind.DOWN))
    order_id = await shop.place(*LINES)
    await shop.carry(order_id, "packed" if without_label else stage)
    return order_id


async def picking(shop: Shop) -> str:
    order_id = await shop.place(*LINES)
    every = shop.pick_message(order_id)
    first = every.model_copy(update={"lines": every.lines[:1]})
    await shop.tell(order_id, UpdateName.CONFIRM_PICK, first)
    return order_id


async def put_everything_back(shop: Shop, order_id: str) -> None:
    shop.carrier.faults.clear()
    await shop.becomes(order_id, "cancelling")
    await shop.put_back(order_id)


def assert_as_if_never_ordered(shop: Shop, order_id: str) -> None:
    state = shop.state(order_id)
    assert (state.status, state.backordered, state.deadlines) == ("cancelled", 0, [])
    assert (state.holds, state.exceptions) == ([], [])
    for sku in ("MUG", "JUG", "TRAY"):
        assert shop.stock(sku) == (100, 0)
        assert shop.stock(sku, "main:staging") == (0, 0)
    assert [t for t in shop.rows(pick_task) if t.status == "open"] == []
    owed = shop.rows(backorder, order_id=order_id)
    assert {row.status for row in owed} <= {"cancelled"}
    assert len(shop.events_of(order_id, "cancel_requested")) == 1
    assert len(shop.events_of(order_id, "cancelled")) == 1
    assert shop.imbalance() == []


async def assert_no_valid_label(shop: Shop) -> None:
    for row in shop.rows(label):
        assert row.voided_at is not None
        assert await shop.carrier.find_label(row.idempotency_key) is None


@pytest.mark.parametrize("stage", AT_ONCE)
async def test_before_anybody_picked_a_cancel_is_done_at_once(
    shop: Shop, stage: str
) -> None:
    order_id = await bring_to(shop, stage)

    answer = await shop.cancel(order_id, reason="customer")
    result = await shop.ends(order_id)

    assert answer.text == "the order is cancelled"
    assert result.status == "cancelled"
    assert_as_if_never_ordered(shop, order_id)
    assert len(shop.rows(refund_due, order_id=order_id)) == 1


@pytest.mark.parametrize("stage", ON_THE_FLOOR)
async def test_on_the_floor_a_cancel_waits_until_the_goods_are_put_back(
    shop: Shop, stage: str
) -> None:
    order_id = await bring_to(shop, stage)

    answer = await shop.cancel(order_id)
    assert "asked to put back" in answer.text
    assert shop.state(order_id).status == "cancelling"
    with pytest.raises(BusinessError, match="the floor has not answered"):
        await shop.cancel(order_id)
    await put_everything_back(shop, order_id)
    result = await shop.ends(order_id)

    assert result.status == "cancelled"
    assert_as_if_never_ordered(shop, order_id)
    await assert_no_valid_label(shop)
    assert len(shop.rows(refund_due, order_id=order_id)) == 1


async def test_goods_may_be_put_back_into_another_bin_by_signal(shop: Shop) -> None:
    order_id = await shop.place()
    await shop.carry(order_id, "picked")
    await shop.cancel(order_id)

    await shop.signal(
        order_id,
        SignalName.PUT_BACK_CONFIRMED,
        lines=[{"sku": "MUG", "quantity": 2, "location": "B-01"}],
    )
    await shop.ends(order_id)

    assert shop.stock("MUG") == (98, 0)
    assert shop.stock("MUG", "B-01") == (2, 0)


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        ([{"sku": "MUG", "quantity": 1}], "2 of MUG"),
        ([{"sku": "JUG", "quantity": 2}], "an article to put back"),
        ([{"sku": "MUG", "quantity": 2, "location": "Z-99"}], "location"),
    ],
)
async def test_a_put_back_that_does_not_add_up_is_refused(
    shop: Shop, lines: list[dict[str, object]], reason: str
) -> None:
    order_id = await shop.place()
    await shop.carry(order_id, "picked")
    await shop.cancel(order_id)

    with pytest.raises(RunRefused, match=reason):
        await shop.put_back(order_id, lines=lines)

    assert shop.state(order_id).status == "cancelling"
    await shop.put_back(order_id)
    await shop.ends(order_id)
    assert_as_if_never_ordered(shop, order_id)


@pytest.mark.parametrize("stage", WITH_THE_CARRIER)
async def test_once_the_carrier_has_it_a_cancel_is_refused_with_what_to_do(
    shop: Shop, stage: str
) -> None:
    order_id = await bring_to(shop, stage)

    with pytest.raises(BusinessError) as refused:
        await shop.cancel(order_id)

    told = "return" if stage == "shipped" else "the order is delivered"
    assert told in str(refused.value)
    assert shop.events_of(order_id, "cancel_requested") == []


@pytest.mark.parametrize("stage", ON_THE_FLOOR)
async def test_the_floor_may_refuse_and_the_order_goes_on_to_its_door(
    shop: Shop, stage: str
) -> None:
    order_id = await bring_to(shop, stage)
    await shop.cancel(order_id)
    refusal = AnswerFloorRequest(message_id="floor-1", accept=False, reason="loaded")
    await shop.tell(order_id, UpdateName.ANSWER_FLOOR_REQUEST, refusal)
    shop.carrier.faults.clear()

    if stage == "picking":
        await shop.pick(order_id)
    if stage in {"picking", "picked"}:
        await shop.pack(order_id)
    if stage == "packed without label":
        # The carrier is back; it is asked again within a minute.
        await shop.pass_time(timedelta(minutes=2))
    await shop.hand_over(order_id)
    await shop.deliver(order_id)
    result = await shop.ends(order_id)

    assert (result.status, result.delivered_shipments) == ("delivered", 1)
    assert shop.stock("MUG") == (98, 0)
    assert [e.data["reason"] for e in shop.events_of(order_id, "cancel_refused")] == [
        "loaded"
    ]
    assert shop.rows(refund_due, order_id=order_id) == []
    assert len(shop.valid_labels(f"{order_id}-1")) == 1


async def test_a_cancel_while_the_carrier_makes_the_label_leaves_no_label(
    shop: Shop,
) -> None:
    shop.break_carrier(Fault(kind=FaultKind.SLOW, seconds=0.5, count=1))
    order_id = await shop.place()
    await shop.carry(order_id, "packed")

    await shop.cancel(order_id)
    await shop.put_back(order_id)
    await shop.ends(order_id)

    assert len(shop.rows(label)) == 1
    await assert_no_valid_label(shop)
    assert_as_if_never_ordered(shop, order_id)


async def test_a_label_the_carrier_does_not_take_back_becomes_a_persons_task(
    shop: Shop,
) -> None:
    order_id = await shop.place()
    await shop.carry(order_id, "labelled")
    number = shop.state(order_id).shipments[0].tracking_number
    assert number is not None
    await shop.carrier.hand_over(number, shop.clock())

    await shop.cancel(order_id)
    await shop.put_back(order_id)
    await shop.ends(order_id)

    [asked] = shop.exceptions(order_id)
    assert (asked.kind, asked.owner_role, asked.resolved_at) == (
        "undo_failed",
        "operations",
        None,
    )
    assert len(shop.events_of(order_id, "undo_failed")) == 1
    assert shop.state(order_id).status == "cancelled"


async def test_a_void_that_nobody_answers_for_a_day_becomes_a_persons_task(
    shop: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    # Over a thousand attempts fail; their tracebacks would take most of the time.
    caplog.set_level(logging.ERROR)
    order_id = await shop.place()
    await shop.carry(order_id, "labelled")
    shop.break_carrier(Fault(kind=FaultKind.DOWN))

    await shop.cancel(order_id)
    await shop.put_back(order_id)
    # It is asked every minute, which takes the test server a while.
    for _ in range(5):
        await shop.pass_time(timedelta(hours=5))
    await shop.ends(order_id)

    assert [x.kind for x in shop.exceptions(order_id)] == ["undo_failed"]
    assert len(shop.valid_labels(f"{order_id}-1")) == 1


async def test_of_a_partly_shipped_order_only_the_rest_is_cancelled(
    shop: Shop,
) -> None:
    order_id = await shop.place(("MUG", 2), ("LAMP", 1))
    await shop.carry(order_id, "shipped")

    answer = await shop.cancel(order_id)
    assert shop.state(order_id).status == "shipped"
    await shop.deliver(order_id)
    result = await shop.ends(order_id)

    assert "not left is cancelled" in answer.text
    assert result.status == "delivered"
    [owed] = shop.rows(refund_due, order_id=order_id)
    assert owed.lines == [{"line_no": 2, "quantity": 1}]
    assert {row.status for row in shop.rows(backorder)} == {"cancelled"}


async def test_two_cancels_at_once_cancel_once(shop: Shop) -> None:
    order_id = await shop.place()

    answers = await asyncio.gather(
        shop.cancel(order_id), shop.cancel(order_id), return_exceptions=True
    )

    assert sum(isinstance(a, BusinessError) for a in answers) == 1
    await shop.ends(order_id)
    assert_as_if_never_ordered(shop, order_id)
    assert len(shop.rows(refund_due, order_id=order_id)) == 1


async def test_of_a_cancel_and_a_pick_at_once_one_comes_first(shop: Shop) -> None:
    order_id = await shop.place()
    picked: ConfirmPick = shop.pick_message(order_id)

    answers = await asyncio.gather(
        shop.cancel(order_id),
        shop.tell(order_id, UpdateName.CONFIRM_PICK, picked),
        return_exceptions=True,
    )

    assert not isinstance(answers[0], BaseException)
    if shop.state(order_id).status == "cancelling":
        await shop.put_back(order_id)
    await shop.ends(order_id)
    assert_as_if_never_ordered(shop, order_id)


class TestTemporalsOwnCancel:
    @pytest.mark.parametrize("stage", AT_ONCE)
    async def test_before_anybody_picked_it_undoes_at_once(
        self, shop: Shop, stage: str
    ) -> None:
        order_id = await bring_to(shop, stage)

        await shop.runs.cancel(order_id)
        await assert_run_cancelled(shop, order_id)

        assert_as_if_never_ordered(shop, order_id)

    @pytest.mark.parametrize("stage", ON_THE_FLOOR)
    async def test_on_the_floor_the_run_stays_open_for_the_put_back(
        self, shop: Shop, stage: str
    ) -> None:
        order_id = await bring_to(shop, stage)

        await shop.runs.cancel(order_id)
        await put_everything_back(shop, order_id)
        await assert_run_cancelled(shop, order_id)

        assert_as_if_never_ordered(shop, order_id)
        await assert_no_valid_label(shop)

    async def test_with_the_carrier_it_undoes_nothing_and_asks_a_person(
        self, shop: Shop
    ) -> None:
        order_id = await bring_to(shop, "shipped")

        await shop.runs.cancel(order_id)
        await shop.until(lambda: bool(shop.exceptions(order_id)))
        await shop.deliver(order_id)
        result = await shop.ends(order_id)

        [asked] = shop.exceptions(order_id)
        assert asked.kind == "cancel_after_handover"
        assert result.status == "delivered"
        assert shop.stock("MUG") == (98, 0)

    async def test_of_a_partly_shipped_order_it_cancels_the_rest(
        self, shop: Shop
    ) -> None:
        order_id = await shop.place(("MUG", 2), ("LAMP", 1))
        await shop.carry(order_id, "shipped")

        await shop.runs.cancel(order_id)
        await shop.until(lambda: bool(shop.exceptions(order_id)))

        assert shop.state(order_id).backordered == 0
        assert {row.status for row in shop.rows(backorder)} == {"cancelled"}
        await shop.deliver(order_id)
        assert (await shop.ends(order_id)).status == "delivered"

    async def test_before_the_first_step_it_captures_then_cancels(
        self, shop: Shop
    ) -> None:
        shop.worker_database.is_down = True
        placing = asyncio.create_task(shop.place(number="early"))
        await shop.until(lambda: shop.worker_database.refused > 0)

        await shop.runs.cancel("web-early")
        shop.worker_database.is_down = False
        await shop.pass_time(timedelta(minutes=1))
        await placing
        await assert_run_cancelled(shop, "web-early")

        assert_as_if_never_ordered(shop, "web-early")


async def assert_run_cancelled(shop: Shop, order_id: str) -> None:
    with pytest.raises(WorkflowFailureError) as failed:
        await shop.ends(order_id)
    assert isinstance(failed.value.cause, CancelledError)
