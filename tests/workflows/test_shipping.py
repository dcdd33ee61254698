"""Labels: one valid label for each shipment, whatever fails; short picks; carriers."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from temporalio.testing import WorkflowEnvironment

from domain.errors import BusinessError
from gateways.carrier.simulator.faults import Fault, FaultKind
from gateways.runs.protocol import RunRefused
from messages.names import UpdateName
from messages.order_messages import ConfirmHandover, ResolveException
from messages.order_state import LabelState
from persistence.tables import backorder, exception_table, label
from tests.builders.documents import another_address
from tests.builders.shop import Shop, open_shop

MINUTE = timedelta(minutes=1)


async def move(shop: Shop, order_id: str, message_id: str = "move-1") -> None:
    await shop.orders.change_ship_to(
        order_id, another_address(), message_id=message_id, actor="customer_service:1"
    )


async def assert_one_valid_label(shop: Shop, order_id: str, bought: int) -> None:
    """Check our books and the carrier's."""
    every = shop.rows(label)
    valid = shop.valid_labels(f"{order_id}-1")
    at_carrier = [
        row.idempotency_key
        for row in every
        if await shop.carrier.find_label(row.idempotency_key) is not None
    ]
    assert len(every) == bought
    assert [row.idempotency_key for row in valid] == at_carrier
    assert len(valid) == 1
    assert shop.state(order_id).shipments[0].tracking_number == (
        valid[0].tracking_number
    )


class TestLabel:
    async def test_a_carrier_that_is_down_for_hours_is_asked_until_it_answers(
        self, shop: Shop
    ) -> None:
        shop.break_carrier(Fault(kind=FaultKind.DOWN))
        order_id = await shop.place()
        await shop.carry(order_id, "packed")

        await shop.pass_time(timedelta(hours=3))
        assert shop.rows(label) == []
        assert "label" in (await shop.progress(order_id)).waits_for
        shop.carrier.faults.clear()
        await shop.pass_time(2 * MINUTE)
        await shop.labelled(order_id)

        await assert_one_valid_label(shop, order_id, bought=1)
        await shop.hand_over(order_id)

    async def test_a_lost_reply_makes_no_second_label(self, shop: Shop) -> None:
        shop.break_carrier(Fault(kind=FaultKind.LOST_REPLY, count=2))
        order_id = await shop.place()
        await shop.carry(order_id, "packed")

        await shop.pass_time(MINUTE)
        await shop.labelled(order_id)

        await assert_one_valid_label(shop, order_id, bought=1)

    async def test_a_hand_over_sent_before_the_carrier_answers_waits_for_it(
        self, shop: Shop
    ) -> None:
        shop.break_carrier(Fault(kind=FaultKind.SLOW, seconds=0.4, count=1))
        order_id = await shop.place()
        await shop.carry(order_id, "packed")

        answer = await shop.hand_over(order_id)

        assert answer.status == "shipped"
        await assert_one_valid_label(shop, order_id, bought=1)

    async def test_a_label_the_carrier_refuses_asks_a_person_and_is_made_anew(
        self, shop: Shop
    ) -> None:
        refuse = Fault(kind=FaultKind.REFUSE_ADDRESS, postcode_pattern="10115")
        shop.break_carrier(refuse)
        order_id = await shop.place()
        await shop.carry(order_id, "packed")
        await shop.until(lambda: bool(shop.exceptions(order_id)))

        [asked] = shop.exceptions(order_id)
        assert (asked.kind, asked.owner_role) == ("label_refused", "customer_service")
        with pytest.raises(RunRefused, match="no label"):
            await shop.hand_over(order_id)
        await move(shop, order_id)
        await shop.labelled(order_id)

        assert [x.resolution for x in shop.exceptions(order_id)] == ["address_changed"]
        await assert_one_valid_label(shop, order_id, bought=1)
        assert shop.state(order_id).shipments[0].label is LabelState.MADE

    async def test_a_refused_label_is_asked_for_again_when_a_person_says_so(
        self, shop: Shop
    ) -> None:
        shop.break_carrier(Fault(kind=FaultKind.REFUSE_ADDRESS, country="DE"))
        order_id = await shop.place()
        await shop.carry(order_id, "packed")
        await shop.until(lambda: bool(shop.exceptions(order_id)))
        shop.carrier.faults.clear()

        [asked] = shop.exceptions(order_id)
        resolved = ResolveException(message_id="r", exception_id=asked.exception_id)
        await shop.tell(order_id, UpdateName.RESOLVE_EXCEPTION, resolved)
        await shop.labelled(order_id)

        await assert_one_valid_label(shop, order_id, bought=1)

    async def test_another_tracking_number_than_the_labels_is_refused(
        self, shop: Shop
    ) -> None:
        order_id = await shop.place()
        await shop.carry(order_id, "labelled")
        wrong = ConfirmHandover(message_id="h", tracking_number="00000")

        with pytest.raises(RunRefused, match="tracking_number"):
            await shop.tell(order_id, UpdateName.CONFIRM_HANDOVER, wrong)


async def test_a_carrier_without_a_service_takes_the_number_people_scan(
    skipping_server: WorkflowEnvironment,
    sqlite_database_url: str,
    tmp_path: Path,
    task_queue: str,
) -> None:
    async with open_shop(
        skipping_server.client,
        sqlite_database_url,
        tmp_path,
        task_queue=task_queue,
        environment=skipping_server,
        carrier="manual",
    ) as shop:
        order_id = await shop.place()
        await shop.carry(order_id, "labelled")
        with pytest.raises(RunRefused, match="tracking_number"):
            await shop.hand_over(order_id)

        scanned = ConfirmHandover(message_id="h", tracking_number="ABC-1")
        await shop.tell(order_id, UpdateName.CONFIRM_HANDOVER, scanned)
        await shop.carrier_event(order_id, "delivered", tracking_number="ABC-1")

        assert (await shop.ends(order_id)).status == "delivered"


