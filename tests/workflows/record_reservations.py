"""Record reservations anew: `python -m tests.workflows.record_reservations`.

Do so only before the first release of a changed workflow: older histories show that
reservations kept by older code still replay.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import tempfile
from datetime import timedelta
from pathlib import Path

from config.temporal import Target, connect
from domain.identity import reservation_workflow_id_of
from domain.stock.reservations import ReservationKind
from operations.reservations import ReservationOperations, ReservationTerms
from tests.builders.shop import Shop, open_shop
from tests.histories.record import scrubbed
from tests.servers.databases import copied_sqlite_file, migrated_sqlite_file, sqlite_url
from tests.servers.dev_server import new_dev_server

HISTORIES = Path(__file__).parent / "reservation_histories"
SOON = timedelta(seconds=2)


async def record(shop: Shop) -> None:
    """Keep the history of a reservation that expires, and of one that is given back."""
    operations = ReservationOperations(
        database=shop.database, delivery=shop.delivery, clock=shop.clock
    )
    terms = ReservationTerms(
        kind=ReservationKind.CHECKOUT, expires_at=shop.clock() + SOON
    )
    made = {
        name: (await operations.reserve({"MUG": 2}, terms)).reservation.reservation_id
        for name in ("expired", "extended_and_released")
    }
    kept = made["extended_and_released"]
    await operations.extend(kept, shop.clock() + 10 * SOON)
    await asyncio.sleep(2 * SOON.total_seconds())
    await operations.release(kept, actor="clerk:1")
    for name, reservation_id in made.items():
        run = shop.client.get_workflow_handle(
            reservation_workflow_id_of(reservation_id)
        )
        await run.result()
        history = await run.fetch_history()
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
        async with new_dev_server(directory / "temporal") as server:
            client = await connect(Target(address=server.address))
            async with open_shop(client, url, work, task_queue="record") as shop:
                await record(shop)


if __name__ == "__main__":
    asyncio.run(main())
