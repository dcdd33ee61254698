"""What the bare run is told: the same messages, and steps that do nothing."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict
from temporalio import activity

BARE_QUEUE = "bare"
BARE_TYPE = "BareOrder"

# As long as the state that a step of ours is given and gives back, written as JSON.
STATE_CHARACTERS = 700
STATE = "s" * STATE_CHARACTERS


class BareMessage(BaseModel):
    """A message about as long as the floor's own."""

    model_config = ConfigDict(frozen=True)

    message_id: str
    actor: str = "picker:7"
    text: str = "lines: one article, two units, from bin A-1"


class BareStep(BaseModel):
    """What a step is given and gives back."""

    model_config = ConfigDict(frozen=True)

    order_id: str
    state: str = STATE


@activity.defn
def bare_step(step: BareStep) -> BareStep:
    """Do nothing, where ours works on the database."""
    return step


@activity.defn
async def bare_label(message: BareMessage) -> BareMessage:
    """Do nothing, where ours asks a carrier."""
    return message
