"""The domain needs nothing but a few quiet modules of the standard library."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.source_files import ROOT, parsed, python_files, relative

# No clock, no randomness, no files, no network, no logging, no await.
ALLOWED = {
    "__future__",
    "abc",
    "bisect",
    "calendar",
    "collections",
    "dataclasses",
    "datetime",
    "decimal",
    "difflib",
    "domain",
    "enum",
    "fractions",
    "functools",
    "graphlib",
    "hashlib",
    "heapq",
    "hmac",
    "itertools",
    "json",
    "math",
    "operator",
    "re",
    "statistics",
    "string",
    "types",
    "typing",
    "unicodedata",
    "zoneinfo",
}
ASKS_THE_CLOCK = {"now", "today", "utcnow"}
CLASSES_WITH_A_CLOCK = {"date", "datetime"}


def imported_packages(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield (node.module or "").split(".")[0]


def clock_calls(tree: ast.AST) -> Iterator[int]:
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Attribute) and node.attr in ASKS_THE_CLOCK):
            continue
        owner = node.value
        name = owner.attr if isinstance(owner, ast.Attribute) else ast.unparse(owner)
        if name in CLASSES_WITH_A_CLOCK:
            yield node.lineno


def coroutines(tree: ast.AST) -> Iterator[int]:
    waiting = (ast.AsyncFunctionDef, ast.AsyncFor, ast.AsyncWith, ast.Await)
    return (node.lineno for node in ast.walk(tree) if isinstance(node, waiting))


DOMAIN = [pytest.param(path, id=relative(path)) for path in python_files("domain/")]


@pytest.mark.parametrize("path", DOMAIN)
def test_the_domain_imports_only_quiet_modules(path: Path) -> None:
    assert set(imported_packages(parsed(path))) <= ALLOWED


@pytest.mark.parametrize("path", DOMAIN)
def test_the_domain_never_asks_the_clock_and_never_waits(path: Path) -> None:
    tree = parsed(path)

    assert list(clock_calls(tree)) == []
    assert list(coroutines(tree)) == []


def test_the_domain_is_there() -> None:
    assert ROOT / "domain" / "__init__.py" in python_files("domain/")


@pytest.mark.parametrize(
    "forbidden",
    ["import random", "from time import sleep", "import sqlalchemy.orm as orm"],
)
def test_the_check_sees_a_forbidden_import(forbidden: str) -> None:
    assert not set(imported_packages(ast.parse(forbidden))) <= ALLOWED


@pytest.mark.parametrize(
    "call", ["datetime.now(UTC)", "datetime.datetime.utcnow()", "date.today()"]
)
def test_the_check_sees_a_question_to_the_clock(call: str) -> None:
    assert list(clock_calls(ast.parse(call))) == [1]
