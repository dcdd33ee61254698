"""`starter.py place --direct`: alone in a directory, with nothing of ours."""

from __future__ import annotations

import asyncio
import json
import shutil
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from temporalio.client import Client

import starter
from cli import exits
from cli.documents import read_documents
from config.temporal import Target
from domain.errors import InvalidInput
from domain.identity import order_id_of, workflow_id_of
from messages.names import TASK_QUEUE, WORKFLOW_TYPE
from messages.order_document import parse_order_document
from tests.architecture.source_files import ROOT
from tests.builders.documents import a_document
from tests.builders.shop import open_shop

# Runs a copy of the file while imports of ours, and of what we need, are refused.
ALONE = """
import runpy, sys

class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {refused}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Refuse())
sys.argv = ["starter.py", *sys.argv[1:]]
runpy.run_path("starter.py", run_name="__main__")
"""
REFUSED = {
    "activities",
    "cli",
    "config",
    "domain",
    "gateways",
    "messages",
    "operations",
    "persistence",
    "pydantic",
    "rich",
    "simulation",
    "sqlalchemy",
    "structlog",
    "typer",
    "worker",
    "workflows",
}


async def run_alone(
    directory: Path, *arguments: str, address: str = "127.0.0.1:1", text: str = ""
) -> tuple[int, str, str]:
    shutil.copy(ROOT / "starter.py", directory)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-I", "-c", ALONE.format(refused=sorted(REFUSED))),
        *arguments,
        cwd=directory,
        env={"TEMPORAL_ADDRESS": address},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate(text.encode())
    assert process.returncode is not None
    return process.returncode, out.decode(), err.decode()


async def test_it_starts_runs_that_a_worker_carries_on(
    client: Client, dev_server: Target, sqlite_database_url: str, tmp_path: Path
) -> None:
    alone = tmp_path / "alone"
    alone.mkdir()

    async with open_shop(client, sqlite_database_url, tmp_path) as shop:
        number = shop.number()
        documents = [a_document(number), {"source": "web"}]
        text = "\n".join(map(json.dumps, documents))
        order_id = order_id_of("web", number)
        first = await run_alone(
            *(alone, "place", "--direct", "--json", "-"),
            address=dev_server.address,
            text=text,
        )
        await shop.until(lambda: shop.stored_state(order_id) is not None)
        again = await run_alone(
            *(alone, "place", "--direct", "-"),
            address=dev_server.address,
            text=json.dumps(documents[0]),
        )
        await shop.cancel(order_id)
        await client.get_workflow_handle(workflow_id_of(order_id)).result()
        ended = await run_alone(
            *(alone, "place", "--direct", "-"),
            address=dev_server.address,
            text=json.dumps(documents[0]),
        )

    code, out, err = first
    answers = [json.loads(line) for line in out.splitlines()]
    assert code == 6
    assert [one["outcome"] for one in answers] == ["started", "refused"]
    assert answers[0]["workflow_id"] == workflow_id_of(order_id)
    assert "document 2 is refused: number" in err
    assert again == (0, f"{order_id} started\n", "")
    assert ended == (0, f"{order_id} ended before\n", "")


async def test_without_a_server_it_says_so(tmp_path: Path) -> None:
    text = json.dumps(a_document("1"))

    code, out, err = await run_alone(tmp_path, "place", "--direct", "-", text=text)

    assert (code, out) == (5, "")
    assert err.startswith("error: the Temporal server does not answer")
    assert "Traceback" not in err


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (("place", "--direct"), 2, "Usage: starter.py place --direct"),
        (("place", "--direct", "a", "b"), 2, "Usage:"),
        (("place", "--direct", "--wrong", "a"), 2, "Usage:"),
        (("place", "--direct", "missing.json"), 2, "missing.json: No such file"),
        (("place", "--direct", "-"), 4, "not JSON at line 1, column 1"),
        (("place", "order.json"), 1, "knows only `place --direct`"),
    ],
)
async def test_alone_it_tells_what_is_wrong(
    tmp_path: Path, arguments: tuple[str, ...], code: int, told: str
) -> None:
    ended, out, err = await run_alone(tmp_path, *arguments, text="orders")

    assert (ended, out) == (code, "")
    assert told in err


@given(
    source=st.one_of(st.text(max_size=45), st.from_regex(r"[a-z0-9]{1,41}")),
    number=st.one_of(st.text(max_size=80), st.integers()),
)
def test_its_own_copy_of_the_id_rule_is_ours(source: str, number: str | int) -> None:
    try:
        ours: str | None = order_id_of(source, str(number))
    except InvalidInput:
        ours = None
    try:
        copied: str | None = starter.direct_order_id(source, number)
    except starter.RefusedDocument:
        copied = None

    assert copied == ours


@given(number=st.characters(categories=["Cs"]))
def test_a_number_that_is_no_text_is_refused(number: str) -> None:
    with pytest.raises(starter.RefusedDocument, match="Unicode"):
        starter.direct_order_id("web", number)


@pytest.mark.parametrize("number", [None, True, 1.5, [], ""])
def test_a_run_that_is_started_directly_needs_a_number(number: object) -> None:
    with pytest.raises(starter.RefusedDocument, match="number"):
        starter.direct_order_id("web", number)


@pytest.mark.parametrize(
    "text",
    [
        '{"source": "web"}',
        '[{"source": "web"}, 2]',
        '{"source": "web"}\n\n{"source": "shop"}\n',
        "[]",
    ],
)
def test_both_ways_read_the_same_files(tmp_path: Path, text: str) -> None:
    file = tmp_path / "orders.json"
    file.write_text(text, "utf-8")

    assert starter.read_documents(text) == read_documents(file)[0]


def test_its_names_and_exit_codes_are_ours() -> None:
    ours = {code.name: code.value for code in exits.ExitCode}

    assert (starter.TASK_QUEUE, starter.WORKFLOW_TYPE) == (TASK_QUEUE, WORKFLOW_TYPE)
    assert {code.name: code.value for code in starter.ExitCode}.items() <= ours.items()


def test_a_number_may_be_a_whole_number_both_ways() -> None:
    document = parse_order_document(a_document("1") | {"number": 1001})

    assert document.number == "1001"
    assert starter.direct_order_id("web", 1001) == "web-1001"
