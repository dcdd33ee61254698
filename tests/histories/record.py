"""Record the history of every path anew: `python -m tests.histories.record [PATH ...]`.

Do so only when a new path is added, or before the first release: an older history
shows that runs started by older code still replay.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import gzip
import json
import sys
import tempfile
from pathlib import Path

from temporalio.client import WorkflowFailureError
from temporalio.testing import WorkflowEnvironment

from tests.builders.shop import open_shop
from tests.histories.paths import PATHS
from tests.histories.replaying import FOLDER
from tests.histories.replaying import SUFFIX as HISTORY
from tests.servers.databases import copied_sqlite_file, migrated_sqlite_file, sqlite_url
from tests.servers.time_skipping import start_time_skipping

PATHS_BY_NAME = {path.__name__: path for path in PATHS}
# Who ran it, and where in which file: nothing that a replay needs.
SCRUBBED = frozenset({"identity", "stackTrace", "workerIdentity", "binaryChecksum"})


def scrubbed(part: object) -> object:
    """Return a history without identities and stack traces."""
    if isinstance(part, dict):
        return {
            name: scrubbed(value)
            for name, value in part.items()
            if name not in SCRUBBED
        }
    return [scrubbed(value) for value in part] if isinstance(part, list) else part


def write(name: str, history: str) -> Path:
    """Keep a history, scrubbed and packed; the same history gives the same file."""
    text = json.dumps(scrubbed(json.loads(history)), sort_keys=True)
    target = FOLDER / f"{name}{HISTORY}"
    target.write_bytes(gzip.compress(text.encode(), mtime=0))
    return target


async def record(name: str, environment: WorkflowEnvironment, template: Path) -> Path:
    """Live through one path, and keep its history."""
    with tempfile.TemporaryDirectory() as directory:
        url = sqlite_url(copied_sqlite_file(template, Path(directory)))
        async with open_shop(
            environment.client,
            url,
            Path(directory),
            task_queue=f"record-{name}",
            environment=environment,
        ) as shop:
            order_id = await PATHS_BY_NAME[name](shop)
            with contextlib.suppress(WorkflowFailureError):
                await shop.ends(order_id)
            history = await shop.handle(order_id).fetch_history()
            return write(name, history.to_json())


async def main(names: list[str]) -> None:
    """Record the named paths, or all."""
    with tempfile.TemporaryDirectory() as directory:
        template = migrated_sqlite_file(Path(directory))
        async with await start_time_skipping() as environment:
            for name in names or PATHS_BY_NAME:
                target = await record(name, environment, template)
                sys.stdout.write(f"{target.name}: {target.stat().st_size} bytes\n")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("path", nargs="*", choices=[*PATHS_BY_NAME, []])
    asyncio.run(main(parser.parse_args().path))
