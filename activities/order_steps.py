"""The database steps of an order's run: one transaction each, safe to run twice.

Each step looks its key up in `processed_step` first and stores its result there in the
transaction of its effect, so that a second run gives the first run's result.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection
from temporalio import activity

from activities.contact_checks import ContactChecks
from activities.metrics import STEP_SECONDS, STEPS
from activities.steps.opening import open_order
from activities.steps.order_step import OrderStep, StepCause
from activities.steps.overdue import reach_due
from activities.steps.reducing import Reducer, read_message, refuse
from activities.steps.stopping import label_refused, stop_order, undo_failed
from activities.working_calendars import WorkingCalendars
from domain.errors import BusinessError, InvalidInput
from domain.events import EventKind
from domain.policy import FulfillmentPolicy
from messages.names import UPDATE_OF_SIGNAL, SignalName
from messages.order_state import OrderState
from messages.order_steps import (
    ApplyMessageInput,
    LabelRefusedInput,
    OpenOrderInput,
    OpenOrderResult,
    Outcome,
    StateInput,
    StepResult,
    UndoFailedInput,
)
from persistence.database import Database
from persistence.processed_steps import KeyReused, find_result, store_result
from persistence.progress import StaleState, load_state

Clock = Callable[[], datetime]
Work = Callable[[OrderStep], StepResult]
Refusal = Callable[[OrderStep, str], StepResult]
RUN = "run"
_LOG = logging.getLogger("steps")


@dataclass(frozen=True, slots=True, kw_only=True)
class StepKey:
    """The key of a step, `<workflow id>:<step>:<cause>`, and a hash of its input."""

    step: str
    key: str
    input_hash: str


class OrderSteps:
    """Steps of `OrderFulfillment` that work on the database."""

    def __init__(
        self,
        *,
        database: Database,
        policy: FulfillmentPolicy,
        carrier: str,
        clock: Clock,
    ) -> None:
        """Work with this policy for new orders, and ship by this carrier."""
        self._database = database
        self._policy = policy
        self._clock = clock
        self._contacts = ContactChecks()
        self._calendars = WorkingCalendars()
        self._carrier = carrier
        self._reducer = Reducer(contacts=self._contacts, carrier=carrier)

    @activity.defn
    def open_order(self, order: OpenOrderInput) -> OpenOrderResult:
        """Capture, verify, allocate and release; repeated, it gives the same state."""
        key = _key(order.workflow_id, "open", "1", None)
        with STEP_SECONDS.labels(key.step).time(), self._database.write() as connection:
            stored = find_result(connection, key.key, key.input_hash)
            if stored is not None:
                # A run that was lost and started again goes on from where it stood.
                newest = load_state(connection, order.order_id)
                first = OpenOrderResult.model_validate(stored)
                return first.model_copy(update={"state": newest or first.state})
            state = OrderState(order_id=order.order_id, status_since=order.now)
            step = self._step(connection, state, key.key, order.now, RUN, order.now)
            result = open_order(
                step,
                order.document,
                policy=self._policy,
                contacts=self._contacts,
                carrier=self._carrier,
            )
            self._store(connection, key, result.model_dump(mode="json"))
            STEPS.labels(key.step, Outcome.DONE).inc()
            return result

    @activity.defn
    def apply_message(self, applied: ApplyMessageInput) -> StepResult:
        """Apply a message once; a repeat gets the first answer and changes nothing.

        An update that cannot be read is refused to its sender; a signal has none, so
        its refusal is recorded.
        """
        try:
            return self._apply(applied)
        except InvalidInput as refusal:
            if not applied.is_signal:
                raise
            return self._record_refusal(applied, str(refusal))

    def _apply(self, applied: ApplyMessageInput) -> StepResult:
        name = applied.name
        if applied.is_signal and name in set(UPDATE_OF_SIGNAL):
            name = UPDATE_OF_SIGNAL[SignalName(name)]
        message = read_message(name, applied.payload)
        told = message.model_dump(mode="json", exclude={"at"})
        key = _key(applied.workflow_id, "message", message.message_id, [name, told])

        def work(step: OrderStep) -> StepResult:
            answer = self._reducer.apply(step, name, message)
            return StepResult(state=step.save(), answer=answer)

        def refuse_it(step: OrderStep, reason: str) -> StepResult:
            answer = refuse(step, name, message, reason)
            return StepResult(state=step.save(), answer=answer)

        at = message.at or applied.now
        try:
            return self._run(key, applied, message.actor, at, work, refuse_it)
        except KeyReused:
            raise InvalidInput(
                "message_id", "an id that no other message of the order has used"
            ) from None

    def _record_refusal(self, applied: ApplyMessageInput, reason: str) -> StepResult:
        return self._by_revision(
            "refusal",
            applied,
            lambda step: step.record(
                EventKind.MESSAGE_REFUSED, name=applied.name, reason=reason
            ),
        )

    @activity.defn
    def reach_due(self, due: StateInput) -> StepResult:
        """Do what falls due; keyed by the state it is due in."""
        return self._by_revision(
            "due", due, lambda step: reach_due(step, self._carrier)
        )

    @activity.defn
    def stop_order(self, stopped: StateInput) -> StepResult:
        """Undo what can be undone, on Temporal's own cancel."""
        return self._by_revision("stop", stopped, stop_order)

    @activity.defn
    def label_refused(self, refused: LabelRefusedInput) -> StepResult:
        """Ask a person about a label that the carrier refused."""
        return self._by_revision(
            "label_refused",
            refused,
            lambda step: label_refused(step, refused.shipment_id, refused.reason),
        )

    @activity.defn
    def undo_failed(self, failed: UndoFailedInput) -> StepResult:
        """Hand an undo that failed to a person."""
        return self._by_revision(
            "undo_failed",
            failed,
            lambda step: undo_failed(
                step, failed.undo, failed.shipment_id, failed.reason
            ),
        )

    @activity.defn
    def save_state(self, saved: StateInput) -> StepResult:
        """Write the read model again after the run learned what it did not show."""
        return self._by_revision("save", saved, lambda _: None)

    def _by_revision(
        self, name: str, given: StateInput, act: Callable[[OrderStep], None]
    ) -> StepResult:
        """Run a step that no message caused, keyed by the state it starts from."""

        def work(step: OrderStep) -> StepResult:
            act(step)
            return StepResult(state=step.save())

        key = _key(given.workflow_id, name, str(given.state.revision), None)
        return self._run(key, given, RUN, given.now, work)

    def _run(
        self,
        key: StepKey,
        given: StateInput,
        actor: str,
        at: datetime,
        work: Work,
        refuse_it: Refusal | None = None,
    ) -> StepResult:
        try:
            return self._attempt(key, given, actor, at, work, refuse_it)
        except StaleState:
            # A step of this run was committed, and the run forgot it: its worker died
            # before the server heard, or it was reset. The stored state is the truth.
            with self._database.read() as connection:
                newer = load_state(connection, given.state.order_id) or given.state
            again = given.model_copy(update={"state": newer})
            return self._attempt(key, again, actor, at, work, refuse_it)

    def _attempt(
        self,
        key: StepKey,
        given: StateInput,
        actor: str,
        at: datetime,
        work: Work,
        refuse_it: Refusal | None,
    ) -> StepResult:
        try:
            return self._run_once(key, given, actor, at, work)
        except KeyReused:
            raise
        except BusinessError as refusal:
            if refuse_it is None:
                raise
            # What the handler wrote is rolled back; the refusal itself is kept, unless
            # it was given for a state that has moved on.
            reason = str(refusal)
            _LOG.info("message_refused", extra={"reason": reason})
            return self._run_once(
                key, given, actor, at, lambda step: refuse_it(step, reason)
            )

    def _run_once(
        self, key: StepKey, given: StateInput, actor: str, at: datetime, work: Work
    ) -> StepResult:
        state = given.state
        with STEP_SECONDS.labels(key.step).time(), self._database.write() as connection:
            stored = find_result(connection, key.key, key.input_hash)
            if stored is not None:
                STEPS.labels(key.step, "repeated").inc()
                first = StepResult.model_validate(stored)
                newest = max(first.state, state, key=lambda known: known.revision)
                return StepResult(state=newest, answer=first.answer)
            # A copy: refused or stale, the step is done again from the same state.
            own = OrderState.model_validate(state.model_dump())
            step = self._step(connection, own, key.key, given.now, actor, at)
            result = work(step)
            self._store(connection, key, result.model_dump(mode="json"))
            STEPS.labels(key.step, _outcome(result)).inc()
            _LOG.debug("step_done", extra={"step": key.step})
            return result

    def _store(
        self, connection: Connection, key: StepKey, result: Mapping[str, object]
    ) -> None:
        store_result(
            connection, key.key, key.input_hash, result, recorded_at=self._clock()
        )

    def _step(
        self,
        connection: Connection,
        state: OrderState,
        cause: str,
        now: datetime,
        actor: str,
        at: datetime,
    ) -> OrderStep:
        why = StepCause(
            cause=cause, actor=actor, now=now, occurred_at=at, recorded_at=self._clock()
        )
        return OrderStep(connection, state, why, self._calendars)


def _outcome(result: StepResult) -> str:
    return result.answer.outcome if result.answer else Outcome.DONE


def _key(workflow_id: str, step: str, cause: str, told: object) -> StepKey:
    text = json.dumps(told, sort_keys=True, default=str)
    return StepKey(
        step=step,
        key=f"{workflow_id}:{step}:{cause}",
        input_hash=hashlib.sha256(text.encode()).hexdigest(),
    )
