"""Reading a policy file (TOML) over the default policy. docs/policy.md explains it."""

import tomllib
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from decimal import Decimal
from pathlib import Path
from typing import TypeAlias

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from config.errors import ConfigurationError
from config.policy_tables import PolicyFile
from domain.policy import DEFAULT_POLICY, FulfillmentPolicy, OpeningHours

Plain: TypeAlias = Mapping[str, object]

IN_KEY = "[key]"  # how pydantic says that a key, not its value, is wrong
_KEYS_IN_FILE = {"default_calendar": "calendar"}


def load_policy(path: Path | None) -> FulfillmentPolicy:
    """Return the policy of a file laid over the defaults, or the defaults alone.

    Raises ConfigurationError naming the file, every wrong key and what is wanted.
    """
    if path is None:
        return DEFAULT_POLICY
    written = _read(path)
    try:
        return PolicyFile.model_validate(_over_defaults(written)).terms()
    except ValidationError as error:
        raise ConfigurationError(_in_words(path, written, error)) from error


def _read(path: Path) -> Plain:
    try:
        # A price tolerance of 0.1 is a tenth, not the float nearest to it.
        return tomllib.loads(path.read_text("utf-8-sig"), parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"{path}: not TOML: {error}") from error
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{path}: wanted text in UTF-8") from error
    except OSError as error:
        raise ConfigurationError(f"{path}: {error.strerror or error}") from error


def _over_defaults(written: Plain) -> Plain:
    """Lay a file over the defaults, and named tables over their common one."""
    whole = dict(_laid_over(_defaults(), written))
    whole["sources"] = _each_over(whole["sources"], whole["default_source"])
    whole["calendars"] = _each_over(whole["calendars"], whole["calendar"])
    whole["service_levels"] = _each_over(whole["service_levels"], _common_level(whole))
    return whole


def _common_level(whole: Plain) -> object:
    name, levels = whole["default_service_level"], whole["service_levels"]
    if isinstance(name, str) and isinstance(levels, Mapping):
        return levels.get(name)
    return None


def _each_over(tables: object, common: object) -> object:
    if not isinstance(tables, Mapping) or not isinstance(common, Mapping):
        return tables
    return {
        name: _laid_over(common, table) if isinstance(table, Mapping) else table
        for name, table in tables.items()
    }


def _laid_over(below: Plain, above: Plain) -> Plain:
    """Merge tables key by key; anything that is not a table is replaced."""
    merged = dict(below)
    for key, value in above.items():
        common = merged.get(key)
        if isinstance(value, Mapping) and isinstance(common, Mapping):
            merged[key] = _laid_over(common, value)
        else:
            merged[key] = value
    return merged


def _plain(value: object) -> object:
    """Return the policy's values as tables, down to what the file writes as a word."""
    if isinstance(value, Mapping):
        return {key: _plain(one) for key, one in value.items()}
    if not is_dataclass(value) or isinstance(value, OpeningHours):
        return value
    return {one.name: _plain(getattr(value, one.name)) for one in fields(value)}


def _defaults() -> dict[str, object]:
    return {
        _KEYS_IN_FILE.get(one.name, one.name): _plain(getattr(DEFAULT_POLICY, one.name))
        for one in fields(DEFAULT_POLICY)
    }


def _in_words(path: Path, written: Plain, error: ValidationError) -> str:
    problems = error.errors(include_url=False)
    # A slip in a common table also shows in every table laid over it: say it once.
    own = [one for one in problems if _is_written(written, one["loc"])] or problems
    return "\n".join(f"{path}: {_key_path(one)}: {_wanted(one)}" for one in own)


def _is_written(written: object, location: tuple[int | str, ...]) -> bool:
    for part in location:
        if isinstance(written, Mapping):
            if part not in written:
                return part == IN_KEY
            written = written[part]
    return True


def _key_path(problem: ErrorDetails) -> str:
    named = problem.get("ctx", {}).get("field")
    parts = [str(part) for part in problem["loc"] if part != IN_KEY]
    return ".".join([*parts, named] if named else parts) or "the file"


def _wanted(problem: ErrorDetails) -> str:
    if problem["type"] == "extra_forbidden":
        return "no such key; docs/policy.md lists them"
    if problem["type"] == "dict_type":
        return "wanted a table"
    wanted = problem["msg"].removeprefix("Value error, ").removeprefix("Input should ")
    return f"wanted {wanted.removeprefix('be ')}"
