"""Every line of docs/operators.md works as it is written."""

from __future__ import annotations

import asyncio
import re
import shlex
from pathlib import Path

import pytest
from temporalio.client import Client

from config.temporal import Target
from config.temporal_binary import temporal_binary
from tests.builders.shop import open_shop

PAGE = Path(__file__).parents[2] / "docs" / "operators.md"
ORDER_OF_THE_PAGE = "web-1001"


def lines_to_type() -> list[str]:
    blocks = re.findall(r"```sh\n(.*?)```", PAGE.read_text(), re.DOTALL)
    return [line for block in blocks for line in block.splitlines() if line]


async def typed(line: str, target: Target) -> tuple[int, str]:
    arguments = [*shlex.split(line)[1:], "--address", target.address]
    process = await asyncio.create_subprocess_exec(
        str(temporal_binary()),
        *arguments,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, output.decode()


def test_the_page_has_lines_for_every_kind_of_message() -> None:
    every = "\n".join(lines_to_type())

    for verb in ("list", "count", "query", "metadata", "update execute", "signal"):
        assert f"temporal workflow {verb} " in every


@pytest.mark.timeout(120)
async def test_an_operator_can_type_every_line(
    dev_server: Target,
    client: Client,
    sqlite_database_url: str,
    tmp_path: Path,
    task_queue: str,
) -> None:
    async with open_shop(
        client, sqlite_database_url, tmp_path, task_queue=task_queue
    ) as shop:
        order_id = await shop.place()

        for line in lines_to_type():
            typed_line = line.replace(ORDER_OF_THE_PAGE, order_id)
            status, output = await typed(typed_line, dev_server)
            assert status == 0, f"{typed_line}\n{output}"

        await shop.becomes(order_id, "cancelled")
        assert shop.imbalance() == []
