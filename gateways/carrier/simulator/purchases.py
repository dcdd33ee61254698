"""Labels the simulated carrier has sold: one for each key, whatever fails."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal

from gateways.carrier.errors import CarrierRefused
from gateways.carrier.labels.barcodes import sscc, sscc_code
from gateways.carrier.labels.document import LabelHeading, draw_label
from gateways.carrier.protocol import Label, LabelRequest, PackageLabel
from gateways.carrier.simulator.rates import (
    TARIFFS,
    price,
    why_not_carried,
    zone_between,
)
from gateways.carrier.simulator.store import SimulatorStore, from_text, to_text

CARRIER_NAME = "simulator"
HEADING = LabelHeading(
    carrier="Simulated Carrier", notice="SIMULATED LABEL - NOT VALID FOR POSTAGE"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Purchase:
    """What identifies one purchase, and when it is asked for."""

    idempotency_key: str
    request: LabelRequest
    at: datetime


def buy_label(store: SimulatorStore, purchase: Purchase) -> Label:
    """Sell a label, or give the one this key bought before.

    Raises:
        CarrierRefused: see `CarrierGateway.buy`.
    """
    key = purchase.idempotency_key
    # The write lock is held from the look to the insert, so two processes that ask
    # with one key at one moment get one label; the primary key stands behind it.
    with store.writing() as connection:
        if _is_voided(connection, key):
            raise CarrierRefused(CARRIER_NAME, "this purchase was voided before")
        sold_for = connection.execute(
            "SELECT request_hash FROM purchase WHERE idempotency_key = ?", (key,)
        ).fetchone()
        if sold_for is None:
            _sell(connection, purchase)
        elif sold_for["request_hash"] != _request_hash(purchase.request):
            raise CarrierRefused(
                CARRIER_NAME, "the idempotency key was used for another request"
            )
        return _load(connection, key)


def find_label(store: SimulatorStore, idempotency_key: str) -> Label | None:
    """Give the valid label of a key, if one was sold."""
    with store.reading() as connection:
        row = connection.execute(
            "SELECT 1 FROM purchase WHERE idempotency_key = ?", (idempotency_key,)
        ).fetchone()
        if row is None or _is_voided(connection, idempotency_key):
            return None
        return _load(connection, idempotency_key)


def void_label(
    store: SimulatorStore,
    tracking_number: str | None,
    idempotency_key: str,
    at: datetime,
) -> None:
    """Take a label back, and refuse any later purchase with its key.

    Raises:
        CarrierRefused: the package was handed over, or the number is another's.
    """
    with store.writing() as connection:
        row = connection.execute(
            "SELECT handed_over_at FROM purchase WHERE idempotency_key = ?",
            (idempotency_key,),
        ).fetchone()
        if row is not None and row["handed_over_at"] is not None:
            raise CarrierRefused(CARRIER_NAME, "it already has the package")
        if not _belongs(connection, tracking_number, idempotency_key):
            raise CarrierRefused(
                CARRIER_NAME, "the tracking number belongs to another purchase"
            )
        connection.execute(
            "INSERT OR IGNORE INTO voided (idempotency_key, voided_at) VALUES (?, ?)",
            (idempotency_key, to_text(at)),
        )


def _sell(connection: sqlite3.Connection, purchase: Purchase) -> None:
    request = purchase.request
    why_not = why_not_carried(request.parcels)
    if why_not is not None:
        raise CarrierRefused(CARRIER_NAME, why_not)
    if request.service not in TARIFFS:
        services = ", ".join(sorted(TARIFFS))
        raise CarrierRefused(CARRIER_NAME, f"service: one of {services}")
    zone = zone_between(request.ship_from.country, request.ship_to.country)
    cost = price(TARIFFS[request.service][zone], request.parcels, request.currency)
    last = connection.execute("SELECT max(serial) AS serial FROM package").fetchone()
    first_serial = (last["serial"] or 0) + 1
    numbers = [sscc(first_serial + place) for place in range(len(request.parcels))]
    codes = [sscc_code(number) for number in numbers]
    document = draw_label(request, codes, HEADING, purchase.at)
    connection.execute(
        "INSERT INTO purchase (idempotency_key, request_hash, shipment_id,"
        " tracking_number, service, zone, pdf, zpl, cost, currency, bought_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            purchase.idempotency_key,
            _request_hash(request),
            request.shipment_id,
            numbers[0],
            request.service,
            zone,
            document.pdf,
            document.zpl,
            str(cost),
            request.currency,
            to_text(purchase.at),
        ),
    )
    connection.executemany(
        "INSERT INTO package (serial, tracking_number, package_id, idempotency_key)"
        " VALUES (?, ?, ?, ?)",
        [
            (first_serial + place, number, parcel.package_id, purchase.idempotency_key)
            for place, (number, parcel) in enumerate(
                zip(numbers, request.parcels, strict=True)
            )
        ],
    )


def _load(connection: sqlite3.Connection, idempotency_key: str) -> Label:
    row = connection.execute(
        "SELECT * FROM purchase WHERE idempotency_key = ?", (idempotency_key,)
    ).fetchone()
    packages = connection.execute(
        "SELECT package_id, tracking_number FROM package"
        " WHERE idempotency_key = ? ORDER BY serial",
        (idempotency_key,),
    ).fetchall()
    return Label(
        carrier=CARRIER_NAME,
        service=row["service"],
        shipment_id=row["shipment_id"],
        tracking_number=row["tracking_number"],
        packages=tuple(PackageLabel(**dict(package)) for package in packages),
        pdf=row["pdf"],
        zpl=row["zpl"],
        cost=Decimal(row["cost"]),
        currency=row["currency"],
        bought_at=from_text(row["bought_at"]),
    )


def _is_voided(connection: sqlite3.Connection, idempotency_key: str) -> bool:
    row = connection.execute(
        "SELECT 1 FROM voided WHERE idempotency_key = ?", (idempotency_key,)
    ).fetchone()
    return row is not None


def _belongs(
    connection: sqlite3.Connection, tracking_number: str | None, idempotency_key: str
) -> bool:
    row = connection.execute(
        "SELECT idempotency_key FROM package WHERE tracking_number = ?",
        (tracking_number,),
    ).fetchone()
    return row is None or row["idempotency_key"] == idempotency_key


def _request_hash(request: LabelRequest) -> str:
    text = json.dumps(asdict(request), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()
