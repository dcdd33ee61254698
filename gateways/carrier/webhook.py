"""The carrier's webhook: one JSON shape, signed as Standard Webhooks 1.0 describes."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from domain.errors import InvalidInput
from domain.tracking import Milestone
from gateways.carrier.protocol import CarrierEvent

ID_HEADER = "webhook-id"
TIMESTAMP_HEADER = "webhook-timestamp"
SIGNATURE_HEADER = "webhook-signature"
TOLERANCE = timedelta(minutes=5)
_TIMESTAMP_DIGITS = 12  # more would overflow before it could be compared


class CarrierWebhook(BaseModel):
    """What the carrier posts for each scan; unknown fields are let through.

    `code` is the carrier's word for the milestone. One that is not in our list is
    kept and read as `unknown`, so a new word of the carrier never loses an event.
    """

    model_config = ConfigDict(frozen=True)

    event_id: str = Field(min_length=1, max_length=200)
    tracking_number: str = Field(min_length=1, max_length=100)
    code: str = Field(min_length=1, max_length=100)
    occurred_at: AwareDatetime
    place: str | None = Field(default=None, max_length=200)
    description: str = Field(default="", max_length=500)


def webhook_body(event: CarrierEvent) -> bytes:
    """Write the body the carrier posts for an event."""
    webhook = CarrierWebhook(
        event_id=event.event_id,
        tracking_number=event.tracking_number,
        code=event.code or event.milestone,
        occurred_at=event.occurred_at,
        place=event.place,
        description=event.description,
    )
    return webhook.model_dump_json().encode()


def parse_webhook(body: bytes | str) -> CarrierEvent:
    """Read a posted body.

    Raises:
        InvalidInput: a field is missing or wrong; the text names it, not its value.
    """
    try:
        webhook = CarrierWebhook.model_validate_json(body)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        field = ".".join(str(part) for part in first["loc"]) or "body"
        raise InvalidInput(field, _in_words(first["type"])) from None
    return CarrierEvent(
        event_id=webhook.event_id,
        tracking_number=webhook.tracking_number,
        milestone=_milestone(webhook.code),
        occurred_at=webhook.occurred_at.astimezone(UTC),
        place=webhook.place,
        description=webhook.description,
        code=webhook.code,
    )


def sign(body: bytes, *, secret: bytes, event_id: str, at: datetime) -> dict[str, str]:
    """Make the three headers that prove where a body comes from and when."""
    timestamp = str(int(at.timestamp()))
    return {
        ID_HEADER: event_id,
        TIMESTAMP_HEADER: timestamp,
        SIGNATURE_HEADER: f"v1,{_digest(secret, event_id, timestamp, body)}",
    }


def verify(
    body: bytes, headers: Mapping[str, str], *, secret: bytes, now: datetime
) -> bool:
    """Say whether the raw body was signed with the secret, less than 5 minutes away.

    Header names are compared without regard to case; several signatures may stand in
    the header while a secret is exchanged.
    """
    given = {name.lower(): value for name, value in headers.items()}
    event_id = given.get(ID_HEADER, "")
    timestamp = given.get(TIMESTAMP_HEADER, "")
    if not (
        timestamp.isascii()
        and timestamp.isdigit()
        and len(timestamp) <= _TIMESTAMP_DIGITS
    ):
        return False
    if abs(now.timestamp() - int(timestamp)) > TOLERANCE.total_seconds():
        return False
    wanted = f"v1,{_digest(secret, event_id, timestamp, body)}".encode()
    return any(
        hmac.compare_digest(wanted, signature.encode())
        for signature in given.get(SIGNATURE_HEADER, "").split()
    )


def _digest(secret: bytes, event_id: str, timestamp: str, body: bytes) -> str:
    signed = b".".join((event_id.encode(), timestamp.encode(), body))
    return base64.b64encode(hmac.digest(secret, signed, hashlib.sha256)).decode()


def _milestone(code: str) -> Milestone:
    return Milestone(code) if code in set(Milestone) else Milestone.UNKNOWN


def _in_words(kind: str) -> str:
    wanted = {
        "missing": "is missing",
        "json_invalid": "is not valid JSON",
        "timezone_aware": "needs a time zone",
        "string_too_short": "is empty",
        "string_too_long": "is too long",
    }
    return wanted.get(kind, f"is not as documented ({kind})")
