"""How often each check of a source's orders held them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from sqlalchemy import Connection, select

from domain.policy import CheckName, CheckOutcome
from operations.queries.models import View
from persistence.tables import check_result

# Below the number of variables one statement may have on either database.
_CHUNK = 500


class CheckRate(View):
    """What a check answered for some orders; `hold_rate` is held orders of all."""

    check: CheckName
    orders: int
    outcomes: Mapping[CheckOutcome, int]
    hold_rate: float


def check_rates(connection: Connection, order_ids: Iterable[str]) -> list[CheckRate]:
    """Count each check's first answers for these orders: what verification found."""
    wanted = sorted(set(order_ids))
    first: dict[tuple[str, str], str] = {}
    for start in range(0, len(wanted), _CHUNK):
        query = (
            select(
                check_result.c.order_id,
                check_result.c.check_name,
                check_result.c.outcome,
            )
            .where(check_result.c.order_id.in_(wanted[start : start + _CHUNK]))
            .order_by(check_result.c.check_result_id)
        )
        for row in connection.execute(query):
            first.setdefault((row.order_id, row.check_name), row.outcome)
    counted = Counter((check, outcome) for (_, check), outcome in first.items())
    return [
        _rate(check, {o: counted[check, o] for o in CheckOutcome if counted[check, o]})
        for check in CheckName
        if any(name == check for name, _ in counted)
    ]


def _rate(check: CheckName, outcomes: Mapping[CheckOutcome, int]) -> CheckRate:
    orders = sum(outcomes.values())
    return CheckRate(
        check=check,
        orders=orders,
        outcomes=outcomes,
        hold_rate=round(outcomes.get(CheckOutcome.HOLD, 0) / orders, 4),
    )
