"""What the simulated carrier scans, and the webhooks it still has to post."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.tracking import Milestone
from gateways.carrier.errors import CarrierRefused
from gateways.carrier.protocol import CarrierEvent
from gateways.carrier.simulator.faults import FaultBoard, FaultKind
from gateways.carrier.simulator.purchases import CARRIER_NAME
from gateways.carrier.simulator.rates import Zone
from gateways.carrier.simulator.scenarios import TROUBLES, Journey, events_of
from gateways.carrier.simulator.store import SimulatorStore, from_text, to_text


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """One webhook to post; it stays due until it is marked as posted."""

    posting_id: int
    event: CarrierEvent


class EventLog:
    """The carrier's scans, from the truck to the door."""

    def __init__(
        self, store: SimulatorStore, faults: FaultBoard, *, seed: int, speed: float
    ) -> None:
        """Use a store; `speed` divides every delay of a journey."""
        if speed <= 0:
            raise ValueError("speed: a number above 0")
        self._store = store
        self._faults = faults
        self._seed = seed
        self._speed = speed

    def hand_over(self, tracking_number: str, at: datetime) -> None:
        """Let the truck take a shipment: plan its scans; a repeat changes nothing."""
        with self._store.writing() as connection:
            row = connection.execute(
                "SELECT purchase.*, voided.voided_at FROM package"
                " JOIN purchase USING (idempotency_key)"
                " LEFT JOIN voided USING (idempotency_key)"
                " WHERE package.tracking_number = ?",
                (tracking_number,),
            ).fetchone()
            if row is None:
                raise CarrierRefused(CARRIER_NAME, "no label has this tracking number")
            if row["voided_at"] is not None:
                raise CarrierRefused(CARRIER_NAME, "this label was voided")
            if row["handed_over_at"] is None:
                self._plan(connection, row, at)

    def track(self, tracking_number: str, now: datetime) -> tuple[CarrierEvent, ...]:
        """Give what has happened to a shipment until now, oldest first."""
        with self._store.reading() as connection:
            sold = connection.execute(
                "SELECT purchase.tracking_number, purchase.bought_at, voided.voided_at"
                " FROM package JOIN purchase USING (idempotency_key)"
                " LEFT JOIN voided USING (idempotency_key)"
                " WHERE package.tracking_number = ?",
                (tracking_number,),
            ).fetchone()
            if sold is None:
                return ()
            rows = connection.execute(
                "SELECT * FROM carrier_event"
                " WHERE tracking_number = ? AND occurred_at <= ? ORDER BY occurred_at",
                (sold["tracking_number"], to_text(now)),
            ).fetchall()
        return (*_paper_events(sold), *(_event(row) for row in rows))

    def due_postings(self, now: datetime, limit: int) -> tuple[Posting, ...]:
        """Give the webhooks to post now, in the order to post them."""
        if self._faults.is_on(FaultKind.DOWN):
            return ()
        if not self._has_due(now):
            return ()
        with self._store.writing() as connection:
            self._release(connection, now)
            rows = connection.execute(
                "SELECT posting.posting_id, carrier_event.* FROM posting"
                " JOIN carrier_event USING (event_id)"
                " WHERE posted_at IS NULL AND due_at <= ?"
                " ORDER BY due_at, posting_id LIMIT ?",
                (to_text(now), limit),
            ).fetchall()
        return tuple(
            Posting(posting_id=row["posting_id"], event=_event(row)) for row in rows
        )

    def mark_posted(self, posting_id: int, at: datetime) -> None:
        """Note that the receiver took a webhook; harmless when repeated."""
        with self._store.writing() as connection:
            connection.execute(
                "UPDATE posting SET posted_at = ?"
                " WHERE posting_id = ? AND posted_at IS NULL",
                (to_text(at), posting_id),
            )

    def _plan(
        self, connection: sqlite3.Connection, row: sqlite3.Row, at: datetime
    ) -> None:
        trouble = None
        for kind in TROUBLES:
            if self._faults.draw(connection, kind) is not None:
                trouble = kind
                break
        journey = Journey(
            tracking_number=row["tracking_number"],
            service=row["service"],
            zone=Zone(row["zone"]),
            seed=self._seed,
            speed=self._speed,
            trouble=trouble,
        )
        connection.execute(
            "UPDATE purchase SET handed_over_at = ? WHERE idempotency_key = ?",
            (to_text(at), row["idempotency_key"]),
        )
        for event in events_of(journey, at):
            _write(connection, event)

    def _has_due(self, now: datetime) -> bool:
        with self._store.reading() as connection:
            row = connection.execute(
                "SELECT 1 FROM posting WHERE posted_at IS NULL AND due_at <= ? LIMIT 1",
                (to_text(now),),
            ).fetchone()
        return row is not None

    def _release(self, connection: sqlite3.Connection, now: datetime) -> None:
        """Draw the webhook faults once for each posting that has become due."""
        rows = connection.execute(
            "SELECT * FROM posting WHERE released = 0 AND due_at <= ?"
            " ORDER BY due_at, posting_id",
            (to_text(now),),
        ).fetchall()
        strikes: tuple[tuple[FaultKind, Callable[..., None]], ...] = (
            (FaultKind.DUPLICATE_EVENTS, _duplicate),
            (FaultKind.OUT_OF_ORDER_EVENTS, _put_after_next),
        )
        for row in rows:
            connection.execute(
                "UPDATE posting SET released = 1 WHERE posting_id = ?",
                (row["posting_id"],),
            )
            for kind, act in strikes:
                if self._faults.draw(connection, kind) is not None:
                    act(connection, row)


