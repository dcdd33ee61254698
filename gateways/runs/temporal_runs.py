"""Runs on a real Temporal server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime

from temporalio.client import (
    Client,
    WorkflowExecutionStatus,
    WorkflowHandle,
    WorkflowUpdateFailedError,
    WorkflowUpdateRPCTimeoutOrCancelledError,
    WorkflowUpdateStage,
)
from temporalio.common import (
    Priority,
    SearchAttributePair,
    TypedSearchAttributes,
    WorkflowIDReusePolicy,
)
from temporalio.exceptions import ApplicationError, WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from domain.errors import (
    BusinessError,
    IllegalTransition,
    InvalidInput,
    NotFound,
    Refused,
)
from domain.identity import reservation_workflow_id_of, workflow_id_of
from gateways.runs.protocol import (
    RunNotFound,
    RunRefused,
    RunStart,
    RunUnreachable,
)
from messages import search_attributes
from messages.names import (
    RESERVATION_WORKFLOW_TYPE,
    TASK_QUEUE,
    WORKFLOW_TYPE,
    QueryName,
    ReservationSignal,
)
from messages.order_steps import Answer, OrderInput
from messages.reports import Progress
from messages.reservations import ExtendReservation, ReservationInput

ANSWER_SECONDS = 15.0
# Temporal's priorities go from 1 to 5, ours from 1 to 9; both have 1 first.
_OUR_PRIORITIES_EACH = 2
# Their texts name a field and never its value; another error's text may show anything.
_OURS = frozenset(
    kind.__name__
    for kind in (BusinessError, IllegalTransition, InvalidInput, NotFound, Refused)
)
# What the SDK says for a failure without a text.
_NO_TEXT = frozenset({"", "Application error"})


class TemporalRuns:
    """Runs reached through a Temporal client."""

    def __init__(
        self,
        client: Client,
        *,
        task_queue: str = TASK_QUEUE,
        answer_seconds: float = ANSWER_SECONDS,
    ) -> None:
        """Wait this long for an answer before saying that nobody answers."""
        self._client = client
        self._task_queue = task_queue
        self._answer_seconds = answer_seconds

    async def start(self, start: RunStart) -> bool:
        """Start the order's run; False if it has or had one.

        A run that was terminated or failed may be started again: it goes on from the
        order's stored state.
        """
        try:
            async with self._reachable(f"order {start.order_id}"):
                await self._client.start_workflow(
                    WORKFLOW_TYPE,
                    OrderInput(order_id=start.order_id),
                    id=workflow_id_of(start.order_id),
                    task_queue=self._task_queue,
                    id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE_FAILED_ONLY,
                    static_summary=start.summary,
                    search_attributes=_search_attributes(start),
                    priority=Priority(
                        priority_key=(start.priority + 1) // _OUR_PRIORITIES_EACH
                    ),
                )
        except WorkflowAlreadyStartedError:
            return False
        return True

    async def update(
        self, order_id: str, name: str, payload: Mapping[str, object]
    ) -> Answer:
        """Send an update under its message id and wait for the answer."""
        try:
            async with self._reachable(f"order {order_id}"):
                handle = await self._handle(order_id).start_update(
                    name,
                    dict(payload),
                    id=str(payload["message_id"]),
                    wait_for_stage=WorkflowUpdateStage.COMPLETED,
                    result_type=Answer,
                )
                answer: Answer = await handle.result()
                return answer
        except WorkflowUpdateFailedError as failure:
            raise _refusal(failure) from None

    async def signal(
        self, order_id: str, name: str, payload: Mapping[str, object]
    ) -> None:
        """Send a signal."""
        async with self._reachable(f"order {order_id}"):
            await self._handle(order_id).signal(name, dict(payload))

    async def progress(self, order_id: str) -> Progress:
        """Ask the order's run what it knows."""
        async with self._reachable(f"order {order_id}"):
            progress: Progress = await self._handle(order_id).query(
                QueryName.PROGRESS, result_type=Progress
            )
            return progress

    async def is_open(self, order_id: str) -> bool:
        """Say whether the order has an open run."""
        try:
            async with self._reachable(f"order {order_id}"):
                described = await self._handle(order_id).describe()
        except RunNotFound:
            return False
        return described.status is WorkflowExecutionStatus.RUNNING

    async def keep_reservation(
        self, reservation_id: str, expires_at: datetime | None
    ) -> None:
        """Start a reservation's run if need be, and signal it in the same call."""
        run_id = reservation_workflow_id_of(reservation_id)
        subject = f"reservation {reservation_id}"
        if expires_at is None:
            try:
                async with self._reachable(subject):
                    handle = self._client.get_workflow_handle(run_id)
                    await handle.signal(ReservationSignal.RELEASE)
            except RunNotFound:
                return  # it has ended
            return
        async with self._reachable(subject):
            await self._client.start_workflow(
                RESERVATION_WORKFLOW_TYPE,
                ReservationInput(reservation_id=reservation_id, expires_at=expires_at),
                id=run_id,
                task_queue=self._task_queue,
                # One that ended too early for an extension is started anew.
                id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
                static_summary=f"units kept until {expires_at:%Y-%m-%d %H:%M} UTC",
                start_signal=ReservationSignal.EXTEND,
                start_signal_args=[ExtendReservation(expires_at=expires_at)],
            )

    async def cancel(self, order_id: str) -> None:
        """Ask Temporal to cancel the run."""
        async with self._reachable(f"order {order_id}"):
            await self._handle(order_id).cancel()

    def _handle(self, order_id: str) -> WorkflowHandle[object, object]:
        return self._client.get_workflow_handle(workflow_id_of(order_id))

    @asynccontextmanager
    async def _reachable(self, subject: str) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(self._answer_seconds):
                yield
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                raise RunNotFound(f"{subject} has no open run") from None
            raise RunUnreachable(
                f"the Temporal server did not answer ({error.status.name})"
            ) from None
        except (TimeoutError, WorkflowUpdateRPCTimeoutOrCancelledError):
            _end_if_cancelled()
            raise RunUnreachable(
                f"{subject}: no answer in {self._answer_seconds:g} s; "
                "is a worker running? Repeat with the same message id"
            ) from None


