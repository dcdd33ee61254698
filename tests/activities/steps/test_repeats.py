"""Every step may run twice: one effect, one answer."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import Connection, func, select

from domain.errors import InvalidInput, NotFound
from domain.orders.status import OrderStatus
from messages.order_messages import (
    CancelOrder,
    CarrierEvent,
    ChangeLines,
    ConfirmDelivery,
    ConfirmHandover,
    ConfirmPack,
    ConfirmPick,
    LineChange,
    Message,
    PlaceHold,
    ReleaseHold,
    StockArrived,
)
from messages.order_steps import LabelRefusedInput, StateInput
from persistence.database import Database, StorageFailed
from persistence.tables import metadata
from tests.activities.steps.builders import (
    NOON,
    OrderRun,
    Shop,
    document,
    line,
    package_of,
    picks,
    shop_of,
)

FEWER = ChangeLines(message_id="change", lines=(LineChange(line_no=1, quantity=1),))
PICK = ConfirmPick(message_id="pick", actor="picker:7", lines=picks(2))
PACK = ConfirmPack(message_id="pack", packages=(package_of(MUG=2),))
GIVE = ConfirmHandover(message_id="give", tracking_number="T-1")
SIGN = ConfirmDelivery(message_id="sign")
HOLD = PlaceHold(message_id="hold")
FREE = ReleaseHold(message_id="free", kind="manual")
CANCEL = CancelOrder(message_id="cancel")
MORE = StockArrived(message_id="more", skus=("MUG",))
SCAN = CarrierEvent(message_id="scan", milestone="in_transit", occurred_at=NOON)
TOO_MUCH = ConfirmPick(message_id="too much", lines=picks(5))
WRONG = ConfirmPack(message_id="wrong", packages=(package_of(MUG=1),))

STORIES: tuple[tuple[Message, ...], ...] = (
    (PICK, WRONG, PACK, GIVE, SCAN, SIGN),
    (HOLD, FREE, FEWER, CANCEL),
    (TOO_MUCH, PICK, CANCEL),
    (MORE, CANCEL, SIGN),
)


def rows_by_table(shop: Shop) -> dict[str, int]:
    counts = [
        select(func.count()).select_from(table).scalar_subquery().label(name)
        for name, table in metadata.tables.items()
    ]
    return dict(shop.rows(select(*counts))[0]._mapping)


@pytest.mark.parametrize("story", STORIES)
def test_a_message_told_twice_has_one_effect_and_one_answer(
    shop: Shop, story: tuple[Message, ...]
) -> None:
    run = shop.order("1", line("MUG", 2))
    for message in story:
        if message is GIVE:
            run.have_label("T-1")
        first = run.tell(message)
        rows, stock, state = rows_by_table(shop), shop.stock(), run.state

        again = run.tell(message)

        assert again == first
        assert rows_by_table(shop) == rows
        assert shop.stock() == stock
        assert run.state == state


def test_a_much_later_repeat_gets_the_first_answer_and_leaves_the_state(
    shop: Shop,
) -> None:
    run = shop.order("1", line("MUG", 2))
    first = run.tell(PICK)
    run.done(PACK)
    state = run.state

    again = run.tell(PICK)

    assert again == first
    assert again.status == "picked"
    assert run.state == state


def test_a_signal_that_repeats_an_update_is_the_same_message(shop: Shop) -> None:
    run = shop.order("1", line("MUG", 2))
    first = run.tell(PICK)

    again = run.tell(PICK, as_signal="pick_confirmed")

    assert again == first
    assert run.events().count("picked") == 1


@pytest.mark.parametrize(
    "other",
    [
        PICK.model_copy(update={"actor": "picker:8"}),
        CancelOrder(message_id="pick"),
    ],
)
def test_an_id_used_again_for_another_message_is_refused(
    shop: Shop, other: Message
) -> None:
    run = shop.order("1", line("MUG", 2))
    run.tell(PICK)
    rows = rows_by_table(shop)

    with pytest.raises(InvalidInput, match=r"^message_id: an id that no other message"):
        run.tell(other)

    assert rows_by_table(shop) == rows


def test_the_devices_own_clock_may_differ_in_a_repeat(shop: Shop) -> None:
    run = shop.order("1", line("MUG", 2))
    first = run.tell(PICK.model_copy(update={"at": NOON}))

    again = run.tell(PICK.model_copy(update={"at": NOON + timedelta(minutes=1)}))

    assert again == first


def test_opening_an_order_twice_gives_one_order_and_the_same_state(shop: Shop) -> None:
    run = OrderRun(shop, "web-1")
    first = run.open(document("1", line("MUG", 2)))
    rows = rows_by_table(shop)

    second = run.open(document("1", line("MUG", 2)))

    assert second == first
    assert rows_by_table(shop) == rows


def test_a_run_that_was_lost_goes_on_from_where_its_order_stood(shop: Shop) -> None:
    run = shop.order("1", line("MUG", 2))
    run.done(PICK)
    state = run.state

    assert run.open(document("1", line("MUG", 2))) == state


@pytest.mark.parametrize("step", ["reach_due", "stop_order", "save_state", "refused"])
def test_a_step_that_no_message_caused_may_run_twice(shop: Shop, step: str) -> None:
    run = shop.order("1", line("MUG", 2))
    run.done(PICK)
    run.done(PACK)
    given = StateInput(
        workflow_id="order-web-1", now=NOON + timedelta(days=30), state=run.state
    )
    steps: dict[str, Callable[[], object]] = {
        "reach_due": lambda: shop.steps.reach_due(given),
        "stop_order": lambda: shop.steps.stop_order(given),
        "save_state": lambda: shop.steps.save_state(given),
        "refused": lambda: shop.steps.label_refused(
            LabelRefusedInput(
                **given.model_dump(), shipment_id="web-1-1", reason="no such street"
            )
        ),
    }

    first = steps[step]()
    rows, stock = rows_by_table(shop), shop.stock()
    second = steps[step]()

    assert second == first
    assert rows_by_table(shop) == rows
    assert shop.stock() == stock


def test_a_run_that_forgot_a_committed_step_goes_on_from_the_stored_state(
    shop: Shop,
) -> None:
    run = shop.order("1", line("MUG", 2))
    forgotten = run.state
    run.done(PICK)
    run.state = forgotten

    run.done(HOLD)

    assert run.state.status is OrderStatus.PICKED
    assert run.state.revision == forgotten.revision + 2


def test_a_refusal_is_not_given_for_a_state_that_has_moved_on(shop: Shop) -> None:
    run = shop.order("1", line("MUG", 2))
    forgotten = run.state
    run.done(PICK)
    run.state = forgotten

    # By the forgotten state the shipment is not picked yet.
    answer = run.tell(PACK)

    assert answer.outcome == "done"


def test_a_signal_that_cannot_be_read_is_recorded_and_an_update_is_refused(
    shop: Shop,
) -> None:
    run = shop.order("1", line("MUG", 2))
    broken = run.applied(PICK).model_copy(update={"payload": {"message_id": "x"}})

    with pytest.raises(InvalidInput, match=r"^lines: is required"):
        shop.steps.apply_message(broken)
    result = shop.steps.apply_message(
        broken.model_copy(update={"is_signal": True, "name": "pick_confirmed"})
    )

    assert result.answer is None
    assert run.data_of("message_refused") == {
        "name": "pick_confirmed",
        "reason": "lines: is required",
    }


def test_a_run_without_a_stored_order_and_without_a_document_fails_in_words(
    shop: Shop,
) -> None:
    with pytest.raises(NotFound, match="no order web-9 is stored"):
        OrderRun(shop, "web-9").open()


@pytest.mark.parametrize(
    ("order_id", "told", "field"),
    [
        ("web-2", document("1"), "order_id"),
        ("web-1", document(None), "number"),
        ("web-1", document("1", {"sku": "MUG", "quantity": 0}), "lines"),
    ],
)
def test_a_run_started_directly_with_a_document_that_does_not_fit_fails_at_once(
    shop: Shop, order_id: str, told: dict[str, object], field: str
) -> None:
    with pytest.raises(InvalidInput) as refusal:
        OrderRun(shop, order_id).open(told)

    assert refusal.value.field.startswith(field)


class DyingDatabase(Database):
    """Loses its connection before the next commit."""

    dies = False

    @contextmanager
    def write(self) -> Iterator[Connection]:
        with super().write() as connection:
            yield connection
            if self.dies:
                raise StorageFailed("the database did not answer")


def test_nothing_of_a_step_is_kept_when_it_cannot_be_committed(
    database_url: str,
) -> None:
    database = DyingDatabase(database_url)
    with shop_of(database) as shop:
        shop.receive("A-1", MUG=10)
        run = shop.order("1", line("MUG", 2))
        rows, stock = rows_by_table(shop), shop.stock()

        database.dies = True
        with pytest.raises(StorageFailed):
            run.tell(PICK)
        database.dies = False

        assert rows_by_table(shop) == rows
        assert shop.stock() == stock
        assert run.tell(PICK).outcome == "done"
