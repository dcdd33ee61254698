"""Business time: how long a site was open between two instants."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate


@dataclass(frozen=True, slots=True)
class OpenTime:
    """Opening stretches of a site in order, apart from each other, in UTC."""

    opens: tuple[float, ...]
    lasts: tuple[float, ...]
    before: tuple[float, ...]

    def between(self, start: datetime, end: datetime) -> float:
        """Return the seconds open between two instants; negative if they are swapped.

        The stretches must reach over both.
        """
        return self._until(end.timestamp()) - self._until(start.timestamp())

    def _until(self, at: float) -> float:
        index = bisect_right(self.opens, at) - 1
        if index < 0:
            return 0.0
        return self.before[index] + min(at - self.opens[index], self.lasts[index])


def open_time_of(stretches: Iterable[tuple[datetime, datetime]]) -> OpenTime:
    """Make opening stretches ready for many questions."""
    spans = [(opens.timestamp(), closes.timestamp()) for opens, closes in stretches]
    lasts = [closes - opens for opens, closes in spans]
    return OpenTime(
        opens=tuple(opens for opens, _ in spans),
        lasts=tuple(lasts),
        before=tuple(accumulate(lasts, initial=0.0))[:-1],
    )
