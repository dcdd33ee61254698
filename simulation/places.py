"""Where invented customers live: real towns and postcodes, no real streets."""

from __future__ import annotations

from dataclasses import dataclass

from messages.order_document import ShipTo


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A town."""

    city: str
    postcode: str
    country: str
    region: str | None = None


# The first ones are near the sample warehouse and are drawn most often.
PLACES = (
    Place(city="Berlin", postcode="10115", country="DE"),
    Place(city="Hamburg", postcode="20095", country="DE"),
    Place(city="München", postcode="80331", country="DE"),
    Place(city="Köln", postcode="50667", country="DE"),
    Place(city="Wien", postcode="1010", country="AT"),
    Place(city="Amsterdam", postcode="1012 AB", country="NL"),
    Place(city="Paris", postcode="75001", country="FR"),
    Place(city="London", postcode="SW1A 1AA", country="GB"),
)


def address_in(place: Place, *, name: str, house: int) -> ShipTo:
    """Return an address that nobody has."""
    return ShipTo(
        name=name,
        street=f"Sample Street {house}",
        city=place.city,
        postcode=place.postcode,
        country=place.country,
        region=place.region,
    )


def valid_address() -> ShipTo:
    """Return the address a customer gives when asked for a better one."""
    return address_in(PLACES[0], name="Sample Customer", house=1)
