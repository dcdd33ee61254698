"""The sandbox of runs: what it passes through, and a way around needless entries."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from temporalio.bridge.proto.workflow_activation import WorkflowActivation
from temporalio.bridge.proto.workflow_completion import WorkflowActivationCompletion
from temporalio.converter import SerializationContext, StorageDriverStoreContext
from temporalio.worker import WorkflowInstance, WorkflowInstanceDetails, WorkflowRunner
from temporalio.worker.workflow_sandbox import (
    SandboxedWorkflowRunner,
    SandboxRestrictions,
)
from temporalio.workflow import Info

PASSED_THROUGH = (
    "activities",
    "domain",
    "gateways",
    "messages",
    "persistence",
    "workflows.alarm",
    "workflows.labels",
    "workflows.order_messages",
    "workflows.policies",
)
_NO_STORE = StorageDriverStoreContext()


def order_sandbox() -> WorkflowRunner:
    """Return the runner of our workflows."""
    return ContextFreeRunner(
        SandboxedWorkflowRunner(
            SandboxRestrictions.default.with_passthrough_modules(*PASSED_THROUGH)
        )
    )


class ContextFreeRunner(WorkflowRunner):
    """Runs workflows whose payloads are converted alike, whatever they belong to.

    The SDK enters the sandbox up to four times for each payload to ask which command it
    belongs to, for codecs and stores that treat commands differently. We have none of
    these, and the entries were a fifth of a worker's time.
    """

    def __init__(self, runner: WorkflowRunner) -> None:
        """Run by this runner."""
        self._runner = runner

    def prepare_workflow(self, defn: Any) -> None:
        """Let the runner prepare; the SDK has no public name for a definition."""
        self._runner.prepare_workflow(defn)

    def create_instance(self, det: WorkflowInstanceDetails) -> WorkflowInstance:
        """Let the runner make the instance."""
        return _ContextFreeInstance(self._runner.create_instance(det))

    def set_worker_level_failure_exception_types(
        self, types: Sequence[type[BaseException]]
    ) -> None:
        """Tell the runner."""
        self._runner.set_worker_level_failure_exception_types(types)


class _ContextFreeInstance(WorkflowInstance):
    def __init__(self, instance: WorkflowInstance) -> None:
        self._instance = instance

    def activate(self, act: WorkflowActivation) -> WorkflowActivationCompletion:
        return self._instance.activate(act)

    def get_serialization_context(
        self, command_info: object
    ) -> SerializationContext | None:
        return None

    def get_external_store_context(
        self, command_info: object
    ) -> StorageDriverStoreContext:
        return _NO_STORE

    def get_info(self) -> Info:
        return self._instance.get_info()

    def get_thread_id(self) -> int | None:
        return self._instance.get_thread_id()
