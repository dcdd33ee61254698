"""Reading the files of a past back, as an importer would."""

from __future__ import annotations

import csv
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from simulation.history.past_orders import STAGES
from simulation.history_sample import write_history

LAST_DAY = date(2026, 11, 22)
FIRST_DAY = date(2026, 9, 28)
Cells = dict[str, str]


@dataclass(frozen=True)
class Past:
    """The rows of both files."""

    rows: list[Cells]
    movements: list[Cells]

    @property
    def orders(self) -> list[list[Cells]]:
        """Return the rows of each order."""
        found = defaultdict(list)
        for row in self.rows:
            found[row["source"], row["number"]].append(row)
        return list(found.values())


def past(directory: Path, *, seed: int = 1, last_day: date = LAST_DAY) -> Past:
    """Write a past and read it back."""
    orders, movements = write_history(directory, seed=seed, last_day=last_day)
    return Past(rows=_rows(orders), movements=_rows(movements))


def at(cell: str) -> datetime:
    """Return the moment of a cell that is not empty."""
    return datetime.fromisoformat(cell)


def stages_of(row: Cells) -> list[datetime]:
    """Return the known moments of a row in the order of the stages."""
    names = ("placed_at", "authorised_at", *STAGES)
    return [at(row[name]) for name in names if row[name]]


def is_odd(row: Cells) -> bool:
    """Say whether a row tells of a hand-over before the order was placed."""
    return bool(row["handed_over_at"]) and row["handed_over_at"] < row["placed_at"]


def _rows(path: Path) -> list[Cells]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))
