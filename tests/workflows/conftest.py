"""A shop for each test on shared servers, and a scan of all it leaves behind."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio
from temporalio.client import Client
from temporalio.service import RPCError
from temporalio.testing import WorkflowEnvironment

from domain.policy import DEFAULT_POLICY, FulfillmentPolicy
from tests.builders.documents import personal_data_in
from tests.builders.shop import Shop, open_shop
from tests.servers.time_skipping import start_time_skipping
from tests.workflows.scanning import personal_data_of

SECONDS_TO_SKIP = 3.0


class SkippingServers:
    """One time-skipping server for many tests, and a new one when it skips no more."""

    def __init__(self) -> None:
        self._environment: WorkflowEnvironment | None = None

    async def working(self) -> WorkflowEnvironment:
        """Return a server whose time can be skipped.

        One whose run was ended with work under way counts that work for ever.
        """
        if self._environment is not None and not await self._skips(self._environment):
            await self.close()
        if self._environment is None:
            self._environment = await start_time_skipping()
        return self._environment

    async def close(self) -> None:
        if self._environment is not None:
            await self._environment.shutdown()
            self._environment = None

    async def _skips(self, environment: WorkflowEnvironment) -> bool:
        try:
            nap = environment.sleep(timedelta(seconds=20))
            await asyncio.wait_for(nap, SECONDS_TO_SKIP)
        except (RPCError, TimeoutError):
            return False
        return True


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def skipping_servers() -> AsyncIterator[SkippingServers]:
    """Have time-skipping servers for a module's tests: they run one by one."""
    servers = SkippingServers()
    yield servers
    await servers.close()


@pytest_asyncio.fixture(loop_scope="session")
async def skipping_server(skipping_servers: SkippingServers) -> WorkflowEnvironment:
    """Have a time-skipping server that skips."""
    return await skipping_servers.working()


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
