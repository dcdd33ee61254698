"""`orderwright order`: placing, reading and changing orders."""

from __future__ import annotations

import typer

from cli import order_amending, order_changing, order_placing, order_reading

app = typer.Typer(
    no_args_is_help=True, help="Place, read, change, hold and cancel orders."
)
app.command("place")(order_placing.place)
app.command("import")(order_placing.import_file)
app.command("list")(order_reading.list_all)
app.command("status")(order_reading.status)
app.command("timeline")(order_reading.timeline)
app.command("watch")(order_reading.watch)
app.command("cancel")(order_changing.cancel)
app.command("change")(order_amending.change)
app.command("hold")(order_changing.hold)
app.command("release")(order_changing.release)
