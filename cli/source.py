"""`orderwright source`: why goods come from where they do, and what if."""

from __future__ import annotations

from collections.abc import Iterator

import typer

from cli.context import in_database, surroundings_of
from cli.documents import read_object
from cli.options import AsJson, InputFile, Number, OrderArgument, Source, chosen_order
from cli.output import Output, moment, say
from operations.sourcing import (
    CandidateView,
    SourcingDecision,
    SourcingExplanation,
    TriedSourcing,
    explain_order,
    try_sourcing,
)
from persistence.database import Database

app = typer.Typer(
    no_args_is_help=True, help="Explain which warehouses send an order's goods."
)


@app.command()
def explain(
    context: typer.Context,
    order: OrderArgument = None,
    source: Source = None,
    number: Number = None,
    as_json: AsJson = False,
) -> None:
    """Show every decision about where an order's goods come from, with its reasons.

    Example: orderwright source explain web-1001
    """
    order_id = chosen_order(order, source, number)

    def read(database: Database) -> list[SourcingDecision]:
        with database.read() as connection:
            return explain_order(connection, order_id)

    decisions = in_database(context, read)
    output = Output(as_json=as_json)
    for decision in decisions:
        told = [
            f"{moment(decision.decided_at)}  {decision.order_id}, {decision.cause}",
            *_explained(decision.explanation),
        ]
        output.one(decision, "\n".join(told))
    if not decisions:
        say(f"{order_id}: there was nothing to choose")


@app.command("try")
def try_document(
    context: typer.Context, file: InputFile, as_json: AsJson = False
) -> None:
    """Show from where an order would get its goods now; nothing is changed.

    Examples: orderwright source try order.json; cat order.json | orderwright source
    try - --json
    """
    document = read_object(file)
    surroundings = surroundings_of(context)
    policy, now = surroundings.policy(), surroundings.clock()

    def read(database: Database) -> TriedSourcing:
        with database.read() as connection:
            return try_sourcing(connection, document, policy, now)

    tried = in_database(context, read)
    Output(as_json=as_json).one(tried, "\n".join(_tried(tried)))


def _tried(tried: TriedSourcing) -> Iterator[str]:
    for one in tried.taken:
        place = f"{one.location_id} ({one.warehouse_id})"
        yield f"line {one.line_no}: {one.quantity} of {one.sku} from {place}"
    for short in tried.missing:
        yield f"line {short.line_no}: {short.quantity} of {short.sku} missing"
    for unknown in tried.unknown:
        yield f"line {unknown.line_no}: {unknown.sku} is not in the catalogue"
    if tried.explanation is not None:
        yield from _explained(tried.explanation)


def _explained(explanation: SourcingExplanation) -> Iterator[str]:
    ways = "way" if explanation.considered == 1 else "ways"
    yield (
        f"{explanation.wanted} units wanted, {explanation.missing} missing; "
        f"{explanation.considered} {ways} judged"
    )
    for candidate in explanation.candidates:
        is_winner = candidate.warehouses == explanation.winner
        yield from _judged(candidate, "*" if is_winner else " ")
    if explanation.considered > len(explanation.candidates):
        yield f"  the best {len(explanation.candidates)} are shown"
    for refused in explanation.not_serving:
        yield f"- {refused.warehouse} {refused.reason}"
    yield f"why: {explanation.reason}"
    if explanation.split_reason is not None:
        yield f"why split: {explanation.split_reason}"


def _judged(candidate: CandidateView, mark: str) -> Iterator[str]:
    units = ", ".join(
        f"{warehouse_id} {sent}"
        for warehouse_id, sent in candidate.units_by_warehouse.items()
    )
    yield f"{mark} {units} = {candidate.units} units, total {candidate.total:g}"
    for rule, verdict in candidate.verdicts.items():
        points = f"{verdict.score * verdict.weight:g} of {verdict.weight}"
        yield f"    {rule:<15} {points:>14}  {verdict.text}"
