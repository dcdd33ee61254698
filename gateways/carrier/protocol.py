"""What the order process asks of any carrier; no carrier is named here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Protocol

from domain.tracking import Milestone


@dataclass(frozen=True, slots=True, kw_only=True)
class CarrierAddress:
    """A sender or receiver as it is printed on a label; country is ISO 3166 alpha-2."""

    name: str
    street: str
    street2: str = ""
    city: str
    region: str = ""
    postcode: str
    country: str
    phone: str | None = None
    email: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """One package as the carrier sees it: grams and millimetres."""

    package_id: str
    weight_grams: int
    length_mm: int | None = None
    width_mm: int | None = None
    height_mm: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelRequest:
    """Everything a carrier needs to know to carry one shipment."""

    shipment_id: str
    order_reference: str
    service: str
    ship_from: CarrierAddress
    ship_to: CarrierAddress
    parcels: tuple[Parcel, ...]
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageLabel:
    """The tracking number of one package; None until a person scans it."""

    package_id: str
    tracking_number: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """A label that exists: one PDF page and one ZPL format for each package.

    `tracking_number` is the first package's number and stands for the shipment. It
    is None, and so is `cost`, when the carrier's own software makes them.
    """

    carrier: str
    service: str
    shipment_id: str
    tracking_number: str | None
    packages: tuple[PackageLabel, ...]
    pdf: bytes
    zpl: str
    cost: Decimal | None
    currency: str
    bought_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """What one service of a carrier costs, and how long it usually takes."""

    carrier: str
    service: str
    cost: Decimal
    currency: str
    transit_days: int


class AddressResult(StrEnum):
    """What a carrier says about an address."""

    ACCEPTED = "accepted"  # the carrier delivers there
    REFUSED = "refused"  # the carrier does not; field and reason say why
    NOT_CHECKED = "not_checked"  # the carrier has no check, or too little is known


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressVerdict:
    """A carrier's answer about an address; never holds a value of the address."""

    result: AddressResult
    field: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CarrierEvent:
    """One thing a carrier reports; `event_id` is the same however often it is sent.

    `code` is the carrier's own word, kept even when `milestone` is unknown.
    """

    event_id: str
    tracking_number: str
    milestone: Milestone
    occurred_at: datetime
    place: str | None = None
    description: str = ""
    code: str = ""


class CarrierGateway(Protocol):
    """A carrier.

    Every method may raise `CarrierUnavailable`; then ask again, with the same key.
    An idempotency key stands for one purchase: after a void, buy with a new key.
    """

    @property
    def name(self) -> str:
        """The carrier's name as it is stored and shown."""

    async def check_address(self, address: CarrierAddress) -> AddressVerdict:
        """Ask whether the carrier delivers to the address."""

    async def rates(self, request: LabelRequest) -> tuple[Rate, ...]:
        """Ask for the price of each service, cheapest first.

        Raises:
            CarrierRefused: no service carries this shipment.
        """

    async def buy(self, request: LabelRequest, idempotency_key: str) -> Label:
        """Buy the label, or get the one that was bought with this key before.

        Raises:
            AddressRefused: the carrier does not take the address.
            CarrierRefused: the carrier does not take the shipment, the key was used
                for another request, or its label was voided.
        """

    async def find_label(self, idempotency_key: str) -> Label | None:
        """Ask whether a valid label was made with this key: for lost replies."""

    async def void(self, tracking_number: str | None, idempotency_key: str) -> None:
        """Give the label of this purchase back; harmless when never bought or repeated.

        A purchase with this key that arrives later is refused, so no label is left.

        Raises:
            CarrierRefused: the carrier already has the package, or the tracking
                number belongs to another purchase.
        """

    async def track(self, tracking_number: str) -> tuple[CarrierEvent, ...]:
        """Ask for what has happened so far, oldest first; empty when unknown."""
