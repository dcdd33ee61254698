"""The Temporal server to work with: the one that was named, else a dev server."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from temporalio.client import Client

from config.dev_server import DevServer
from config.dev_server_options import LOOPBACK, DevServerOptions
from config.errors import ServiceUnreachable
from config.search_attributes import ensure_search_attributes
from config.settings import Settings
from config.temporal import Target, address_is_chosen, configured_target, connect
from config.temporal_binary import temporal_binary

DEFAULT_PORT = 7233
DEFAULT_UI_PORT = 8233


@dataclass(frozen=True, slots=True, kw_only=True)
class AvailableServer:
    """A server that answers; `dev_server` is None when it is not ours to stop."""

    target: Target
    ui_address: str | None
    dev_server: DevServer | None


@asynccontextmanager
async def temporal_server(
    settings: Settings,
    search_attributes: Mapping[str, str],
    *,
    port: int = DEFAULT_PORT,
    ui_port: int = DEFAULT_UI_PORT,
) -> AsyncIterator[AvailableServer]:
    """Have a Temporal server with the search attributes for as long as this lasts.

    With TEMPORAL_ADDRESS set nothing is started, and ServiceUnreachable says so when
    nobody answers there. Else a dev server keeps its data and its log below the var
    directory, so the next start goes on with them.
    """
    if address_is_chosen():
        target = configured_target()
        client = await _connect_to_chosen(target, port)
        await ensure_search_attributes(client, search_attributes)
        yield AvailableServer(
            target=target, ui_address=settings.ui_address, dev_server=None
        )
        return
    options = DevServerOptions(
        binary=await asyncio.to_thread(temporal_binary),
        database_file=settings.var_directory / "temporal.db",
        log_file=settings.var_directory / "temporal.log",
        port=port,
        ui_port=ui_port,
        search_attributes=search_attributes,
    )
    async with DevServer(options) as server:
        target = Target(address=server.address)
        # Data of an earlier version may lack what this version wants.
        await ensure_search_attributes(await connect(target), search_attributes)
        yield AvailableServer(
            target=target, ui_address=server.ui_address, dev_server=server
        )


async def _connect_to_chosen(target: Target, port: int) -> Client:
    try:
        return await connect(target)
    except ServiceUnreachable as error:
        raise ServiceUnreachable(
            "The Temporal server that TEMPORAL_ADDRESS names",
            target.address,
            "While TEMPORAL_ADDRESS is set, no server is started here. Unset it to "
            f"have one started at {LOOPBACK}:{port}, or start the one it names.",
        ) from error