class TestAnotherAddress:
    async def test_before_packing_the_label_is_made_for_the_new_address(
        self, shop: Shop
    ) -> None:
        order_id = await shop.place()
        await move(shop, order_id)
        await shop.carry(order_id, "labelled")

        [made] = shop.valid_labels(f"{order_id}-1")
        assert "Ausweichgasse" in made.zpl
        await assert_one_valid_label(shop, order_id, bought=1)

    async def test_after_the_label_it_is_voided_and_a_new_one_bought(
        self, shop: Shop
    ) -> None:
        order_id = await shop.place()
        await shop.carry(order_id, "labelled")
        [first] = shop.valid_labels(f"{order_id}-1")

        await move(shop, order_id)
        await shop.until(
            lambda: any(
                row.idempotency_key != first.idempotency_key
                for row in shop.valid_labels(f"{order_id}-1")
            )
        )
        await shop.until(
            lambda: (
                shop.state(order_id).shipments[0].tracking_number
                != first.tracking_number
            )
        )

        await assert_one_valid_label(shop, order_id, bought=2)
        assert len(shop.events_of(order_id, "label_voided")) == 1
        await shop.hand_over(order_id)
        await shop.deliver(order_id)

    async def test_while_the_label_is_made_only_the_new_address_has_one(
        self, shop: Shop
    ) -> None:
        shop.break_carrier(Fault(kind=FaultKind.SLOW, seconds=0.4, count=1))
        order_id = await shop.place()
        await shop.carry(order_id, "packed")

        await move(shop, order_id)
        await shop.hand_over(order_id)

        await assert_one_valid_label(shop, order_id, bought=2)
        [made] = shop.valid_labels(f"{order_id}-1")
        assert "Ausweichgasse" in made.zpl

    async def test_after_the_hand_over_it_is_refused_with_what_to_do(
        self, shop: Shop
    ) -> None:
        order_id = await shop.place()
        await shop.carry(order_id, "shipped")

        with pytest.raises(BusinessError, match="ask the carrier to redirect"):
            await move(shop, order_id)

    async def test_the_same_request_twice_moves_the_order_once(
        self, shop: Shop
    ) -> None:
        order_id = await shop.place()

        await move(shop, order_id, "move-1")
        await move(shop, order_id, "move-1")

        assert len(shop.events_of(order_id, "ship_to_changed")) == 1


class TestShortPick:
    async def test_the_rest_is_backordered_and_comes_in_a_second_shipment(
        self, shop: Shop
    ) -> None:
        order_id = await shop.place(("MUG", 100))
        await shop.pick(order_id, short=3, reason="not_there")
        # In the books until they are counted, and for nobody to buy.
        assert shop.stock("MUG") == (3, 0)
        for step in (shop.pack, shop.labelled):
            await step(order_id)
        await shop.hand_over(order_id)
        await shop.deliver(order_id)
        assert shop.state(order_id).status == "backordered"
        assert shop.state(order_id).backordered == 3

        await shop.receive("MUG", 10, "B-01")
        await shop.becomes(order_id, "released")
        for again in (shop.pick, shop.pack, shop.labelled, shop.hand_over):
            await again(order_id)
        await shop.deliver(order_id)
        result = await shop.ends(order_id)

        assert (result.status, result.delivered_shipments) == ("delivered", 2)
        assert shop.stock("MUG", "B-01") == (7, 0)
        assert {row.status for row in shop.rows(backorder)} == {"filled"}

    async def test_when_nothing_is_there_the_order_waits_for_stock_alone(
        self, shop: Shop
    ) -> None:
        order_id = await shop.place(("MUG", 100))

        answer = await shop.pick(order_id, short=100)

        assert "owed again" in answer.text
        assert shop.state(order_id).status == "backordered"
        assert shop.state(order_id).deadlines == []
        await shop.cancel(order_id)
        assert (await shop.ends(order_id)).status == "cancelled"

    async def test_damaged_goods_leave_the_stock_for_sale_and_a_count_is_asked(
        self, shop: Shop
    ) -> None:
        order_id = await shop.place(("MUG", 5))

        await shop.pick(order_id, short=2, reason="damaged")

        assert shop.stock("MUG") == (95, 0)
        assert shop.stock("MUG", "main:damaged") == (2, 0)
        with shop.database.read() as connection:
            asked = connection.execute(
                select(exception_table.c.kind, exception_table.c.order_id).order_by(
                    exception_table.c.kind.desc()
                )
            ).all()
        assert [tuple(row) for row in asked] == [
            ("short_pick", None),
            ("customer_choice", order_id),
        ]

    async def test_stock_that_another_order_frees_goes_to_the_one_that_waits(
        self, shop: Shop
    ) -> None:
        first = await shop.place(("JUG", 100))
        waiting = await shop.place(("JUG", 4))
        assert shop.state(waiting).status == "backordered"

        await shop.cancel(first)
        await shop.relay_all()
        await shop.becomes(waiting, "released")

        assert shop.stock("JUG") == (100, 4)

    async def test_a_receipt_too_small_fills_a_part_and_the_rest_waits_on(
        self, shop: Shop
    ) -> None:
        order_id = await shop.place(("LAMP", 5))

        await shop.receive("LAMP", 2)
        await shop.becomes(order_id, "released")

        assert shop.state(order_id).backordered == 3
        assert shop.stock("LAMP") == (2, 2)
