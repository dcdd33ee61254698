"""Stations: where on the floor a person confirmed, as far as the message says."""

from __future__ import annotations

from typing import TypedDict

from messages.order_messages import Message


class AtStation(TypedDict, total=False):
    """What an event says of the station; nothing if nobody named it."""

    station: str


def at_station(message: Message) -> AtStation:
    """Return the station a message names."""
    return {"station": message.station} if message.station else {}
