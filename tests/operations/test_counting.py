"""Counts are blind, made twice where the books differ, and settle what was in doubt."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest
from sqlalchemy import select, update

from domain.errors import InvalidInput, NotFound, OrderwrightError, Refused
from domain.policy import CountTerms
from domain.stock.movements import MovementKind
from domain.stock.reservations import ReservationKind
from messages.order_messages import (
    ConfirmPick,
    PickedLine,
    ShortReason,
    StockArrived,
)
from operations.counting import (
    ApproveCount,
    ConfirmCount,
    CountAnswer,
    OpenCount,
    RefuseCount,
    approve_count,
    confirm_count,
    open_count,
    refuse_count,
)
from operations.queries.counts import open_counts
from persistence.counts import open_count_task
from persistence.processed_steps import KeyReused
from persistence.tables import (
    count_task,
    exception_table,
    location,
    product,
    reservation,
    reservation_line,
    stock_level,
    stock_movement,
)
from tests.activities.steps.builders import (
    OrderRun,
    Shop,
    assert_balanced,
    line,
    shop_at,
)

ANN, BOB, CLEO = "counter:1", "counter:2", "counter:3"
BOSS = "manager:1"
TASK = "count-A-1-MUG-1"


@pytest.fixture
def shop(database_url: str) -> Iterator[Shop]:
    """Have ten mugs at A-1 that cost 2 each, and ten teapots at B-1 that cost 60."""
    with shop_at(database_url) as stocked:
        for sku, cost in (("MUG", 2), ("POT", 60)):
            with stocked.database.write() as connection:
                connection.execute(
                    update(product)
                    .where(product.c.sku == sku)
                    .values(unit_cost=Decimal(cost), currency="EUR")
                )
        stocked.receive("A-1", MUG=10)
        stocked.receive("B-1", POT=10)
        yield stocked


def asked(shop: Shop, sku: str = "MUG", place: str = "A-1") -> str:
    told = OpenCount(message_id=shop_id(shop), location=place, sku=sku)
    return open_count(shop.database, told, lambda: shop.now).count_task_id


def shop_id(shop: Shop) -> str:
    return f"c{next(shop.messages)}"


def counted(
    shop: Shop, quantity: int, actor: str, task: str = TASK, message: str | None = None
) -> CountAnswer:
    told = ConfirmCount(
        message_id=message or shop_id(shop),
        actor=actor,
        count_task_id=task,
        quantity=quantity,
    )
    return confirm_count(shop.database, told, lambda: shop.now, CountTerms())


def approved(shop: Shop, task: str, actor: str = BOSS) -> CountAnswer:
    told = ApproveCount(message_id=shop_id(shop), actor=actor, count_task_id=task)
    return approve_count(shop.database, told, lambda: shop.now)


def refused(shop: Shop, task: str) -> CountAnswer:
    told = RefuseCount(message_id=shop_id(shop), actor=BOSS, count_task_id=task)
    return refuse_count(shop.database, told, lambda: shop.now)


def accuracy(shop: Shop, place: str = "A-1") -> tuple[int, int]:
    [row] = shop.rows(select(location).where(location.c.location_id == place))
    return row.counts, row.exact_counts


def questions(shop: Shop) -> dict[str, str | None]:
    """What people were asked about bins, with how it ended."""
    query = select(exception_table).where(exception_table.c.order_id.is_(None))
    return {row.kind: row.resolution for row in shop.rows(query)}


def short(shop: Shop, number: str = "1", found: int = 1) -> OrderRun:
    run = shop.order(number, line("MUG", 4))
    lines = (PickedLine(line_no=1, quantity=found, reason=ShortReason.NOT_THERE),)
    run.done(ConfirmPick(message_id=run.message_id(), actor="picker:7", lines=lines))
    return run


def test_a_count_that_agrees_is_done_and_speaks_for_the_bin(shop: Shop) -> None:
    task = asked(shop)

    answer = counted(shop, 10, ANN)

    assert (task, answer.status, answer.adjustment) == (TASK, "done", 0)
    assert accuracy(shop) == (1, 1)


def test_who_counts_is_never_told_what_the_books_say(shop: Shop) -> None:
    asked(shop)

    first = counted(shop, 7, ANN)
    with shop.database.read() as connection:
        [row] = open_counts(connection)

    assert (row.status, row.counted_by) == ("recount", ANN)
    assert first.adjustment is None
    assert not any(letter.isdigit() for letter in first.text)
    figures = [value for value in row.model_dump().values() if isinstance(value, int)]
    assert figures == []


def test_tasks_are_listed_on_the_way_through_the_warehouse(shop: Shop) -> None:
    shop.add_warehouse("east", "Z-1")
    for place, sku in (("B-1", "POT"), ("Z-1", "MUG"), ("A-1", "POT"), ("A-1", "MUG")):
        asked(shop, sku, place)

    with shop.database.read() as connection:
        everywhere = open_counts(connection)
        here = open_counts(connection, warehouse_id="main")

    assert [(row.location_id, row.sku) for row in everywhere] == [
        ("Z-1", "MUG"),
        ("A-1", "MUG"),
        ("A-1", "POT"),
        ("B-1", "POT"),
    ]
    assert [row.location_id for row in here] == ["A-1", "A-1", "B-1"]


def test_the_second_count_of_another_person_is_booked(shop: Shop) -> None:
    asked(shop)

    first = counted(shop, 7, ANN)
    second = counted(shop, 8, BOB)

    assert (first.status, second.status, second.adjustment) == ("recount", "done", -2)
    assert shop.stock()["A-1", "MUG"] == (8, 0)
    assert accuracy(shop) == (1, 0)
    [row] = shop.rows(
        select(stock_movement).where(stock_movement.c.kind == MovementKind.COUNTED)
    )
    assert (row.on_hand_change, row.actor, row.document) == (-2, BOB, TASK)
    assert_balanced(shop)


def test_a_first_count_that_was_wrong_does_not_speak_against_the_bin(
    shop: Shop,
) -> None:
    asked(shop)
    counted(shop, 7, ANN)

    assert counted(shop, 10, BOB).adjustment == 0
    assert accuracy(shop) == (1, 1)


def test_nobody_counts_the_same_bin_twice(shop: Shop) -> None:
    asked(shop)
    counted(shop, 7, ANN)

    with pytest.raises(InvalidInput, match="actor: another person"):
        counted(shop, 7, ANN)


def test_units_that_turn_up_are_booked_and_wake_who_waits(shop: Shop) -> None:
    shop.order("holder", line("MUG", 10))
    waiting = shop.order("waiting", line("MUG", 2))
    asked(shop)

    counted(shop, 12, ANN)
    answer = counted(shop, 12, BOB)

    assert answer.adjustment == 2
    assert shop.stock()["A-1", "MUG"] == (12, 10)
    assert shop.woken() == [waiting.order_id]
    assert_balanced(shop)


def test_a_difference_worth_much_is_booked_when_it_is_approved(shop: Shop) -> None:
    task = asked(shop, "POT", "B-1")
    counted(shop, 8, ANN, task)

    waits = counted(shop, 8, BOB, task)
    asked_for = questions(shop)
    before = shop.stock()["B-1", "POT"]
    answer = approved(shop, task)

    assert (waits.status, waits.adjustment) == ("approval", None)
    assert asked_for == {"count_approval": None}
    assert before == (10, 0)
    assert (answer.status, answer.adjustment) == ("done", -2)
    assert shop.stock()["B-1", "POT"] == (8, 0)
    assert questions(shop) == {"count_approval": "counted"}


def test_the_approver_sees_both_counts_and_the_value(shop: Shop) -> None:
    task = asked(shop, "POT", "B-1")
    counted(shop, 7, ANN, task)
    counted(shop, 8, BOB, task)

    [row] = shop.rows(select(exception_table))
    assert row.owner_role == "operations_manager"
    assert row.cause == (
        "POT at B-1: counted 7, then 8; the books say 10: worth 120 EUR"
    )


def test_an_article_of_unknown_value_needs_approval(shop: Shop) -> None:
    shop.add_products("LAMP")
    shop.receive("A-1", LAMP=5)
    task = asked(shop, "LAMP")
    counted(shop, 4, ANN, task)

    assert counted(shop, 4, BOB, task).status == "approval"


def test_what_moved_while_an_approval_was_awaited_is_not_counted_twice(
    shop: Shop,
) -> None:
    task = asked(shop, "POT", "B-1")
    counted(shop, 8, ANN, task)
    counted(shop, 8, BOB, task)
    shop.receive("B-1", POT=5)

    approved(shop, task)

    assert shop.stock()["B-1", "POT"] == (13, 0)


def test_a_refused_difference_is_counted_again_by_somebody_else(shop: Shop) -> None:
    task = asked(shop, "POT", "B-1")
    counted(shop, 7, ANN, task)
    counted(shop, 8, BOB, task)

    assert refused(shop, task).status == "recount"
    with pytest.raises(InvalidInput, match="actor"):
        counted(shop, 8, BOB, task)
    assert counted(shop, 10, CLEO, task).adjustment == 0
    assert questions(shop) == {"count_approval": "refused"}
    assert accuracy(shop, "B-1") == (1, 1)


def test_who_counted_does_not_approve(shop: Shop) -> None:
    task = asked(shop, "POT", "B-1")
    counted(shop, 7, ANN, task)
    counted(shop, 8, BOB, task)

    for actor in (ANN, BOB):
        with pytest.raises(InvalidInput, match="actor: another person"):
            approved(shop, task, actor)


def test_missing_units_that_are_promised_stay_promised(shop: Shop) -> None:
    shop.order("1", line("MUG", 9))
    asked(shop)
    counted(shop, 4, ANN)

    answer = counted(shop, 4, BOB)

    assert (answer.adjustment, answer.unbooked) == (-1, 5)
    assert "5 more units are missing and promised" in answer.text
    assert shop.stock()["A-1", "MUG"] == (9, 9)
    assert accuracy(shop) == (1, 0)
    assert_balanced(shop)


def test_a_short_pick_asks_for_the_count_that_closes_it(shop: Shop) -> None:
    short(shop)
    in_doubt = shop.rows(
        select(stock_level.c.reserved).where(stock_level.c.sku == "MUG")
    )
    asked_for = questions(shop)

    counted(shop, 3, ANN)
    answer = counted(shop, 3, BOB)

    assert asked_for == {"short_pick": None}
    assert max(row.reserved for row in in_doubt) > 0
    assert answer.status == "done"
    assert questions(shop) == {"short_pick": "counted"}
    assert shop.stock()["A-1", "MUG"] == (3, 0)
    kept = select(reservation_line.c.quantity).join(reservation)
    in_doubt = shop.rows(kept.where(reservation.c.kind == ReservationKind.COUNT))
    assert {row.quantity for row in in_doubt} == {0}
    assert_balanced(shop)


def test_a_short_pick_that_was_a_mistake_frees_the_bin_for_those_who_wait(
    shop: Shop,
) -> None:
    run = short(shop)
    assert run.state.backordered == 3

    answer = counted(shop, 9, ANN)

    assert answer.adjustment == 0
    assert run.order_id in shop.woken()


def test_an_order_may_be_sent_again_to_a_bin_that_was_counted_since_it_failed(
    shop: Shop,
) -> None:
    run = short(shop)

    counted(shop, 6, ANN)
    answer = counted(shop, 6, BOB)
    run.done(StockArrived(message_id="arrived", skus=("MUG",)))

    assert answer.woken == (run.order_id,)
    assert run.state.backordered == 0
    # One was picked at first; of the six that were found it gets three.
    assert shop.stock()["A-1", "MUG"] == (6, 3)
    assert_balanced(shop)


def test_goods_that_came_into_a_bin_in_doubt_go_to_the_order_it_failed_once_counted(
    shop: Shop,
) -> None:
    run = short(shop)
    shop.arrive("A-1", MUG=20)
    run.done(StockArrived(message_id="too-early", skus=("MUG",)))
    before = run.state.backordered

    counted(shop, 20, ANN)
    answer = counted(shop, 20, BOB)
    run.done(StockArrived(message_id="arrived", skus=("MUG",)))

    assert before == 3
    assert run.order_id in answer.woken
    assert run.state.backordered == 0
    assert_balanced(shop)


def test_a_second_short_pick_joins_the_open_task(shop: Shop) -> None:
    with shop.database.write() as connection:
        tasks = {
            open_count_task(
                connection, location_id="A-1", sku="MUG", cause=cause, at=shop.now
            )
            for cause in ("short:1", "short:2")
        }

    assert tasks == {TASK}
    assert shop.count(count_task) == 1


def test_a_bin_counted_before_gets_a_task_of_its_own(shop: Shop) -> None:
    asked(shop)
    counted(shop, 10, ANN)

    assert asked(shop) == "count-A-1-MUG-2"


def test_bins_whose_names_run_together_get_tasks_of_their_own(shop: Shop) -> None:
    shop.add_warehouse("east", "A", "A-1-MUG")
    shop.add_products("1-MUG")
    with shop.database.write() as connection:
        first, second = (
            open_count_task(
                connection, location_id=place, sku=sku, cause="asked", at=shop.now
            )
            for place, sku in (("A-1", "MUG"), ("A", "1-MUG"))
        )

    assert (first, second) == (TASK, "count-A-1-MUG-2")


def test_two_who_open_a_task_at_once_open_one(shop: Shop) -> None:
    with ThreadPoolExecutor(4) as people:
        tasks = set(people.map(lambda _: asked(shop), range(8)))

    assert tasks == {TASK}


def test_of_two_who_count_at_once_one_is_the_first_and_one_the_second(
    shop: Shop,
) -> None:
    asked(shop)

    with ThreadPoolExecutor(2) as people:
        answers = list(people.map(lambda who: counted(shop, 8, who), (ANN, BOB)))

    assert sorted(answer.status for answer in answers) == ["done", "recount"]
    assert shop.stock()["A-1", "MUG"] == (8, 0)


def test_a_count_told_twice_counts_once(shop: Shop) -> None:
    asked(shop)

    first = counted(shop, 7, ANN, message="m1")
    again = counted(shop, 7, ANN, message="m1")

    assert first == again
    with pytest.raises(KeyReused):
        counted(shop, 8, ANN, message="m1")


def test_the_same_count_from_two_lines_at_once_is_one_count(shop: Shop) -> None:
    asked(shop)

    with ThreadPoolExecutor(2) as lines:
        answers = list(
            lines.map(lambda _: counted(shop, 7, ANN, message="m1"), range(2))
        )

    assert answers[0] == answers[1]


def test_an_approval_told_twice_books_once(shop: Shop) -> None:
    task = asked(shop, "POT", "B-1")
    counted(shop, 8, ANN, task)
    counted(shop, 8, BOB, task)
    told = ApproveCount(message_id="m1", actor=BOSS, count_task_id=task)

    first = approve_count(shop.database, told, lambda: shop.now)
    again = approve_count(shop.database, told, lambda: shop.now)

    assert first == again
    assert shop.stock()["B-1", "POT"] == (8, 0)


def test_a_task_that_is_done_takes_nothing_more(shop: Shop) -> None:
    asked(shop)
    counted(shop, 10, ANN)

    with pytest.raises(Refused, match="is done already; open another count"):
        counted(shop, 9, BOB)
    with pytest.raises(Refused, match="it waits for no approval"):
        approved(shop, TASK)
    with pytest.raises(Refused, match="it waits for no approval"):
        refused(shop, TASK)


def test_a_task_that_waits_for_approval_takes_no_third_count(shop: Shop) -> None:
    task = asked(shop, "POT", "B-1")
    counted(shop, 8, ANN, task)
    counted(shop, 8, BOB, task)

    with pytest.raises(Refused, match="waits for an approval"):
        counted(shop, 8, CLEO, task)


@pytest.mark.parametrize("act", ["count", "approve", "refuse"])
def test_a_task_that_is_not_there_is_not_found(shop: Shop, act: str) -> None:
    acts = {
        "count": lambda: counted(shop, 1, ANN),
        "approve": lambda: approved(shop, TASK),
        "refuse": lambda: refused(shop, TASK),
    }

    with pytest.raises(NotFound, match="no count task"):
        acts[act]()


@pytest.mark.parametrize(
    ("place", "sku", "refusal"),
    [
        ("Q-9", "MUG", "location: a location that is stored"),
        ("A-1", "NONE", "sku: a SKU that the catalogue has"),
        ("A-1", "SET", "sku: the parts of the bundle"),
    ],
)
def test_what_cannot_be_counted_is_refused(
    shop: Shop, place: str, sku: str, refusal: str
) -> None:
    shop.add_bundle("SET", MUG=1)

    with pytest.raises(OrderwrightError, match=refusal):
        asked(shop, sku, place)
    assert shop.count(count_task) == 0
