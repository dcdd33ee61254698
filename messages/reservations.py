"""Inputs, results and signals of a soft reservation's run."""

from __future__ import annotations

from datetime import datetime

from messages.order_steps import Wire


class ReservationInput(Wire):
    """The run's one argument: what it keeps, and until when."""

    reservation_id: str
    expires_at: datetime


class ExtendReservation(Wire):
    """Somebody is still at it: keep the units until then."""

    expires_at: datetime


class EndReservationInput(Wire):
    """End a reservation whose time has come, or that is given up."""

    reservation_id: str
    now: datetime
    is_released: bool = False


class ReservationResult(Wire):
    """How a reservation stands; an open one is kept until a later moment."""

    reservation_id: str
    status: str
    expires_at: datetime
