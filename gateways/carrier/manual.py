"""A real carrier without an API: people use its own software and scan its number."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime

from gateways.carrier.labels.barcodes import reference_code
from gateways.carrier.labels.document import LabelHeading, draw_label
from gateways.carrier.labels.layout import MODULES_ACROSS
from gateways.carrier.protocol import (
    AddressResult,
    AddressVerdict,
    CarrierAddress,
    CarrierEvent,
    Label,
    LabelRequest,
    PackageLabel,
    Rate,
)

CARRIER_NAME = "manual"
HEADING = LabelHeading(
    carrier="Address label", notice="Add the carrier's own label and scan its number."
)


class ManualCarrier:
    """Prints address labels that carry the shipment id; knows nothing, buys nothing.

    It has no state: buying twice draws the same paper twice, and nothing is owed.
    """

    def __init__(self, clock: Callable[[], datetime]) -> None:
        """Use a clock for the date of the paper."""
        self._clock = clock

    @property
    def name(self) -> str:
        """The carrier's name as it is stored and shown."""
        return CARRIER_NAME

    async def check_address(self, address: CarrierAddress) -> AddressVerdict:
        """Leave the address to the carrier's own software."""
        return AddressVerdict(
            result=AddressResult.NOT_CHECKED,
            reason=f"the {CARRIER_NAME} carrier has no address check",
        )

    async def rates(self, request: LabelRequest) -> tuple[Rate, ...]:
        """Know no prices."""
        return ()

    async def buy(self, request: LabelRequest, idempotency_key: str) -> Label:
        """Draw the address label; its number is scanned at the hand-over."""
        drawn_at = self._clock()
        code = reference_code(request.shipment_id, modules=MODULES_ACROSS)
        codes = [code] * len(request.parcels)
        document = await asyncio.to_thread(
            draw_label, request, codes, HEADING, drawn_at
        )
        return Label(
            carrier=CARRIER_NAME,
            service=request.service,
            shipment_id=request.shipment_id,
            tracking_number=None,
            packages=tuple(
                PackageLabel(package_id=parcel.package_id, tracking_number=None)
                for parcel in request.parcels
            ),
            pdf=document.pdf,
            zpl=document.zpl,
            cost=None,
            currency=request.currency,
            bought_at=drawn_at,
        )

    async def find_label(self, idempotency_key: str) -> Label | None:
        """Find nothing: paper is drawn again by `buy`."""
        return None

    async def void(self, tracking_number: str | None, idempotency_key: str) -> None:
        """Do nothing: nothing was bought."""

    async def track(self, tracking_number: str) -> tuple[CarrierEvent, ...]:
        """Know no scans; staff confirm the delivery."""
        return ()
