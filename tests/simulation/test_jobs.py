"""Who does what: counts by two people, approvals by a manager, cancels by customers."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from domain.exceptions import ExceptionKind
from operations.open_work import OpenWork, OrderPulse, OwedUnits
from operations.queries.counts import CountTaskRow
from operations.queries.exceptions import ExceptionRow
from simulation.customers import Customers
from simulation.habits import Habits, Role
from simulation.jobs import jobs_of
from tests.simulation.test_troubles import a_look

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


def with_count(status: str, counted_by: str | None = None) -> OpenWork:
    task = CountTaskRow(
        count_task_id="count-A-1-MUG-1",
        status=status,
        warehouse_id="main",
        location_id="A-1",
        sku="MUG",
        name="Mug",
        counted_by=counted_by,
        opened_at=NOON,
    )
    return a_look().model_copy(update={"counts": (task,)})


def with_exception(kind: ExceptionKind) -> OpenWork:
    asked = ExceptionRow(
        exception_id="x",
        order_id=None,
        shipment_id=None,
        kind=kind,
        owner_role="inventory",
        cause="?",
        suggested_act="?",
        opened_at=NOON,
        age_seconds=1,
        taken_by=None,
        escalated_at=None,
        resolved_at=None,
        resolution=None,
    )
    return a_look().model_copy(update={"exceptions": (asked,)})


def test_who_counted_first_does_not_count_again() -> None:
    [first] = jobs_of(with_count("open"))
    [again] = jobs_of(with_count("recount", "stock:1"))
    [approval] = jobs_of(with_count("approval", "stock:1"))

    assert (first.role, first.not_for) == (Role.STOCK, None)
    assert (again.role, again.not_for) == (Role.STOCK, "stock:1")
    assert approval.role is Role.MANAGER
    assert len({first.key, again.key, approval.key}) == 3


def test_a_shop_with_one_counter_is_refused() -> None:
    with pytest.raises(ValueError, match="people"):
        Habits(people={Role.STOCK: 1})


def test_no_robot_closes_a_difference_of_the_books_or_a_question_about_a_bin() -> None:
    for kind in (
        ExceptionKind.STOCK_DIFFERENCE,
        ExceptionKind.SHORT_PICK,
        ExceptionKind.COUNT_APPROVAL,
        ExceptionKind.DEADLINE_MISSED,
    ):
        assert list(jobs_of(with_exception(kind))) == []


def test_a_receipt_that_was_not_as_expected_is_the_offices() -> None:
    [job] = jobs_of(with_exception(ExceptionKind.RECEIPT_DIFFERENCE))

    assert job.role is Role.OFFICE


def test_what_is_on_its_way_to_waiting_orders_is_not_bought_again() -> None:
    owed = OwedUnits(sku="MUG", quantity=3, coming=3, order_ids=("a",))
    more = owed.model_copy(update={"quantity": 4})

    assert list(jobs_of(a_look(owed=(owed,)))) == []
    assert [job.key for job in jobs_of(a_look(owed=(more,)))] == ["owed:MUG"]


def test_nothing_is_bought_while_its_bin_is_in_doubt() -> None:
    owed = OwedUnits(sku="MUG", quantity=3, order_ids=("a",))
    work = with_count("open").model_copy(update={"owed": (owed,)})

    assert [job.key for job in jobs_of(work)] == ["open:count-A-1-MUG-1"]


def orders_at(status: str, count: int = 200) -> OpenWork:
    pulses = {
        f"o-{number}": OrderPulse(order_id=f"o-{number}", revision=1, status=status)
        for number in range(count)
    }
    return a_look().model_copy(update={"orders": pulses})


def test_the_wanted_share_of_customers_cancels_each_at_a_stage_and_once() -> None:
    customers = Customers(Habits(seed=1, cancel_rate=0.2))

    early = len(list(customers.jobs(orders_at("received"))))
    late = len(list(customers.jobs(orders_at("shipped"))))
    again = len(list(customers.jobs(orders_at("shipped"))))

    assert 0 < early < late
    assert early + late == customers.asked
    assert 20 <= customers.asked <= 60
    assert again == 0


def test_without_a_rate_nobody_cancels() -> None:
    assert list(Customers(Habits()).jobs(orders_at("shipped"))) == []
