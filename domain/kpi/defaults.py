"""Targets of a shop that has named none of its own.

Best in class of the WERC DC Measures 2020, and the median of APQC for perfect orders;
where neither gives a number, such as for the cycle time, there is no target.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from domain.kpi.targets import Statistic, Target

_share = partial(Target, statistic=Statistic.RATE, higher_is_better=True)

DEFAULT_TARGETS: Mapping[str, Target] = {
    "on_time_delivery": _share(target=0.9948, warning=0.97, alarm=0.95),
    "on_time_shipment": _share(
        target=0.997, warning=0.98, alarm=0.95, owner_role="warehouse"
    ),
    "order_accuracy": _share(
        target=0.999, warning=0.99, alarm=0.98, owner_role="warehouse"
    ),
    "pick_accuracy_lines": _share(
        target=0.999, warning=0.99, alarm=0.98, owner_role="warehouse"
    ),
    # Of orders; a line is complete more often than an order of several lines.
    "line_fill_rate_first": _share(
        target=0.9956, warning=0.97, alarm=0.95, owner_role="inventory"
    ),
    "perfect_order_rate": _share(target=0.90, warning=0.85, alarm=0.80),
}
