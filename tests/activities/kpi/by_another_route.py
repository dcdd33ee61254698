"""Some figures of the history by hand-written SQL with window functions alone.

Nothing of it is shared with the way in which figures are computed.
"""

from __future__ import annotations

from datetime import date

from sqlalchemy import Connection, text

# What the two databases spell differently.
_SQLITE = {
    "hours": "(julianday(last_at) - julianday(first_at)) * 24.0",
    "day": "substr(last_at, 1, 10)",
    "from": "'{}T00:00:00.000000+00:00'",
}
_POSTGRESQL = {
    "hours": "extract(epoch FROM last_at - first_at)::float / 3600",
    "day": "(last_at AT TIME ZONE 'UTC')::date",
    "from": "'{}T00:00:00Z'",
}
_WHOLE = """
WITH told AS (
    SELECT order_id, shipment_id, occurred_at,
           row_number() OVER (
               PARTITION BY order_id, shipment_id ORDER BY occurred_at DESC
           ) AS place
    FROM fulfillment_event WHERE kind = 'delivered'
), arrived AS (
    SELECT order_id, count(*) OVER (PARTITION BY order_id) AS parts,
           occurred_at AS last_at,
           row_number() OVER (
               PARTITION BY order_id ORDER BY occurred_at DESC, shipment_id
           ) AS place
    FROM told WHERE place = 1
), wanted AS (
    SELECT DISTINCT order_id, count(*) OVER (PARTITION BY order_id) AS parts
    FROM history_shipment
), whole AS (
    SELECT arrived.order_id, last_at FROM arrived
    JOIN wanted ON wanted.order_id = arrived.order_id
    AND wanted.parts = arrived.parts WHERE arrived.place = 1
)
"""
_HOURS = """
, taken AS (
    SELECT {hours} AS hours FROM (
        SELECT whole.last_at, o.placed_at AS first_at
        FROM whole JOIN history_order AS o ON o.order_id = whole.order_id
    ) AS ends WHERE last_at >= {start} AND last_at < {end}
), ranked AS (
    SELECT hours, row_number() OVER (ORDER BY hours) - 1 AS place,
           count(*) OVER () AS n FROM taken
)
SELECT max(n), avg(hours),
       max(CASE WHEN place <= 0.5 * (n - 1) THEN hours END),
       min(CASE WHEN place >= 0.5 * (n - 1) THEN hours END),
       max(CASE WHEN place <= 0.9 * (n - 1) THEN hours END),
       min(CASE WHEN place >= 0.9 * (n - 1) THEN hours END)
FROM ranked
"""
_ON_TIME = """
SELECT sum(CASE WHEN {day} <= promised_on THEN 1 ELSE 0 END), count(*)
FROM history_order AS o LEFT JOIN whole ON whole.order_id = o.order_id
WHERE o.promised_on BETWEEN '{first}' AND '{last}' AND o.status <> 'cancelled'
"""
_ACCURACY = """
SELECT sum(1 - is_wrong), count(*) FROM (
    SELECT DISTINCT o.order_id,
           max(CASE WHEN e.kind = 'claim_recorded' AND {kind}
               IN ('missing', 'wrong_item') THEN 1 ELSE 0 END)
               OVER (PARTITION BY o.order_id) AS is_wrong,
           max(CASE WHEN e.kind = 'handed_over' THEN 1 ELSE 0 END)
               OVER (PARTITION BY o.order_id) AS has_left
    FROM history_order AS o
    JOIN fulfillment_event AS e ON e.order_id = o.order_id
    WHERE o.placed_at >= {start} AND o.placed_at < {end}
) AS judged WHERE has_left = 1
"""


class AnotherRoute:
    """Asks one database about whole days in UTC; `end` is the day after the last."""

    def __init__(self, connection: Connection, first: date, last: date, end: date):
        self._connection = connection
        spelling = _SQLITE
        kind = "json_extract(e.data, '$.kind')"
        if connection.dialect.name == "postgresql":
            spelling, kind = _POSTGRESQL, "e.data ->> 'kind'"
        self._words = {
            "hours": spelling["hours"],
            "day": spelling["day"],
            "start": spelling["from"].format(first),
            "end": spelling["from"].format(end),
            "first": first,
            "last": last,
            "kind": kind,
        }

    def cycle_time(self) -> dict[str, float]:
        """Return n, mean, p50 and p90 of orders delivered, in hours."""
        n, mean, *ends = self._one(_WHOLE + _HOURS)
        return {
            "n": n,
            "mean": mean,
            "p50": _between(ends[0], ends[1], 0.5 * (n - 1) % 1),
            "p90": _between(ends[2], ends[3], 0.9 * (n - 1) % 1),
        }

    def on_time(self) -> tuple[int, int]:
        """Return orders delivered by the promised day, and all that were due."""
        kept, due = self._one(_WHOLE + _ON_TIME)
        return int(kept), int(due)

    def accuracy(self) -> tuple[int, int]:
        """Return shipped orders without a claim about their content, and all."""
        right, shipped = self._one(_ACCURACY)
        return int(right), int(shipped)

    def _one(self, query: str) -> list[float]:
        # Colons of casts are no parameters.
        told = text(query.format(**self._words).replace("::", r"\:\:"))
        return list(self._connection.execute(told).one())


def _between(low: float, high: float, part: float) -> float:
    return low + (high - low) * part
