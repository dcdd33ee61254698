"""Finds the files of the project, without help from git."""

import ast
import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NOT_OURS = {"var", "build", "dist", "node_modules", "__pycache__"}
# Hidden directories hold caches and the virtual environment; these two are ours.
HIDDEN_AND_OURS = {".ci", ".github"}

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef


@cache
def project_files() -> tuple[Path, ...]:
    """Return every file of the project, in order of path."""
    return tuple(sorted(_walk()))


def _walk() -> Iterator[Path]:
    for directory, names, files in os.walk(ROOT):
        names[:] = [name for name in names if _is_ours(name)]
        yield from (Path(directory) / name for name in files)


def _is_ours(directory: str) -> bool:
    if directory in NOT_OURS or directory.endswith(".egg-info"):
        return False
    return not directory.startswith(".") or directory in HIDDEN_AND_OURS


def relative(path: Path) -> str:
    """Return a path as a person would name it in this project."""
    return path.relative_to(ROOT).as_posix()


def python_files(*folders: str) -> tuple[Path, ...]:
    """Return the Python files below some folders, or of the whole project."""
    return tuple(
        path
        for path in project_files()
        if path.suffix == ".py" and (not folders or relative(path).startswith(folders))
    )


@cache
def parsed(path: Path) -> ast.Module:
    """Return the syntax tree of one file."""
    return ast.parse(path.read_text("utf-8"), filename=relative(path))


def functions(tree: ast.AST) -> Iterator[FunctionNode]:
    """Find every function and method of a tree."""
    for node in ast.walk(tree):
        if isinstance(node, FunctionNode):
            yield node


def dotted_name(node: ast.expr) -> str:
    """Return `a.b.c` for a chain of names, or nothing for another expression."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        owner = dotted_name(node.value)
        return f"{owner}.{node.attr}" if owner else ""
    return ""


def decorators(node: FunctionNode | ast.ClassDef) -> set[str]:
    """Return the dotted names of what decorates a function or class."""
    return {
        dotted_name(each.func if isinstance(each, ast.Call) else each)
        for each in node.decorator_list
    }
