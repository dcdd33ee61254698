"""The stored report of a period: shown as it was made, stale if the record went on."""

from __future__ import annotations

import asyncio
import webbrowser
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import insert
from temporalio.client import Client
from temporalio.testing import ActivityEnvironment

from activities.reporting import Reporting
from cli.machinery import ServerInUse
from domain.events import EventKind
from domain.kpi.periods import PeriodKind
from domain.policy import DEFAULT_POLICY
from messages.kpi_report import OpenReportInput, ReportRequest
from messages.names import TASK_QUEUE
from operations.kpi.reports import keep_reason
from persistence.database import Database
from persistence.tables import fulfillment_event
from tests.cli.kpi_shop import NOW, OCTOBER, TERMS, kpis, machinery
from tests.cli.past_orders import october
from tests.cli.terminal import Terminal
from worker import WorkerParts, build_worker

__all__ = ["kpis"]

REPORT = ("kpi", "report", *OCTOBER)
OF_OCTOBER = ReportRequest(
    kind=PeriodKind.CUSTOM,
    first_day=date(2026, 10, 1),
    last_day=date(2026, 10, 31),
    zone="UTC",
)
LATER = NOW + timedelta(hours=3)


@contextmanager
def record(kpis: Terminal) -> Iterator[Database]:
    database = Database(kpis.surroundings.database_url)
    try:
        yield database
    finally:
        database.close()


def make_report(
    kpis: Terminal,
    request: ReportRequest = OF_OCTOBER,
    *,
    now: datetime = NOW,
    reason: str | None = None,
) -> str:
    """Have a report made by the very activities of its run; return its id."""
    with record(kpis) as database:
        if reason is not None:
            kept = keep_reason(database, reason, actor="cli", clock=lambda: now)
            request = request.model_copy(update={"reason_reference": kept})
        reporting = Reporting(
            database=database, policy=DEFAULT_POLICY, terms=TERMS, clock=lambda: now
        )
        told = OpenReportInput(request=request, asked_at=now, key=f"{request}{now}")
        opened = reporting.open_report(told)
        environment = ActivityEnvironment()
        asyncio.run(environment.run(reporting.report_figures, opened))
    return opened.snapshot_id


def deliver_late(kpis: Terminal) -> None:
    """Write down on the third of November that the overdue order came in time."""
    event = {
        "order_id": "shop-4",
        "shipment_id": "shop-4-1",
        "kind": EventKind.DELIVERED,
        "actor": "carrier",
        "cause": "scan",
        "data": {},
        "occurred_at": october(22),
        "recorded_at": NOW + timedelta(hours=1),
    }
    with record(kpis) as database, database.write() as connection:
        connection.execute(insert(fulfillment_event), event)


def test_a_stored_report_is_shown_and_its_page_written_without_a_server(
    kpis: Terminal,
) -> None:
    snapshot_id = make_report(kpis)

    typed = kpis.ok(*REPORT)

    page = kpis.directory / "var" / "reports" / f"{snapshot_id}.html"
    assert typed.out.splitlines()[-1] == f"report: {page}"
    assert "On-time delivery\t50.0 %" in typed.out
    assert "version 1" in typed.err
    assert "STALE" not in typed.err
    assert "On-time delivery" in page.read_text("utf-8")


def test_json_tells_the_report_with_every_figure_and_its_page(kpis: Terminal) -> None:
    snapshot_id = make_report(kpis)

    told = kpis.ok(*REPORT, "--out", "october.html", "--json").json()

    assert told["report"]["snapshot_id"] == snapshot_id
    assert (told["report"]["version"], told["staleness"]["is_stale"]) == (1, False)
    rates = {
        row["figure"]: row.get("rate") for row in told["figures"] if not row["group"]
    }
    assert rates["on_time_delivery"] == 0.5
    assert told["path"] == "october.html"
    assert (kpis.directory / "october.html").is_file()


def test_without_a_report_and_a_server_an_export_is_advised(kpis: Terminal) -> None:
    typed = kpis.type(*REPORT)

    assert typed.exit_code == 5
    assert "orderwright kpi export" in typed.err
    assert typed.out == ""


def test_a_late_fact_makes_the_report_stale_and_changes_nothing_in_it(
    kpis: Terminal,
) -> None:
    make_report(kpis)
    deliver_late(kpis)

    typed = kpis.ok(*REPORT, "--out", "october.html")

    assert typed.err.startswith(
        "STALE: 1 fact changed since 2026-11-02 09:00:00: order shop-4 delivered, "
        "written down 2026-11-02 10:00:00"
    )
    assert "--restate --reason" in typed.err
    assert "On-time delivery\t50.0 %" in typed.out
    assert "shop-4 delivered" in (kpis.directory / "october.html").read_text("utf-8")


def test_a_restated_period_shows_its_newest_version_and_keeps_the_older(
    kpis: Terminal,
) -> None:
    make_report(kpis)
    deliver_late(kpis)
    make_report(kpis, now=LATER, reason="a scan came late")

    newest = kpis.ok(*REPORT, "--out", "new.html")
    first = kpis.ok(*REPORT, "--out", "old.html", "--version", "1")

    assert "version 2 (a scan came late)" in newest.err
    assert "On-time delivery\t75.0 %" in newest.out
    assert "STALE" not in newest.err
    assert "version 1," in first.err
    assert "On-time delivery\t50.0 %" in first.out
    assert kpis.type(*REPORT, "--version", "9").exit_code == 3


