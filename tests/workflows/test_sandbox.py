"""The workflow is imported into its sandbox without loading anything a second time."""

from collections.abc import AsyncIterator

from temporalio.client import WorkflowHistory
from temporalio.worker import Replayer
from temporalio.worker.workflow_sandbox import (
    SandboxedWorkflowRunner,
    SandboxRestrictions,
)
from temporalio.workflow import SandboxImportNotificationPolicy

from workflows.order_fulfillment import OrderFulfillment
from workflows.sandbox import PASSED_THROUGH

# What a run decides is looked at by the sandbox, for each run anew.
RUN = "workflows.order_run"
STRICT = SandboxImportNotificationPolicy.RAISE_ON_UNINTENTIONAL_PASSTHROUGH


async def no_histories() -> AsyncIterator[WorkflowHistory]:
    histories: tuple[WorkflowHistory, ...] = ()
    for history in histories:
        yield history


async def loaded_again(*passed_through: str) -> str:
    """Load the workflow as a worker does when it starts; tell what is loaded anew."""
    restrictions = SandboxRestrictions.default.with_passthrough_modules(
        *passed_through
    ).with_import_notification_policy(STRICT)
    replayer = Replayer(
        workflows=[OrderFulfillment],
        workflow_runner=SandboxedWorkflowRunner(restrictions),
    )
    try:
        await replayer.replay_workflows(no_histories())
    except RuntimeError as refusal:
        return str(refusal.__cause__)
    return ""


async def test_every_import_of_the_workflow_is_passed_through_on_purpose() -> None:
    assert await loaded_again(*PASSED_THROUGH, RUN) == ""


async def test_what_a_run_decides_is_loaded_for_each_run() -> None:
    assert f"Module {RUN} was not" in await loaded_again(*PASSED_THROUGH)


def test_no_module_is_passed_through_that_has_to_be_loaded_for_each_run() -> None:
    assert "workflows.order_fulfillment" not in PASSED_THROUGH
    assert "workflows" not in PASSED_THROUGH


def test_only_our_own_modules_are_passed_through_beside_the_sdks() -> None:
    ours = {"activities", "domain", "gateways", "messages", "persistence", "workflows"}

    assert {name.partition(".")[0] for name in PASSED_THROUGH} <= ours
