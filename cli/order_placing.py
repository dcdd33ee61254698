"""`orderwright order place|import`: orders from documents and from foreign files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from cli.context import Desk, at_desk
from cli.documents import read_documents
from cli.exits import ExitCode, exit_code_of
from cli.importing import ImportPlan, run_import
from cli.options import AsJson, DiskFile, DryRun, InputFile, Rejects
from cli.output import Output, progress_bar, say
from domain.errors import BusinessError, InvalidInput
from operations.queries.models import View


class PlacedDocument(View):
    """What became of one document; `index` counts from 1 in the file."""

    index: int
    outcome: str
    order_id: str | None = None
    is_new: bool | None = None
    is_started: bool | None = None
    reason: str | None = None


def place(
    context: typer.Context,
    file: InputFile,
    as_json: AsJson = False,
) -> None:
    """Place the orders of a JSON document, an array of them, or JSON lines.

    Examples: orderwright order place order.json; cat orders.jsonl | orderwright order
    place - --json
    """
    documents, is_list = read_documents(file)
    output = Output(as_json=as_json)
    refused: list[ExitCode] = []

    async def work(desk: Desk) -> None:
        with progress_bar("placing", len(documents) if is_list else None) as count:
            for index, document in enumerate(documents, start=1):
                answer, code = await _place_one(desk, index, document)
                if code is not ExitCode.DONE:
                    refused.append(code)
                _show(output, answer)
                count()

    at_desk(context, work)
    raise typer.Exit(_exit_code(refused, len(documents)))


async def _place_one(
    desk: Desk, index: int, document: object
) -> tuple[PlacedDocument, ExitCode]:
    try:
        if not isinstance(document, dict):
            raise InvalidInput("document", "a JSON object")
        placed = await desk.orders.place(document)
    except BusinessError as error:
        answer = PlacedDocument(index=index, outcome="refused", reason=str(error))
        return answer, exit_code_of(error)
    answer = PlacedDocument(
        index=index,
        outcome="accepted",
        order_id=placed.order_id,
        is_new=placed.is_new,
        is_started=placed.is_started,
    )
    return answer, ExitCode.DONE


def _show(output: Output, answer: PlacedDocument) -> None:
    if answer.outcome == "refused":
        say(f"document {answer.index} is refused: {answer.reason}")
        if output.as_json:
            output.one(answer, "")
        return
    known = "placed" if answer.is_new else "was placed before"
    output.one(answer, f"{answer.order_id} {known}")
    if not answer.is_started:
        say(f"{answer.order_id} is stored; a worker starts its run when it can")


def _exit_code(refused: Sequence[ExitCode], total: int) -> ExitCode:
    if not refused:
        return ExitCode.DONE
    return refused[0] if len(refused) == total else ExitCode.PARTLY_DONE


def import_file(
    context: typer.Context,
    file: DiskFile,
    mapping: Annotated[
        Path,
        typer.Option(
            exists=True, dir_okay=False, help="TOML that says what the columns mean."
        ),
    ],
    source: Annotated[str, typer.Option(help="The selling account the orders are of.")],
    dry_run: DryRun = False,
    limit: Annotated[
        int | None, typer.Option(min=1, help="Stop after so many good orders.")
    ] = None,
    follow: Annotated[
        bool, typer.Option("--follow", help="Wait until every order has ended.")
    ] = False,
    timeout: Annotated[
        float | None, typer.Option(min=0, help="Follow for so many seconds at most.")
    ] = None,
    rejects: Rejects = None,
    as_json: AsJson = False,
) -> None:
    """Place the orders of a foreign CSV file; refused ones go to a rejects file.

    Example: orderwright order import orders.csv.gz --mapping shop.toml --source shop
    --dry-run
    """
    plan = ImportPlan(
        file=file,
        mapping=mapping,
        source=source,
        dry_run=dry_run,
        limit=limit,
        follow=follow and not dry_run,
        timeout=timeout,
        rejects=rejects or Path(f"{file.name}.rejects.csv"),
    )
    raise typer.Exit(run_import(context, plan, Output(as_json=as_json)))
