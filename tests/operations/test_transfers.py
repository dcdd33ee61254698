"""What people do with stock by hand: only free units move, nothing by halves."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import func, select

from domain.errors import InvalidInput, NotFound, OrderwrightError
from domain.stock.movements import LocationKind
from domain.stock.valuation import UnitCost
from operations.adjustments import (
    AdjustStock,
    ReturnStock,
    adjust_stock,
    return_stock,
)
from operations.hand_booking import MovedStock
from operations.transfers import (
    DamageStock,
    TransferStock,
    damage_stock,
    transfer_stock,
)
from persistence.processed_steps import KeyReused
from persistence.stock_value import Arrived, value_in
from persistence.stock_value_rows import stock_values
from persistence.tables import location, stock_level, stock_movement
from tests.activities.steps.builders import (
    OrderRun,
    Shop,
    assert_balanced,
    line,
    package_of,
    picks,
    shop_at,
)

PERSON = "stock:4"


@pytest.fixture
def shop(database_url: str) -> Iterator[Shop]:
    """Have ten mugs at A-1 worth 2 each, an empty B-1, a quarantine, and an east."""
    with shop_at(database_url) as stocked:
        stocked.add(
            location,
            {
                "location_id": "Q-1",
                "warehouse_id": "main",
                "kind": LocationKind.QUARANTINE,
                "pick_sequence": 9,
            },
        )
        stocked.add_warehouse("east", "Z-1")
        stocked.receive("A-1", MUG=10)
        with stocked.database.write() as connection:
            cost = UnitCost(amount=Decimal(2), currency="EUR")
            value_in(connection, "main", [Arrived(sku="MUG", units=10, cost=cost)])
        yield stocked


class Hands:
    """Somebody who moves stock."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop

    def transfer(self, units: int, source: str, target: str, **more: str) -> MovedStock:
        told = TransferStock(
            message_id=more.get("message_id", self._id()),
            actor=PERSON,
            sku=more.get("sku", "MUG"),
            quantity=units,
            from_location=source,
            to_location=target,
        )
        return transfer_stock(self.shop.database, told, self._clock)

    def adjust(self, change: int, place: str = "A-1", **more: str) -> MovedStock:
        told = AdjustStock(
            message_id=more.get("message_id", self._id()),
            actor=PERSON,
            sku=more.get("sku", "MUG"),
            change=change,
            location=place,
            reason="found" if change > 0 else "lost",
        )
        return adjust_stock(self.shop.database, told, self._clock)

    def damage(self, units: int, place: str = "A-1", **more: str) -> MovedStock:
        told = DamageStock(
            message_id=self._id(),
            actor=PERSON,
            sku=more.get("sku", "MUG"),
            quantity=units,
            location=place,
        )
        return damage_stock(self.shop.database, told, self._clock)

    def take_back(
        self, units: int, place: str = "Q-1", order: str | None = None, **more: str
    ) -> MovedStock:
        told = ReturnStock(
            message_id=self._id(),
            actor=PERSON,
            sku=more.get("sku", "MUG"),
            quantity=units,
            location=place,
            order_id=order,
        )
        return return_stock(self.shop.database, told, self._clock)

    def _id(self) -> str:
        return f"h{next(self.shop.messages)}"

    def _clock(self) -> datetime:
        return self.shop.now


@pytest.fixture
def hands(shop: Shop) -> Hands:
    return Hands(shop)


def shipped(shop: Shop, units: int) -> OrderRun:
    run = shop.order("1", line("MUG", units))
    run.pick(*picks(units))
    run.pack(package_of(MUG=units))
    run.hand_over()
    return run


