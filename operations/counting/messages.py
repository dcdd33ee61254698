"""What people say about counts, and what they are answered."""

from __future__ import annotations

from domain.stock.counts import CountStatus
from messages.order_document import Reference, Sku
from messages.order_messages import Count, Message
from operations.queries.models import View


class OpenCount(Message):
    """Somebody wants to know how many units of an article a location holds."""

    location: Reference
    sku: Sku


class CountMessage(Message):
    """A message about one count task."""

    count_task_id: Reference


class ConfirmCount(CountMessage):
    """So many units were counted."""

    quantity: Count


class ApproveCount(CountMessage):
    """The difference may be booked."""


class RefuseCount(CountMessage):
    """The difference is not believed: it is to be counted again."""


class CountAnswer(View):
    """What became of a count task.

    `adjustment` is told when it is booked; before that nobody hears what the books
    say. `unbooked` are units that are missing and promised: the picks that look for
    them will find them short.
    """

    count_task_id: str
    status: CountStatus
    adjustment: int | None = None
    unbooked: int = 0
    woken: tuple[str, ...] = ()
    text: str
