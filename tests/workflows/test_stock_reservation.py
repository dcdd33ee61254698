"""A soft reservation ends at its moment by its own run, whoever has died meanwhile."""

from __future__ import annotations

import asyncio
import gzip
from datetime import timedelta
from pathlib import Path

import pytest
from temporalio.client import WorkflowHandle, WorkflowHistory
from temporalio.worker import Replayer

from domain.identity import reservation_workflow_id_of
from domain.stock.reservations import ReservationKind
from messages.converter import DATA_CONVERTER
from messages.names import RESERVATION_WORKFLOW_TYPE
from messages.reservations import ReservationInput, ReservationResult
from operations.reservations import ReservationOperations, ReservationTerms
from persistence.tables import reservation, stock_level
from tests.builders.shop import WAIT_SECONDS, Shop
from workflows.sandbox import order_sandbox
from workflows.stock_reservation import StockReservation

RECORDED = sorted((Path(__file__).parent / "reservation_histories").glob("*.gz"))
QUARTER = timedelta(minutes=15)
Handle = WorkflowHandle[object, ReservationResult]


def history_in(path: Path) -> WorkflowHistory:
    text = gzip.decompress(path.read_bytes()).decode()
    return WorkflowHistory.from_json("reservation", text)


def operations(shop: Shop) -> ReservationOperations:
    return ReservationOperations(
        database=shop.database, delivery=shop.delivery, clock=shop.clock
    )


async def reserve(shop: Shop, units: int) -> str:
    """Keep units of the mug for a quarter of an hour."""
    terms = ReservationTerms(
        kind=ReservationKind.CHECKOUT, expires_at=await shop.now() + QUARTER
    )
    made = await operations(shop).reserve({"MUG": units}, terms)
    return made.reservation.reservation_id


def run_of(shop: Shop, reservation_id: str) -> Handle:
    return shop.client.get_workflow_handle(
        reservation_workflow_id_of(reservation_id), result_type=ReservationResult
    )


async def ended(shop: Shop, reservation_id: str) -> str:
    handle = run_of(shop, reservation_id)
    return (await asyncio.wait_for(handle.result(), WAIT_SECONDS)).status


def status_of(shop: Shop, reservation_id: str) -> str:
    [row] = shop.rows(reservation, reservation_id=reservation_id)
    status: str = row.status
    return status


def reserved(shop: Shop) -> int:
    return sum(row.reserved for row in shop.rows(stock_level, sku="MUG"))


async def test_at_its_moment_the_units_are_free_and_who_waits_has_them(
    shop: Shop,
) -> None:
    reservation_id = await reserve(shop, 99)
    order_id = await shop.place(("MUG", 3))
    assert shop.state(order_id).backordered == 2

    await shop.pass_time(QUARTER - timedelta(minutes=1))
    before = status_of(shop, reservation_id)
    await shop.pass_time(timedelta(minutes=2))
    await shop.until(lambda: status_of(shop, reservation_id) == "expired")
    await shop.relay_all()
    await shop.until(lambda: shop.state(order_id).backordered == 0)

    assert before == "open"
    assert await ended(shop, reservation_id) == "expired"
    assert reserved(shop) == 0
    assert shop.imbalance() == []


async def test_an_extension_puts_the_end_off(shop: Shop) -> None:
    reservation_id = await reserve(shop, 5)

    until = await shop.now() + 3 * QUARTER
    await operations(shop).extend(reservation_id, until)
    await shop.pass_time(2 * QUARTER)
    between = status_of(shop, reservation_id)
    await shop.pass_time(QUARTER + timedelta(minutes=1))

    assert between == "open"
    assert await ended(shop, reservation_id) == "expired"


async def test_an_extension_the_run_has_not_heard_of_counts(shop: Shop) -> None:
    reservation_id = await reserve(shop, 5)
    until = await shop.now() + 3 * QUARTER
    operations(shop)._extend(reservation_id, until)  # the caller dies before telling

    await shop.pass_time(2 * QUARTER)
    between = status_of(shop, reservation_id)
    await shop.pass_time(QUARTER + timedelta(minutes=1))

    assert between == "open"
    assert await ended(shop, reservation_id) == "expired"


async def test_a_release_ends_the_run_at_once(shop: Shop) -> None:
    reservation_id = await reserve(shop, 5)

    await operations(shop).release(reservation_id, actor="clerk:1")

    assert await ended(shop, reservation_id) == "released"
    assert reserved(shop) == 0


async def test_a_release_signalled_by_hand_frees_the_units(shop: Shop) -> None:
    reservation_id = await reserve(shop, 5)

    await run_of(shop, reservation_id).signal("release")

    assert await ended(shop, reservation_id) == "released"
    assert reserved(shop) == 0


async def test_a_worker_that_dies_is_followed_by_one_that_frees_the_units(
    real_shop: Shop,
) -> None:
    shop = real_shop
    terms = ReservationTerms(
        kind=ReservationKind.DRAFT, expires_at=shop.clock() + timedelta(seconds=1)
    )
    await shop.stop_worker()
    made = await operations(shop).reserve({"MUG": 5}, terms)
    await asyncio.sleep(1.2)
    reservation_id = made.reservation.reservation_id
    without = status_of(shop, reservation_id)
    await shop.start_worker()

    assert without == "open"
    assert await ended(shop, reservation_id) == "expired"
    assert reserved(shop) == 0


async def test_a_start_told_twice_is_one_run(shop: Shop) -> None:
    reservation_id = await reserve(shop, 5)

    await shop.delivery.keep_reservation(reservation_id)
    await shop.pass_time(2 * QUARTER)

    assert await ended(shop, reservation_id) == "expired"
    await shop.delivery.keep_reservation(reservation_id)
    with pytest.raises(AssertionError):
        await shop.until(lambda: reserved(shop) > 0, seconds=0.3)


async def test_a_run_of_a_reservation_nobody_made_ends_in_words(shop: Shop) -> None:
    handle = await shop.client.start_workflow(
        RESERVATION_WORKFLOW_TYPE,
        ReservationInput(reservation_id="draft-0", expires_at=await shop.now()),
        id=reservation_workflow_id_of("draft-0"),
        task_queue=shop.parts.task_queue,
        result_type=ReservationResult,
    )

    with pytest.raises(Exception, match="Workflow execution failed") as failed:
        await asyncio.wait_for(handle.result(), WAIT_SECONDS)

    assert "no reservation draft-0 is stored" in str(failed.value.__cause__)


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.name)
async def test_a_recorded_reservation_takes_the_same_way_again(path: Path) -> None:
    replayer = Replayer(
        workflows=[StockReservation],
        data_converter=DATA_CONVERTER,
        workflow_runner=order_sandbox(),
    )

    replayed = await replayer.replay_workflow(
        history_in(path), raise_on_replay_failure=False
    )

    assert replayed.replay_failure is None
