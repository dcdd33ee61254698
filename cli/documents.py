"""Reading JSON from a file or stdin: one document, an array, or JSON lines."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import NoReturn

from domain.errors import InvalidInput

STDIN = Path("-")


def read_bytes(path: Path) -> bytes:
    """Read a whole file, or stdin for `-`."""
    return sys.stdin.buffer.read() if path == STDIN else path.read_bytes()


def read_documents(path: Path) -> tuple[list[object], bool]:
    """Read the documents of a file, and whether it is a list of them.

    Raises `InvalidInput` saying where the text stops being JSON.
    """
    text = _text(path)
    try:
        whole = _parse(text)
    except json.JSONDecodeError as error:
        first, *more = [line for line in text.splitlines() if line.strip()] or [""]
        if not more or not _is_object(first):
            raise _not_json(error.lineno, error.colno) from None
        return _lines(text), True
    return (whole, True) if isinstance(whole, list) else ([whole], False)


def read_object(path: Path) -> Mapping[str, object]:
    """Read a file that holds one JSON object."""
    try:
        found = _parse(_text(path))
    except json.JSONDecodeError as error:
        raise _not_json(error.lineno, error.colno) from None
    if not isinstance(found, dict):
        raise InvalidInput("document", "a JSON object")
    return found


def _lines(text: str) -> list[object]:
    found: list[object] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            found.append(_parse(line))
        except json.JSONDecodeError as error:
            raise _not_json(number, error.colno) from None
    return found


def _is_object(line: str) -> bool:
    try:
        return isinstance(_parse(line), dict)
    except json.JSONDecodeError:
        return False


def _text(path: Path) -> str:
    try:
        return read_bytes(path).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InvalidInput("document", "text in UTF-8") from None


def _parse(text: str) -> object:
    # Prices stay the digits that were sent.
    return json.loads(text, parse_float=Decimal, parse_constant=_no_such_number)


def _no_such_number(name: str) -> NoReturn:
    raise InvalidInput("document", f"JSON, which has no {name}")


def _not_json(line: int, column: int) -> InvalidInput:
    return InvalidInput(
        "document",
        "one JSON object, an array of them, or one on each line; "
        f"not JSON at line {line}, column {column}",
    )
