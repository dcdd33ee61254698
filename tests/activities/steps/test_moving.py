"""An order that goes elsewhere: its labels are bought anew, and only then."""

import pytest

from domain.shipments.status import ShipmentStatus
from messages.order_messages import AnswerFloorRequest, ChangeShipTo
from messages.order_state import LabelState
from persistence.tables import address
from tests.activities.steps.builders import NOON, OrderRun, Shop, package_of, picks


@pytest.fixture
def packed(shop: Shop) -> OrderRun:
    """Have a packed order with its label, and another address of its customer."""
    run = shop.order("1")
    run.pick(*picks(1))
    run.pack(package_of(MUG=1))
    run.have_label()
    shop.add(
        address,
        {
            "address_id": "elsewhere",
            "order_id": run.order_id,
            "name": "Test Person",
            "street": "Musterweg 2",
            "city": "Berlin",
            "postcode": "10117",
            "country": "DE",
            "created_at": NOON,
        },
    )
    return run


def move(to: str = "elsewhere", message_id: str = "move") -> ChangeShipTo:
    return ChangeShipTo(message_id=message_id, address_id=to)


def test_a_packed_order_that_moves_gets_a_new_label(packed: OrderRun) -> None:
    packed.done(move())

    [subject] = packed.state.shipments
    assert (subject.status, subject.label) == (
        ShipmentStatus.PACKED,
        LabelState.WANTED,
    )
    assert subject.label_round == 2


def test_the_address_it_has_already_costs_no_label(packed: OrderRun) -> None:
    packed.done(move())
    packed.have_label("TRACK-2")

    answer = packed.done(move(message_id="again"))

    assert "already" in answer.text
    [subject] = packed.state.shipments
    assert (subject.label, subject.label_round) == (LabelState.MADE, 2)
    assert packed.events().count("ship_to_changed") == 1


def test_a_move_waits_for_the_floors_answer_to_a_cancel(packed: OrderRun) -> None:
    packed.cancel()

    text = packed.refused(move())
    packed.done(AnswerFloorRequest(message_id="no", accept=False))
    packed.done(move(message_id="after"))

    assert "being cancelled" in text
    [subject] = packed.state.shipments
    assert (subject.label, subject.label_round) == (LabelState.WANTED, 2)
