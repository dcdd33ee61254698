"""Our own Prometheus metrics, served where a setting says."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import start_http_server

from config.settings import split_address


@contextmanager
def serve_metrics(address: str | None) -> Iterator[None]:
    """Serve `/metrics` at this `host:port` for as long as the block runs."""
    if address is None:
        yield
        return
    host, port = split_address(address)
    server, thread = start_http_server(port, addr=host)
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
