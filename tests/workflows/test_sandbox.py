"""The workflow is imported into its sandbox without loading anything a second time."""

from temporalio.worker import Replayer
from temporalio.worker.workflow_sandbox import (
    SandboxedWorkflowRunner,
    SandboxRestrictions,
)
from temporalio.workflow import SandboxImportNotificationPolicy

from worker import PASSED_THROUGH
from workflows.order_fulfillment import OrderFulfillment

STRICT = SandboxImportNotificationPolicy.RAISE_ON_UNINTENTIONAL_PASSTHROUGH


def prepare(*passed_through: str) -> None:
    """Load the workflow into its sandbox, as a worker does when it starts."""
    restrictions = SandboxRestrictions.default.with_passthrough_modules(
        *passed_through
    ).with_import_notification_policy(STRICT)
    replayer = Replayer(
        workflows=[OrderFulfillment],
        workflow_runner=SandboxedWorkflowRunner(restrictions),
    )
    assert replayer is not None


async def test_every_import_of_the_workflow_is_passed_through_on_purpose() -> None:
    prepare(*PASSED_THROUGH)


def test_no_module_is_passed_through_that_has_to_be_loaded_for_each_run() -> None:
    assert "workflows.order_fulfillment" not in PASSED_THROUGH
    assert "workflows" not in PASSED_THROUGH


def test_only_our_own_modules_are_passed_through_beside_the_sdks() -> None:
    ours = {"activities", "domain", "gateways", "messages", "persistence", "workflows"}

    assert {name.partition(".")[0] for name in PASSED_THROUGH} <= ours