def test_the_list_tells_versions_reasons_and_what_is_stale(kpis: Terminal) -> None:
    make_report(kpis)
    deliver_late(kpis)
    make_report(kpis, now=LATER, reason="a scan came late")

    newest, first = kpis.ok("kpi", "report", "--list", "--json").json_lines()
    shown = kpis.ok("kpi", "report", "--list").out

    assert (newest["version"], newest["reason"], newest["state"]) == (
        2,
        "a scan came late",
        "",
    )
    assert (first["version"], first["is_stale"]) == (1, True)
    assert "STALE: 1 fact changed since" in first["state"]
    assert "order shop-4 delivered" in shown


def test_a_report_of_days_that_go_on_is_not_shown_for_the_whole(
    kpis: Terminal,
) -> None:
    until_today = OF_OCTOBER.model_copy(update={"last_day": NOW.date()})
    snapshot_id = make_report(kpis, until_today)
    asked = ("kpi", "report", "--from", "2026-10", "--to", "2026-11-02")

    assert kpis.type(*asked).exit_code == 5
    shown = kpis.ok(*asked, "--version", "1")
    assert snapshot_id in shown.out
    assert "provisional: its days went on" in shown.err
    [listed] = kpis.ok("kpi", "report", "--list", "--json").json_lines()
    assert (listed["is_provisional"], listed["state"]) == (True, "provisional")


def test_the_last_day_and_the_last_week_have_reports_of_their_own(
    kpis: Terminal,
) -> None:
    day = make_report(kpis, ReportRequest(kind=PeriodKind.DAILY, zone="UTC"))
    week = make_report(kpis, ReportRequest(kind=PeriodKind.WEEKLY, zone="UTC"))

    daily = kpis.ok("kpi", "report", "--daily")
    weekly = kpis.ok("kpi", "report", "--weekly")
    of_a_day_in_it = kpis.ok("kpi", "report", "--weekly", "--from", "2026-10-28")

    assert day in daily.out
    assert "KPIs of the day, 2026-11-01 to 2026-11-01" in daily.err
    assert week in weekly.out
    assert week in of_a_day_in_it.out
    assert "KPIs of the week, 2026-10-26 to 2026-11-01" in weekly.err


def test_the_page_is_opened_in_a_browser_if_there_is_one(
    kpis: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_report(kpis)
    opened: list[str] = []
    has_browser = True

    def open_page(address: str) -> bool:
        opened.append(address)
        return has_browser

    monkeypatch.setattr(webbrowser, "open", open_page)
    seen = kpis.ok(*REPORT, "--out", "october.html", "--open")
    has_browser = False
    unseen = kpis.ok(*REPORT, "--out", "october.html", "--open")

    page = (kpis.directory / "october.html").as_uri()
    assert opened == [page, page]
    assert "no browser" not in seen.err
    assert "there is no browser here: open october.html" in unseen.err


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (("--restate",), "--reason"),
        (("--restate", "--reason", "  "), "--reason"),
        (("--reason", "late"), "--restate"),
        (("--restate", "--reason", "late", "--version", "1"), "--version"),
        (("--daily", "--weekly"), "not both"),
        (("--daily", "--from", "2026-10-01", "--to", "2026-10-05"), "--to"),
        (("--zone", "Europe/Atlantis"), "--zone"),
        (("--from", "2027-01-01"), "--from"),
        (("--version", "0"), "--version"),
        (("--out", "nowhere/october.html"), "--out"),
    ],
)
def test_a_wrong_choice_is_a_usage_error(
    kpis: Terminal, arguments: tuple[str, ...], word: str
) -> None:
    typed = kpis.type("kpi", "report", *arguments)

    assert (typed.exit_code, word in typed.err) == (2, True)


async def test_a_run_makes_the_report_and_tells_it_anew_for_a_reason(
    kpis: Terminal, client: Client
) -> None:
    url, directory = kpis.surroundings.database_url, kpis.directory

    async def connect(_server: ServerInUse | None) -> Client:
        return await Client.connect(
            client.service_client.config.target_host,
            namespace=client.namespace,
            data_converter=client.data_converter,
        )

    # Workers are known to a server by the hour, not by the clock of the shop.
    kpis.surroundings = replace(
        kpis.surroundings,
        machinery=lambda: replace(
            machinery(url, directory),
            connect=connect,
            clock=lambda: datetime.now(UTC),
        ),
    )
    asked = ("kpi", "report", "--from", "2025-10", "--to", "2025-10")
    with record(kpis) as database:
        parts = WorkerParts(
            database=database,
            carriers={},
            carrier="simulator",
            kpi_terms=TERMS,
            task_queue=TASK_QUEUE,
        )
        async with build_worker(client, parts):
            first = await asyncio.to_thread(kpis.ok, *asked, "--json")
            again = await asyncio.to_thread(
                kpis.ok, *asked, "--restate", "--reason", "to be sure", "--json"
            )

    made, restated = first.json(), again.json()
    assert (made["report"]["version"], restated["report"]["version"]) == (1, 2)
    assert restated["report"]["reason"] == "to be sure"
    assert made["path"] != restated["path"]
