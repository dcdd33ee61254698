"""Reading a KPI file (TOML) over the default terms. docs/kpi-file.md explains it."""

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

from pydantic import ValidationError

from config.errors import ConfigurationError
from config.kpi_tables import KpiFile
from config.policy_words import NONE
from config.toml_files import Plain, in_words, laid_over, read_toml
from domain.kpi.catalogue import DEFINITIONS
from domain.kpi.defaults import DEFAULT_TARGETS
from domain.kpi.question import KpiTerms
from domain.policy import FulfillmentPolicy

_PAGE = "docs/kpi-file.md"
_OWNER = "operations_manager"


def default_kpi_terms(policy: FulfillmentPolicy) -> KpiTerms:
    """Return the terms of a shop without a KPI file: its days are its calendar's."""
    zone = policy.default_calendar.time_zone
    return KpiTerms(zone=zone, targets=DEFAULT_TARGETS)


def load_kpi_terms(path: Path | None, policy: FulfillmentPolicy) -> KpiTerms:
    """Return the terms of a file laid over the defaults, or the defaults alone.

    Raises ConfigurationError naming the file, every wrong key and what is wanted.
    """
    if path is None:
        return default_kpi_terms(policy)
    written = read_toml(path)
    try:
        return KpiFile.model_validate(_over_defaults(written, policy)).terms()
    except ValidationError as error:
        raise ConfigurationError(in_words(path, error, _PAGE)) from error


def _over_defaults(written: Plain, policy: FulfillmentPolicy) -> Plain:
    defaults = asdict(default_kpi_terms(policy))
    targets = written.get("targets", {})
    if not isinstance(targets, Mapping):
        return laid_over(defaults, written)
    defaults["targets"] = {
        name: _target_below(name, defaults["targets"].get(name, {}))
        for name in sorted({*defaults["targets"], *targets})
    }
    whole = dict(laid_over(defaults, written))
    # "none" in place of a table takes a target away.
    merged = whole["targets"]
    if isinstance(merged, Mapping):
        whole["targets"] = {name: one for name, one in merged.items() if one != NONE}
    return whole


def _target_below(name: str, default: Mapping[str, object]) -> Plain:
    """Return what counts for a target where the file is silent."""
    definition = DEFINITIONS.get(name)
    known: dict[str, object] = {"owner_role": _OWNER}
    if definition is not None and definition.higher_is_better is not None:
        known["higher_is_better"] = definition.higher_is_better
    return {**known, **default}
