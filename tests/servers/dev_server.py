"""Real Temporal dev servers for the tests."""

from pathlib import Path

from config.dev_server import DevServer, free_port
from config.dev_server_options import DevServerOptions
from config.temporal_binary import temporal_binary
from messages.search_attributes import SEARCH_ATTRIBUTES


def new_dev_server(directory: Path) -> DevServer:
    """Return a server of its own, not started, with its files in the directory."""
    return DevServer(
        DevServerOptions(
            binary=temporal_binary(),
            database_file=directory / "temporal.db",
            log_file=directory / "temporal.log",
            port=free_port(),
            metrics_port=free_port(),
            search_attributes=SEARCH_ATTRIBUTES,
        )
    )
