"""Workflows arm one alarm per run, never a timer hidden in a wait."""

import ast
from collections.abc import Iterator

import pytest

from tests.architecture.source_files import (
    dotted_name,
    parsed,
    python_files,
    relative,
)

# The place of `timeout` when it is given without its name.
TIMEOUT_POSITION = 1


def hidden_timers(tree: ast.AST) -> Iterator[int]:
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        if dotted_name(node.func).split(".")[-1] != "wait_condition":
            continue
        named = {keyword.arg for keyword in node.keywords}
        if {"timeout", None} & named or len(node.args) > TIMEOUT_POSITION:
            yield node.lineno


def test_no_wait_in_a_workflow_has_a_timeout() -> None:
    found = [
        f"{relative(path)}:{line}"
        for path in python_files("workflows/")
        for line in hidden_timers(parsed(path))
    ]

    assert found == []


@pytest.mark.parametrize(
    "call",
    [
        "workflow.wait_condition(ready, timeout=day)",
        "wait_condition(ready, day)",
        "workflow.wait_condition(ready, **options)",
    ],
)
def test_the_check_sees_a_timeout_in_every_form(call: str) -> None:
    assert list(hidden_timers(ast.parse(call))) == [1]


def test_a_wait_without_a_timeout_is_allowed() -> None:
    call = "workflow.wait_condition(ready, timeout_summary=None)"

    assert list(hidden_timers(ast.parse(call))) == []
