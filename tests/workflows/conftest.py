"""A shop for each test on shared servers, and a scan of all it leaves behind."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from temporalio.client import Client
from temporalio.testing import WorkflowEnvironment

from domain.policy import DEFAULT_POLICY, FulfillmentPolicy
from tests.builders.documents import personal_data_in
from tests.builders.shop import Shop, open_shop
from tests.servers.time_skipping import start_time_skipping
from tests.workflows.scanning import personal_data_of


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def skipping_server() -> AsyncIterator[WorkflowEnvironment]:
    """Have one time-skipping server for a module's tests: they run one by one."""
    async with await start_time_skipping() as environment:
        yield environment


@pytest.fixture
def shop_policy() -> FulfillmentPolicy:
    """Have the policy of the shop; a module that tests terms has its own."""
    return DEFAULT_POLICY


@pytest_asyncio.fixture(loop_scope="session")
async def shop(
    skipping_server: WorkflowEnvironment,
    sqlite_database_url: str,
    tmp_path: Path,
    task_queue: str,
    shop_policy: FulfillmentPolicy,
) -> AsyncIterator[Shop]:
    """Have a shop whose time can be skipped."""
    async with open_shop(
        skipping_server.client,
        sqlite_database_url,
        tmp_path,
        task_queue=task_queue,
        environment=skipping_server,
        policy=shop_policy,
    ) as opened:
        yield opened
        await _leave(opened)


@pytest_asyncio.fixture(loop_scope="session")
async def real_shop(
    client: Client, sqlite_database_url: str, tmp_path: Path, task_queue: str
) -> AsyncIterator[Shop]:
    """Have a shop on the real server."""
    async with open_shop(
        client, sqlite_database_url, tmp_path, task_queue=task_queue
    ) as opened:
        yield opened
        await _leave(opened)


@pytest.fixture(autouse=True)
def _no_customer_in_the_log(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Hold every log line of every test here free of the test customer."""
    caplog.set_level(logging.INFO)
    yield
    assert personal_data_in(caplog.text) == []


async def _leave(shop: Shop) -> None:
    await shop.close_runs()
    shown = [
        found
        for order_id in shop.placed
        for found in await personal_data_of(shop, order_id)
    ]
    assert shown == []
    assert shop.imbalance() == []
