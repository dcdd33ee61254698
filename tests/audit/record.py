"""Record the history of an audit anew: `python -m tests.audit.record`.

Do so only before the first release of a changed workflow: an older history shows that
audits started by older code still replay.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import tempfile
from pathlib import Path

from temporalio.client import Client

from config.temporal import Target, connect
from persistence.database import Database
from tests.audit.working import audited_by_run, worker_of
from tests.histories.record import scrubbed
from tests.servers.databases import copied_sqlite_file, migrated_sqlite_file, sqlite_url
from tests.servers.dev_server import new_dev_server

HISTORY = Path(__file__).parent / "histories" / "audited.json.gz"
_QUEUE = "record-audit"


async def record(client: Client, directory: Path) -> None:
    """Have one audit and keep its history, without identities."""
    template = migrated_sqlite_file(directory)
    work = directory / "work"
    work.mkdir()
    database = Database(sqlite_url(copied_sqlite_file(template, work)))
    async with worker_of(client, database, work, _QUEUE):
        await audited_by_run(client, _QUEUE)
    database.close()
    history = await client.get_workflow_handle(f"audit-{_QUEUE}").fetch_history()
    text = json.dumps(scrubbed(json.loads(history.to_json())), sort_keys=True)
    HISTORY.parent.mkdir(exist_ok=True)
    HISTORY.write_bytes(gzip.compress(text.encode(), mtime=0))


async def main() -> None:
    """Record on a server of its own."""
    with tempfile.TemporaryDirectory() as found:
        directory = Path(found)
        async with new_dev_server(directory / "temporal") as server:
            client = await connect(Target(address=server.address))
            await record(client, directory)


if __name__ == "__main__":
    asyncio.run(main())
