"""Reading a mapping file; a mistake names the file, the key and what is wanted."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from domain.errors import InvalidInput
from operations.files.mapping_parts import TableMapping

MappingT = TypeVar("MappingT", bound=TableMapping)

_WANTED = {
    "missing": "is required",
    "extra_forbidden": "is not a key of a mapping",
}


def read_mapping(path: Path, kind: type[MappingT]) -> MappingT:
    """Read a mapping of a kind; raise `InvalidInput` naming every mistake in it."""
    if not path.is_file():
        raise InvalidInput(path.name, "a mapping file that exists")
    try:
        raw = tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InvalidInput(path.name, f"a TOML file in UTF-8 ({error})") from None
    try:
        return kind.model_validate(raw)
    except ValidationError as error:
        raise InvalidInput(path.name, "; ".join(_mistakes(error))) from None


def _mistakes(error: ValidationError) -> list[str]:
    return [
        f"{_key(details['loc'])}: {_wanted(details['type'], details['msg'])}"
        for details in error.errors(
            include_url=False, include_input=False, include_context=False
        )
    ]


def _key(location: tuple[int | str, ...]) -> str:
    key = ""
    for part in location:
        if isinstance(part, int):
            key += f"[{part}]"
        else:
            key += f".{part}" if key else part
    return key or "mapping"


def _wanted(kind: str, message: str) -> str:
    return _WANTED.get(kind, message.removeprefix("Value error, "))
