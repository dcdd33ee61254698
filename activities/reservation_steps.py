"""The step that ends a soft reservation: one transaction, safe to run twice."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from temporalio import activity

from domain.errors import NotFound
from domain.stock.reservations import ReservationStatus
from messages.reservations import EndReservationInput, ReservationResult
from persistence.database import Database
from persistence.soft_reservations import end_soft
from persistence.stock import MovementCause

RUN = "run"


class ReservationSteps:
    """Steps of `StockReservation` that work on the database."""

    def __init__(self, *, database: Database, clock: Callable[[], datetime]) -> None:
        """Work on this database."""
        self._database = database
        self._clock = clock

    @activity.defn
    def end_reservation(self, asked: EndReservationInput) -> ReservationResult:
        """Free the units if their time has come or they are given up, and wake waiters.

        One that was kept longer meanwhile stays open, and says until when.
        """
        status = (
            ReservationStatus.RELEASED
            if asked.is_released
            else ReservationStatus.EXPIRED
        )
        why = MovementCause(
            cause=f"reservation:{asked.reservation_id}:{status}",
            actor=RUN,
            occurred_at=asked.now,
            recorded_at=self._clock(),
        )
        with self._database.write() as connection:
            found = end_soft(connection, asked.reservation_id, status, why)
        if found is None:
            raise NotFound(f"no reservation {asked.reservation_id} is stored")
        return ReservationResult(
            reservation_id=found.reservation_id,
            status=found.status,
            expires_at=found.expires_at,
        )
