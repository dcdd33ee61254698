"""The same figures in hand-written SQL, over the same tables, by another route.

What an analyst would write for this one database and this one question: no groups, no
exclusions by reason, one zone. It is the baseline of `benchmarks.kpi`, and a check.
"""

from __future__ import annotations

import sqlite3
from datetime import date, timedelta

_HOURS = "(julianday({}) - julianday({})) * 24"
_CYCLE_TIME = f"""
WITH parts AS (
    SELECT order_id, count(*) AS shipments FROM history_shipment GROUP BY order_id
), passed AS (
    SELECT order_id,
           max(CASE kind WHEN 'placed' THEN occurred_at END) AS placed,
           max(CASE kind WHEN 'delivered' THEN occurred_at END) AS delivered,
           sum(kind = 'delivered') AS arrived
    FROM fulfillment_event WHERE kind IN ('placed', 'delivered') GROUP BY order_id
), taken AS (
    SELECT {_HOURS.format("delivered", "placed")} AS hours
    FROM passed JOIN parts USING (order_id)
    WHERE arrived = shipments AND delivered >= :start AND delivered < :end
), ranked AS (
    SELECT hours, row_number() OVER (ORDER BY hours) - 1 AS place,
           count(*) OVER () AS n
    FROM taken
)
SELECT max(n), avg(hours), {{percentiles}} FROM ranked
"""
_PERCENTILE = (
    "sum(CASE place"
    " WHEN CAST({share} * (n - 1) AS INTEGER)"
    " THEN hours * (1 - ({share} * (n - 1) - CAST({share} * (n - 1) AS INTEGER)))"
    " WHEN CAST({share} * (n - 1) AS INTEGER) + 1"
    " THEN hours * ({share} * (n - 1) - CAST({share} * (n - 1) AS INTEGER))"
    " END)"
)
_ON_TIME = """
WITH parts AS (
    SELECT order_id, count(*) AS shipments, count(delivered_at) AS arrived,
           max(delivered_at) AS delivered
    FROM history_shipment GROUP BY order_id
)
SELECT sum(arrived = shipments AND date(delivered) <= promised_on), count(*)
FROM history_order JOIN parts USING (order_id)
WHERE promised_on BETWEEN :first AND :last AND status <> 'cancelled'
"""
_ACCURACY = """
WITH claimed AS (
    SELECT DISTINCT order_id FROM fulfillment_event WHERE kind = 'claim_recorded'
), gone AS (
    SELECT DISTINCT order_id FROM history_shipment WHERE handed_over_at IS NOT NULL
)
SELECT count(*) - count(claimed.order_id), count(*)
FROM history_order JOIN gone USING (order_id) LEFT JOIN claimed USING (order_id)
WHERE placed_at >= :start AND placed_at < :end
"""
_TURNOVER = """
WITH RECURSIVE days(day) AS (
    SELECT :first UNION ALL SELECT date(day, '+1 day') FROM days WHERE day < :last
), shipped AS MATERIALIZED (
    SELECT date(s.handed_over_at) AS day,
           sum(l.quantity_shipped * l.unit_cost_micros) AS micros
    FROM history_line l JOIN history_shipment s USING (order_id, shipment_no)
    WHERE s.handed_over_at IS NOT NULL GROUP BY 1
), came AS (
    SELECT date(occurred_at) AS day, sum(value_change_micros) AS micros
    FROM history_movement GROUP BY 1
), changed AS MATERIALIZED (
    SELECT day, sum(micros) AS micros FROM (
        SELECT day, micros FROM came UNION ALL SELECT day, -micros FROM shipped
    ) GROUP BY day
), held AS (
    SELECT days.day, (SELECT sum(micros) FROM changed WHERE day < :first)
           + sum(coalesce(changed.micros, 0)) OVER (ORDER BY days.day) AS micros
    FROM days LEFT JOIN changed USING (day)
)
SELECT (SELECT sum(micros) FROM shipped WHERE day BETWEEN :first AND :last)
       * 365.0 / (julianday(:last) - julianday(:first) + 1) / avg(micros)
FROM held
"""


def by_hand(
    database: sqlite3.Connection, first: date, last: date
) -> dict[str, dict[str, float]]:
    """Return the figures of a period of whole days in UTC, named as we name them."""
    end = last + timedelta(days=1)
    asked = {
        "first": first.isoformat(),
        "last": last.isoformat(),
        "start": f"{first}T00:00:00.000000+00:00",
        "end": f"{end}T00:00:00.000000+00:00",
    }
    shares = (0.5, 0.9, 0.95, 0.99)
    percentiles = ", ".join(_PERCENTILE.format(share=share) for share in shares)
    cycle_time = database.execute(
        _CYCLE_TIME.format(percentiles=percentiles), asked
    ).fetchone()
    kept, due = database.execute(_ON_TIME, asked).fetchone()
    right, shipped = database.execute(_ACCURACY, asked).fetchone()
    (turns,) = database.execute(_TURNOVER, asked).fetchone()
    names = ("n", "mean", "p50", "p90", "p95", "p99")
    return {
        "order_cycle_time": dict(zip(names, cycle_time, strict=True)),
        "on_time_delivery": {"numerator": kept, "denominator": due},
        "order_accuracy": {"numerator": right, "denominator": shipped},
        "inventory_turnover": {"value": turns},
    }
