"""A file of past orders and one of past movements: seeded, of any size."""

from __future__ import annotations

import csv
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from math import exp
from pathlib import Path

FIRST_DAY = date(2025, 11, 1)
DAYS = 365
# Most orders are delivered by then.
LAST_DAY = FIRST_DAY + timedelta(days=DAYS - 1)
WAREHOUSES = ("main", "north")
CARRIERS = ("alpha", "beta", "gamma")
ARTICLES = 2_000
ORDER_COLUMNS = (
    "source",
    "number",
    "placed_at",
    "authorised_at",
    "allocated_at",
    "picked_at",
    "packed_at",
    "handed_over_at",
    "delivered_at",
    "promised_at",
    "due_ship_at",
    "status",
    "cancelled_at",
    "cancel_cause",
    "channel",
    "warehouse",
    "carrier",
    "sku",
    "quantity_ordered",
    "quantity_shipped",
    "quantity_rejected",
    "unit_price",
    "unit_cost",
    "error_kind",
    "error_found_at",
)
MOVEMENT_COLUMNS = ("sku", "warehouse", "quantity", "unit_cost", "kind", "at")
_START = datetime(FIRST_DAY.year, FIRST_DAY.month, FIRST_DAY.day, tzinfo=UTC)
_CANCELLED, _SPLIT, _SHORT, _CLAIM, _PACK_ERROR = 0.02, 0.04, 0.01, 0.001, 0.001
_MEAN_UNITS = 3.5
# The first articles sell best: the n-th drawn with a share that falls so steeply.
_STEEPNESS = 4
_ERRORS = ("wrong_item", "missing", "extra", "wrong_documents")

Row = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PastSize:
    """How many orders the file has, and how many lines in all."""

    orders: int = 25_000
    lines: int = 500_000
    seed: int = 1


def write_orders(path: Path, size: PastSize) -> None:
    """Write one row per line; the rows of an order stand together."""
    luck = random.Random(size.seed)
    each, more = divmod(size.lines, size.orders)
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(ORDER_COLUMNS)
        for number in range(size.orders):
            writer.writerows(_order(luck, number, each + (number < more)))


def write_receipts(path: Path, size: PastSize) -> None:
    """Write what came to each site: two weeks' sales at first, then a week's weekly."""
    luck = random.Random(size.seed)
    weeks = DAYS / 7
    sold_weekly = size.lines * _MEAN_UNITS / len(WAREHOUSES) / weeks
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(MOVEMENT_COLUMNS)
        for week in range(-1, int(weeks)):
            at = (_START + timedelta(weeks=week, hours=6)).isoformat()
            for article in range(ARTICLES):
                usual = sold_weekly * _share(article) * (3 if week < 0 else 1)
                for warehouse in WAREHOUSES:
                    quantity = str(round(usual * luck.uniform(0.9, 1.2)) + 1)
                    cost = _cost(article)
                    writer.writerow(
                        (_sku(article), warehouse, quantity, cost, "received", at)
                    )


def _order(luck: random.Random, number: int, lines: int) -> Iterator[Row]:
    placed = _START + timedelta(seconds=luck.randrange(DAYS * 86_400))
    is_cancelled = luck.random() < _CANCELLED
    stages = _no_stages() if is_cancelled else _stages(luck, placed)
    second = _stages(luck, placed) if luck.random() < _SPLIT else stages
    promised = placed + timedelta(days=4)
    warehouse, carrier = luck.choice(WAREHOUSES), luck.choice(CARRIERS)
    cancelled = (placed + timedelta(hours=3)).isoformat() if is_cancelled else ""
    for line in range(lines):
        article = min(int(luck.expovariate(_STEEPNESS / ARTICLES)), ARTICLES - 1)
        ordered = luck.randint(1, 6)
        mine = stages if line * 2 < lines else second
        yield (
            "past",
            str(100_000 + number),
            placed.isoformat(),
            *mine,
            promised.date().isoformat(),
            (placed + timedelta(days=1)).isoformat(),
            "cancelled" if is_cancelled else "delivered",
            cancelled,
            "customer" if is_cancelled else "",
            "web" if number % 3 else "phone",
            warehouse,
            carrier,
            _sku(article),
            str(ordered),
            "0" if is_cancelled else str(ordered - (luck.random() < _SHORT)),
            "",
            f"{float(_cost(article)) * 2:.2f}",
            _cost(article),
            *_error(luck, mine, is_cancelled=is_cancelled),
        )


def _no_stages() -> Row:
    return ("",) * 6


def _stages(luck: random.Random, placed: datetime) -> Row:
    at, moments = placed, []
    for mean_hours in (1, 2, 10, 2, 6, 40):
        at += timedelta(seconds=int(luck.expovariate(1 / (mean_hours * 3600))) + 1)
        moments.append(at.isoformat())
    return tuple(moments)


def _error(luck: random.Random, stages: Row, *, is_cancelled: bool) -> Row:
    drawn = luck.random()
    if is_cancelled or drawn >= _CLAIM + _PACK_ERROR:
        return ("", "")
    packed, delivered = stages[3], datetime.fromisoformat(stages[5])
    if drawn < _CLAIM:
        return (luck.choice(_ERRORS), (delivered + timedelta(days=2)).isoformat())
    return (luck.choice(_ERRORS[:3]), packed)


def _share(article: int) -> float:
    """Return the part of all lines that ask for an article."""
    return exp(-_STEEPNESS * article / ARTICLES) * _STEEPNESS / ARTICLES


def _sku(article: int) -> str:
    return f"SKU-{article:05}"


def _cost(article: int) -> str:
    return f"{1 + article % 97 * 0.25:.2f}"
