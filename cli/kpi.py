"""`orderwright kpi`: the figures managers steer by, computed from the events."""

from __future__ import annotations

import typer

from cli.kpi_drilling import drill
from cli.kpi_exporting import export
from cli.kpi_reporting import report
from cli.kpi_showing import define, list_all, show
from cli.kpi_sources import count_in, leave_out, sources

app = typer.Typer(
    no_args_is_help=True,
    help="KPIs with their definitions, and the orders behind them.",
)
app.command("list")(list_all)
app.command()(define)
app.command()(show)
app.command()(drill)
app.command()(export)
app.command()(report)
app.command()(sources)
app.command("leave-out")(leave_out)
app.command("count-in")(count_in)
