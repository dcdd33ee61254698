"""Registering our search attributes on any Temporal server."""

import asyncio
from collections.abc import Mapping

from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.operatorservice.v1 import (
    AddSearchAttributesRequest,
    ListSearchAttributesRequest,
)
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from config.errors import ConfigurationError

_SECONDS_TO_APPEAR = 30.0
_POLL_SECONDS = 0.2
_TYPES: Mapping[str, "IndexedValueType.ValueType"] = {
    "Keyword": IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD,
    "Bool": IndexedValueType.INDEXED_VALUE_TYPE_BOOL,
    "Datetime": IndexedValueType.INDEXED_VALUE_TYPE_DATETIME,
    "Int": IndexedValueType.INDEXED_VALUE_TYPE_INT,
    "Double": IndexedValueType.INDEXED_VALUE_TYPE_DOUBLE,
}


async def ensure_search_attributes(client: Client, wanted: Mapping[str, str]) -> bool:
    """Register what is missing; harmless when repeated. True if something was.

    Raises ConfigurationError when one exists with another type.
    """
    missing = await missing_search_attributes(client, wanted)
    if not missing:
        return False
    await add_search_attributes(client, {name: wanted[name] for name in missing})
    await _until_listed(client, wanted)
    return True


async def add_search_attributes(client: Client, wanted: Mapping[str, str]) -> None:
    """Register all of them, without asking first; one that exists is left alone."""
    try:
        await client.operator_service.add_search_attributes(
            AddSearchAttributesRequest(
                namespace=client.namespace,
                search_attributes={
                    name: _TYPES[type_name] for name, type_name in wanted.items()
                },
            )
        )
    except RPCError as error:
        # Two processes that start together may both find them missing.
        if error.status != RPCStatusCode.ALREADY_EXISTS:
            raise


async def missing_search_attributes(
    client: Client, wanted: Mapping[str, str]
) -> tuple[str, ...]:
    """Return the names the server does not know, sorted.

    Raises ConfigurationError when one exists with another type.
    """
    answer = await client.operator_service.list_search_attributes(
        ListSearchAttributesRequest(namespace=client.namespace)
    )
    known = answer.custom_attributes
    for name, type_name in wanted.items():
        if name in known and known[name] != _TYPES[type_name]:
            raise ConfigurationError(
                f"The search attribute {name} should be of type {type_name}, but "
                f"namespace {client.namespace} has it with another. Remove it there "
                "(temporal operator search-attribute remove) or use another namespace."
            )
    return tuple(sorted(name for name in wanted if name not in known))


async def _until_listed(client: Client, wanted: Mapping[str, str]) -> None:
    try:
        async with asyncio.timeout(_SECONDS_TO_APPEAR):
            while True:
                if not await missing_search_attributes(client, wanted):
                    return
                await asyncio.sleep(_POLL_SECONDS)
    except TimeoutError:
        raise ConfigurationError(
            f"The search attributes did not appear in namespace {client.namespace}; "
            "see the log of the Temporal server."
        ) from None
