"""Retry policies and timeouts by name, and the one way to run a database step."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError, ApplicationError

with workflow.unsafe.imports_passed_through():
    from domain import errors
    from domain.money import CurrencyMismatch

Steps = TypeVar("Steps")
Input = TypeVar("Input")
Result = TypeVar("Result")

# Business errors say no for good: matched by exact class name.
BUSINESS_ERRORS = [
    errors.BusinessError.__name__,
    errors.InvalidInput.__name__,
    errors.Refused.__name__,
    errors.NotFound.__name__,
    errors.IllegalTransition.__name__,
    CurrencyMismatch.__name__,
]

# A step writes one transaction: a second is long, ten mean that the database hangs.
STEP_TIMEOUT = timedelta(seconds=10)

# Three quick tries bridge a locked row or a lost connection.
QUICK = RetryPolicy(
    initial_interval=timedelta(milliseconds=100),
    backoff_coefficient=2,
    maximum_attempts=3,
    non_retryable_error_types=BUSINESS_ERRORS,
)

# Then the database is down: ask again for as long as it takes, visibly.
UNTIL_IT_ANSWERS = RetryPolicy(
    initial_interval=timedelta(seconds=1),
    backoff_coefficient=2,
    maximum_interval=timedelta(seconds=30),
    non_retryable_error_types=BUSINESS_ERRORS,
)

# A carrier is given half a minute; when it is down, it is asked every minute.
CARRIER_TIMEOUT = timedelta(seconds=30)
CARRIER = RetryPolicy(
    initial_interval=timedelta(seconds=1),
    backoff_coefficient=2,
    maximum_interval=timedelta(minutes=1),
    non_retryable_error_types=BUSINESS_ERRORS,
)

# A label nobody needs is given back within a day, or a person is asked to.
VOID_WITHIN = timedelta(days=1)


async def run_step(
    step: Callable[[Steps, Input], Result], argument: Input, summary: str
) -> Result:
    """Run a database step as a local activity, then as a lasting one.

    Business errors are raised as `ApplicationError`; anything else is tried again until
    the database answers, as a normal activity that operators see waiting. Only that one
    has a summary: the Temporal UI shows none for a local activity.
    """
    try:
        return await workflow.execute_local_activity_method(
            step,
            argument,
            start_to_close_timeout=STEP_TIMEOUT,
            retry_policy=QUICK,
        )
    except (ActivityError, ApplicationError) as failure:
        _raise_if_business(failure)
    try:
        return await workflow.execute_activity_method(
            step,
            argument,
            start_to_close_timeout=STEP_TIMEOUT,
            retry_policy=UNTIL_IT_ANSWERS,
            summary=summary,
        )
    except ActivityError as failure:
        _raise_if_business(failure)
        raise


def _raise_if_business(failure: ActivityError | ApplicationError) -> None:
    cause = failure.cause if isinstance(failure, ActivityError) else failure
    if isinstance(cause, ApplicationError) and cause.type in BUSINESS_ERRORS:
        raise cause
