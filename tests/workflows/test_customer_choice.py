"""Missing goods in a running order: the customer answers, or the default is done."""

from datetime import timedelta

from messages.names import UpdateName
from messages.order_messages import ResolveException
from messages.order_state import ExceptionState
from tests.builders.shop import Shop

SECOND = timedelta(seconds=1)


async def asked_order(shop: Shop) -> tuple[str, ExceptionState]:
    """Place an order for one mug more than there are, whose customer is asked."""
    await shop.now()
    order_id = await shop.place(("MUG", 101), when_missing="ask_customer")
    [asked] = shop.state(order_id).exceptions
    return order_id, asked


async def test_nothing_goes_to_the_floor_before_the_answer_and_then_it_is_done(
    shop: Shop,
) -> None:
    order_id, asked = await asked_order(shop)
    before = shop.state(order_id).shipments[0].status

    answer = ResolveException(
        message_id="answer", exception_id=asked.exception_id, resolution="cancel_rest"
    )
    await shop.tell(order_id, UpdateName.RESOLVE_EXCEPTION, answer)

    assert before == "allocated"
    assert shop.state(order_id).shipments[0].status == "released"
    await shop.carry_on(order_id)
    assert (await shop.ends(order_id)).status == "delivered"


async def test_without_an_answer_the_default_is_done_at_its_moment_and_once(
    shop: Shop,
) -> None:
    order_id, asked = await asked_order(shop)
    assert asked.due_at is not None

    await shop.pass_until(asked.due_at - SECOND)
    waiting = shop.state(order_id).shipments[0].status
    await shop.pass_until(asked.due_at + SECOND)
    await shop.until(lambda: shop.state(order_id).shipments[0].status == "released")
    await shop.pass_time(timedelta(days=1))

    assert waiting == "allocated"
    [told] = shop.events_of(order_id, "customer_answered")
    assert told.data == {"choice": "ship_available", "reason": "no answer in time"}
    assert timedelta(0) <= told.occurred_at - asked.due_at < SECOND
