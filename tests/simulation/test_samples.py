"""Sample orders are the same for the same seed, and plainly invented."""

from __future__ import annotations

from collections import Counter
from itertools import islice

import pytest

from messages.order_document import parse_order_document
from simulation.habits import Habits, Role
from simulation.sample_orders import Fault, SampleOrders
from simulation.sample_shop import sample_articles_only_in


def test_the_same_seed_makes_the_same_orders_and_another_seed_others() -> None:
    first, again, other = (SampleOrders(seed=seed) for seed in (1, 1, 2))

    ours = [first.document(number) for number in range(30)]

    assert ours == [again.document(number) for number in range(30)]
    assert ours != [other.document(number) for number in range(30)]


def test_every_sample_order_is_a_good_document_of_a_customer_of_its_own() -> None:
    sample = SampleOrders(seed=1, fault_rate=0)

    documents = [sample.document(number) for number in range(100)]

    for document in documents:
        parse_order_document(document.model_dump(mode="json"))
    names = Counter(document.ship_to.name for document in documents)
    assert set(names.values()) == {1}
    emails = {one.customer.email for one in documents if one.customer}
    assert all(email and email.endswith("@example.com") for email in emails)
    assert len({document.ship_to.country for document in documents}) > 3


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("first", [0, 7, 23])
def test_of_ten_orders_in_a_row_one_needs_both_warehouses(
    seed: int, first: int
) -> None:
    sample = SampleOrders(seed=seed)
    only_in = [set(skus) for skus in sample_articles_only_in().values()]

    wanted = [
        {line.sku for line in sample.document(number).lines}
        for number in range(first, first + 10)
    ]

    assert len(only_in) == 2
    assert any(all(skus & only for only in only_in) for skus in wanted)


def test_the_first_orders_have_no_fault() -> None:
    sample = SampleOrders(seed=1, fault_rate=1)

    first = [sample.document(number) for number in range(3)]

    assert first == [sample.document(number, Fault.NONE) for number in range(3)]
    assert sample.document(3) != sample.document(3, Fault.NONE)


def test_speed_divides_every_delay_of_the_staff() -> None:
    usual, fast = Habits(seed=1), Habits(seed=1, speed=10)

    for role in islice(Role, 5):
        assert fast.delay(role, "x") == pytest.approx(usual.delay(role, "x") / 10)


def test_a_speed_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="speed"):
        Habits(speed=0)
