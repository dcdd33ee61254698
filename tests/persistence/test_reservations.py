"""Whatever is reserved, used and given back: a level reserves what its lines keep."""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select, update

from domain.stock.reservations import ReservationKind
from persistence.reservations import (
    KeptUnits,
    NewReservation,
    block_for_count,
    give_back,
    lift_block,
    new_reservation_id,
    reserve,
)
from persistence.stock import MovementCause
from persistence.tables import (
    reservation,
    reservation_line,
    stock_level,
    stock_movement,
)
from tests.activities.steps.builders import NOON, Shop, assert_kept, shop_at

WHY = MovementCause(cause="test", actor="clerk:1", occurred_at=NOON, recorded_at=NOON)
ACTS = st.lists(
    st.tuples(
        st.sampled_from(["reserve", "give_back", "block", "lift"]),
        st.integers(0, 1),
        st.integers(1, 7),
    ),
    max_size=12,
)


@pytest.fixture
def shop(database_url: str) -> Iterator[Shop]:
    with shop_at(database_url) as stocked:
        yield stocked


def start_anew(shop: Shop) -> list[int]:
    """Have ten mugs in each of two bins, and nothing reserved."""
    with shop.database.write() as connection:
        for table in (reservation_line, reservation, stock_movement):
            connection.execute(delete(table))
        connection.execute(update(stock_level).values(on_hand=0, reserved=0))
    for place in ("A-1", "B-1"):
        shop.receive(place, MUG=10)
    rows = shop.rows(select(stock_level).order_by(stock_level.c.stock_level_id))
    return [row.stock_level_id for row in rows]


@given(acts=ACTS)
@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_any_acts_in_any_order_leave_the_books_right(
    shop: Shop, acts: list[tuple[str, int, int]]
) -> None:
    levels = start_anew(shop)
    made: list[str] = []
    for act, index, units in acts:
        with shop.database.write() as connection:
            if act == "reserve":
                one = NewReservation(
                    reservation_id=new_reservation_id(ReservationKind.DRAFT),
                    kind=ReservationKind.DRAFT,
                    actor="clerk:1",
                    created_at=NOON,
                )
                wanted = [
                    KeptUnits(stock_level_id=level, sku="MUG", quantity=units)
                    for level in levels[index:]
                ]
                if reserve(connection, one, wanted, WHY):
                    made.append(one.reservation_id)
            elif act == "give_back" and made:
                give_back(connection, made.pop(0), WHY)
            elif act == "block":
                block_for_count(connection, "count-1", levels[index], units, WHY)
            elif act == "lift":
                lift_block(connection, "count-1", WHY)
    assert_kept(shop)


def test_all_or_nothing_leaves_nothing(shop: Shop) -> None:
    first, second = start_anew(shop)
    kept = NewReservation(
        reservation_id="draft-1",
        kind=ReservationKind.DRAFT,
        actor="clerk:1",
        created_at=NOON,
    )
    wanted = [
        KeptUnits(stock_level_id=first, sku="MUG", quantity=4),
        KeptUnits(stock_level_id=second, sku="MUG", quantity=11),
    ]

    with shop.database.write() as connection:
        is_reserved = reserve(connection, kept, wanted, WHY)

    assert not is_reserved
    assert {row.reserved for row in shop.rows(select(stock_level))} == {0}
    assert_kept(shop)


def test_a_bin_in_doubt_blocks_what_is_free_and_is_lifted_once(shop: Shop) -> None:
    first, _ = start_anew(shop)

    with shop.database.write() as connection:
        blocked = block_for_count(connection, "count-1", first, 3, WHY)
        more = block_for_count(connection, "count-1", first, 30, WHY)
        none = block_for_count(connection, "count-1", first, 1, WHY)
        lifted = lift_block(connection, "count-1", WHY)
        again = lift_block(connection, "count-1", WHY)
        joined = block_for_count(connection, "count-1", first, 2, WHY)

    assert (blocked, more, none) == (3, 7, 0)
    assert (lifted, again) == ({first: 10}, {})
    assert joined == 2
    assert_kept(shop)
