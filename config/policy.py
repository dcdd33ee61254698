"""Reading a policy file (TOML) over the default policy. docs/policy.md explains it."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path

from pydantic import ValidationError

from config.errors import ConfigurationError
from config.policy_tables import PolicyFile
from config.toml_files import IN_KEY, Plain, key_path, laid_over, read_toml, wanted
from domain.policy import DEFAULT_POLICY, FulfillmentPolicy, OpeningHours

_PAGE = "docs/policy.md"
_KEYS_IN_FILE = {"default_calendar": "calendar"}


def load_policy(path: Path | None) -> FulfillmentPolicy:
    """Return the policy of a file laid over the defaults, or the defaults alone.

    Raises ConfigurationError naming the file, every wrong key and what is wanted.
    """
    if path is None:
        return DEFAULT_POLICY
    written = read_toml(path)
    try:
        return PolicyFile.model_validate(_over_defaults(written)).terms()
    except ValidationError as error:
        raise ConfigurationError(_in_words(path, written, error)) from error


def _over_defaults(written: Plain) -> Plain:
    """Lay a file over the defaults, and named tables over their common one."""
    whole = dict(laid_over(_defaults(), written))
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
        name: laid_over(common, table) if isinstance(table, Mapping) else table
        for name, table in tables.items()
    }


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
    return "\n".join(f"{path}: {key_path(one)}: {wanted(one, _PAGE)}" for one in own)


def _is_written(written: object, location: tuple[int | str, ...]) -> bool:
    for part in location:
        if isinstance(written, Mapping):
            if part not in written:
                return part == IN_KEY
            written = written[part]
    return True
