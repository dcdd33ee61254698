"""Tables are described once: no mapped classes beside the Core tables."""

import ast
from collections.abc import Iterator

import pytest

from tests.architecture.source_files import parsed, python_files, relative


def imported_modules(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def uses_mapped_classes(tree: ast.AST) -> bool:
    return any(
        f"{module}.".startswith("sqlalchemy.orm.") for module in imported_modules(tree)
    )


def test_nothing_of_ours_uses_mapped_classes() -> None:
    found = [
        relative(path) for path in python_files() if uses_mapped_classes(parsed(path))
    ]

    assert found == []


@pytest.mark.parametrize(
    "line",
    [
        "import sqlalchemy.orm",
        "from sqlalchemy import orm",
        "from sqlalchemy.orm import Session",
    ],
)
def test_the_check_sees_a_mapped_class_in_every_form(line: str) -> None:
    assert uses_mapped_classes(ast.parse(line))
