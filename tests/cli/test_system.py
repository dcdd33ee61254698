"""`up` keeps a system running, and `doctor` says how it is."""

from __future__ import annotations

import json
import os
import re
import signal
from pathlib import Path

import pytest
from sqlalchemy import insert

from persistence.database import Database
from persistence.tables import location, product, stock_level, warehouse
from tests.cli.running import Ports, eventually, run, start


@pytest.mark.timeout(240)
async def test_a_system_stays_up_and_the_doctor_finds_what_is_wrong(
    tmp_path: Path,
) -> None:
    ports = Ports()
    address = {"TEMPORAL_ADDRESS": f"127.0.0.1:{ports.server}"}
    up = await start(tmp_path, "up", *ports.options)
    try:
        await up.until("Ctrl-C ends it")
        well, report, _ = await run(tmp_path, "doctor", "--deep", **address)
        os.kill(worker_of(up.shown), signal.SIGKILL)
        await up.until("is started again")
        damage(tmp_path)
        ill, findings, _ = await run(tmp_path, "doctor", "--deep", "--json", **address)

        async def polls_again() -> bool:
            code, told, _ = await run(tmp_path, "doctor", "--json", **address)
            return code == 0 and '"worker","is_ok":true' in told.replace(" ", "")

        await eventually(polls_again)
        code = await up.end()
    finally:
        await up.kill()
    gone, told, _ = await run(tmp_path, "doctor", **address)

    assert (well, ill, code, gone) == (0, 1, 0, 5)
    assert "PROBLEM" not in report
    assert damaged_rows(findings) == ["MUG at A-1: on_hand is 3, movements say 0"]
    assert "mend: start one with `orderwright up`" in told
    assert no_process_is_left(up.shown)


async def test_a_system_that_was_never_started_has_no_tables(tmp_path: Path) -> None:
    code, told, _ = await run(
        tmp_path, "doctor", TEMPORAL_ADDRESS=f"127.0.0.1:{Ports().server}"
    )

    assert code == 5
    assert "no tables yet" in told
    assert "mend: orderwright db upgrade" in told


@pytest.mark.timeout(120)
@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGHUP])
async def test_a_server_alone_ends_with_ctrl_c_and_with_its_terminal(
    tmp_path: Path, sign: signal.Signals
) -> None:
    ports = Ports()
    server = await start(tmp_path, "server", *ports.options)
    try:
        await server.until("Ctrl-C ends it")
        code = await server.end(sign)
    finally:
        await server.kill()

    assert code == 0
    assert f"http://127.0.0.1:{ports.pages}" in server.shown


@pytest.mark.timeout(240)
async def test_a_system_whose_server_dies_says_so_and_ends(tmp_path: Path) -> None:
    up = await start(tmp_path, "up", *Ports().options)
    try:
        await up.until("Ctrl-C ends it")
        os.kill(server_of(tmp_path), signal.SIGKILL)
        code = await up.code()
    finally:
        await up.kill()

    assert code == 5
    assert re.search(r"error: the Temporal server at \S+ has ended", up.shown)
    assert "temporal.log" in up.shown
    assert "All data are kept: start this command again" in up.shown
    assert no_process_is_left(up.shown)


async def test_a_system_on_a_named_server_that_is_down_says_what_to_do(
    tmp_path: Path,
) -> None:
    ports = Ports()
    address = f"127.0.0.1:{ports.server}"

    code, _, told = await run(tmp_path, "up", *ports.options, TEMPORAL_ADDRESS=address)

    assert code == 5
    assert f"server that TEMPORAL_ADDRESS names at {address} does not answer" in told
    assert f"Unset it to have one started at {address}" in told
    assert "Traceback" not in told


async def test_a_worker_without_a_server_says_what_to_do(tmp_path: Path) -> None:
    code, _, told = await run(
        tmp_path, "worker", TEMPORAL_ADDRESS=f"127.0.0.1:{Ports().server}"
    )

    assert code == 5
    assert "orderwright up" in told
    assert "Traceback" not in told


def server_of(directory: Path) -> int:
    told = (directory / "var" / "temporal.lock").read_text("utf-8")
    found = re.match(r"process (\d+) at", told)
    assert found is not None
    return int(found[1])


def worker_of(shown: str) -> int:
    found = re.search(r"process (\d+) takes up work", shown)
    assert found is not None
    return int(found[1])


def no_process_is_left(shown: str) -> bool:
    try:
        os.kill(worker_of(shown), 0)
    except ProcessLookupError:
        return True
    return False


def damaged_rows(findings: str) -> list[str]:
    told = json.loads(findings)["findings"]
    [counters] = [one for one in told if one["check"] == "stock counters"]
    return list(counters["rows"])


def damage(directory: Path) -> None:
    database = Database(f"sqlite:///{directory / 'var' / 'orderwright.db'}")
    with database.write() as connection:
        connection.execute(insert(product), {"sku": "MUG", "name": "Mug"})
        connection.execute(
            insert(warehouse),
            {"warehouse_id": "main", "name": "Main", "time_zone": "UTC"},
        )
        connection.execute(
            insert(location),
            {
                "location_id": "A-1",
                "warehouse_id": "main",
                "kind": "pick_face",
                "pick_sequence": 1,
            },
        )
        connection.execute(
            insert(stock_level), {"location_id": "A-1", "sku": "MUG", "on_hand": 3}
        )
    database.close()