def _end_if_cancelled() -> None:
    """Let a cancel of the caller through: the SDK turns it into its own error."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


def _search_attributes(start: RunStart) -> TypedSearchAttributes:
    return TypedSearchAttributes(
        [
            SearchAttributePair(search_attributes.SOURCE, start.source),
            SearchAttributePair(search_attributes.CHANNEL, start.channel),
            SearchAttributePair(search_attributes.SERVICE_LEVEL, start.service_level),
            SearchAttributePair(search_attributes.PLACED_AT, start.placed_at),
        ]
    )


def _refusal(failure: WorkflowUpdateFailedError) -> RunRefused | RunNotFound:
    cause = failure.cause
    if (
        isinstance(cause, ApplicationError)
        and cause.type == "AcceptedUpdateCompletedWorkflow"
    ):
        return RunNotFound(cause.message)
    return RunRefused(_reason(cause))


def _reason(failure: BaseException) -> str:
    """Say why: what the failure says, else what our own error beneath it says."""
    causes = list(_with_causes(failure))
    if isinstance(failure, ApplicationError) and failure.message not in _NO_TEXT:
        return failure.message
    for cause in causes:
        if cause.type in _OURS and cause.message not in _NO_TEXT:
            return cause.message
    kinds = [cause.type for cause in causes if cause.type]
    return f"the run could not take the message ({kinds[-1] if kinds else failure})"


def _with_causes(failure: BaseException | None) -> Iterator[ApplicationError]:
    while failure is not None:
        if isinstance(failure, ApplicationError):
            yield failure
        failure = failure.__cause__
