"""Exceptions are taken by one person and closed by whoever owns their truth."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from domain.errors import NotFound, Refused
from domain.exceptions import ExceptionKind
from messages.order_messages import ResolveException
from operations.exceptions import ExceptionAnswer
from operations.queries.exceptions import open_exceptions
from tests.cli.in_process import now
from tests.operations.office import Office, open_office


@pytest.fixture
def office(database_url: str, tmp_path: Path) -> Iterator[Office]:
    opened = open_office(database_url, tmp_path)
    yield opened
    opened.database.close()


async def asked(office: Office) -> str:
    """Have the count of a bin asked for; return the exception's id."""
    await office.pick_short(await office.place("1"))
    with office.reading() as connection:
        rows = open_exceptions(connection, now())
    [of_the_bin] = [row for row in rows if row.kind == ExceptionKind.SHORT_PICK]
    return of_the_bin.exception_id


async def test_the_oldest_comes_first_with_its_age(office: Office) -> None:
    await office.pick_short(await office.place("1"))
    await office.pick_short(await office.place("2", ("JUG", 2)))

    with office.reading() as connection:
        rows = open_exceptions(connection, now() + timedelta(hours=2))
        others = open_exceptions(connection, now(), "accounts")

    assert [row.opened_at for row in rows] == sorted(row.opened_at for row in rows)
    assert all(7200 <= row.age_seconds < 7300 for row in rows)
    assert others == []


async def test_of_two_people_one_takes_an_exception(office: Office) -> None:
    exception_id = await asked(office)

    def take(actor: str) -> ExceptionAnswer | Refused:
        try:
            return office.exceptions.take(exception_id, actor=actor)
        except Refused as refusal:
            return refusal

    with ThreadPoolExecutor(2) as people:
        answers = list(people.map(take, ("clerk:4", "clerk:5")))

    assert sorted(type(answer).__name__ for answer in answers) == [
        "ExceptionAnswer",
        "Refused",
    ]


async def test_taking_twice_is_harmless(office: Office) -> None:
    exception_id = await asked(office)

    office.exceptions.take(exception_id, actor="clerk:4")
    again = office.exceptions.take(exception_id, actor="clerk:4")

    assert "already yours" in again.text


async def test_one_about_no_order_is_resolved_here_once(office: Office) -> None:
    exception_id = await asked(office)
    counted = ResolveException(
        message_id="m1",
        actor="clerk:4",
        exception_id=exception_id,
        resolution="counted",
    )
    other = counted.model_copy(update={"message_id": "m2", "resolution": "ignored"})

    first = await office.exceptions.resolve(counted)
    repeat = await office.exceptions.resolve(counted)

    assert first == repeat
    with pytest.raises(Refused, match="resolved already: counted"):
        await office.exceptions.resolve(other)
    with pytest.raises(Refused, match="resolved already"):
        office.exceptions.take(exception_id, actor="clerk:5")


async def test_an_unknown_exception_is_not_found(office: Office) -> None:
    with pytest.raises(NotFound):
        office.exceptions.take("web-404.x1", actor="clerk:4")
    with pytest.raises(NotFound):
        office.exceptions.order_of("web-404.x1")
