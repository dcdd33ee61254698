"""Parts of a shop that fail on demand."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection

from gateways.runs.protocol import RunStart, RunUnreachable
from gateways.runs.temporal_runs import TemporalRuns
from persistence.database import Database, StorageFailed


class InterruptibleDatabase(Database):
    """A database that can be taken down and brought back."""

    is_down = False
    refused = 0

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Refuse while down."""
        self._refuse_if_down()
        with super().write() as connection:
            yield connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Refuse while down."""
        self._refuse_if_down()
        with super().read() as connection:
            yield connection

    def _refuse_if_down(self) -> None:
        if self.is_down:
            self.refused += 1
            raise StorageFailed("the database did not answer (taken down)")


class InterruptibleRuns(TemporalRuns):
    """Runs whose server can be made unreachable for starts."""

    is_unreachable = False

    async def start(self, start: RunStart) -> bool:
        """Refuse while unreachable."""
        if self.is_unreachable:
            raise RunUnreachable("the Temporal server did not answer (taken down)")
        return await super().start(start)
