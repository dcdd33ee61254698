"""The lines of orders, added up by category, warehouse and delivery."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from domain.kpi.facts import LineSums
from domain.kpi.orders.causes import is_ours
from persistence.kpi.orders.backorders import OwedUnits
from persistence.kpi.orders.basics import OrderBasics
from persistence.kpi.orders.happenings import Happenings
from persistence.kpi.orders.history_lines import (
    ShipmentLines,
    load_history_lines,
    sum_shipments,
)
from persistence.kpi.orders.run_line_sums import HowOrdered, sum_run_lines
from persistence.kpi.orders.run_lines import RunLines, load_run_lines


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderLines:
    """What the tables tell of the lines, by order."""

    by_category: bool = False
    of_runs: Mapping[str, RunLines] = field(default_factory=dict)
    of_history: Mapping[str, Sequence[ShipmentLines]] = field(default_factory=dict)

    def sums_of(
        self, basics: OrderBasics, cancel_cause: str | None, *, was_tried: bool
    ) -> tuple[LineSums, ...]:
        """Return the sums of one order."""
        if basics.is_imported:
            sent = self.of_history.get(basics.order_id, ())
            return sum_shipments(sent, is_cancelled=basics.says_cancelled)
        lines = self.of_runs.get(basics.order_id)
        if lines is None:
            return ()
        how = HowOrdered(
            was_tried=was_tried,
            is_cancelled_by_us=is_ours(cancel_cause),
            by_category=self.by_category,
        )
        return sum_run_lines(lines, how)


def load_lines(
    happenings: Happenings,
    backorders: Mapping[str, Sequence[OwedUnits]],
    *,
    by_category: bool,
) -> OrderLines:
    """Return the lines of the wanted orders; their categories only if asked for."""
    return OrderLines(
        by_category=by_category,
        of_runs=load_run_lines(happenings, backorders),
        of_history=load_history_lines(happenings, by_category=by_category),
    )
