"""Who works here: opaque references and their roles."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass

from persistence.database import Database
from persistence.tables import staff
from persistence.upsert import insert_or_replace


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffMember:
    """One person; the reference is what messages and the record carry."""

    staff_reference: str
    role: str
    name: str


def keep_staff(database: Database, members: Iterable[StaffMember]) -> None:
    """Store who works here; a repeat changes roles and names."""
    rows: list[dict[str, object]] = [asdict(member) for member in members]
    with database.write() as connection:
        insert_or_replace(connection, staff, rows)
