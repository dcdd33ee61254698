"""The carrier's webhook: read, signed, and refused in words."""

import base64
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from domain.errors import InvalidInput
from domain.tracking import Milestone
from gateways.carrier.protocol import CarrierEvent
from gateways.carrier.webhook import parse_webhook, sign, verify, webhook_body
from tests.gateways.carrier.builders import MONDAY

SECRET = b"a secret of twenty-four b"
EVENT = CarrierEvent(
    event_id="095200000000001230-2",
    tracking_number="095200000000001230",
    milestone=Milestone.IN_TRANSIT,
    occurred_at=MONDAY,
    place="sorting hub",
    description="Sorted and on its way",
    code="in_transit",
)
BODY = webhook_body(EVENT)
HEADERS = sign(BODY, secret=SECRET, event_id=EVENT.event_id, at=MONDAY)


def a_body(**changes: object) -> str:
    fields = {**json.loads(BODY), **changes}
    return json.dumps({name: value for name, value in fields.items() if value != ""})


def test_what_the_carrier_writes_is_read_back() -> None:
    assert parse_webhook(BODY) == EVENT


def test_every_milestone_is_read_back() -> None:
    for milestone in Milestone:
        event = replace(EVENT, milestone=milestone, code=milestone)

        assert parse_webhook(webhook_body(event)) == event


def test_fields_nobody_knows_are_let_through() -> None:
    assert parse_webhook(a_body(weight={"grams": 5}, version=3)) == EVENT


def test_a_new_word_of_the_carrier_is_kept_and_read_as_unknown() -> None:
    event = parse_webhook(a_body(code="SCANNED_BY_DRONE"))

    assert event.milestone is Milestone.UNKNOWN
    assert event.code == "SCANNED_BY_DRONE"


def test_an_instant_of_any_zone_is_read_as_utc() -> None:
    event = parse_webhook(a_body(occurred_at="2026-03-02T09:00:00+01:00"))

    assert event.occurred_at == datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
    assert event.occurred_at.tzinfo is UTC


@pytest.mark.parametrize(
    ("body", "field", "wanted"),
    [
        (a_body(event_id=""), "event_id", "is missing"),
        (a_body(tracking_number=""), "tracking_number", "is missing"),
        (a_body(code=["secret"]), "code", "is not as documented"),
        (a_body(occurred_at="2026-03-02T09:00:00"), "occurred_at", "needs a time zone"),
        (a_body(occurred_at="soon"), "occurred_at", "is not as documented"),
        (a_body(event_id="9" * 201), "event_id", "is too long"),
        ('{"event_id":', "body", "is not valid JSON"),
        (b"\xff\xfe", "body", "is not valid JSON"),
    ],
)
def test_a_body_that_cannot_be_read_is_refused_by_field(
    body: bytes | str, field: str, wanted: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        parse_webhook(body)

    assert refused.value.field == field
    assert refused.value.wanted.startswith(wanted)
    assert "secret" not in str(refused.value)


def test_a_signed_body_is_believed() -> None:
    assert verify(BODY, HEADERS, secret=SECRET, now=MONDAY + timedelta(minutes=4))


def test_header_names_are_read_in_any_case() -> None:
    headers = {name.upper(): value for name, value in HEADERS.items()}

    assert verify(BODY, headers, secret=SECRET, now=MONDAY)


def test_one_of_several_signatures_is_enough_while_secrets_change() -> None:
    both = f"v1,AAAA v1a,BBBB {HEADERS['webhook-signature']}"

    assert verify(
        BODY, {**HEADERS, "webhook-signature": both}, secret=SECRET, now=MONDAY
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"webhook-id": "another"},
        {"webhook-timestamp": str(int(MONDAY.timestamp()) + 1)},
        {"webhook-timestamp": "now"},
        {"webhook-timestamp": "9" * 400},
        {"webhook-timestamp": ""},
        {"webhook-signature": ""},
        {"webhook-signature": "v1,AAAA"},
        {"webhook-signature": "straße"},
    ],
)
def test_a_header_that_was_changed_is_not_believed(changes: dict[str, str]) -> None:
    assert not verify(BODY, {**HEADERS, **changes}, secret=SECRET, now=MONDAY)


def test_a_body_that_was_changed_is_not_believed() -> None:
    assert not verify(BODY + b" ", HEADERS, secret=SECRET, now=MONDAY)


def test_another_secret_is_not_believed() -> None:
    assert not verify(BODY, HEADERS, secret=b"another", now=MONDAY)


@pytest.mark.parametrize("minutes", [-6, 6])
def test_an_old_or_early_signature_is_not_believed(minutes: int) -> None:
    now = MONDAY + timedelta(minutes=minutes)

    assert not verify(BODY, HEADERS, secret=SECRET, now=now)


def test_a_body_without_any_header_is_not_believed() -> None:
    assert not verify(BODY, {}, secret=SECRET, now=MONDAY)


def test_the_signature_is_the_one_of_standard_webhooks() -> None:
    # The published example of the specification.
    headers = sign(
        b'{"test": 2432232314}',
        secret=base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"),
        event_id="msg_p5jXN8AQM9LWM0D4loKWxJek",
        at=datetime.fromtimestamp(1614265330, UTC),
    )

    wanted = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    assert headers["webhook-signature"] == wanted
