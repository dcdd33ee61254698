"""Stations: the floor's confirmations say where, and how many lines they were."""

from __future__ import annotations

from messages.order_messages import (
    ConfirmHandover,
    ConfirmPack,
    ConfirmPick,
    PickedLine,
    ShortReason,
)
from tests.activities.steps.builders import OrderRun, Shop, line, package_of, picks


def confirm_all(run: OrderRun, station: str | None) -> None:
    run.done(
        ConfirmPick(
            message_id="k1", actor="picker:7", station=station, lines=picks(4, 1, 2)
        )
    )
    run.done(
        ConfirmPack(
            message_id="k2",
            actor="packer:3",
            station=station,
            packages=(package_of(MUG=6, POT=1),),
        )
    )
    run.have_label()
    run.done(ConfirmHandover(message_id="k3", actor="dock:1", station=station))


def test_pick_pack_and_hand_over_say_their_station_lines_and_units(shop: Shop) -> None:
    run = shop.order("1", line("MUG", 4), line("POT", 1), line("MUG", 2))

    confirm_all(run, "desk-4")

    for kind in ("picked", "packed", "handed_over"):
        told = run.data_of(kind)
        assert (told["station"], told["lines"], told["units"]) == ("desk-4", 3, 7)


def test_an_event_names_no_station_when_the_message_names_none(shop: Shop) -> None:
    run = shop.order("1", line("MUG", 4), line("POT", 1), line("MUG", 2))

    confirm_all(run, None)

    for kind in ("picked", "packed", "handed_over"):
        assert "station" not in run.data_of(kind)


def test_lines_picked_in_turns_are_counted_once_each_and_empty_ones_not(
    shop: Shop,
) -> None:
    run = shop.order("1", line("MUG", 1), line("MUG", 2), line("POT", 2))

    run.pick(*picks(1))
    run.pick(*picks(2, first=2))
    run.pick(PickedLine(line_no=3, quantity=0, reason=ShortReason.NOT_THERE))

    told = run.data_of("picked")
    assert (told["lines"], told["units"]) == (2, 3)
