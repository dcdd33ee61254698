"""Places and articles that people name when they move, count or freeze stock."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, select

from domain.errors import InvalidInput
from domain.stock.movements import SELLABLE, LocationKind
from persistence.tables import location, product, warehouse

_PLACE = (
    select(
        location.c.location_id,
        location.c.warehouse_id,
        location.c.kind,
        location.c.frozen_at,
        warehouse.c.frozen_at.label("warehouse_frozen_at"),
    )
    .join(warehouse, warehouse.c.warehouse_id == location.c.warehouse_id)
    .where(location.c.location_id == bindparam("location_id"))
)
_ARTICLE = select(product.c.is_bundle).where(product.c.sku == bindparam("sku"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A location as far as moving stock goes."""

    location_id: str
    warehouse_id: str
    kind: LocationKind
    is_frozen: bool

    @property
    def is_for_sale(self) -> bool:
        """Return whether free units there may be promised to orders now."""
        return self.kind in SELLABLE and not self.is_frozen


def place_named(connection: Connection, location_id: str, field: str) -> Place:
    """Return a location; raise `InvalidInput` naming the field if it is not stored."""
    row = connection.execute(_PLACE, {"location_id": location_id}).first()
    if row is None:
        raise InvalidInput(field, "a location that is stored; `stock show` lists them")
    return Place(
        location_id=row.location_id,
        warehouse_id=row.warehouse_id,
        kind=LocationKind(row.kind),
        is_frozen=bool(row.frozen_at or row.warehouse_frozen_at),
    )


def refuse_unknown_article(connection: Connection, sku: str) -> None:
    """Raise `InvalidInput` if nothing of that SKU can lie anywhere."""
    is_bundle = connection.execute(_ARTICLE, {"sku": sku}).scalar_one_or_none()
    if is_bundle is None:
        raise InvalidInput("sku", "a SKU that the catalogue has")
    if is_bundle:
        raise InvalidInput("sku", "the parts of the bundle, not the bundle")
