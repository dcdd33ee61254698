"""A user's commands against a real server and a worker."""

from __future__ import annotations

import asyncio
import json
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from temporalio.client import Client

from cli.context import Surroundings
from cli.main import run
from config.temporal import Target, connect
from domain.policy import DEFAULT_POLICY
from gateways.runs.protocol import Runs
from gateways.runs.temporal_runs import TemporalRuns
from tests.builders.documents import a_document, personal_data_in
from tests.builders.shop import Shop, open_shop


@dataclass(kw_only=True)
class CommandLine:
    """Commands typed on a shop whose worker runs beside them."""

    shop: Shop
    surroundings: Surroundings
    directory: Path
    captured: pytest.CaptureFixture[str]
    seen: str = ""

    async def type(self, *arguments: str) -> str:
        """Run a command that must succeed; return what it wrote to stdout."""
        self.captured.readouterr()
        code = await asyncio.to_thread(run, arguments, lambda: self.surroundings)
        out, err = self.captured.readouterr()
        self.seen += out + err
        assert code == 0, err
        return out

    async def place(self, *lines: tuple[str, int]) -> str:
        """Place an order and wait until its run has opened it."""
        file = self.directory / "order.json"
        file.write_text(json.dumps(a_document(self.shop.number(), lines)), "utf-8")
        answer = json.loads(await self.type("order", "place", str(file), "--json"))
        order_id = str(answer["order_id"])
        await self.shop.until(lambda: self.shop.stored_state(order_id) is not None)
        return order_id

    async def deliver_an_order(self) -> str:
        """Walk an order to its door, with a change, a hold, a claim and a refund."""
        order_id = await self.place(("MUG", 2), ("JUG", 1))
        await self.type("order", "hold", order_id, "--blocks", "hand_over")
        await self.type("order", "change", order_id, "--remove", "2")
        await self.type("pick", "confirm", order_id, "--all", "--actor", "picker:7")
        await self.type("pack", "confirm", order_id, "--as-picked")
        await self.shop.labelled(order_id)
        label = str(self.directory / "label.pdf")
        written = await self.type(
            "ship", "label", order_id, "--output", label, "--json"
        )
        await self.type("order", "release", order_id, "--hold", f"{order_id}.h1")
        await self.type("ship", "handover", order_id, "--actor", "packer:2")
        await self.type(
            *("ship", "event", "--milestone", "delivered"),
            *("--tracking-number", str(json.loads(written)["tracking_number"])),
            *("--occurred-at", self.shop.clock().isoformat()),
        )
        watch = ("order", "watch", order_id, "--interval", "0.05", "--timeout", "20")
        await self.type(*watch)
        await self.type("claim", "record", order_id, "--line", "1", "--kind", "damaged")
        await self.type("refund", "confirm", f"{order_id}.r1")
        return order_id

    async def cancel_an_order(self) -> str:
        """Cancel an order that is picked, and put its goods back."""
        order_id = await self.place(("MUG", 1))
        await self.type("pick", "confirm", order_id, "--all")
        await self.type("order", "cancel", order_id, "--note", "changed mind")
        await self.type("floor", "answer", order_id, "--accept")
        await self.type("put-back", "confirm", order_id, "--all")
        return order_id


async def test_a_user_walks_orders_through_every_stage(
    client: Client,
    dev_server: Target,
    sqlite_database_url: str,
    tmp_path: Path,
    task_queue: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    async def connect_runs() -> Runs:
        return TemporalRuns(await connect(dev_server), task_queue=task_queue)

    async with open_shop(
        client, sqlite_database_url, tmp_path, task_queue=task_queue
    ) as shop:
        line = CommandLine(
            shop=shop,
            surroundings=Surroundings(
                database_url=sqlite_database_url,
                policy=lambda: DEFAULT_POLICY,
                connect_runs=connect_runs,
                clock=shop.clock,
            ),
            directory=tmp_path,
            captured=capsys,
        )
        order_ids = [await line.deliver_an_order(), await line.cancel_an_order()]
        listed = await line.type("order", "list", "--json")
        asked = {each: (await shop.runs.progress(each)).status for each in order_ids}
        balance = shop.imbalance()

    rows = [json.loads(row) for row in listed.splitlines()]
    assert {row["order_id"]: row["status"] for row in rows} == asked
    assert list(asked.values()) == ["delivered", "cancelled"]
    assert (tmp_path / "label.pdf").read_bytes().startswith(b"%PDF")
    assert balance == []
    assert personal_data_in(line.seen) == []


async def test_the_installed_command_speaks_json_and_leaves_with_its_code(
    dev_server: Target, sqlite_database_url: str, tmp_path: Path
) -> None:
    async def typed(*arguments: str, stdin: str = "") -> tuple[int, str, str]:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "cli.main", *arguments),
            env={
                "ORDERWRIGHT_DATABASE_URL": sqlite_database_url,
                "TEMPORAL_ADDRESS": dev_server.address,
                "PYTHONPATH": str(Path(__file__).parents[2]),
            },
            cwd=tmp_path,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, err = await process.communicate(stdin.encode())
        assert process.returncode is not None
        return process.returncode, out.decode(), err.decode()

    number = f"e2e.{tmp_path.name}"
    document = json.dumps(a_document(number))
    placed = await typed("order", "place", "-", "--json", stdin=document)
    missing = await typed("order", "status", "web-404", "--json")

    assert placed[0] == 0, placed[2]
    assert json.loads(placed[1])["is_started"] is True
    assert missing == (3, "", "error: no order web-404 is stored\n")
