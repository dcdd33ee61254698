"""What a report of KPIs is asked for, and what its run answers."""

from __future__ import annotations

from datetime import date, datetime

from pydantic import AwareDatetime, BaseModel, ConfigDict, JsonValue

from domain.kpi.periods import PeriodKind

# One figure as `domain.kpi.telling.as_row` tells it.
FigureRow = dict[str, JsonValue]


class ReportRequest(BaseModel):
    """Which period; without days the last one that has ended.

    A weekly report is that of the Monday-to-Sunday week of `first_day`. The reason of a
    restatement is free text, and so travels as the reference of a stored note.
    """

    model_config = ConfigDict(frozen=True)

    kind: PeriodKind = PeriodKind.DAILY
    first_day: date | None = None
    last_day: date | None = None
    # An IANA zone; none: that of the shop's KPI terms.
    zone: str | None = None
    reason_reference: str | None = None


class OpenReportInput(BaseModel):
    """A request with what its run adds."""

    model_config = ConfigDict(frozen=True)

    request: ReportRequest
    # When the schedule meant to start it, or it was started.
    asked_at: AwareDatetime
    # The same for every attempt, also after a reset of the run.
    key: str


class OpenedReport(BaseModel):
    """The version of a period's report that a run works on, or has found."""

    model_config = ConfigDict(frozen=True)

    snapshot_id: str
    kind: PeriodKind
    first_day: date
    last_day: date
    zone: str
    version: int
    as_of: AwareDatetime

    @property
    def in_words(self) -> str:
        """Return the period and the version as people say them."""
        days = f"{self.first_day}"
        if self.last_day != self.first_day:
            days = f"{self.first_day} to {self.last_day}"
        return f"{self.kind} report of {days} ({self.zone}), version {self.version}"


class ReportProgress(BaseModel):
    """How far the computing has come: the sections that are stored."""

    model_config = ConfigDict(frozen=True)

    snapshot_id: str
    done: tuple[str, ...] = ()
    total: int = 0


class ReportResult(BaseModel):
    """A report that is finished: how many figures, and which limits they crossed."""

    model_config = ConfigDict(frozen=True)

    snapshot_id: str
    version: int
    figures: int
    crossings: int = 0
    finished_at: datetime | None = None


class ReportedFigures(BaseModel):
    """What a report tells of itself; `left_out` rows stand in the database alone."""

    model_config = ConfigDict(frozen=True)

    report: OpenedReport | None = None
    finished_at: datetime | None = None
    rows: tuple[FigureRow, ...] = ()
    left_out: int = 0
