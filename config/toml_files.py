"""Reading a TOML file that is laid over defaults, and saying what is wrong with it."""

import tomllib
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import TypeAlias

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from config.errors import ConfigurationError

Plain: TypeAlias = Mapping[str, object]
Location: TypeAlias = tuple[int | str, ...]

IN_KEY = "[key]"  # how pydantic says that a key, not its value, is wrong


def read_toml(path: Path) -> Plain:
    """Return the tables of a file; raises ConfigurationError naming it."""
    try:
        # A rate of 0.1 is a tenth, not the float nearest to it.
        return tomllib.loads(path.read_text("utf-8-sig"), parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"{path}: not TOML: {error}") from error
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{path}: wanted text in UTF-8") from error
    except OSError as error:
        raise ConfigurationError(f"{path}: {error.strerror or error}") from error


def laid_over(below: Plain, above: Plain) -> Plain:
    """Merge tables key by key; anything that is not a table is replaced."""
    merged = dict(below)
    for key, value in above.items():
        common = merged.get(key)
        if isinstance(value, Mapping) and isinstance(common, Mapping):
            merged[key] = laid_over(common, value)
        else:
            merged[key] = value
    return merged


def in_words(path: Path, error: ValidationError, page: str) -> str:
    """Name the file, each wrong key and what is wanted; the page lists the keys."""
    problems = error.errors(include_url=False)
    # What is wrong inside a table that should not be there is of no interest.
    unknown = {one["loc"][:-1] for one in problems if one["loc"][-1:] == (IN_KEY,)}
    own = [one for one in problems if not _is_inside(one["loc"], unknown)]
    return "\n".join(f"{path}: {key_path(one)}: {wanted(one, page)}" for one in own)


def _is_inside(location: Location, tables: set[Location]) -> bool:
    inner = location[-1:] != (IN_KEY,)
    return inner and any(location[: len(table)] == table for table in tables)


def key_path(problem: ErrorDetails) -> str:
    """Return the dotted key that a problem is about."""
    named = problem.get("ctx", {}).get("field")
    parts = [str(part) for part in problem["loc"] if part != IN_KEY]
    return ".".join([*parts, named] if named else parts) or "the file"


def wanted(problem: ErrorDetails, page: str) -> str:
    """Say what is wanted instead; the page lists the keys."""
    if problem["type"] == "extra_forbidden":
        return f"no such key; {page} lists them"
    if problem["type"] == "missing":
        return "wanted this key: there is no default for it"
    if problem["type"] in {"dict_type", "model_type", "model_attributes_type"}:
        return "wanted a table"
    told = problem["msg"].removeprefix("Value error, ").removeprefix("Input should ")
    return f"wanted {told.removeprefix('be ')}"
