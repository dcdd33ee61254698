"""Results of steps by key, stored in the transaction of the step's effect."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection, bindparam, insert, select

from domain.errors import BusinessError
from persistence.tables import processed_step

_FIND = select(processed_step.c.input_hash, processed_step.c.result).where(
    processed_step.c.step_key == bindparam("key")
)
_STORE = insert(processed_step)


class KeyReused(BusinessError):
    """A key was used before with other input."""


def find_result(
    connection: Connection, step_key: str, input_hash: str
) -> Mapping[str, object] | None:
    """Return what the step gave the first time; None if this is the first.

    Raises `KeyReused` if the key was used with other input.
    """
    row = connection.execute(_FIND, {"key": step_key}).first()
    if row is None:
        return None
    if row.input_hash != input_hash:
        raise KeyReused("the key was used before with other input")
    result: Mapping[str, object] = row.result
    return result


def store_result(
    connection: Connection,
    step_key: str,
    input_hash: str,
    result: Mapping[str, object],
    *,
    recorded_at: datetime,
) -> None:
    """Keep the step's result."""
    connection.execute(
        _STORE,
        {
            "step_key": step_key,
            "input_hash": input_hash,
            "result": dict(result),
            "recorded_at": recorded_at,
        },
    )
