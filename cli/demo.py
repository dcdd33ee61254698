"""`orderwright demo`: a whole running shop with robots, to watch and to break."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from cli.context import machinery_of
from cli.demo_options import DemoOptions, DemoResult
from cli.demo_run import Demo
from cli.machinery import DEFAULT_PORT, DEFAULT_UI_PORT, Machinery, stop_signals
from cli.options import AsJson
from cli.output import Output, say
from cli.running import running_system
from cli.system import Port, UiPort
from simulation.sample_shop import sample_policy

ORDERS_OF_A_RUN_THAT_ENDS = 20


_Orders = Annotated[
    int | None,
    typer.Option(
        min=0, help="How many orders come in [default: no end; 20 with --exit]."
    ),
]
_Speed = Annotated[
    float, typer.Option(min=0.1, max=1000, help="Divides the robots' delays.")
]
_Seed = Annotated[
    int, typer.Option(help="The same seed draws the same orders and faults.")
]
_UntilDone = Annotated[
    bool, typer.Option("--exit", help="End when every order has ended.")
]
_LeaveTask = Annotated[
    bool,
    typer.Option(
        "--leave-task/--robots-do-all", help="Leave one pick task for you, or none."
    ),
]


def demo(
    context: typer.Context,
    orders: _Orders = None,
    speed: _Speed = 1.0,
    seed: _Seed = 1,
    until_done: _UntilDone = False,
    leave_task: _LeaveTask = True,
    port: Port = DEFAULT_PORT,
    ui_port: UiPort = DEFAULT_UI_PORT,
    as_json: AsJson = False,
) -> None:
    """Run a shop with robot staff and a robot carrier until Ctrl-C.

    Its data are kept; the next start goes on with them. Example: orderwright demo
    --orders 10 --speed 5 --exit --json
    """
    if until_done and orders is None:
        orders = ORDERS_OF_A_RUN_THAT_ENDS
    options = DemoOptions(
        orders=orders,
        speed=speed,
        seed=seed,
        until_done=until_done,
        leave_task=leave_task and not until_done,
    )
    machinery = machinery_of(context)
    machinery.prepare_server()
    result = asyncio.run(_run(machinery, options, (port, ui_port)))
    Output(as_json=as_json).one(
        {
            "placed": result.placed,
            "delivered": result.delivered,
            "cancelled": result.cancelled,
            "other": result.other,
            "seconds": round(result.seconds, 1),
        },
        _in_words(result),
    )


async def _run(
    machinery: Machinery, options: DemoOptions, ports: tuple[int, int]
) -> DemoResult:
    running: list[Demo] = []

    def ended(status: int) -> None:
        for one in running:
            one.worker_ended(status)

    with stop_signals() as stop, _policy_of(machinery) as policy_file:
        async with running_system(
            machinery,
            port=ports[0],
            ui_port=ports[1],
            environment={
                "ORDERWRIGHT_POLICY_FILE": str(policy_file),
                "ORDERWRIGHT_CARRIER": "simulator",
            },
            on_worker_end=ended,
        ) as system:
            show = Demo(system, options, machinery.load_policy(policy_file))
            running.append(show)
            try:
                result = await show.run(stop)
            finally:
                running.clear()
                say("ending: the worker first, then the server ...")
    return result


@contextmanager
def _policy_of(machinery: Machinery) -> Iterator[Path]:
    """Have the user's policy file, else the one of the sample shop."""
    with contextlib.ExitStack() as stack:
        chosen = machinery.policy_file or stack.enter_context(sample_policy())
        yield chosen.resolve()


def _in_words(result: DemoResult) -> str:
    return (
        f"{result.placed} orders placed in {result.seconds:.0f} s: "
        f"{result.delivered} delivered, {result.cancelled} cancelled, "
        f"{result.other} other or still open. All data are kept; "
        "run it again to go on with them."
    )
