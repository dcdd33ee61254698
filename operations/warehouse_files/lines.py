"""The lines of files about warehouses; an empty cell says nothing."""

from __future__ import annotations

from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints

from domain.policy.stock_terms import LONGEST_TRANSIT_DAYS
from domain.stock.movements import LocationKind
from messages.order_document import Text
from operations.files.models import Country, FileLine, LineFormat
from operations.stock_files.lines import LocationId, WarehouseId
from persistence.warehouses import plain_postcode

NONE = "none"
MOST_SHIPMENTS_A_DAY = 1_000_000
MOST_KILOMETRES = 20_040  # half way round the earth
_OPENS_AT = r"^([01]\d|2[0-3]):[0-5]\d$"


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, OSError) as error:
        raise ValueError("not a zone") from error
    return name


def _postcode(cell: object) -> object:
    return plain_postcode(cell) if isinstance(cell, str) else cell


Zone = Annotated[str, StringConstraints(max_length=60), AfterValidator(_known_zone)]
LocalTime = Annotated[str, StringConstraints(pattern=_OPENS_AT)]
PostcodePrefix = Annotated[
    str,
    BeforeValidator(_postcode),
    StringConstraints(pattern=r"^[A-Z0-9-]{0,30}$"),
]


class WarehouseLine(FileLine):
    """One warehouse; `none` takes a cut-off or a capacity away."""

    warehouse: WarehouseId
    name: Text | None = None
    street: Text | None = None
    city: Text | None = None
    postcode: Annotated[str, StringConstraints(min_length=1, max_length=30)] | None = (
        None
    )
    country: Country | None = None
    time_zone: Zone | None = None
    cut_off: LocalTime | Literal["none"] | None = None
    daily_capacity: (
        Annotated[int, Field(ge=1, le=MOST_SHIPMENTS_A_DAY)] | Literal["none"] | None
    ) = None


class AreaLine(FileLine):
    """Where a warehouse sends to, and how far and how long that is."""

    warehouse: WarehouseId
    country: Country
    postcode_prefix: PostcodePrefix = ""
    distance_km: Annotated[int, Field(ge=0, le=MOST_KILOMETRES)] | None = None
    transit_days: Annotated[int, Field(ge=0, le=LONGEST_TRANSIT_DAYS)] | None = None


class LocationLine(FileLine):
    """One place in a warehouse."""

    location: LocationId
    warehouse: WarehouseId
    kind: Literal[
        LocationKind.PICK_FACE, LocationKind.BULK, LocationKind.QUARANTINE, None
    ] = None
    pick_sequence: Annotated[int, Field(ge=0, le=1_000_000_000)] | None = None


_WAREHOUSE = "1 to 40 small letters, digits, _ and -, such as main"
_NAME = "1 to 300 characters"
_COUNTRY = "a country code of two letters (ISO 3166-1), such as DE"
WAREHOUSE_FORMAT = LineFormat(
    model=WarehouseLine,
    required=("warehouse",),
    wanted={
        "warehouse": _WAREHOUSE,
        "name": _NAME,
        "street": _NAME,
        "city": _NAME,
        "postcode": "1 to 30 characters",
        "country": _COUNTRY,
        "time_zone": "an IANA zone, such as Europe/London",
        "cut_off": "a local time HH:MM, such as 14:30, or none",
        "daily_capacity": f"shipments a day, 1 to {MOST_SHIPMENTS_A_DAY}, or none",
    },
)
AREA_FORMAT = LineFormat(
    model=AreaLine,
    required=("warehouse", "country"),
    wanted={
        "warehouse": _WAREHOUSE,
        "country": _COUNTRY,
        "postcode_prefix": "how postcodes there begin: letters, digits and -; "
        "empty for the whole country",
        "distance_km": f"whole kilometres from 0 to {MOST_KILOMETRES}",
        "transit_days": f"whole days from 0 to {LONGEST_TRANSIT_DAYS}",
    },
)
LOCATION_FORMAT = LineFormat(
    model=LocationLine,
    required=("location", "warehouse"),
    wanted={
        "location": "1 to 80 letters, digits and . _ / -, such as A-01-2",
        "warehouse": _WAREHOUSE,
        "kind": "pick_face, bulk or quarantine",
        "pick_sequence": "a whole number from 0, the order in which pickers pass",
    },
)
