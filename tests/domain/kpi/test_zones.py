"""Where a destination lies: by its country, its warehouse, or where most live."""

from __future__ import annotations

from importlib.resources import files
from zoneinfo import ZoneInfo

import pytest

from domain.kpi.zones import CountryZones, parse_country_zones, zone_of_destination

TABLE = """# a comment
#country-code\tcoordinates\tTZ\tcomments
DE\t+5230+01322\tEurope/Berlin\tmost of Germany
DE\t+4742+00841\tEurope/Busingen\tBusingen
FR\t+4852+00220\tEurope/Paris
AU\t-3133+15905\tAustralia/Lord_Howe\tLord Howe Island
AU\t-3352+15113\tAustralia/Sydney\tNew South Wales (most areas)
"""
ZONES = parse_country_zones(TABLE)


def test_the_table_gives_each_country_its_zones_in_their_order() -> None:
    assert ZONES == {
        "DE": ("Europe/Berlin", "Europe/Busingen"),
        "FR": ("Europe/Paris",),
        "AU": ("Australia/Lord_Howe", "Australia/Sydney"),
    }


@pytest.mark.parametrize(
    ("country", "warehouse_zone", "zone"),
    [
        ("FR", "Europe/Berlin", "Europe/Paris"),
        ("DE", "Europe/Paris", "Europe/Berlin"),
        ("DE", "Europe/Busingen", "Europe/Busingen"),
        ("AU", None, "Australia/Sydney"),
        ("AU", "Australia/Lord_Howe", "Australia/Lord_Howe"),
        ("XX", "Europe/Berlin", None),
        (None, "Europe/Berlin", None),
    ],
)
def test_a_country_of_several_zones_lies_in_its_warehouses_or_the_usual_one(
    country: str | None, warehouse_zone: str | None, zone: str | None
) -> None:
    assert zone_of_destination(ZONES, country, warehouse_zone) == zone


@pytest.fixture(scope="module")
def real_zones() -> CountryZones:
    table = files("tzdata").joinpath("zoneinfo", "zone.tab")
    return parse_country_zones(table.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("country", "zone"),
    [
        ("US", "America/New_York"),
        ("RU", "Europe/Moscow"),
        ("CA", "America/Toronto"),
        ("BR", "America/Sao_Paulo"),
        ("AU", "Australia/Sydney"),
        ("GB", "Europe/London"),
    ],
)
def test_a_large_country_lies_where_most_people_live(
    real_zones: CountryZones, country: str, zone: str
) -> None:
    assert zone in real_zones[country]
    assert zone_of_destination(real_zones, country, "UTC") == zone


def test_every_zone_of_the_table_is_known(real_zones: CountryZones) -> None:
    assert len(real_zones) > 200
    assert all(ZoneInfo(zone) for named in real_zones.values() for zone in named)
