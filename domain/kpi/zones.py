"""In which time zone a destination lies, as far as its country tells."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

CountryZones = Mapping[str, tuple[str, ...]]

# Where most people live, if the table lists another zone of the country first.
_USUAL = {
    "AU": "Australia/Sydney",
    "BR": "America/Sao_Paulo",
    "CA": "America/Toronto",
    "RU": "Europe/Moscow",
}


def parse_country_zones(table: str) -> CountryZones:
    """Read the `zone.tab` of the IANA time zone database."""
    zones: dict[str, list[str]] = defaultdict(list)
    for line in table.splitlines():
        if line and not line.startswith("#"):
            country, _place, zone = line.split("\t")[:3]
            zones[country].append(zone)
    return {country: tuple(named) for country, named in zones.items()}


def zone_of_destination(
    zones: CountryZones, country: str | None, warehouse_zone: str | None
) -> str | None:
    """Return the zone of a country; of one with several the warehouse's or the usual.

    None for an unknown country.
    """
    named = zones.get(country or "", ())
    if warehouse_zone in named:
        return warehouse_zone
    return _USUAL.get(country or "") or next(iter(named), None)
