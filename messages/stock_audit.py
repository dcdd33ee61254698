"""What one audit of the stock answers."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field


class CheckCount(BaseModel):
    """What one check found, and what became of it."""

    model_config = ConfigDict(frozen=True)

    found: int
    # Exceptions opened for what was not known yet, and closed for what is gone.
    opened: int = 0
    gone: int = 0


class StockAuditResult(BaseModel):
    """Counts per check; also how far an audit under way has come."""

    model_config = ConfigDict(frozen=True)

    checks: dict[str, CheckCount] = Field(default_factory=dict)
    finished_at: datetime | None = None

    @property
    def found(self) -> int:
        """Return how many rows are not right."""
        return sum(one.found for one in self.checks.values())
