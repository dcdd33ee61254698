"""What a run shows of its customer: nothing, but the input it was started with."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator

from temporalio.client import WorkflowHistory
from temporalio.service import RPCError, RPCStatusCode

from tests.builders.documents import personal_data_in
from tests.builders.shop import Shop

_STARTED = "workflowExecutionStartedEventAttributes"


async def personal_data_of(shop: Shop, order_id: str) -> list[str]:
    """Return what a run's history and search attributes show of the customer."""
    handle = shop.handle(order_id)
    try:
        described = await handle.describe()
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            return []
        raise
    attributes = str(described.typed_search_attributes)
    return personal_data_in(attributes) + shown_by(await handle.fetch_history())


def shown_by(history: WorkflowHistory) -> list[str]:
    """Return what a history shows of the customer, its first input excepted."""
    events = json.loads(history.to_json())["events"]
    for event in events:
        event.get(_STARTED, {}).pop("input", None)
    return personal_data_in("\n".join(readable(events)))


def readable(part: object) -> Iterator[str]:
    """Give every text of a history as JSON, payloads decoded."""
    match part:
        case dict():
            for name, value in part.items():
                if name == "data" and isinstance(value, str):
                    yield base64.b64decode(value).decode(errors="replace")
                else:
                    yield from readable(value)
        case list():
            for value in part:
                yield from readable(value)
        case str():
            yield part
