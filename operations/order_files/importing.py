"""`import`: placing the orders of a file, refused order by order."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path

from domain.errors import BusinessError
from messages.order_document import OrderDocument
from operations.files.gathering import RefusedOrder
from operations.files.rejects import RejectsFile
from operations.order_files.orders import MappedOrder
from operations.order_files.reading import OrderFile

Place = Callable[[OrderDocument], Awaitable[object]]


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportSummary:
    """Rows read, the orders among them, and rows skipped by reason."""

    read: int = 0
    orders: int = 0
    accepted: int = 0
    rejected: int = 0
    skipped: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportTerms:
    """How far an import goes, and where it tells what happened.

    `limit` counts good orders. `on_refused` and `on_progress` are told of each order;
    `rejects` is the file for refused rows.
    """

    dry_run: bool = False
    limit: int | None = None
    rejects: Path | None = None
    on_refused: Callable[[RefusedOrder], object] | None = None
    on_progress: Callable[[ImportSummary], object] | None = None


async def import_orders(
    order_file: OrderFile, place: Place, terms: ImportTerms | None = None
) -> ImportSummary:
    """Place the orders of a file one after another; a dry run places none.

    A `BusinessError` of `place` refuses its order alone; any other error ends the
    import, and a repeat takes it up again, as a placed order is recognised.
    """
    terms = terms or ImportTerms()
    rejects = RejectsFile(terms.rejects, order_file.table) if terms.rejects else None
    accepted = rejected = 0
    with rejects or nullcontext():
        for found in order_file:
            refused = await _placed(found, place, dry_run=terms.dry_run)
            if refused is None:
                accepted += 1
            else:
                rejected += 1
                _tell(refused, rejects, terms)
            if terms.on_progress is not None:
                terms.on_progress(_summary(order_file, accepted, rejected))
            if terms.limit is not None and accepted >= terms.limit:
                break
    return _summary(order_file, accepted, rejected)


def _tell(
    refused: RefusedOrder, rejects: RejectsFile | None, terms: ImportTerms
) -> None:
    if rejects is not None:
        rejects.add(refused.rows, refused.refused)
    if terms.on_refused is not None:
        terms.on_refused(refused)


async def _placed(
    found: MappedOrder | RefusedOrder, place: Place, *, dry_run: bool
) -> RefusedOrder | None:
    if isinstance(found, RefusedOrder):
        return found
    if dry_run:
        return None
    try:
        await place(found.document)
    except BusinessError as error:
        return found.refuse(error)
    return None


def _summary(order_file: OrderFile, accepted: int, rejected: int) -> ImportSummary:
    return ImportSummary(
        read=order_file.read,
        orders=accepted + rejected,
        accepted=accepted,
        rejected=rejected,
        skipped=order_file.skipped,
    )
