"""Reads docker-compose.yml and the files beside it as data."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TypeAlias

import yaml

ROOT = Path(__file__).resolve().parents[2]

Yaml: TypeAlias = (
    "Mapping[str, Yaml] | list[Yaml] | str | int | float | bool | None"  # recursive
)
Service: TypeAlias = Mapping[str, Yaml]

_VARIABLE = re.compile(
    r"\$\{(?P<name>\w+)(?:(?P<operator>:[?-])(?P<argument>[^}]*))?\}"
)


def compose_document() -> dict[str, Yaml]:
    """Return the compose file, anchors resolved and variables as written."""
    document = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))
    assert isinstance(document, dict)
    return document


def services() -> dict[str, Service]:
    """Return every service by name."""
    found = compose_document()["services"]
    assert isinstance(found, dict)
    return {name: mapping(service) for name, service in found.items()}


def mapping(value: Yaml) -> Mapping[str, Yaml]:
    """Return a value that must be a mapping."""
    assert isinstance(value, dict)
    return value


def environment(service: Service) -> dict[str, str]:
    """Return a service's variables as they are written."""
    return {name: str(value) for name, value in mapping(service["environment"]).items()}


def interpolations(value: Yaml) -> Iterator[re.Match[str]]:
    """Find every ${VARIABLE} in a part of the file."""
    if isinstance(value, dict):
        for part in value.values():
            yield from interpolations(part)
    elif isinstance(value, list):
        for part in value:
            yield from interpolations(part)
    elif isinstance(value, str):
        yield from _VARIABLE.finditer(value)


def interpolate(text: str, values: Mapping[str, str]) -> str:
    """Fill in variables the way compose does; raises KeyError when one is missing."""

    def fill(match: re.Match[str]) -> str:
        if match["operator"] == ":-":
            return values.get(match["name"]) or match["argument"]
        return values[match["name"]]

    return _VARIABLE.sub(fill, text)


def env_file(path: Path) -> dict[str, str]:
    """Read NAME=VALUE lines."""
    return parse_env(path.read_text("utf-8"))


def parse_env(text: str) -> dict[str, str]:
    """Read NAME=VALUE lines of a text."""
    lines = (line for line in text.splitlines() if line and not line.startswith("#"))
    return dict(line.split("=", 1) for line in lines)
