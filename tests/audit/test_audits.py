"""An audit opens one exception for each finding, and closes it when it is gone."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from prometheus_client import REGISTRY
from sqlalchemy import Connection, Row, select, update
from temporalio.testing import ActivityEnvironment

from activities.stock_audit import StockAudit
from messages.order_messages import ConfirmHandover
from messages.stock_audit import StockAuditResult
from persistence.audit.checks import CHECKS, run_check
from persistence.audit.exceptions import keep_findings
from persistence.audit.findings import AuditCheck
from persistence.database import Database, StorageFailed
from persistence.tables import exception_table
from tests.activities.steps.builders import (
    NOON,
    Shop,
    line,
    package_of,
    picks,
)
from tests.audit.damage import set_level

SECONDS_OF_TRADE = 4.0


async def audited(
    shop: Shop, *, database: Database | None = None, done: Sequence[object] = ()
) -> StockAuditResult:
    """Audit as a worker does, from the heartbeat of an earlier attempt on."""
    environment = ActivityEnvironment()
    environment.info = replace(environment.info, heartbeat_details=done)
    audit = StockAudit(database=database or shop.database, clock=lambda: shop.now)
    return await environment.run(audit.audit_stock)


def differences(shop: Shop) -> list[Row[Any]]:
    query = select(exception_table).where(exception_table.c.kind == "stock_difference")
    return shop.rows(query.order_by(exception_table.c.exception_id))


def states(shop: Shop) -> dict[str, str | None]:
    return {row.exception_id: row.resolution for row in differences(shop)}


def change(shop: Shop, work: Callable[[Connection], object]) -> None:
    with shop.database.write() as connection:
        work(connection)


def miscount(shop: Shop) -> str:
    """Let a counter say too much; return the id of its exception, but for its end."""
    change(shop, lambda connection: set_level(connection, on_hand=9))
    [found] = run_check(shop.database, AuditCheck.STOCK_COUNTERS, NOON)
    return found.finding_id


async def test_a_shop_that_is_well_opens_nothing(shop: Shop) -> None:
    result = await audited(shop)

    assert set(result.checks) == set(CHECKS)
    assert (result.found, result.finished_at) == (0, NOON)
    assert differences(shop) == []


async def test_a_finding_opens_an_exception_that_names_row_and_figures(
    shop: Shop,
) -> None:
    finding_id = miscount(shop)

    result = await audited(shop)

    [row] = differences(shop)
    assert row.exception_id == f"{finding_id}.1"
    assert row.cause.startswith(
        "stock counters: MUG at A-1: on_hand is 9, movements say 5 (stock_level "
    )
    assert "set the level to what its movements say" in row.suggested_act
    assert (row.owner_role, row.order_id) == ("inventory", None)
    assert result.checks[AuditCheck.STOCK_COUNTERS].opened == 1


async def test_a_repeat_opens_none_twice(shop: Shop) -> None:
    finding_id = miscount(shop)
    await audited(shop)

    again = await audited(shop)

    assert states(shop) == {f"{finding_id}.1": None}
    counted = again.checks[AuditCheck.STOCK_COUNTERS]
    assert (counted.found, counted.opened, counted.gone) == (1, 0, 0)


async def test_an_open_exception_tells_the_figures_of_now(shop: Shop) -> None:
    miscount(shop)
    await audited(shop)
    change(shop, lambda connection: set_level(connection, on_hand=7))

    await audited(shop)

    [row] = differences(shop)
    assert "on_hand is 7, movements say 5" in row.cause


async def test_a_finding_that_is_gone_is_closed(shop: Shop) -> None:
    finding_id = miscount(shop)
    await audited(shop)
    change(shop, lambda connection: set_level(connection, on_hand=5))
    shop.now += timedelta(minutes=15)

    result = await audited(shop)

    [row] = differences(shop)
    assert (row.exception_id, row.resolution) == (f"{finding_id}.1", "gone")
    assert (row.resolved_by, row.resolved_at) == ("auditor", shop.now)
    assert result.checks[AuditCheck.STOCK_COUNTERS].gone == 1


async def test_a_finding_that_comes_again_opens_the_next_exception(shop: Shop) -> None:
    finding_id = miscount(shop)
    await audited(shop)
    # A person resolves it, and the difference stays.
    change(
        shop,
        lambda connection: connection.execute(
            update(exception_table).values(resolved_at=NOON, resolution="fixed")
        ),
    )

    await audited(shop)

    assert states(shop) == {f"{finding_id}.1": "fixed", f"{finding_id}.2": None}


def test_two_audits_at_once_open_one_exception(shop: Shop) -> None:
    miscount(shop)
    found = run_check(shop.database, AuditCheck.STOCK_COUNTERS, NOON)
    start = threading.Barrier(2)

    def keep() -> None:
        start.wait()
        with shop.database.write() as connection:
            keep_findings(
                connection, AuditCheck.STOCK_COUNTERS, found, read_at=shop.now
            )

    in_threads(keep, keep)

    assert len(differences(shop)) == 1


def test_an_audit_that_read_before_another_opened_leaves_that_one_open(
    shop: Shop,
) -> None:
    miscount(shop)
    found = run_check(shop.database, AuditCheck.STOCK_COUNTERS, NOON)

    for seen, moment in ((found, NOON), ([], NOON - timedelta(minutes=1))):
        with shop.database.write() as connection:
            keep_findings(connection, AuditCheck.STOCK_COUNTERS, seen, read_at=moment)

    assert list(states(shop).values()) == [None]


async def test_the_figures_are_served_to_prometheus(shop: Shop) -> None:
    labels = {"check": str(AuditCheck.STOCK_COUNTERS)}
    opened = "orderwright_stock_audit_differences_total"
    before = REGISTRY.get_sample_value(opened, {**labels, "outcome": "opened"}) or 0
    miscount(shop)

    await audited(shop)

    after = REGISTRY.get_sample_value(opened, {**labels, "outcome": "opened"})
    assert after == before + 1
    assert REGISTRY.get_sample_value("orderwright_stock_audit_found", labels) == 1


class DyingDatabase(Database):
    """A database that is lost after some more writes."""

    def __init__(self, url: str, writes: int) -> None:
        super().__init__(url)
        self._writes = writes

    @contextmanager
    def write(self) -> Iterator[Connection]:
        self._writes -= 1
        if self._writes < 0:
            raise StorageFailed("the database did not answer (cut)")
        with super().write() as connection:
            yield connection


@pytest.mark.parametrize("answered", [1, 6, len(CHECKS) - 1])
async def test_an_audit_killed_in_the_middle_finishes_without_doubles(
    shop: Shop, database_url: str, answered: int
) -> None:
    finding_id = miscount(shop)
    beats: list[object] = []
    environment = ActivityEnvironment()
    environment.on_heartbeat = lambda *details: beats.append(details[0])
    dying = DyingDatabase(database_url, answered)
    first = StockAudit(database=dying, clock=lambda: shop.now)

    with pytest.raises(StorageFailed):
        await environment.run(first.audit_stock)
    dying.close()
    last = StockAuditResult.model_validate(beats[-1])
    result = await audited(shop, done=[last.model_dump(mode="json")])

    assert len(last.checks) == answered
    assert set(result.checks) == set(CHECKS)
    assert result.checks[AuditCheck.STOCK_COUNTERS].opened == 1
    assert states(shop) == {f"{finding_id}.1": None}


async def test_an_audit_whose_heartbeat_was_lost_starts_over_without_doubles(
    shop: Shop, database_url: str
) -> None:
    finding_id = miscount(shop)
    dying = DyingDatabase(database_url, 6)
    with pytest.raises(StorageFailed):
        await audited(shop, database=dying)
    dying.close()

    await audited(shop)

    assert states(shop) == {f"{finding_id}.1": None}


async def test_a_long_check_says_that_it_goes_on(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("activities.stock_audit.BEAT_SECONDS", 0.001)
    beats: list[object] = []
    environment = ActivityEnvironment()
    environment.on_heartbeat = lambda *details: beats.append(details[0])
    audit = StockAudit(database=shop.database, clock=lambda: shop.now)

    await environment.run(audit.audit_stock)

    assert len(beats) > 2 * len(CHECKS)


def in_threads(*works: Callable[[], object]) -> None:
    """Run these at once; raise what one of them raises."""
    failures: list[BaseException] = []

    def guarded(work: Callable[[], object]) -> None:
        try:
            work()
        except BaseException as failure:
            failures.append(failure)

    threads = [threading.Thread(target=guarded, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]


def trade(shop: Shop, name: str, ended: threading.Event) -> int:
    """Place, pick, pack, hand over and cancel orders until told to stop."""
    number = 0
    while not ended.is_set():
        number += 1
        run = shop.order(f"{name}{number}", line("MUG", 2), line("POT", 1))
        if number % 3 == 0:
            run.cancel()
            continue
        run.pick(*picks(2, 1))
        run.pack(package_of(MUG=2, POT=1))
        if number % 3 == 1:
            run.have_label(f"{name}-{number}")
            run.done(ConfirmHandover(message_id=run.message_id()))
    return number


async def test_an_audit_of_a_busy_shop_finds_nothing_that_is_not_so(
    shop: Shop,
) -> None:
    ended = threading.Event()
    found: list[str] = []
    audits = 0

    async def audit_again_and_again() -> None:
        nonlocal audits
        while not ended.is_set():
            result = await audited(shop)
            audits += 1
            found.extend(check for check, one in result.checks.items() if one.found)

    shop.receive("A-1", MUG=5000)
    shop.receive("B-1", POT=5000)
    trading = [
        asyncio.create_task(asyncio.to_thread(trade, shop, name, ended))
        for name in ("a", "b", "c")
    ]
    auditing = asyncio.create_task(audit_again_and_again())
    await asyncio.sleep(SECONDS_OF_TRADE)
    ended.set()
    orders = await asyncio.gather(*trading)
    await auditing

    assert found == []
    assert differences(shop) == []
    assert audits > 1
    assert sum(orders) > 10