def worth(shop: Shop, warehouse: str) -> tuple[int, int] | None:
    """Units with a known cost, and what they cost together in whole euros."""
    with shop.database.read() as connection:
        value = stock_values(connection, warehouse, ["MUG"]).get("MUG")
    return (value.units, value.micros // 1_000_000) if value else None


def age(shop: Shop, place: str) -> datetime | None:
    query = select(stock_level.c.received_at).where(
        stock_level.c.location_id == place, stock_level.c.sku == "MUG"
    )
    [row] = shop.rows(query)
    found: datetime | None = row.received_at
    return found


def test_a_transfer_is_in_the_books_at_both_places(shop: Shop, hands: Hands) -> None:
    told = hands.transfer(4, "A-1", "B-1")

    assert told.text == "4 MUG moved from A-1 to B-1"
    assert shop.stock() == {("A-1", "MUG"): (6, 0), ("B-1", "MUG"): (4, 0)}
    rows = shop.rows(
        select(stock_movement).where(stock_movement.c.kind == "transferred")
    )
    assert sorted(row.on_hand_change for row in rows) == [-4, 4]
    assert {row.actor for row in rows} == {PERSON}
    assert worth(shop, "main") == (10, 20)
    assert_balanced(shop)


@pytest.mark.parametrize(("source", "target"), [("A-1", "B-1"), ("B-1", "A-1")])
def test_either_way_round_no_promised_unit_moves(
    shop: Shop, hands: Hands, source: str, target: str
) -> None:
    if source == "B-1":
        hands.transfer(10, "A-1", "B-1")
    shop.order("1", line("MUG", 7))
    before = shop.stock()

    with pytest.raises(InvalidInput, match="quantity: at most 3"):
        hands.transfer(4, source, target)
    assert shop.stock() == before
    assert_balanced(shop)


def test_to_another_warehouse_the_value_goes_along(shop: Shop, hands: Hands) -> None:
    hands.transfer(4, "A-1", "Z-1")

    assert (worth(shop, "main"), worth(shop, "east")) == ((6, 12), (4, 8))
    rows = shop.rows(
        select(stock_movement.c.unit_cost).where(stock_movement.c.kind == "transferred")
    )
    assert [row.unit_cost for row in rows] == [2, 2]


def test_units_keep_their_age_and_the_oldest_counts(shop: Shop, hands: Hands) -> None:
    hands.adjust(3, "B-1")
    first = shop.now
    shop.now += timedelta(days=3)
    hands.adjust(1, "Z-1")
    hands.transfer(2, "B-1", "Z-1")
    shop.now += timedelta(days=3)
    hands.transfer(1, "B-1", "Q-1")

    assert (age(shop, "Z-1"), age(shop, "Q-1")) == (first, first)


def test_an_emptied_place_that_is_filled_again_is_young(
    shop: Shop, hands: Hands
) -> None:
    hands.adjust(3, "B-1")
    hands.adjust(-3, "B-1")
    shop.now += timedelta(days=3)

    hands.adjust(1, "B-1")

    assert age(shop, "B-1") == shop.now


def test_units_that_leave_quarantine_wake_who_waits(shop: Shop, hands: Hands) -> None:
    hands.transfer(10, "A-1", "Q-1")
    waiting = shop.order("1", line("MUG", 2))

    told = hands.transfer(5, "Q-1", "B-1")

    assert told.woken == (waiting.order_id,)
    assert shop.woken() == [waiting.order_id]


def test_two_who_move_the_last_units_do_not_both_get_them(
    shop: Shop, hands: Hands
) -> None:
    def move(target: str) -> MovedStock | InvalidInput:
        try:
            return hands.transfer(7, "A-1", target)
        except InvalidInput as refusal:
            return refusal

    with ThreadPoolExecutor(4) as people:
        answers = list(people.map(move, ("B-1", "Q-1", "Z-1", "B-1")))

    assert sorted(type(answer).__name__ for answer in answers) == [
        "InvalidInput",
        "InvalidInput",
        "InvalidInput",
        "MovedStock",
    ]
    assert shop.stock()["A-1", "MUG"] == (3, 0)
    assert_balanced(shop)


def test_those_who_move_crosswise_do_not_block_each_other(
    shop: Shop, hands: Hands
) -> None:
    hands.transfer(5, "A-1", "B-1")
    ways = [("A-1", "B-1"), ("B-1", "A-1")] * 8

    with ThreadPoolExecutor(4) as people:
        list(people.map(lambda way: hands.transfer(1, *way), ways))

    assert shop.stock() == {("A-1", "MUG"): (5, 0), ("B-1", "MUG"): (5, 0)}
    assert_balanced(shop)


@pytest.mark.parametrize("act", ["transfer", "adjust"])
def test_what_is_told_twice_is_done_once(shop: Shop, hands: Hands, act: str) -> None:
    acts: dict[str, Callable[[int], MovedStock]] = {
        "transfer": lambda n: hands.transfer(n, "A-1", "B-1", message_id="m1"),
        "adjust": lambda n: hands.adjust(n, message_id="m1"),
    }

    assert acts[act](3) == acts[act](3)
    with pytest.raises(KeyReused):
        acts[act](4)
    assert shop.rows(select(func.sum(stock_level.c.on_hand)))[0][0] in {10, 13}
    assert_balanced(shop)


def test_units_found_are_worth_what_the_others_are(shop: Shop, hands: Hands) -> None:
    hands.adjust(2)

    assert shop.stock()["A-1", "MUG"] == (12, 0)
    assert worth(shop, "main") == (12, 24)


def test_units_lost_take_their_value_and_leave_a_reason(
    shop: Shop, hands: Hands
) -> None:
    told = hands.adjust(-3)

    assert told.text == "MUG at A-1 is adjusted by -3: lost"
    assert worth(shop, "main") == (7, 14)
    [row] = shop.rows(select(stock_movement).where(stock_movement.c.kind == "adjusted"))
    assert (row.on_hand_change, row.document, row.unit_cost) == (-3, "lost", 2)


def test_units_found_wake_who_waits(shop: Shop, hands: Hands) -> None:
    waiting = shop.order("1", line("MUG", 12))

    assert hands.adjust(1).woken == (waiting.order_id,)


def test_promised_units_cannot_be_lost(shop: Shop, hands: Hands) -> None:
    shop.order("1", line("MUG", 9))

    with pytest.raises(InvalidInput, match="quantity: at most 1"):
        hands.adjust(-2)


def test_damaged_units_are_out_of_sale_and_still_ours(shop: Shop, hands: Hands) -> None:
    hands.damage(2)

    assert shop.stock() == {("A-1", "MUG"): (8, 0), ("main:damaged", "MUG"): (2, 0)}
    assert worth(shop, "main") == (10, 20)
    assert_balanced(shop)


def test_promised_units_are_not_taken_out_of_sale_unseen(
    shop: Shop, hands: Hands
) -> None:
    shop.order("1", line("MUG", 9))

    with pytest.raises(InvalidInput, match="quantity: at most 1"):
        hands.damage(2)


def test_what_comes_back_into_quarantine_wakes_nobody(shop: Shop, hands: Hands) -> None:
    run = shipped(shop, 3)
    shop.order("2", line("MUG", 9))

    told = hands.take_back(2, "Q-1", run.order_id)

    assert told.woken == ()
    assert shop.stock()["Q-1", "MUG"] == (2, 0)
    [row] = shop.rows(select(stock_movement).where(stock_movement.c.kind == "returned"))
    assert (row.on_hand_change, row.order_id) == (2, run.order_id)


def test_what_comes_back_for_sale_wakes_who_waits(shop: Shop, hands: Hands) -> None:
    run = shipped(shop, 3)
    waiting = shop.order("2", line("MUG", 9))

    assert hands.take_back(2, "A-1", run.order_id).woken == (waiting.order_id,)


def test_no_more_comes_back_than_was_shipped(shop: Shop, hands: Hands) -> None:
    run = shipped(shop, 3)
    hands.take_back(2, "Q-1", run.order_id)

    with pytest.raises(InvalidInput, match="quantity: at most 1, as shipped"):
        hands.take_back(2, "Q-1", run.order_id)
    assert shop.stock()["Q-1", "MUG"] == (2, 0)


def test_what_comes_back_without_an_order_is_taken(shop: Shop, hands: Hands) -> None:
    assert hands.take_back(1).text == "1 MUG came back to Q-1"


def test_what_comes_back_of_an_unknown_order_is_not_booked(
    shop: Shop, hands: Hands
) -> None:
    with pytest.raises(NotFound, match="no order web-9"):
        hands.take_back(1, "Q-1", "web-9")
    assert ("Q-1", "MUG") not in shop.stock()


@pytest.mark.parametrize(
    ("act", "refusal"),
    [
        (lambda h: h.transfer(1, "X", "B-1"), "from_location: a location that is"),
        (lambda h: h.transfer(1, "A-1", "X"), "to_location: a location that is"),
        (lambda h: h.transfer(1, "A-1", "A-1"), "to_location: another location"),
        (
            lambda h: h.transfer(1, "main:staging", "A-1"),
            "from_location: a place for stock",
        ),
        (
            lambda h: h.transfer(1, "A-1", "main:staging"),
            "to_location: a place for stock",
        ),
        (lambda h: h.transfer(1, "A-1", "B-1", sku="NONE"), "sku: a SKU that"),
        (lambda h: h.transfer(1, "A-1", "B-1", sku="SET"), "sku: the parts of"),
        (lambda h: h.adjust(0), "change: units found"),
        (lambda h: h.adjust(1, "X"), "location: a location that is"),
        (lambda h: h.adjust(1, "main:staging"), "location: a place for stock"),
        (lambda h: h.adjust(1, sku="NONE"), "sku: a SKU that"),
        (lambda h: h.adjust(-1, sku="POT"), "quantity: at most 0"),
        (lambda h: h.damage(1, "X"), "location: a location that is"),
        (lambda h: h.damage(1, "main:damaged"), "location: a place whose goods"),
        (lambda h: h.damage(1, "main:staging"), "location: a place for stock"),
        (lambda h: h.damage(1, sku="NONE"), "sku: a SKU that"),
        (lambda h: h.damage(11), "quantity: at most 10"),
        (lambda h: h.take_back(1, "X"), "location: a location that is"),
        (lambda h: h.take_back(1, "main:staging"), "location: a place for stock"),
        (lambda h: h.take_back(1, sku="NONE"), "sku: a SKU that"),
    ],
)
def test_a_refusal_names_the_field_and_books_nothing(
    shop: Shop, hands: Hands, act: Callable[[Hands], MovedStock], refusal: str
) -> None:
    shop.add_bundle("SET", MUG=1)
    before = shop.count(stock_movement)

    with pytest.raises(OrderwrightError, match=refusal):
        act(hands)
    assert shop.count(stock_movement) == before
