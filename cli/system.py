"""`orderwright server`, `worker` and `up`: a system or a part of it, until Ctrl-C."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from cli.context import machinery_of
from cli.machinery import (
    DEFAULT_PORT,
    DEFAULT_UI_PORT,
    Machinery,
    ServerInUse,
    program,
    stop_signals,
)
from cli.output import say
from cli.running import running_system

Port = Annotated[
    int, typer.Option(min=1, max=65535, help="Where a server of our own listens.")
]
UiPort = Annotated[
    int, typer.Option(min=1, max=65535, help="Where its pages for people are.")
]


def server(
    context: typer.Context, port: Port = DEFAULT_PORT, ui_port: UiPort = DEFAULT_UI_PORT
) -> None:
    """Run a Temporal development server alone, with our search attributes.

    Its data stay below the var directory. Example: orderwright server
    """
    machinery = machinery_of(context)
    machinery.prepare_server()
    asyncio.run(_serve(machinery, port, ui_port))


def worker(context: typer.Context) -> None:
    """Run a worker alone, as worker.py does; it ends with SIGTERM or Ctrl-C.

    Example: orderwright worker
    """

    async def work() -> None:
        await machinery_of(context).work()

    asyncio.run(work())


def up(
    context: typer.Context, port: Port = DEFAULT_PORT, ui_port: UiPort = DEFAULT_UI_PORT
) -> None:
    """Run server, database and worker until Ctrl-C; no robots, no sample orders.

    A worker that dies is started again. Example: orderwright up
    """
    machinery = machinery_of(context)
    machinery.prepare_server()
    asyncio.run(_stay_up(machinery, port, ui_port))


async def _serve(machinery: Machinery, port: int, ui_port: int) -> None:
    with stop_signals() as stop:
        async with machinery.open_server(port, ui_port) as in_use:
            tell_addresses(in_use)
            if in_use.is_ours:
                say("Ctrl-C ends it; the data stay.")
                await in_use.until(stop)


async def _stay_up(machinery: Machinery, port: int, ui_port: int) -> None:
    def ended(status: int) -> None:
        say(f"the worker ended ({status}) and is started again")

    with stop_signals() as stop:
        async with running_system(
            machinery, port=port, ui_port=ui_port, environment={}, on_worker_end=ended
        ) as system:
            tell_addresses(system.server)
            say(_next_commands(system.server))
            try:
                await system.server.until(stop)
            finally:
                say("ending: the worker first, then the server ...")
    say("all data are kept; the next start goes on with them")


def tell_addresses(in_use: ServerInUse) -> None:
    """Say where the server and its pages are."""
    ours = "" if in_use.is_ours else " (not started by us)"
    say(f"Temporal server  {in_use.address}, namespace {in_use.namespace}{ours}")
    if in_use.ui_address:
        say(f"Temporal UI      {in_use.ui_address}")


def _next_commands(in_use: ServerInUse) -> str:
    name = program()
    target = ""
    if in_use.address != f"127.0.0.1:{DEFAULT_PORT}":
        target = f"  export TEMPORAL_ADDRESS={in_use.address}\n"
    return (
        "In another terminal:\n"
        f"{target}"
        f"  {name} doctor                        is all well?\n"
        f"  {name} catalog import products.csv   what is sold\n"
        f"  {name} stock import stock.csv        what is there\n"
        f"  {name} order place order.json        the first order\n"
        f"  {name} order list\n"
        "Ctrl-C ends it; the data stay."
    )
