"""Runs started directly with a document, and races with orders placed as usual."""

import asyncio
from functools import partial

import pytest
from temporalio.client import WorkflowFailureError
from temporalio.exceptions import ApplicationError

from domain.identity import order_id_of
from messages.search_attributes import CHANNEL, PLACED_AT, SERVICE_LEVEL, SOURCE
from persistence.tables import orders, outbox
from tests.builders.documents import (
    CUSTOMER_NAME,
    a_document,
    a_ship_to,
    personal_data_in,
)
from tests.builders.shop import Shop


async def failure(shop: Shop, order_id: str) -> ApplicationError:
    with pytest.raises(WorkflowFailureError) as failed:
        await shop.ends(order_id)
    cause = failed.value.cause
    assert isinstance(cause, ApplicationError)
    return cause


async def test_a_run_started_with_a_document_captures_and_goes_on(shop: Shop) -> None:
    document = a_document(shop.number(), channel="edi")
    order_id = order_id_of("web", str(document["number"]))

    handle = await shop.start_directly(document)
    await shop.until(lambda: shop.stored_state(order_id) is not None)
    await shop.carry_on(order_id)

    assert (await shop.ends(order_id)).status == "delivered"
    found = (await handle.describe()).typed_search_attributes
    assert (found.get(SOURCE), found.get(CHANNEL), found.get(SERVICE_LEVEL)) == (
        "web",
        "edi",
        "standard",
    )
    assert found.get(PLACED_AT) is not None
    upserts = [
        event
        async for event in handle.fetch_history_events()
        if event.HasField("upsert_workflow_search_attributes_event_attributes")
    ]
    assert len(upserts) == 1


async def test_a_run_of_a_placed_order_never_sets_its_attributes_again(
    shop: Shop,
) -> None:
    order_id = await shop.place()
    await shop.carry_on(order_id)
    await shop.ends(order_id)

    async for event in shop.handle(order_id).fetch_history_events():
        assert not event.HasField("upsert_workflow_search_attributes_event_attributes")


async def test_an_id_that_differs_from_its_document_fails_at_once_in_words(
    shop: Shop,
) -> None:
    await shop.start_directly(a_document(shop.number()), order_id="web-another.1")

    failed = await failure(shop, "web-another.1")

    assert failed.message.startswith("order_id: ")
    assert shop.rows(orders) == []


async def test_an_order_id_that_differs_from_the_workflow_id_fails_in_words(
    shop: Shop,
) -> None:
    handle = await shop.client.start_workflow(
        "OrderFulfillment",
        {"order_id": "web-1"},
        id="order-web-2",
        task_queue=shop.parts.task_queue,
    )

    with pytest.raises(WorkflowFailureError, match="Workflow execution failed") as run:
        await handle.result()

    assert "must have id order-web-1" in str(run.value.cause)


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"lines": []}, "lines"),
        ({"lines": [{"sku": "MUG", "quantity": 0}]}, "lines[0].quantity"),
        ({"ship_to": a_ship_to(street=None, city=None, postcode=None)}, "street"),
        ({"ship_to": a_ship_to(country="Germany")}, "ship_to.country"),
        ({"currency": CUSTOMER_NAME}, "currency"),
        ({"customer": CUSTOMER_NAME}, "customer"),
    ],
)
async def test_a_document_that_is_wrong_fails_naming_the_field_and_no_value(
    shop: Shop, fields: dict[str, object], named: str
) -> None:
    document = {**a_document(shop.number()), **fields}
    order_id = order_id_of("web", str(document["number"]))
    await shop.start_directly(document)

    failed = await failure(shop, order_id)

    assert named in failed.message
    assert personal_data_in(failed.message) == []
    assert shop.rows(orders) == []


async def test_a_mended_document_may_be_started_or_placed_after_a_failed_run(
    shop: Shop,
) -> None:
    number = shop.number()
    order_id = order_id_of("web", number)
    await shop.start_directly(a_document(number, lines=[]))
    await failure(shop, order_id)

    await shop.orders.place(a_document(number))
    await shop.until(lambda: shop.stored_state(order_id) is not None)

    assert shop.state(order_id).status == "released"


async def test_a_run_of_an_order_that_nobody_stored_fails_in_words(shop: Shop) -> None:
    handle = await shop.client.start_workflow(
        "OrderFulfillment",
        {"order_id": "web-nobody"},
        id="order-web-nobody",
        task_queue=shop.parts.task_queue,
    )

    with pytest.raises(WorkflowFailureError) as run:
        await handle.result()

    assert "no order web-nobody is stored" in str(run.value.cause)


def is_taken(shop: Shop, order_id: str) -> bool:
    return shop.stored_state(order_id) is not None


async def test_a_direct_start_and_a_placing_at_once_make_one_order_and_one_run(
    shop: Shop,
) -> None:
    for _ in range(3):
        document = a_document(shop.number(), [("MUG", 1)], customer={})
        order_id = order_id_of("web", str(document["number"]))

        answers = await asyncio.gather(
            shop.start_directly(document),
            shop.orders.place(document),
            shop.orders.place({**document, "channel": "csv"}),
            return_exceptions=True,
        )
        await shop.until(partial(is_taken, shop, order_id))

        # The direct start may be told that the run is there already.
        assert not isinstance(answers[1], BaseException)
        assert not isinstance(answers[2], BaseException)
        assert len(shop.rows(orders, order_id=order_id)) == 1
        assert len(shop.events_of(order_id, "placed")) == 1
        assert len(shop.state(order_id).shipments) == 1
    assert [row for row in shop.rows(outbox) if row.delivered_at is None] == []


async def test_a_direct_start_with_other_content_keeps_the_first(shop: Shop) -> None:
    document = a_document(shop.number())
    order_id = await shop.store_only(document)

    await shop.start_directly({**document, "priority": 1})
    await shop.until(lambda: shop.stored_state(order_id) is not None)

    [told] = shop.events_of(order_id, "repeat_refused")
    assert told.data["fields"] == ["priority"]
    assert shop.rows(orders)[0].priority == 5
