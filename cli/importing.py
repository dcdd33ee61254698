"""Importing a foreign order file: progress, rejects, hold rates, what became of it."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import typer

from cli.context import Desk, at_desk
from cli.exits import ExitCode
from cli.files import TOLD_AT_MOST, rejects_in_words, skipped_in_words
from cli.output import Output, progress_bar, say
from messages.order_document import OrderDocument
from operations.order_files import (
    ImportSummary,
    ImportTerms,
    RefusedOrder,
    import_orders,
    load_mapping,
    read_orders,
)
from operations.queries.checks import CheckRate, check_rates
from operations.queries.models import View
from operations.queries.orders import count_by_status, count_ended

LOOK_EVERY_SECONDS = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportPlan:
    """What is imported, and how."""

    file: Path
    mapping: Path
    source: str
    dry_run: bool
    limit: int | None
    follow: bool
    timeout: float | None
    rejects: Path


class ImportResult(View):
    """What an import did: rows read, orders found, rows skipped by reason.

    `checks` are of the orders whose run has verified them by now; `statuses` says what
    became of the orders, and is empty without `--follow`.
    """

    dry_run: bool
    read: int
    orders: int
    accepted: int
    rejected: int
    skipped: Mapping[str, int]
    rejects_file: str | None
    checks: tuple[CheckRate, ...]
    statuses: Mapping[str, int]


def run_import(context: typer.Context, plan: ImportPlan, output: Output) -> ExitCode:
    """Import, show the result, and say how it went."""

    async def work(desk: Desk) -> ImportResult:
        placed: list[str] = []
        summary = await _place_all(desk, plan, placed)
        # A file may hold an order that was placed before.
        order_ids = list(dict.fromkeys(placed))
        if plan.follow:
            await _follow(desk, order_ids, plan.timeout)
        return await asyncio.to_thread(_result, desk, plan, summary, order_ids)

    result = at_desk(context, work)
    output.one(result, "\n".join(_in_words(result)))
    if not result.rejected:
        return ExitCode.DONE
    return ExitCode.PARTLY_DONE if result.accepted else ExitCode.REFUSED


async def _place_all(desk: Desk, plan: ImportPlan, placed: list[str]) -> ImportSummary:
    told = 0

    async def place(document: OrderDocument) -> object:
        order = await desk.orders.place_document(document)
        placed.append(order.order_id)
        return order

    def tell_of(refused: RefusedOrder) -> None:
        nonlocal told
        told += 1
        if told <= TOLD_AT_MOST:
            for cell in refused.refused:
                say(f"order {refused.number} is refused: {cell}")

    mapping = load_mapping(plan.mapping)
    with (
        read_orders(plan.file, mapping, plan.source) as order_file,
        progress_bar("orders", plan.limit) as count,
    ):
        summary = await import_orders(
            order_file,
            place,
            ImportTerms(
                dry_run=plan.dry_run,
                limit=plan.limit,
                rejects=plan.rejects,
                on_refused=tell_of,
                on_progress=lambda _: count(),
            ),
        )
    if told > TOLD_AT_MOST:
        say(f"and {told - TOLD_AT_MOST} more, see {plan.rejects}")
    return summary


async def _follow(desk: Desk, placed: list[str], seconds: float | None) -> None:
    """Wait until every order has ended; when the time is over, go on without."""
    ends_at = desk.clock() + timedelta(seconds=seconds) if seconds is not None else None
    ended = 0
    with progress_bar("ended", len(placed)) as count:
        while True:
            now_ended = await asyncio.to_thread(_count_ended, desk, placed)
            for _ in range(now_ended - ended):
                count()
            ended = now_ended
            if ended == len(placed):
                return
            if ends_at is not None and desk.clock() >= ends_at:
                say(f"{len(placed) - ended} orders have not ended yet")
                return
            await asyncio.sleep(LOOK_EVERY_SECONDS)


def _count_ended(desk: Desk, placed: list[str]) -> int:
    with desk.database.read() as connection:
        return count_ended(connection, placed)


def _result(
    desk: Desk, plan: ImportPlan, summary: ImportSummary, placed: list[str]
) -> ImportResult:
    with desk.database.read() as connection:
        rates = check_rates(connection, placed)
        statuses = count_by_status(connection, placed) if plan.follow else Counter()
    return ImportResult(
        dry_run=plan.dry_run,
        read=summary.read,
        orders=summary.orders,
        accepted=summary.accepted,
        rejected=summary.rejected,
        skipped=summary.skipped,
        rejects_file=str(plan.rejects) if summary.rejected else None,
        checks=tuple(rates),
        statuses=statuses,
    )


def _in_words(result: ImportResult) -> Iterator[str]:
    would = "would be " if result.dry_run else ""
    yield (
        f"{result.read} rows read, {result.orders} orders: {result.accepted} "
        f"{would}accepted, {result.rejected} {would}rejected"
    )
    yield from skipped_in_words(result.skipped)
    yield from rejects_in_words(result.rejects_file)
    for rate in result.checks:
        counts = ", ".join(f"{n} {outcome}" for outcome, n in rate.outcomes.items())
        yield f"check {rate.check}: held {rate.hold_rate:.1%} ({counts})"
    for status, orders in result.statuses.items():
        yield f"{orders} orders are {status}"
