"""The simulator's tariff: zones, weight steps and what it does not carry."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from gateways.carrier.protocol import Parcel

MAXIMUM_WEIGHT_GRAMS = 31_500
WEIGHT_STEP_GRAMS = 500
# Cubic millimetres that count as one gram: the trade's 5000 cm3 a kilogram.
VOLUME_PER_GRAM = 5_000

# ISO 4217 currencies without minor unit; the tariff's figures are rounded up to whole.
WHOLE_UNIT_CURRENCIES = frozenset(
    {
        *("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG"),
        *("RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF", "XPF"),
    }
)
NEAR_COUNTRIES = frozenset(
    {
        *("AT", "BE", "BG", "CH", "CY", "CZ", "DE", "DK", "EE", "ES", "FI"),
        *("FR", "GB", "GR", "HR", "HU", "IE", "IT", "LI", "LT", "LU", "LV"),
        *("MC", "MT", "NL", "NO", "PL", "PT", "RO", "SE", "SI", "SK"),
    }
)


class Zone(StrEnum):
    """How far a shipment goes."""

    DOMESTIC = "domestic"  # within one country
    NEAR = "near"  # between two European countries
    WORLD = "world"  # everything else


@dataclass(frozen=True, slots=True, kw_only=True)
class Tariff:
    """The price of one service in one zone: a base and a price for each weight step."""

    base: Decimal
    step: Decimal
    transit_days: int


TARIFFS: dict[str, dict[Zone, Tariff]] = {
    "standard": {
        Zone.DOMESTIC: Tariff(
            base=Decimal("3.90"), step=Decimal("0.25"), transit_days=2
        ),
        Zone.NEAR: Tariff(base=Decimal("8.40"), step=Decimal("0.60"), transit_days=4),
        Zone.WORLD: Tariff(base=Decimal("14.90"), step=Decimal("2.80"), transit_days=9),
    },
    "express": {
        Zone.DOMESTIC: Tariff(
            base=Decimal("9.90"), step=Decimal("0.55"), transit_days=1
        ),
        Zone.NEAR: Tariff(base=Decimal("19.80"), step=Decimal("1.40"), transit_days=2),
        Zone.WORLD: Tariff(base=Decimal("34.50"), step=Decimal("5.10"), transit_days=4),
    },
}


def zone_between(origin: str, destination: str) -> Zone:
    """Find the zone of a shipment from its two countries (ISO 3166 alpha-2)."""
    if origin == destination:
        return Zone.DOMESTIC
    if origin in NEAR_COUNTRIES and destination in NEAR_COUNTRIES:
        return Zone.NEAR
    return Zone.WORLD


def billed_grams(parcel: Parcel) -> int:
    """Give the larger of weight and volume weight, as carriers bill it."""
    sides = (parcel.length_mm, parcel.width_mm, parcel.height_mm)
    volume = 1
    for side in sides:
        volume *= side or 0
    return max(parcel.weight_grams, -(-volume // VOLUME_PER_GRAM))


def price(tariff: Tariff, parcels: Iterable[Parcel], currency: str) -> Decimal:
    """Add up the price of each parcel; the figures are the same in any currency."""
    total = Decimal(0)
    for parcel in parcels:
        steps = max(1, -(-billed_grams(parcel) // WEIGHT_STEP_GRAMS))
        total += tariff.base + tariff.step * steps
    if currency in WHOLE_UNIT_CURRENCIES:
        return total.to_integral_value(rounding="ROUND_CEILING")
    return total


def why_not_carried(parcels: tuple[Parcel, ...]) -> str | None:
    """Say why the carrier does not take these parcels; None when it does."""
    if not parcels:
        return "a shipment needs at least one package"
    for position, parcel in enumerate(parcels, start=1):
        if parcel.weight_grams <= 0:
            return f"package {position} needs a weight above 0 g"
        if parcel.weight_grams > MAXIMUM_WEIGHT_GRAMS:
            return f"package {position} is heavier than {MAXIMUM_WEIGHT_GRAMS} g"
    return None
