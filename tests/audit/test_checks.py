"""Every kind of damage is found, and the finding names the row and both figures."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import Connection, update

from operations.health.audit import LEDGER, ORDERS, examine, examine_rest
from persistence.audit.checks import CHECKS, run_check
from persistence.audit.findings import WORDS, AuditCheck, AuditFinding
from persistence.tables import order_progress
from tests.activities.steps.builders import NOON, Shop, line
from tests.audit.damage import SEEDS, Seeded, keep, set_state


@contextmanager
def rolled_back(shop: Shop) -> Iterator[Connection]:
    """Have a transaction in which rules may be broken, and that leaves no trace."""
    with shop.database.read() as connection:
        if shop.database.is_sqlite:
            connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
            connection.exec_driver_sql("PRAGMA ignore_check_constraints=ON")
            connection.exec_driver_sql("BEGIN")
        yield connection


def found_in(connection: Connection) -> list[AuditFinding]:
    return [one for check in CHECKS.values() for one in check(connection, NOON)]


@pytest.mark.parametrize("seeded", SEEDS.values(), ids=SEEDS)
def test_damage_is_found_and_named(shop: Shop, seeded: Seeded) -> None:
    with rolled_back(shop) as connection:
        seeded.damage(connection)
        found = found_in(connection)

    told = [one for one in found if one.check is seeded.check]
    assert [one.text for one in told if seeded.told in one.text] != []
    assert all(one.row and one.mend for one in told)
    assert len({one.finding_id for one in found}) == len(found)


def test_every_check_has_a_damage_that_it_finds() -> None:
    assert {one.check for one in SEEDS.values()} == set(CHECKS) == set(AuditCheck)
    assert set(WORDS) == set(AuditCheck)


def test_a_shop_at_work_is_well(shop: Shop) -> None:
    assert [run_check(shop.database, check, NOON) for check in CHECKS] == [
        [] for _ in CHECKS
    ]


def test_a_reservation_that_is_kept_as_it_should_be_is_well(shop: Shop) -> None:
    with rolled_back(shop) as connection:
        keep(connection, 2, expires_at=NOON - timedelta(seconds=30))

        assert found_in(connection) == []


def test_an_order_that_a_hold_keeps_from_stock_is_well(shop: Shop) -> None:
    with rolled_back(shop) as connection:
        set_state(connection, "web-waiting", sourced=False)

        assert found_in(connection) == []


def test_an_order_that_just_moved_is_given_a_moment(shop: Shop) -> None:
    with rolled_back(shop) as connection:
        set_state(connection, "web-waiting", backordered=0)
        connection.execute(update(order_progress).values(updated_at=NOON))

        stuck = CHECKS[AuditCheck.STUCK_ORDERS](connection, NOON)

    assert stuck == []


def test_a_bundle_is_counted_by_its_parts(shop: Shop) -> None:
    shop.receive("B-1", POT=5)
    shop.add_bundle("TEA", MUG=2, POT=1)
    run = shop.order("bundle", line("TEA", 2))
    assert found_at(shop) == []
    run.cancel()
    assert found_at(shop) == []


def found_at(shop: Shop) -> list[str]:
    return [
        one.text for check in CHECKS for one in run_check(shop.database, check, NOON)
    ]


def test_an_id_is_the_same_for_the_same_row_and_holds_no_strange_letter() -> None:
    plain = AuditFinding(check=AuditCheck.LABELS, row="shipment web-1-1", text="x")
    strange = AuditFinding(check=AuditCheck.STAGING, row="staging main T/1 ü", text="x")

    assert plain.finding_id == "audit.labels.shipment-web-1-1"
    assert strange.finding_id.isascii()
    assert strange.finding_id == strange.finding_id.lower()


def test_the_doctor_asks_every_question_once(shop: Shop) -> None:
    with shop.database.read() as connection:
        found = [
            *examine(connection, (*LEDGER, *ORDERS), NOON),
            *examine_rest(connection, NOON),
        ]

    assert sorted(one.check for one in found) == sorted(c.in_words for c in CHECKS)
    assert all(one.is_ok for one in found)
