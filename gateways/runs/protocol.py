"""What callers outside a run ask of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from domain.errors import BusinessError, TemporaryError
from messages.order_steps import Answer
from messages.reports import Progress


class RunNotFound(BusinessError):
    """The order has no open run: it never had one, or it has ended."""


class RunRefused(BusinessError):
    """The run refused a message, with its reason."""


class RunUnreachable(TemporaryError):
    """No server or no worker answered in time; ask again with the same message id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunStart:
    """What a new run is started with, and how it can be found."""

    order_id: str
    source: str
    channel: str
    service_level: str
    placed_at: datetime
    summary: str
    priority: int = 5


class Runs(Protocol):
    """The runs of orders."""

    async def start(self, start: RunStart) -> bool:
        """Start the order's run; False if it has or had one."""

    async def update(
        self, order_id: str, name: str, payload: Mapping[str, object]
    ) -> Answer:
        """Send an update and wait for its answer.

        Raises:
            RunNotFound: there is no open run.
            RunRefused: the run said no.
            RunUnreachable: no answer in time.
        """

    async def signal(
        self, order_id: str, name: str, payload: Mapping[str, object]
    ) -> None:
        """Send a signal.

        Raises:
            RunNotFound: there is no open run.
            RunUnreachable: no answer in time.
        """

    async def progress(self, order_id: str) -> Progress:
        """Ask the order's run, open or closed, what it knows.

        Raises:
            RunNotFound: there is no run.
            RunUnreachable: no answer in time.
        """

    async def is_open(self, order_id: str) -> bool:
        """Say whether the order has an open run."""

    async def keep_reservation(
        self, reservation_id: str, expires_at: datetime | None
    ) -> None:
        """Tell a reservation's run when it ends; without a moment, that it has ended.

        A run that is not there is started. Harmless to repeat.

        Raises:
            RunUnreachable: no answer in time.
        """

    async def cancel(self, order_id: str) -> None:
        """Ask Temporal to cancel the run."""
