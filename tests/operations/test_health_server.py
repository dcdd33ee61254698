"""What the doctor asks the Temporal server."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path

from temporalio.client import Client

from config.temporal import Target, connect
from gateways.carrier.factory import build_carrier
from messages.search_attributes import SEARCH_ATTRIBUTES
from operations.health import Finding
from operations.health.server import examine_server, no_server
from persistence.database import Database
from worker import WorkerParts, build_worker

LOOKS = 50


async def looked_at(
    client: Client, task_queue: str, **wanted: str
) -> dict[str, Finding]:
    found = await examine_server(
        client,
        task_queue=task_queue,
        search_attributes=SEARCH_ATTRIBUTES | wanted,
        now=datetime.now(UTC),
    )
    return {one.check: one for one in found}


async def test_a_server_with_a_worker_is_well(
    client: Client, task_queue: str, sqlite_database_url: str, tmp_path: Path
) -> None:
    database = Database(sqlite_database_url)
    carriers = {"simulator": build_carrier("simulator", tmp_path / "carrier.db")}
    parts = WorkerParts(
        database=database,
        carriers=carriers,
        carrier="simulator",
        task_queue=task_queue,
    )

    async with build_worker(client, parts):
        found = await looked_at(client, task_queue)
        # The server lists a worker a moment after its first poll.
        for _ in range(LOOKS):
            if found["worker"].is_ok:
                break
            await asyncio.sleep(0.1)
            found = await looked_at(client, task_queue)

    database.close()
    assert [one.check for one in found.values() if not one.is_ok] == []
    assert found["worker"].text == f"1 worker polls task queue {task_queue}"


async def test_a_queue_that_nobody_polls_wants_a_worker(
    client: Client, task_queue: str
) -> None:
    found = await looked_at(client, task_queue)

    assert not found["worker"].is_ok
    assert found["worker"].mend == "orderwright worker"


async def test_a_missing_search_attribute_is_named_with_its_type(
    client: Client, task_queue: str
) -> None:
    found = await looked_at(client, task_queue, Colour="Keyword", Source="Int")

    assert found["search attributes"].rows == (
        "Colour should be of type Keyword, it is missing",
        "Source should be of type Int, it is Keyword",
    )


async def test_a_namespace_that_is_not_there_is_named(
    client: Client, task_queue: str
) -> None:
    address = client.service_client.config.target_host
    elsewhere = await connect(Target(address=address, namespace="nowhere"))

    found = await looked_at(elsewhere, task_queue)

    assert not found["namespace"].is_ok
    assert "namespace create nowhere" in found["namespace"].mend
    assert "worker" not in found


def test_no_connection_says_how_to_get_a_server() -> None:
    found = no_server("nothing answers")

    assert found.is_unreachable
    assert "orderwright up" in found.mend
