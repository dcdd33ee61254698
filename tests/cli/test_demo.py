"""The demo as a newcomer runs it: to the end, again on the same data, with its keys."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sqlalchemy import select

from persistence.database import Database
from persistence.tables import label, order_progress, orders
from tests.cli.running import Ports, run, start

KEYS = {"placed", "delivered", "cancelled", "other", "seconds"}


@pytest.mark.timeout(150)
async def test_orders_are_carried_to_the_end_and_the_next_run_goes_on(
    tmp_path: Path,
) -> None:
    fixed = ("--exit", "--json", "--speed", "20", *Ports().options)

    code, out, err = await run(tmp_path, "demo", "--orders", "5", *fixed)
    again, out_again, _ = await run(tmp_path, "demo", "--orders", "2", *fixed)

    assert (code, again) == (0, 0), err
    first, second = json.loads(out.splitlines()[-1]), json.loads(out_again)
    assert set(first) == KEYS
    assert first["placed"] == first["delivered"] + first["cancelled"] == 5
    assert (second["placed"], second["other"]) == (2, 0)
    assert "demo-1005" in err
    assert err.count("SPLIT: demo-1003 ") == 1
    assert "source explain demo-1003" in err
    assert "demo-1006" not in err
    assert numbers(tmp_path) == [str(number) for number in range(1001, 1008)]


@pytest.mark.timeout(240)
async def test_each_key_breaks_something_and_tells_when_all_have_recovered(
    tmp_path: Path,
) -> None:
    demo = await start(
        tmp_path, "demo", "--speed", "4", *Ports().options, on_terminal=True
    )
    try:
        await demo.until("YOUR TURN")
        demo.press("k")
        await demo.until("RECOVERED")
        await demo.press_until("s", "HAVE VANISHED")
        demo.press("c")
        await demo.until("The CARRIER IS DOWN")
        demo.press("c")
        await demo.until("the carrier is back")
        await demo.until("RECOVERED", times=3)
        code = await demo.end()
    finally:
        await demo.kill()

    assert code == 0
    assert "pick confirm demo-" in demo.shown
    assert "KILLED the worker, process" in demo.shown
    assert no_order_has_two_labels(tmp_path)


def database_of(directory: Path) -> Database:
    return Database(f"sqlite:///{directory / 'var' / 'orderwright.db'}")


def numbers(directory: Path) -> list[str]:
    database = database_of(directory)
    with database.read() as connection:
        ended = select(orders.c.number).join(
            order_progress, order_progress.c.order_id == orders.c.order_id
        )
        found = connection.execute(
            ended.where(order_progress.c.ended_at.is_not(None)).order_by(
                orders.c.number
            )
        )
        told = list(found.scalars())
    database.close()
    return told


def no_order_has_two_labels(directory: Path) -> bool:
    database = database_of(directory)
    with database.read() as connection:
        found = list(connection.execute(select(label.c.shipment_id)).scalars())
    database.close()
    return len(found) == len(set(found)) > 0
