"""What is read from outside: processor time, the server's counters, histories."""

from __future__ import annotations

import asyncio
import os
import re
import urllib.request
from collections.abc import Iterable, Sequence
from pathlib import Path
from statistics import fmean

from temporalio.client import Client

TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
# Fields of /proc/<pid>/stat after the command's name, counted from 0.
_PARENT, _USER, _SYSTEM, _CHILD_USER, _CHILD_SYSTEM = 1, 11, 12, 13, 14
# The server's counters are shown a moment late.
LAG_SECONDS = 2.0
_ACTION = re.compile(r"^action(?:_total)?\{([^}]*)\} ([0-9.e+]+)$", re.MULTILINE)


def cpu_seconds(pid: int) -> float:
    """Return the processor time a process has used so far."""
    fields = _stat(pid)
    return (int(fields[_USER]) + int(fields[_SYSTEM])) / TICKS_PER_SECOND


def cpu_seconds_of_family(pid: int) -> float:
    """Return the processor time of a process and of its children, ended or not."""
    fields = _stat(pid)
    used = sum(
        int(fields[field]) for field in (_USER, _SYSTEM, _CHILD_USER, _CHILD_SYSTEM)
    )
    children = sum(cpu_seconds(child) for child in _children(pid))
    return used / TICKS_PER_SECOND + children


def parent_of(pid: int) -> int:
    """Return the process that started this one."""
    return int(_stat(pid)[_PARENT])


def _stat(pid: int) -> list[str]:
    text = Path(f"/proc/{pid}/stat").read_text("utf-8")
    return text.rpartition(")")[2].split()


def _children(pid: int) -> Iterable[int]:
    for path in Path("/proc").iterdir():
        if not path.name.isdigit():
            continue
        try:
            if parent_of(int(path.name)) == pid:
                yield int(path.name)
        except (OSError, IndexError):
            continue  # it has just ended


async def billable_actions(metrics_url: str, namespace: str) -> float:
    """Return the server's `action` counter of a namespace, once it has settled."""
    await asyncio.sleep(LAG_SECONDS)
    text = await asyncio.to_thread(_get, metrics_url)
    return action_count(text, namespace)


def action_count(text: str, namespace: str) -> float:
    """Add up the `action` counters of a namespace in the server's metrics."""
    return sum(
        float(value)
        for labels, value in _ACTION.findall(text)
        if f'namespace="{namespace}"' in labels
    )


def _get(url: str) -> str:
    with urllib.request.urlopen(url, timeout=10) as answer:
        text: str = answer.read().decode()
        return text


async def started_runs(client: Client) -> int:
    """Return how many executions the namespace has seen, once lists have settled."""
    await asyncio.sleep(LAG_SECONDS)
    return (await client.count_workflows("")).count


async def mean_events(client: Client, workflow_ids: Sequence[str]) -> float:
    """Return the mean length of the histories."""
    lengths = []
    for workflow_id in workflow_ids:
        history = await client.get_workflow_handle(workflow_id).fetch_history()
        lengths.append(len(history.events))
    return fmean(lengths)


def percentile(values: Sequence[float], percent: int) -> float:
    """Return the smallest value that so many percent do not exceed."""
    ordered = sorted(values)
    rank = -(-len(ordered) * percent // 100)
    return ordered[max(rank, 1) - 1]
