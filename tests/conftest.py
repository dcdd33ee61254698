"""Fixtures every test may use: real servers, fresh databases, a clean environment."""

import os
import shutil
import time
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import nullcontext
from pathlib import Path

import pytest
import pytest_asyncio
from temporalio.client import Client
from temporalio.testing import WorkflowEnvironment

from config.dev_server import DevServer
from config.search_attributes import ensure_search_attributes
from config.temporal import Target, address_is_chosen, configured_target, connect
from config.temporal_binary import cached_binary, temporal_binary
from messages.search_attributes import SEARCH_ATTRIBUTES
from tests.servers.databases import (
    PostgresqlDatabases,
    copied_sqlite_file,
    describe_postgresql,
    migrated_sqlite_file,
    postgresql_server,
    prepare_postgresql,
    sqlite_url,
)
from tests.servers.dev_server import new_dev_server
from tests.servers.time_skipping import (
    server_directory,
    start_time_skipping,
    time_skipping_server,
)


def pytest_report_header() -> list[str]:
    """Say which servers this run uses, so that none is used unseen."""
    skipping = server_directory()
    return [
        f"temporal: {_describe_temporal()}",
        f"time skipping: {skipping if skipping.exists() else 'to be fetched'}",
        f"postgresql: {describe_postgresql()}",
    ]


def _describe_temporal() -> str:
    if address_is_chosen():
        return f"the server at {configured_target().address} (TEMPORAL_ADDRESS)"
    on_path = shutil.which("temporal")
    if on_path:
        return f"a dev server, {on_path}"
    cached = cached_binary()
    return f"a dev server, {cached if cached.exists() else 'to be fetched or built'}"


def pytest_sessionstart(session: pytest.Session) -> None:
    """Fetch every server before test processes start: these show no progress."""
    several = getattr(session.config.option, "numprocesses", None)
    if several and not hasattr(session.config, "workerinput"):
        if not address_is_chosen():
            temporal_binary()
        time_skipping_server()
        prepare_postgresql()


def pytest_collection_finish(session: pytest.Session) -> None:
    """Fetch or build servers before the first test: a test's time limit is short."""
    wanted = {
        name
        for item in session.items
        for name in getattr(item, "fixturenames", ())
        if not session.config.option.collectonly
    }
    capture = session.config.pluginmanager.get_plugin("capturemanager")
    with capture.global_and_fixture_disabled() if capture else nullcontext():
        if "dev_server" in wanted and not address_is_chosen():
            temporal_binary()
        if "own_dev_server" in wanted:
            temporal_binary()
        if "time_skipping" in wanted:
            time_skipping_server()
        if "database_url" in wanted or "postgresql_database_url" in wanted:
            prepare_postgresql()


def pytest_unconfigure() -> None:
    """Let threads of the SDK whose server has gone end before the interpreter."""
    time.sleep(0.3)


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests say themselves what is set: the caller's own settings must not leak in."""
    for name in list(os.environ):
        ours = name.startswith(("ORDERWRIGHT_", "TEMPORAL_"))
        if ours and not name.startswith("ORDERWRIGHT_TEST_"):
            monkeypatch.delenv(name)


@pytest.fixture(scope="session", autouse=True)
def _named_server() -> Target | None:
    """Remember TEMPORAL_ADDRESS before the first test clears it."""
    return configured_target() if address_is_chosen() else None


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def dev_server(
    _named_server: Target | None, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Target]:
    """Have the real Temporal server of the session: the named one, else our own."""
    if _named_server is not None:
        await ensure_search_attributes(await connect(_named_server), SEARCH_ATTRIBUTES)
        yield _named_server
        return
    async with new_dev_server(tmp_path_factory.mktemp("temporal")) as server:
        yield Target(address=server.address)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def client(dev_server: Target) -> Client:
    """Connect to the session's Temporal server, as all our processes do."""
    return await connect(dev_server)


@pytest_asyncio.fixture(loop_scope="session")
async def own_dev_server(tmp_path: Path) -> AsyncIterator[DevServer]:
    """Have a real Temporal server that this test may kill and start again."""
    server = new_dev_server(tmp_path / "temporal")
    await server.start()
    yield server
    # Nobody reads its files again, so there is no need to wait for a clean stop.
    server.kill()


@pytest_asyncio.fixture(loop_scope="session")
async def time_skipping() -> AsyncIterator[WorkflowEnvironment]:
    """Have a Temporal server of its own for this test, whose clock jumps."""
    async with await start_time_skipping() as environment:
        yield environment


@pytest.fixture
def task_queue() -> str:
    """Name a task queue that no other test listens on."""
    return f"test-{uuid.uuid4().hex}"


@pytest.fixture(scope="session")
def _sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return migrated_sqlite_file(tmp_path_factory.mktemp("sqlite"))


@pytest.fixture(scope="session")
def _postgresql_databases() -> Iterator[PostgresqlDatabases]:
    with postgresql_server() as url:
        databases = PostgresqlDatabases(url)
        with databases.migrated():
            yield databases


@pytest.fixture
def sqlite_database_url(_sqlite_template: Path, tmp_path: Path) -> str:
    """Have a fresh, migrated SQLite database."""
    return sqlite_url(copied_sqlite_file(_sqlite_template, tmp_path))


@pytest.fixture
def postgresql_database_url(
    _postgresql_databases: PostgresqlDatabases,
) -> Iterator[str]:
    """Have a fresh, migrated PostgreSQL database."""
    with _postgresql_databases.copy() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """Have a fresh, migrated database; the test runs once on each kind."""
    url: str = request.getfixturevalue(f"{request.param}_database_url")
    return url
