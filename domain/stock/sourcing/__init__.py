"""Which stock fills an order, by weighted rules, with the reasons."""

from domain.stock.sourcing.demand import (
    FreeStock,
    LineDemand,
    SourcingFacts,
    WarehouseFacts,
    is_trusted,
)
from domain.stock.sourcing.explanation import Explanation
from domain.stock.sourcing.outcome import MissingStock, PlannedAllocation
from domain.stock.sourcing.planning import SourcingPlan, plan_sourcing

__all__ = [
    "Explanation",
    "FreeStock",
    "LineDemand",
    "MissingStock",
    "PlannedAllocation",
    "SourcingFacts",
    "SourcingPlan",
    "WarehouseFacts",
    "is_trusted",
    "plan_sourcing",
]
