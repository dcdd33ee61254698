"""The label document of a shipment, the same picture as PDF and as ZPL."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from gateways.carrier.labels.barcodes import ScanCode
from gateways.carrier.labels.layout import LabelContent, lay_out
from gateways.carrier.labels.pdf import draw_pdf
from gateways.carrier.labels.zpl import draw_zpl
from gateways.carrier.protocol import LabelRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelDocument:
    """One printable label document, a page or format for each package."""

    pdf: bytes
    zpl: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelHeading:
    """What a carrier prints on every label of its own."""

    carrier: str
    notice: str = ""


def draw_label(
    request: LabelRequest,
    codes: Sequence[ScanCode],
    heading: LabelHeading,
    created_at: datetime,
) -> LabelDocument:
    """Draw the labels of a shipment, one scan code for each package."""
    layouts = tuple(
        lay_out(
            LabelContent(
                carrier=heading.carrier,
                service=request.service,
                ship_from=request.ship_from,
                ship_to=request.ship_to,
                order_reference=request.order_reference,
                package_position=position,
                package_count=len(request.parcels),
                weight_grams=parcel.weight_grams,
                scan_code=code,
                notice=heading.notice,
            )
        )
        for position, (parcel, code) in enumerate(
            zip(request.parcels, codes, strict=True), start=1
        )
    )
    return LabelDocument(pdf=draw_pdf(layouts, created_at), zpl=draw_zpl(layouts))
