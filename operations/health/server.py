"""The Temporal server as we need it: namespace, search attributes, a polling worker."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from datetime import datetime, timedelta

from temporalio.api.enums.v1 import IndexedValueType, TaskQueueType
from temporalio.api.operatorservice.v1 import ListSearchAttributesRequest
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import (
    DescribeNamespaceRequest,
    DescribeTaskQueueRequest,
)
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from messages.names import WORKFLOW_TYPE
from operations.health.findings import Finding, finding_of, unreachable

# A poll is open for a minute; one that is older belongs to a worker that has gone.
_POLLED_WITHIN = timedelta(seconds=75)
_ANSWER_WITHIN = timedelta(seconds=10)
_START = "start one with `orderwright up`, or set TEMPORAL_ADDRESS to one that runs"


async def examine_server(
    client: Client,
    *,
    task_queue: str,
    search_attributes: Mapping[str, str],
    now: datetime,
) -> tuple[Finding, ...]:
    """Look at the server through a client that is connected."""
    found = [
        Finding(
            check="temporal server",
            is_ok=True,
            text=f"answers at {client.service_client.config.target_host}",
        )
    ]
    try:
        found.append(await check_namespace(client))
        if found[-1].is_ok:
            found.append(await check_search_attributes(client, search_attributes))
            found.append(await check_worker(client, task_queue, now))
    except RPCError as error:
        told = f"the Temporal server did not answer ({error.status.name})"
        return (*found, unreachable("temporal server", told, _START))
    return tuple(found)


def no_server(reason: str) -> Finding:
    """Return that no connection could be made."""
    return unreachable("temporal server", reason, _START)


async def check_namespace(client: Client) -> Finding:
    """Ask for the namespace."""
    try:
        await client.workflow_service.describe_namespace(
            DescribeNamespaceRequest(namespace=client.namespace),
            timeout=_ANSWER_WITHIN,
        )
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise
        return Finding(
            check="namespace",
            is_ok=False,
            text=f"{client.namespace} is not there",
            mend=f"temporal operator namespace create {client.namespace}, "
            "or set TEMPORAL_NAMESPACE",
        )
    return Finding(check="namespace", is_ok=True, text=client.namespace)


async def check_search_attributes(client: Client, wanted: Mapping[str, str]) -> Finding:
    """Compare the namespace's search attributes with ours."""
    answer = await client.operator_service.list_search_attributes(
        ListSearchAttributesRequest(namespace=client.namespace), timeout=_ANSWER_WITHIN
    )
    known = {
        name: IndexedValueType.Name(kind).removeprefix("INDEXED_VALUE_TYPE_").title()
        for name, kind in answer.custom_attributes.items()
    }
    rows = [
        f"{name} should be of type {kind}, it is {known.get(name, 'missing')}"
        for name, kind in sorted(wanted.items())
        if known.get(name) != kind
    ]
    first = next(iter(wanted))
    return finding_of(
        "search attributes",
        rows,
        well=f"all {len(wanted)} are there",
        mend="orderwright up registers them on a server of its own; elsewhere "
        "`temporal operator search-attribute create --name NAME --type TYPE`, "
        f"for example --name {first} --type {wanted[first]}",
    )


async def polling_workers(
    client: Client, task_queue: str, now: datetime
) -> frozenset[str]:
    """Return who polls a task queue, by identity (`<process id>@<host>`)."""
    answer = await client.workflow_service.describe_task_queue(
        DescribeTaskQueueRequest(
            namespace=client.namespace,
            task_queue=TaskQueue(name=task_queue),
            task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
        ),
        timeout=_ANSWER_WITHIN,
    )
    return frozenset(
        poller.identity
        for poller in answer.pollers
        if poller.last_access_time.ToDatetime(now.tzinfo) > now - _POLLED_WITHIN
    )


async def check_worker(client: Client, task_queue: str, now: datetime) -> Finding:
    """Ask who polls our task queue."""
    names = await polling_workers(client, task_queue, now)
    if not names:
        return Finding(
            check="worker",
            is_ok=False,
            text=f"nobody polls task queue {task_queue}",
            mend="orderwright worker",
        )
    told = "1 worker polls" if len(names) == 1 else f"{len(names)} workers poll"
    return Finding(check="worker", is_ok=True, text=f"{told} task queue {task_queue}")


async def open_workflow_ids(client: Client) -> AsyncIterator[str]:
    """List the ids of all open runs of orders."""
    query = f"WorkflowType = '{WORKFLOW_TYPE}' AND ExecutionStatus = 'Running'"
    async for run in client.list_workflows(query):
        yield run.id
