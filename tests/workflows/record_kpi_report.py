"""Record reports of KPIs anew: `python -m tests.workflows.record_kpi_report`.

Do so only before the first release of a changed workflow: older histories show that
reports started by older code still replay.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import tempfile
from pathlib import Path

from temporalio.client import Client, WorkflowFailureError

from config.temporal import Target, connect
from domain.kpi.periods import PeriodKind
from messages.kpi_report import ReportRequest
from messages.names import KPI_REPORT
from persistence.database import Database
from tests.histories.record import scrubbed
from tests.persistence.kpi.late import DAY, add_delivered_order
from tests.servers.databases import copied_sqlite_file, migrated_sqlite_file, sqlite_url
from tests.servers.dev_server import new_dev_server
from tests.workflows.report_worker import report_worker

HISTORIES = Path(__file__).parent / "report_histories"
_QUEUE = "record-report"
REQUESTS = {
    "daily": ReportRequest(kind=PeriodKind.DAILY, first_day=DAY.first_day),
    "refused": ReportRequest(kind=PeriodKind.CUSTOM),
}


async def record(client: Client, name: str) -> None:
    """Have one report and keep its history, without identities."""
    handle = await client.start_workflow(
        KPI_REPORT, REQUESTS[name], id=f"report-{name}", task_queue=_QUEUE
    )
    try:
        await handle.result()
    except WorkflowFailureError:
        if name != "refused":
            raise
    history = await handle.fetch_history()
    text = json.dumps(scrubbed(json.loads(history.to_json())), sort_keys=True)
    path = HISTORIES / f"{name}.json.gz"
    path.write_bytes(gzip.compress(text.encode(), mtime=0))


async def main() -> None:
    """Record on a server of its own."""
    HISTORIES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as found:
        directory = Path(found)
        work = directory / "work"
        work.mkdir()
        url = sqlite_url(copied_sqlite_file(migrated_sqlite_file(directory), work))
        database = Database(url)
        with database.write() as connection:
            add_delivered_order(connection, "shop-1", is_late=True)
        async with new_dev_server(directory / "temporal") as server:
            client = await connect(Target(address=server.address))
            async with report_worker(client, database, work, _QUEUE):
                for name in REQUESTS:
                    await record(client, name)
        database.close()


if __name__ == "__main__":
    asyncio.run(main())
