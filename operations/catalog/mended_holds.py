"""Orders held for an article nobody knew, once the catalogue knows it."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from domain.policy import HoldKind
from messages.names import UpdateName
from messages.order_messages import ReleaseHold
from persistence.catalog import Article, find_articles
from persistence.outbox import OutboxMessage, add_to_outbox
from persistence.tables import hold, order_line, orders

_WAITING = (
    select(
        hold.c.hold_id,
        hold.c.order_id,
        orders.c.source,
        order_line.c.ordered_sku,
    )
    .join(orders, orders.c.order_id == hold.c.order_id)
    .join(order_line, order_line.c.order_id == hold.c.order_id)
    .where(
        hold.c.kind == HoldKind.KNOWN_SKU,
        hold.c.released_at.is_(None),
        order_line.c.sku.is_(None),
        order_line.c.quantity > order_line.c.cancelled_quantity,
    )
    .order_by(hold.c.placed_at, hold.c.hold_id)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class MendedHold:
    """A hold whose cause is gone, and the message that tells its run so."""

    hold_id: str
    order_id: str
    message_id: str


def release_mended_holds(
    connection: Connection, *, actor: str, at: datetime
) -> tuple[MendedHold, ...]:
    """Write a release for each open hold whose articles are all known by now.

    An order with another article still unknown waits for that one too: its run would
    refuse. Every open hold is looked at, so that a repeated import mends what a race
    missed.
    """
    unknown: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    for row in connection.execute(_WAITING):
        unknown[row.hold_id, row.order_id, row.source].add(row.ordered_sku)
    articles = _articles(connection, unknown)
    mended = [
        _mended(hold_id, order_id, {code: articles[source, code] for code in codes})
        for (hold_id, order_id, source), codes in unknown.items()
        if all((source, code) in articles for code in codes)
    ]
    add_to_outbox(connection, [_message(one, actor) for one in mended], at)
    return tuple(mended)


def _articles(
    connection: Connection, unknown: dict[tuple[str, str, str], set[str]]
) -> dict[tuple[str, str], Article]:
    codes: dict[str, set[str]] = defaultdict(set)
    for (_, _, source), wanted in unknown.items():
        codes[source] |= wanted
    return {
        (source, code): article
        for source, wanted in codes.items()
        for code, article in find_articles(connection, source, wanted).items()
    }


def _mended(hold_id: str, order_id: str, articles: dict[str, Article]) -> MendedHold:
    meant = "\n".join(f"{code}\t{articles[code].sku}" for code in sorted(articles))
    digest = hashlib.sha256(meant.encode()).hexdigest()[:16]
    return MendedHold(
        hold_id=hold_id,
        order_id=order_id,
        message_id=f"alias:{hold_id}:{digest}"[-300:],
    )


def _message(mended: MendedHold, actor: str) -> OutboxMessage:
    release = ReleaseHold(
        message_id=mended.message_id, actor=actor, hold_id=mended.hold_id
    )
    return OutboxMessage(
        order_id=mended.order_id,
        message_id=mended.message_id,
        name=UpdateName.RELEASE_HOLD,
        payload=release.model_dump(mode="json", exclude_defaults=True),
    )
