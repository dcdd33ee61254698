"""Claims of customers, events of carriers, notes of people: each kept once."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from domain.claims import ClaimKind
from domain.errors import BusinessError, InvalidInput, NotFound, Refused
from domain.events import EventKind
from domain.tracking import Milestone
from messages.order_messages import CarrierEvent
from operations.carrier_events import find_shipment
from operations.claims import RecordClaim, RecordedClaim, record_claim
from operations.notes import keep_note_of_message
from operations.queries.timeline import order_timeline
from persistence.outbox import count_undelivered
from persistence.tables import claim, note
from tests.cli.in_process import now
from tests.operations.office import Office, open_office


@pytest.fixture
def office(database_url: str, tmp_path: Path) -> Iterator[Office]:
    opened = open_office(database_url, tmp_path)
    yield opened
    opened.database.close()


def a_claim(order_id: str, **fields: object) -> RecordClaim:
    return RecordClaim.model_validate(
        {
            "message_id": "claim-1",
            "actor": "clerk:4",
            "order_id": order_id,
            "line_no": 1,
            "kind": ClaimKind.DAMAGED,
            "found_at": now(),
            **fields,
        }
    )


async def test_a_claim_is_recorded_once_with_its_event(office: Office) -> None:
    order_id = await office.place("1")
    await office.ship(order_id)
    told = a_claim(order_id, quantity=1)

    first = record_claim(office.database, told, now)
    repeat = record_claim(office.database, told, now)

    with office.reading() as connection:
        rows = connection.execute(select(func.count()).select_from(claim)).scalar_one()
        last = order_timeline(connection, order_id)[-1]
    assert first == repeat
    assert rows == 1
    assert (last.kind, last.occurred_at) == (EventKind.CLAIM_RECORDED, told.found_at)


async def test_the_same_message_id_for_another_claim_is_refused(
    office: Office,
) -> None:
    order_id = await office.place("1")
    await office.ship(order_id)
    told = a_claim(order_id)
    record_claim(office.database, told, now)

    with pytest.raises(BusinessError, match="other input"):
        record_claim(
            office.database, told.model_copy(update={"kind": ClaimKind.LATE}), now
        )


async def test_two_claims_at_once_get_two_numbers(office: Office) -> None:
    order_id = await office.place("1")
    await office.ship(order_id)

    def record(message_id: str) -> RecordedClaim:
        return record_claim(
            office.database, a_claim(order_id, message_id=message_id), now
        )

    recorded = await asyncio.gather(
        *(asyncio.to_thread(record, each) for each in ("a", "b"))
    )

    assert {one.claim_id for one in recorded} == {f"{order_id}.c1", f"{order_id}.c2"}


async def test_a_claim_on_what_has_not_left_is_refused(office: Office) -> None:
    order_id = await office.place("1")

    with pytest.raises(Refused, match="change or cancel"):
        record_claim(office.database, a_claim(order_id), now)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"line_no": 9}, "line_no"),
        ({"quantity": 3}, "quantity"),
        ({"found_at": now() + timedelta(days=1)}, "found_at"),
        ({"found_at": now() - timedelta(days=1)}, "found_at"),
    ],
)
async def test_a_claim_that_cannot_be_names_its_field(
    office: Office, fields: dict[str, object], field: str
) -> None:
    order_id = await office.place("1")
    await office.ship(order_id)

    with pytest.raises(InvalidInput) as refusal:
        record_claim(office.database, a_claim(order_id, **fields), now)

    assert refusal.value.field == field


def test_a_claim_on_an_unknown_order_is_not_found(office: Office) -> None:
    with pytest.raises(NotFound):
        record_claim(office.database, a_claim("web-404"), now)


async def test_a_carriers_event_waits_in_the_outbox_while_nobody_answers(
    office: Office,
) -> None:
    order_id = await office.place("1")
    shipment_id = await office.ship(order_id)
    event = CarrierEvent(
        message_id="carrier:e1",
        actor="carrier",
        shipment_id=shipment_id,
        milestone=Milestone.IN_TRANSIT,
        occurred_at=now(),
    )

    office.runs.is_down = True
    kept = await office.carrier_events.report(event)
    with office.reading() as connection:
        waiting = count_undelivered(connection)
    office.runs.is_down = False
    told = await office.carrier_events.report(event)
    with office.reading() as connection:
        left = count_undelivered(connection)

    assert (kept.is_delivered, waiting) == (False, 1)
    assert (told.is_delivered, left) == (True, 0)


async def test_a_shipment_is_found_by_its_tracking_number(office: Office) -> None:
    order_id = await office.place("1")
    shipment_id = await office.ship(order_id)
    with office.reading() as connection:
        number = str(
            office.runs.stored_state(order_id).shipments[0].tracking_number  # type: ignore[union-attr]
        )
        found = find_shipment(connection, tracking_number=number)
        with pytest.raises(NotFound):
            find_shipment(connection, shipment_id="web-404-1")
        with pytest.raises(InvalidInput):
            find_shipment(connection)

    assert (found.shipment_id, found.order_id) == (shipment_id, order_id)


async def test_a_note_is_kept_once_for_its_message(office: Office) -> None:
    order_id = await office.place("1")

    def keep(order: str | None) -> str:
        return keep_note_of_message(
            office.database,
            order_id=order,
            message_id="m1",
            text="call first",
            actor="clerk:4",
            clock=now,
        )

    references = {keep(order_id), keep(order_id)}
    with office.reading() as connection:
        rows = connection.execute(select(note.c.text)).scalars().all()

    assert len(references) == 1
    assert rows == ["call first"]
    with pytest.raises(NotFound):
        keep("web-404")
