"""The `orderwright` command: every noun, and the one way out with an exit code.

Only this module of the command line reads the configuration; commands get plain values.
"""

from __future__ import annotations

import sys
import traceback
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from temporalio.client import Client
from typer.main import get_command

from cli import (
    catalog,
    claim,
    count,
    database,
    deliver,
    demo,
    doctor,
    exceptions,
    floor,
    history,
    kpi,
    location,
    order,
    order_placing,
    pack,
    pick,
    put_back,
    refund,
    release,
    ship,
    source,
    stock,
    system,
    warehouse,
)
from cli.context import Surroundings
from cli.exits import ExitCode, exit_code_of
from cli.machinery import Machinery, ServerInUse
from cli.output import say
from domain.errors import OrderwrightError
from domain.kpi.question import KpiTerms
from domain.policy import FulfillmentPolicy
from gateways.runs.protocol import Runs

NOUNS: dict[str, typer.Typer] = {
    "order": order.app,
    "pick": pick.app,
    "pack": pack.app,
    "ship": ship.app,
    "deliver": deliver.app,
    "put-back": put_back.app,
    "floor": floor.app,
    "refund": refund.app,
    "exception": exceptions.app,
    "claim": claim.app,
    "history": history.app,
    "kpi": kpi.app,
    "count": count.app,
    "stock": stock.app,
    "source": source.app,
    "catalog": catalog.app,
    "warehouse": warehouse.app,
    "location": location.app,
    "db": database.app,
}
# Commands of one word.
COMMANDS: dict[str, Callable[..., None]] = {
    "up": system.up,
    "demo": demo.demo,
    "doctor": doctor.doctor,
    "release": release.release,
    "server": system.server,
    "worker": system.worker,
}
DEBUG = "--debug"
_DIRECT = (
    "With --direct the runs are started without Orderwright: see `starter.py place "
    "--direct --help`."
)


def starter_app() -> typer.Typer:
    """Return the commands of `starter.py`: the same functions under shorter names."""
    app = _bare_app("starter.py", "Place orders: from documents or from a file.")
    app.command("place", epilog=_DIRECT)(order_placing.place)
    app.command("import")(order_placing.import_file)
    return app


def build_app() -> typer.Typer:
    """Return the whole command tree."""
    app = _bare_app(
        "orderwright",
        "Fulfil orders: each one is a durable run, from capture to delivery.",
    )
    for noun, commands in NOUNS.items():
        app.add_typer(commands, name=noun)
    for name, command in COMMANDS.items():
        app.command(name)(command)
    return app


def _bare_app(name: str, text: str) -> typer.Typer:
    app = typer.Typer(
        name=name,
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        help=text,
    )
    app.callback()(_options_of_all)
    return app


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(version("orderwright"))
        raise typer.Exit


def _options_of_all(
    debug: Annotated[
        bool, typer.Option(DEBUG, help="Show the traceback of a failure.")
    ] = False,
    show_version: Annotated[
        bool,
        typer.Option(
            "--version",
            is_eager=True,
            callback=_print_version,
            help="Print the version.",
        ),
    ] = False,
) -> None:
    """Take the options that stand before any noun; `run` looks at them itself."""


def surroundings() -> Surroundings:
    """Read the settings and return what commands work with."""
    from config.logging import configure_logging
    from config.settings import load_settings

    settings = load_settings()
    configure_logging(settings.log_format, "warning")
    return Surroundings(
        database_url=settings.database_url,
        policy=lambda: _policy(str(settings.policy_file or "")),
        connect_runs=_connect_runs,
        clock=_now,
        machinery=_machinery,
        kpi_terms=lambda: _kpi_terms(settings.kpi_file, settings.policy_file),
    )


def _kpi_terms(kpi_file: Path | None, policy_file: Path | None) -> KpiTerms:
    from config.kpi_terms import load_kpi_terms

    return load_kpi_terms(kpi_file, _policy(str(policy_file or "")))


def _machinery() -> Machinery:
    from config.settings import load_settings
    from config.temporal_server import temporal_server
    from messages.search_attributes import SEARCH_ATTRIBUTES

    settings = load_settings()

    @asynccontextmanager
    async def open_server(port: int, ui_port: int) -> AsyncIterator[ServerInUse]:
        async with temporal_server(
            settings, SEARCH_ATTRIBUTES, port=port, ui_port=ui_port
        ) as found:
            own = found.dev_server
            yield ServerInUse(
                address=found.target.address,
                namespace=found.target.namespace,
                ui_address=found.ui_address,
                log_file=own.options.log_file if own else None,
                is_running=lambda: own is None or own.is_running,
            )

    return Machinery(
        var_directory=settings.var_directory.resolve(),
        database_url=settings.database_url,
        policy_file=settings.policy_file,
        load_policy=lambda path: _policy(str(path or "")),
        prepare_server=_prepare_server,
        open_server=open_server,
        connect=_connect,
        work=_work,
        clock=_now,
        is_audited=settings.audit_every is not None,
        is_reporting=settings.kpi_reports,
    )


def _prepare_server() -> None:
    from config.temporal import address_is_chosen
    from config.temporal_binary import temporal_binary

    if not address_is_chosen():
        temporal_binary()


async def _connect(server: ServerInUse | None) -> Client:
    from config.temporal import Target, connect

    if server is None:
        return await connect()
    return await connect(Target(address=server.address, namespace=server.namespace))


async def _work() -> None:
    import worker

    await worker.main()


@cache
def _policy(path: str) -> FulfillmentPolicy:
    from config.policy import load_policy

    return load_policy(Path(path) if path else None)


async def _connect_runs() -> Runs:
    from config.temporal import connect
    from gateways.runs.temporal_runs import TemporalRuns

    return TemporalRuns(await connect())


def _now() -> datetime:
    return datetime.now(UTC)


def run(
    arguments: Sequence[str],
    surround: Callable[[], Surroundings] = surroundings,
    app: Callable[[], typer.Typer] = build_app,
) -> int:
    """Run one command and return its exit code; no error gets past it."""
    plain, debug = _without_debug(arguments)
    try:
        command = get_command(app())
        command.main(args=plain, prog_name=command.name, obj=surround)
    except SystemExit as leaving:
        return leaving.code if isinstance(leaving.code, int) else ExitCode.FAILURE
    except BaseException as error:
        if debug:
            traceback.print_exc()
        return _report(error)
    return ExitCode.DONE


def _report(error: BaseException) -> ExitCode:
    code = exit_code_of(error)
    if code is ExitCode.INTERRUPTED:
        say("interrupted")
    elif code is ExitCode.FAILURE and not isinstance(error, OrderwrightError):
        # Not refused on purpose, so the kind of error is half of what can be said.
        say(f"error: {type(error).__name__}: {error}; {DEBUG} shows where")
    else:
        say(f"error: {error}")
    return code


def _without_debug(arguments: Sequence[str]) -> tuple[list[str], bool]:
    """Take `--debug` from wherever it stands, but not from after `--`."""
    split = arguments.index("--") if "--" in arguments else len(arguments)
    options, rest = arguments[:split], arguments[split:]
    plain = [argument for argument in options if argument != DEBUG]
    return [*plain, *rest], len(plain) < len(options)


def main() -> NoReturn:
    """Run the command of this process and leave it."""
    from config.exits import leave

    leave(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
