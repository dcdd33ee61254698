"""A shop with an October behind it, asked on the second of November."""

from __future__ import annotations

from collections.abc import Awaitable
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from temporalio.client import Client

from cli.machinery import Machinery, ServerInUse
from domain.errors import TemporaryError
from domain.kpi.question import KpiTerms
from domain.kpi.targets import Statistic, Target
from domain.policy import DEFAULT_POLICY, FulfillmentPolicy
from tests.cli.past_orders import PastOrder, october, remember
from tests.cli.terminal import Terminal

NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)
OCTOBER = ("--from", "2026-10", "--to", "2026-10")
ON_TIME = Target(
    statistic=Statistic.RATE,
    target=0.95,
    warning=0.9,
    alarm=0.8,
    higher_is_better=True,
)
TERMS = KpiTerms(zone="UTC", targets={"on_time_delivery": ON_TIME})
# Four were promised and due: two came in time, one late, one is overdue.
PAST = (
    PastOrder(
        number="1",
        placed_at=october(1),
        handed_over_at=october(2),
        delivered_at=october(3),
        promised_on=date(2026, 10, 4),
    ),
    PastOrder(
        number="2",
        placed_at=october(5),
        handed_over_at=october(6),
        delivered_at=october(6, 18),
        promised_on=date(2026, 10, 6),
        carrier="swift",
    ),
    PastOrder(
        number="3",
        placed_at=october(10),
        handed_over_at=october(12),
        delivered_at=october(16),
        promised_on=date(2026, 10, 13),
    ),
    PastOrder(
        number="4",
        placed_at=october(20),
        handed_over_at=october(21),
        promised_on=date(2026, 10, 23),
        carrier="swift",
    ),
    PastOrder(
        number="5",
        placed_at=october(21),
        cancelled_at=october(21, 13),
        promised_on=date(2026, 10, 24),
    ),
)


class ServerNotThere(TemporaryError):
    """No Temporal server answers."""


@pytest.fixture
def kpis(terminal: Terminal) -> Terminal:
    """Have a command line on the shop with its October."""
    remember(terminal.surroundings.database_url, *PAST)
    surroundings = terminal.surroundings
    terminal.surroundings = replace(
        surroundings,
        clock=lambda: NOW,
        kpi_terms=lambda: TERMS,
        machinery=lambda: machinery(surroundings.database_url, terminal.directory),
    )
    return terminal


def machinery(database_url: str, directory: Path) -> Machinery:
    """Return machinery without a server to reach."""

    async def connect(_server: ServerInUse | None) -> Client:
        raise ServerNotThere("the Temporal server did not answer")

    def open_server(
        _port: int, _ui_port: int
    ) -> AbstractAsyncContextManager[ServerInUse]:
        raise NotImplementedError

    def load_policy(_path: Path | None) -> FulfillmentPolicy:
        return DEFAULT_POLICY

    def work() -> Awaitable[None]:
        raise NotImplementedError

    return Machinery(
        var_directory=directory / "var",
        database_url=database_url,
        policy_file=None,
        load_policy=load_policy,
        prepare_server=lambda: None,
        open_server=open_server,
        connect=connect,
        work=work,
        clock=lambda: NOW,
    )
