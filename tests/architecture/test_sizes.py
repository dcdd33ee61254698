"""No module and no function grows past what a reader holds in mind."""

import ast

from tests.architecture.source_files import (
    functions,
    parsed,
    python_files,
    relative,
)

LONGEST_MODULE = 400
# Tests are read one at a time, with their numbers in the open.
LONGEST_TEST_MODULE = 600
LONGEST_FUNCTION = 45


def length(node: ast.expr | ast.stmt) -> int:
    assert node.end_lineno is not None
    return node.end_lineno - node.lineno + 1


def is_test(name: str) -> bool:
    return name.startswith("tests/")


def is_migration(name: str) -> bool:
    """Say whether Alembic writes the file: it is a record, not code that grows."""
    return name.startswith("persistence/migrations/versions/")


def limit(name: str) -> int:
    return LONGEST_TEST_MODULE if is_test(name) else LONGEST_MODULE


def test_no_module_is_longer_than_its_limit() -> None:
    sizes = {
        relative(path): len(path.read_text("utf-8").splitlines())
        for path in python_files()
        if not is_migration(relative(path))
    }

    too_long = {name: size for name, size in sizes.items() if size > limit(name)}

    assert sizes
    assert too_long == {}


def test_no_function_outside_the_tests_is_longer_than_45_lines() -> None:
    sizes = {
        f"{relative(path)}:{function.lineno} {function.name}": length(function)
        for path in python_files()
        if not is_test(relative(path)) and not is_migration(relative(path))
        for function in functions(parsed(path))
    }

    too_long = {name: size for name, size in sizes.items() if size > LONGEST_FUNCTION}

    assert sizes
    assert too_long == {}
