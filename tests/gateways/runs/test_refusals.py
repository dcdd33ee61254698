"""What a run's refusal says to the sender, and what it never shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NoReturn, cast

import pytest
from temporalio.client import Client, WorkflowUpdateFailedError
from temporalio.exceptions import ActivityError, ApplicationError, RetryState

from gateways.runs.protocol import RunNotFound, RunRefused
from gateways.runs.temporal_runs import TemporalRuns
from messages.names import UpdateName

STREET = "Beispielallee 4711"


@dataclass(frozen=True, slots=True)
class RefusingClient:
    """A client whose every run refuses with one failure."""

    failure: BaseException

    def get_workflow_handle(self, workflow_id: str) -> RefusingClient:
        return self

    async def start_update(self, *_: object, **__: object) -> NoReturn:
        raise WorkflowUpdateFailedError(self.failure)


async def cancel(failure: BaseException) -> None:
    runs = TemporalRuns(cast("Client", RefusingClient(failure)))
    await runs.update("web-1", UpdateName.CANCEL_ORDER, {"message_id": "c"})


async def refusal_of(failure: BaseException) -> str:
    with pytest.raises(RunRefused) as refused:
        await cancel(failure)
    return str(refused.value)


def step_failed_by(cause: BaseException) -> ActivityError:
    failure = ActivityError(
        "Activity task failed",
        scheduled_event_id=1,
        started_event_id=2,
        identity="worker",
        activity_type="apply_message",
        activity_id="1",
        retry_state=RetryState.NON_RETRYABLE_FAILURE,
    )
    failure.__cause__ = cause
    return failure


async def test_the_sender_is_told_what_the_run_said() -> None:
    said = ApplicationError("too late to cancel", type="Refused")

    assert await refusal_of(said) == "too late to cancel"


@pytest.mark.parametrize("nothing", ["", "Application error"])
async def test_a_refusal_without_a_text_tells_that_of_its_cause(nothing: str) -> None:
    said = ApplicationError(nothing, type="Unsaid")
    said.__cause__ = ApplicationError("lines: at least one", type="InvalidInput")

    assert await refusal_of(said) == "lines: at least one"


async def test_a_step_that_failed_tells_its_own_reason() -> None:
    failure = step_failed_by(ApplicationError("no such hold", type="Refused"))

    assert await refusal_of(failure) == "no such hold"


async def test_a_foreign_cause_is_named_by_its_kind_and_shows_nothing_else() -> None:
    said = ApplicationError("", type="Unsaid")
    said.__cause__ = ApplicationError(f"bad value {STREET}", type="ValueError")

    told = await refusal_of(said)

    assert told == "the run could not take the message (ValueError)"


async def test_a_run_that_ended_before_it_answered_is_not_found() -> None:
    ended = ApplicationError("it has ended", type="AcceptedUpdateCompletedWorkflow")

    with pytest.raises(RunNotFound, match="it has ended"):
        await cancel(ended)