def _duplicate(connection: sqlite3.Connection, posting: sqlite3.Row) -> None:
    connection.execute(
        "INSERT INTO posting (event_id, due_at, released) VALUES (?, ?, 1)",
        (posting["event_id"], posting["due_at"]),
    )


def _put_after_next(connection: sqlite3.Connection, posting: sqlite3.Row) -> None:
    following = connection.execute(
        "SELECT min(posting.due_at) AS due_at FROM posting"
        " JOIN carrier_event USING (event_id)"
        " WHERE posting.due_at > ? AND carrier_event.tracking_number ="
        " (SELECT tracking_number FROM carrier_event WHERE event_id = ?)",
        (posting["due_at"], posting["event_id"]),
    ).fetchone()
    if following["due_at"] is not None:
        late = from_text(following["due_at"]) + timedelta(microseconds=1)
        connection.execute(
            "UPDATE posting SET due_at = ? WHERE posting_id = ?",
            (to_text(late), posting["posting_id"]),
        )


def _write(connection: sqlite3.Connection, event: CarrierEvent) -> None:
    occurred_at = to_text(event.occurred_at)
    connection.execute(
        "INSERT INTO carrier_event (event_id, tracking_number, milestone, occurred_at,"
        " place, description) VALUES (?, ?, ?, ?, ?, ?)",
        (
            event.event_id,
            event.tracking_number,
            event.milestone,
            occurred_at,
            event.place,
            event.description,
        ),
    )
    connection.execute(
        "INSERT INTO posting (event_id, due_at) VALUES (?, ?)",
        (event.event_id, occurred_at),
    )


def _event(row: sqlite3.Row) -> CarrierEvent:
    return CarrierEvent(
        event_id=row["event_id"],
        tracking_number=row["tracking_number"],
        milestone=Milestone(row["milestone"]),
        occurred_at=from_text(row["occurred_at"]),
        place=row["place"],
        description=row["description"],
        code=row["milestone"],
    )


def _paper_events(sold: sqlite3.Row) -> tuple[CarrierEvent, ...]:
    """Give the events that happen on paper only; no webhook is posted for them."""
    texts = (
        (Milestone.LABEL_CREATED, "Label sold", sold["bought_at"]),
        (Milestone.LABEL_VOIDED, "Label given back", sold["voided_at"]),
    )
    return tuple(
        CarrierEvent(
            event_id=f"{sold['tracking_number']}-{milestone}",
            tracking_number=sold["tracking_number"],
            milestone=milestone,
            occurred_at=from_text(at),
            description=description,
            code=milestone,
        )
        for milestone, description, at in texts
        if at is not None
    )
