"""Messages: before the start, twice, in two forms, in parallel, after the end."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from temporalio.api.common.v1 import Payload, Payloads, WorkflowExecution
from temporalio.api.workflowservice.v1 import SignalWorkflowExecutionRequest
from temporalio.client import (
    WithStartWorkflowOperation,
    WorkflowUpdateFailedError,
    WorkflowUpdateStage,
)
from temporalio.common import WorkflowIDConflictPolicy

from domain.errors import BusinessError
from domain.identity import order_id_of, workflow_id_of
from gateways.runs.protocol import RunNotFound, RunRefused
from messages.names import WORKFLOW_TYPE, SignalName, UpdateName
from messages.order_messages import (
    CancelOrder,
    ConfirmPick,
    PlaceHold,
    ResolveException,
)
from messages.order_steps import Answer, OrderInput, OrderResult
from persistence.tables import tracking_event
from tests.builders.documents import a_document
from tests.builders.shop import Shop

HOUR = timedelta(hours=1)
JSON_OBJECT = Payload(
    metadata={"encoding": b"json/plain"}, data=b'{"message_id": "x", "lines": []}'
)


def refused(shop: Shop, order_id: str) -> list[str]:
    return [e.data["reason"] for e in shop.events_of(order_id, "message_refused")]


async def send_raw(shop: Shop, order_id: str, payloads: list[Payload]) -> None:
    """Send a signal past every client that would make it well-formed."""
    await shop.client.workflow_service.signal_workflow_execution(
        SignalWorkflowExecutionRequest(
            namespace=shop.client.namespace,
            workflow_execution=WorkflowExecution(workflow_id=workflow_id_of(order_id)),
            signal_name=SignalName.PICK_CONFIRMED,
            input=Payloads(payloads=payloads),
        )
    )


class TestBeforeTheStart:
    async def test_a_signal_that_starts_the_run_is_applied_after_its_first_step(
        self, shop: Shop
    ) -> None:
        document = a_document(shop.number())
        order_id = order_id_of("web", str(document["number"]))
        shop.placed.append(order_id)

        await shop.client.start_workflow(
            WORKFLOW_TYPE,
            OrderInput(order_id=order_id, document=document),
            id=workflow_id_of(order_id),
            task_queue=shop.parts.task_queue,
            start_signal=SignalName.PICK_CONFIRMED,
            start_signal_args=[
                {"message_id": "p", "lines": [{"line_no": 1, "quantity": 2}]}
            ],
        )
        await shop.until(lambda: shop.stored_state(order_id) is not None)
        await shop.becomes(order_id, "picked")

        assert refused(shop, order_id) == []

    async def test_an_update_sent_with_the_start_gets_its_answer(
        self, shop: Shop
    ) -> None:
        document = a_document(shop.number())
        order_id = order_id_of("web", str(document["number"]))
        shop.placed.append(order_id)
        start: WithStartWorkflowOperation[object, OrderResult] = (
            WithStartWorkflowOperation(
                WORKFLOW_TYPE,
                OrderInput(order_id=order_id, document=document),
                id=workflow_id_of(order_id),
                task_queue=shop.parts.task_queue,
                id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            )
        )

        answer = await shop.client.execute_update_with_start_workflow(
            UpdateName.PLACE_HOLD,
            {"message_id": "h", "actor": "manager:1"},
            id="h",
            start_workflow_operation=start,
            result_type=Answer,
        )

        assert "blocks" in answer.text
        assert len(shop.state(order_id).holds) == 1

    async def test_a_message_to_a_stored_order_without_a_run_starts_it(
        self, shop: Shop
    ) -> None:
        document = a_document(shop.number())
        order_id = await shop.store_only(document)

        answer = await shop.cancel(order_id)

        assert answer.text == "the order is cancelled"
        assert (await shop.ends(order_id)).status == "cancelled"


class TestTwice:
    async def test_an_update_sent_twice_gets_the_first_answer_and_acts_once(
        self, shop: Shop
    ) -> None:
        order_id = await shop.place()
        message = shop.pick_message(order_id)

        first = await shop.tell(order_id, UpdateName.CONFIRM_PICK, message)
        second = await shop.tell(order_id, UpdateName.CONFIRM_PICK, message)

        assert first == second
        assert len(shop.events_of(order_id, "picked")) == 1

    async def test_under_another_update_id_it_is_still_the_same_message(
        self, shop: Shop
    ) -> None:
        order_id = await shop.place()
        payload = shop.pick_message(order_id).model_dump(mode="json")

        answers = [
            await shop.handle(order_id).execute_update(
                UpdateName.CONFIRM_PICK, payload, id=update_id, result_type=Answer
            )
            for update_id in ("first", "second")
        ]

        assert answers[0] == answers[1]
        assert len(shop.events_of(order_id, "picked")) == 1

    async def test_an_update_and_a_signal_of_one_message_are_the_same_message(
        self, shop: Shop
    ) -> None:
        order_id = await shop.place()
        message = shop.pick_message(order_id)

        await shop.tell(order_id, UpdateName.CONFIRM_PICK, message)
        await shop.runs.signal(
            order_id, SignalName.PICK_CONFIRMED, message.model_dump(mode="json")
        )
        await shop.pack(order_id)

        assert refused(shop, order_id) == []
        assert shop.stock("MUG", "main:staging") == (2, 2)

    async def test_in_parallel_and_in_both_forms_it_acts_once(self, shop: Shop) -> None:
        order_id = await shop.place()
        message = shop.pick_message(order_id)
        payload = message.model_dump(mode="json")

        await asyncio.gather(
            *(shop.tell(order_id, UpdateName.CONFIRM_PICK, message) for _ in range(4)),
            *(
                shop.runs.signal(order_id, SignalName.PICK_CONFIRMED, payload)
                for _ in range(4)
            ),
        )
        await shop.pack(order_id)

        assert len(shop.events_of(order_id, "picked")) == 1
        assert refused(shop, order_id) == []
        assert shop.stock("MUG", "main:staging") == (2, 2)

    async def test_a_message_id_used_for_something_else_is_refused(
        self, shop: Shop
    ) -> None:
        order_id = await shop.place()
        await shop.tell(order_id, UpdateName.PLACE_HOLD, PlaceHold(message_id="one"))

        with pytest.raises(WorkflowUpdateFailedError) as failed:
            await shop.handle(order_id).execute_update(
                UpdateName.CANCEL_ORDER, {"message_id": "one"}, id="another"
            )
        await shop.runs.signal(
            order_id,
            SignalName.STOCK_ARRIVED,
            {"message_id": "one", "skus": ["MUG"]},
        )
        await shop.until(lambda: len(refused(shop, order_id)) == 1)

        assert "message_id" in str(failed.value.cause)
        assert "message_id" in refused(shop, order_id)[0]
        assert shop.state(order_id).status == "released"
        assert len(shop.state(order_id).holds) == 1


class TestUnreadable:
    @pytest.mark.parametrize(
        "payload",
        [
            {},
            {"message_id": "x"},
            {"message_id": "x", "lines": []},
            {"message_id": "x", "lines": [{"line_no": "one", "quantity": -1}]},
            {"message_id": "x", "actor": "!", "lines": [{"line_no": 1, "quantity": 2}]},
            {"message_id": ["x"], "lines": [{"line_no": 1, "quantity": 2}]},
            "just text",
            ["a", "list"],
            None,
            7,
        ],
    )
    async def test_a_signal_that_cannot_be_read_is_recorded_and_the_run_goes_on(
        self, shop: Shop, payload: object
    ) -> None:
        order_id = await shop.place()

        await shop.handle(order_id).signal(SignalName.PICK_CONFIRMED, payload)
        await shop.until(lambda: len(refused(shop, order_id)) == 1)

        await shop.pick(order_id)
        assert shop.state(order_id).status == "picked"

    @pytest.mark.parametrize(
        "payloads",
        [
            [],
            [Payload(metadata={"encoding": b"binary/plain"}, data=b"\xff\x00")],
            [
                JSON_OBJECT,
                Payload(metadata={"encoding": b"binary/plain"}, data=b"\xff"),
            ],
            [JSON_OBJECT, JSON_OBJECT, JSON_OBJECT],
        ],
        ids=["nothing", "bytes", "two", "three"],
    )
    async def test_a_signal_of_another_form_is_recorded_and_the_run_goes_on(
        self, shop: Shop, payloads: list[Payload]
    ) -> None:
        order_id = await shop.place()

        await send_raw(shop, order_id, payloads)
        await shop.pick(order_id)

        assert shop.state(order_id).status == "picked"
        assert len(refused(shop, order_id)) == 1

    @pytest.mark.parametrize(
        "payload",
        [
            Payload(metadata={"encoding": b"json/plain"}, data=b"{not json"),
            Payload(metadata={"encoding": b"unheard/of"}, data=b"?"),
        ],
        ids=["broken json", "unknown encoding"],
    )
    async def test_a_signal_the_sdk_cannot_decode_is_logged_and_the_run_goes_on(
        self, shop: Shop, payload: Payload, caplog: pytest.LogCaptureFixture
    ) -> None:
        order_id = await shop.place()

        await send_raw(shop, order_id, [payload])
        await shop.pick(order_id)

        assert shop.state(order_id).status == "picked"
        assert "dropping the signal" in caplog.text

    async def test_two_unreadable_signals_at_once_are_both_recorded(
        self, shop: Shop
    ) -> None:
        order_id = await shop.place()

        await asyncio.gather(
            *(shop.handle(order_id).signal(SignalName.PACK_CONFIRMED, n) for n in "ab")
        )
        await shop.until(lambda: len(refused(shop, order_id)) > 1)

        events = shop.events_of(order_id, "message_refused")
        assert [event.data["name"] for event in events] == ["pack_confirmed"] * 2

    async def test_an_update_that_cannot_be_read_is_refused_and_the_run_goes_on(
        self, shop: Shop
    ) -> None:
        order_id = await shop.place()

        with pytest.raises(WorkflowUpdateFailedError):
            await shop.handle(order_id).execute_update(
                UpdateName.CONFIRM_PICK,
                {"message_id": "x", "lines": [{"line_no": 1, "quantity": -2}]},
            )

        await shop.pick(order_id)
        assert shop.state(order_id).status == "picked"

    async def test_a_refusal_never_shows_what_the_message_held(
        self, shop: Shop
    ) -> None:
        order_id = await shop.place()

        await shop.handle(order_id).signal(
            SignalName.PICK_CONFIRMED, {"message_id": "x", "lines": "Examplename"}
        )
        await shop.until(lambda: len(refused(shop, order_id)) == 1)

        assert "Examplename" not in refused(shop, order_id)[0]


class TestNotNow:
    async def test_an_early_update_is_refused_and_may_be_sent_again_later(
        self, shop: Shop
    ) -> None:
        order_id = await shop.place()
        with pytest.raises(RunRefused, match="confirm_handover needs"):
            await shop.hand_over(order_id)

        await shop.carry(order_id, "shipped")

        assert shop.state(order_id).status == "shipped"

    async def test_an_early_signal_is_recorded_as_refused(self, shop: Shop) -> None:
        order_id = await shop.place()

        await shop.signal(order_id, SignalName.HANDOVER_CONFIRMED)
        await shop.until(lambda: len(refused(shop, order_id)) == 1)

        assert "confirm_handover needs" in refused(shop, order_id)[0]
        assert shop.state(order_id).status == "released"

    @pytest.mark.parametrize(
        ("line", "field"),
        [
            ({"line_no": 9, "quantity": 2}, "line_no"),
            ({"line_no": 1, "quantity": 3}, "quantity"),
            ({"line_no": 1, "quantity": 1}, "reason"),
            ({"line_no": 1, "quantity": 2, "sku": "JUG"}, "sku"),
            ({"line_no": 1, "quantity": 2, "location": "B-01"}, "location"),
        ],
    )
    async def test_a_pick_that_does_not_fit_its_task_changes_nothing(
        self, shop: Shop, line: dict[str, object], field: str
    ) -> None:
        order_id = await shop.place()
        message = ConfirmPick.model_validate({"message_id": "p", "lines": [line]})

        with pytest.raises(RunRefused, match=field):
            await shop.tell(order_id, UpdateName.CONFIRM_PICK, message)

        assert shop.stock("MUG") == (100, 2)
        assert shop.state(order_id).status == "released"

    async def test_a_count_that_differs_from_the_pick_is_recorded_then_refused(
        self, shop: Shop
    ) -> None:
        order_id = await shop.place()
        await shop.carry(order_id, "picked")
        right = shop.pack_message(order_id)
        lines = right.packages[0].lines[0].model_copy(update={"quantity": 1})
        package = right.packages[0].model_copy(update={"lines": (lines,)})
        wrong = right.model_copy(update={"packages": (package,), "message_id": "bad"})

        with pytest.raises(RunRefused, match="missing"):
            await shop.tell(order_id, UpdateName.CONFIRM_PACK, wrong)

        [found] = shop.events_of(order_id, "pack_error_found")
        assert found.data["kind"] == "missing"
        assert shop.state(order_id).status == "picked"
        await shop.tell(order_id, UpdateName.CONFIRM_PACK, right)
        assert shop.state(order_id).status == "packed"


class TestAfterTheEnd:
    async def test_a_repeat_is_answered_as_the_first_time(self, shop: Shop) -> None:
        order_id = await shop.place()
        message = shop.pick_message(order_id)
        first = await shop.tell(order_id, UpdateName.CONFIRM_PICK, message)
        for step in (shop.pack, shop.hand_over, shop.deliver):
            await step(order_id)
        await shop.ends(order_id)

        again = await shop.tell(order_id, UpdateName.CONFIRM_PICK, message)

        assert again == first
        assert len(shop.events_of(order_id, "picked")) == 1

    async def test_what_cannot_apply_any_more_is_refused_in_words(
        self, shop: Shop
    ) -> None:
        order_id = await shop.place()
        await shop.carry(order_id, "delivered")
        await shop.ends(order_id)

        with pytest.raises(BusinessError, match="the order is delivered since"):
            await shop.cancel(order_id)

    async def test_a_late_fact_of_the_carrier_is_still_recorded(
        self, shop: Shop
    ) -> None:
        order_id = await shop.place()
        await shop.carry(order_id, "delivered")
        await shop.ends(order_id)

        payload = {
            "message_id": "late",
            "milestone": "in_transit",
            "occurred_at": shop.clock().isoformat(),
        }
        for _ in range(2):
            await shop.delivery.send(order_id, SignalName.CARRIER_EVENT, payload)

        assert [row.milestone for row in shop.rows(tracking_event)] == ["in_transit"]
        assert shop.state(order_id).status == "delivered"

    async def test_a_message_in_the_closing_step_is_answered_once(
        self, shop: Shop
    ) -> None:
        order_id = await shop.place()
        await shop.carry(order_id, "shipped")
        cancel = CancelOrder(message_id="last", actor="customer_service:1")

        answers = await asyncio.gather(
            shop.deliver(order_id),
            shop.tell(order_id, UpdateName.CANCEL_ORDER, cancel),
            shop.delivery.send(
                order_id,
                SignalName.STOCK_ARRIVED,
                {"message_id": "s", "skus": ["MUG"]},
            ),
            return_exceptions=True,
        )

        assert (await shop.ends(order_id)).status == "delivered"
        assert not isinstance(answers[0], BaseException)
        assert isinstance(answers[1], BusinessError)
        assert answers[2] is None
        assert shop.stock("MUG") == (98, 0)

    async def test_a_signal_sent_straight_to_a_closed_run_is_not_found(
        self, shop: Shop
    ) -> None:
        order_id = await shop.place()
        await shop.cancel(order_id)
        await shop.ends(order_id)

        with pytest.raises(RunNotFound):
            await shop.signal(order_id, SignalName.PICK_CONFIRMED)


class TestTheCarriersWord:
    async def test_events_twice_and_out_of_order_tell_one_story(
        self, shop: Shop
    ) -> None:
        order_id = await shop.place()
        await shop.carry(order_id, "shipped")
        now = datetime.now(UTC)
        told = [
            ("3", "out_for_delivery", now + 3 * HOUR),
            ("1", "accepted", now + HOUR),
            ("1", "accepted", now + HOUR),
            ("2", "in_transit", now + 2 * HOUR),
            ("3", "out_for_delivery", now + 3 * HOUR),
        ]

        for number, (event_id, milestone, at) in enumerate(told):
            await shop.carrier_event(
                order_id,
                milestone,
                event_id=event_id,
                message_id=f"hook-{number}",
                occurred_at=at.isoformat(),
            )
        await shop.until(lambda: len(shop.rows(tracking_event)) == 3)
        await shop.deliver(order_id)

        assert shop.state(order_id).shipments[0].milestone == "out_for_delivery"
        assert len(shop.events_of(order_id, "first_scan")) == 1
        assert len(shop.events_of(order_id, "carrier_reported")) == 3

    async def test_delivered_before_anybody_said_handed_over_does_both(
        self, shop: Shop
    ) -> None:
        order_id = await shop.place()
        await shop.carry(order_id, "labelled")

        await shop.carrier_event(order_id, "delivered")
        result = await shop.ends(order_id)

        assert result.status == "delivered"
        [gone] = shop.events_of(order_id, "handed_over")
        assert gone.data["inferred"] is True
        assert shop.stock("MUG") == (98, 0)

    @pytest.mark.parametrize("stage", ["released", "picked"])
    async def test_delivered_before_the_goods_were_packed_changes_nothing(
        self, shop: Shop, stage: str
    ) -> None:
        order_id = await shop.place()
        await shop.carry(order_id, stage)

        await shop.carrier_event(order_id, "delivered")
        await shop.until(lambda: len(shop.rows(tracking_event)) == 1)

        assert shop.state(order_id).status == stage

    @pytest.mark.parametrize("milestone", ["lost", "damaged", "returned"])
    async def test_trouble_asks_a_person_who_may_close_the_shipment(
        self, shop: Shop, milestone: str
    ) -> None:
        order_id = await shop.place()
        await shop.carry(order_id, "shipped")
        await shop.carrier_event(order_id, milestone)
        await shop.until(lambda: bool(shop.exceptions(order_id)))
        [asked] = shop.exceptions(order_id)

        resolved = ResolveException(
            message_id="r", exception_id=asked.exception_id, resolution="closed"
        )
        await shop.tell(order_id, UpdateName.RESOLVE_EXCEPTION, resolved)
        result = await shop.ends(order_id)

        assert (asked.kind, result.status) == ("delivery_trouble", "undelivered")
        assert len(shop.events_of(order_id, "refund_due")) == 1

    async def test_trouble_that_ends_well_closes_its_exception(
        self, shop: Shop
    ) -> None:
        order_id = await shop.place()
        await shop.carry(order_id, "shipped")
        for _ in range(2):
            await shop.carrier_event(order_id, "delivery_attempt_failed")
        await shop.carrier_event(order_id, "delivered")
        await shop.ends(order_id)

        assert [x.resolution for x in shop.exceptions(order_id)] == ["delivered"]

    async def test_an_event_of_a_shipment_of_another_order_is_refused(
        self, shop: Shop
    ) -> None:
        order_id = await shop.place()

        await shop.carrier_event(order_id, "delivered", shipment_id="web-other-1")
        await shop.until(lambda: len(refused(shop, order_id)) == 1)

        assert shop.rows(tracking_event) == []


async def test_an_update_may_be_sent_without_waiting_for_its_answer(shop: Shop) -> None:
    order_id = await shop.place()
    payload = shop.pick_message(order_id).model_dump(mode="json")

    sent = await shop.handle(order_id).start_update(
        UpdateName.CONFIRM_PICK,
        payload,
        wait_for_stage=WorkflowUpdateStage.ACCEPTED,
        result_type=Answer,
    )

    assert (await sent.result()).status == "picked"
