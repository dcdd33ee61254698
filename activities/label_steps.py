"""Labels: bought once and voided once, whatever fails on the way."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime

from temporalio import activity

from activities.metrics import LABELS
from domain.errors import BusinessError
from gateways.carrier.protocol import (
    CarrierAddress,
    CarrierGateway,
    Label,
    LabelRequest,
    Parcel,
)
from messages.order_steps import LabelInput, LabelOutcome, LabelResult
from persistence.database import Database
from persistence.labels import (
    LabelRows,
    MadeLabel,
    find_label,
    label_rows,
    labels_of,
    mark_voided,
    store_label,
)

Clock = Callable[[], datetime]
# Services are the carrier's; a service level of ours it does not have goes standard.
SERVICES = frozenset({"standard", "express"})
# The carrier weighs again; a package nobody weighed is declared as light as can be.
UNKNOWN_WEIGHT_GRAMS = 1


class LabelSteps:
    """Steps of `OrderFulfillment` that ask a carrier.

    The carrier's idempotency key is `<workflow id>:label:<shipment>:<round>`, so a
    repeat after a lost reply or a dead worker finds the first label.
    """

    def __init__(
        self,
        *,
        database: Database,
        carriers: Mapping[str, CarrierGateway],
        clock: Clock,
    ) -> None:
        """Ask these carriers, by name."""
        self._database = database
        self._carriers = carriers
        self._clock = clock

    @activity.defn
    async def buy_label(self, wanted: LabelInput) -> LabelResult:
        """Buy the label for the shipment's address of this round, and store it."""
        return _counted(wanted, await self._buy_label(wanted))

    async def _buy_label(self, wanted: LabelInput) -> LabelResult:
        key = _key(wanted, wanted.round)
        carrier = self._carriers[wanted.carrier]
        rows = await asyncio.to_thread(self._look, wanted, key)
        if isinstance(rows, LabelResult):
            return rows
        try:
            await self._void_rounds(wanted, carrier, range(1, wanted.round))
            label = await carrier.buy(_request(wanted, rows), key)
        except BusinessError as refusal:
            return LabelResult(outcome=LabelOutcome.REFUSED, reason=str(refusal))
        await asyncio.to_thread(self._store, wanted, key, label)
        return _made(label.tracking_number)

    @activity.defn
    async def void_label(self, unwanted: LabelInput) -> LabelResult:
        """Void every label that was or may have been bought; harmless without one."""
        return _counted(unwanted, await self._void_label(unwanted))

    async def _void_label(self, unwanted: LabelInput) -> LabelResult:
        carrier = self._carriers[unwanted.carrier]
        try:
            await self._void_rounds(unwanted, carrier, range(1, unwanted.round + 1))
        except BusinessError as refusal:
            return LabelResult(outcome=LabelOutcome.REFUSED, reason=str(refusal))
        return LabelResult(outcome=LabelOutcome.VOIDED)

    async def _void_rounds(
        self, unwanted: LabelInput, carrier: CarrierGateway, rounds: range
    ) -> None:
        if not rounds:
            return
        known = await asyncio.to_thread(self._labels, unwanted.shipment_id)
        for number in rounds:
            key = _key(unwanted, number)
            await carrier.void(known.get(key), key)
            if key in known:
                await asyncio.to_thread(self._mark_voided, unwanted, key)

    def _look(self, wanted: LabelInput, key: str) -> LabelResult | LabelRows:
        with self._database.read() as connection:
            found = find_label(connection, key)
            if found is not None:
                return _made(found.tracking_number)
            return label_rows(connection, wanted.shipment_id)

    def _labels(self, shipment_id: str) -> Mapping[str, str | None]:
        with self._database.read() as connection:
            return labels_of(connection, shipment_id)

    def _store(self, wanted: LabelInput, key: str, label: Label) -> None:
        made = MadeLabel(
            idempotency_key=key,
            order_id=wanted.order_id,
            shipment_id=wanted.shipment_id,
            carrier=label.carrier,
            service=label.service,
            tracking_number=label.tracking_number,
            cost=label.cost,
            currency=label.currency,
            pdf=label.pdf,
            zpl=label.zpl,
        )
        with self._database.write() as connection:
            if find_label(connection, key) is None:
                store_label(connection, made, self._clock())

    def _mark_voided(self, unwanted: LabelInput, key: str) -> None:
        with self._database.write() as connection:
            mark_voided(
                connection,
                key,
                order_id=unwanted.order_id,
                shipment_id=unwanted.shipment_id,
                at=self._clock(),
            )


def _counted(asked: LabelInput, result: LabelResult) -> LabelResult:
    LABELS.labels(asked.carrier, result.outcome).inc()
    return result


def _key(wanted: LabelInput, number: int) -> str:
    return f"{wanted.workflow_id}:label:{wanted.shipment_id}:{number}"


def _made(tracking_number: str | None) -> LabelResult:
    return LabelResult(outcome=LabelOutcome.MADE, tracking_number=tracking_number)


def _request(wanted: LabelInput, rows: LabelRows) -> LabelRequest:
    to = rows.ship_to
    service = to.service_level if to.service_level in SERVICES else "standard"
    return LabelRequest(
        shipment_id=wanted.shipment_id,
        order_reference=to.number,
        service=service,
        ship_from=CarrierAddress(
            name=to.from_name,
            street=to.from_street or "",
            city=to.from_city or "",
            postcode=to.from_postcode or "",
            country=to.from_country or to.country,
        ),
        ship_to=CarrierAddress(
            name=to.name or "",
            street=to.street or "",
            street2=to.street2 or "",
            city=to.city or "",
            region=to.region or "",
            postcode=to.postcode or "",
            country=to.country,
            phone=to.phone,
            email=to.email,
        ),
        parcels=tuple(
            Parcel(
                package_id=row.package_id,
                weight_grams=row.weight_grams or UNKNOWN_WEIGHT_GRAMS,
                length_mm=row.length_mm,
                width_mm=row.width_mm,
                height_mm=row.height_mm,
            )
            for row in rows.packages
        ),
        currency=to.currency or "EUR",
    )
