"""What is written as a workflow or an activity is also registered by the worker."""

import ast
from collections.abc import Iterator

from tests.architecture.source_files import (
    ROOT,
    decorators,
    functions,
    parsed,
    python_files,
)

WORKER = ROOT / "worker.py"


def workflow_names() -> set[str]:
    return {
        node.name
        for path in python_files("workflows/")
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.ClassDef) and "workflow.defn" in decorators(node)
    }


def activity_names() -> set[str]:
    return {
        function.name
        for path in python_files("activities/")
        for function in functions(parsed(path))
        if "activity.defn" in decorators(function)
    }


def mentioned(tree: ast.AST) -> Iterator[str]:
    """Yield every name that is used, imports and definitions apart."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, ast.Name):
            yield node.id


def names_the_worker_registers() -> set[str]:
    """Collect names from worker.py and from the lists the activities keep for it."""
    found = set(mentioned(parsed(WORKER)))
    for path in python_files("activities/"):
        for function in functions(parsed(path)):
            if function.name in found and "activit" in function.name:
                found |= set(mentioned(function))
    return found


def test_every_workflow_is_registered_by_the_worker() -> None:
    assert workflow_names()
    assert workflow_names() - names_the_worker_registers() == set()


def test_every_activity_is_registered_by_the_worker() -> None:
    assert activity_names()
    assert activity_names() - names_the_worker_registers() == set()
