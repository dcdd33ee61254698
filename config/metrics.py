"""Our own Prometheus metrics, served where a setting says."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import REGISTRY, start_http_server
from prometheus_client.registry import Collector

from config.settings import split_address


@contextmanager
def serve_metrics(address: str | None, figures: Collector) -> Iterator[None]:
    """Serve `/metrics` with these figures at this `host:port` while the block runs."""
    if address is None:
        yield
        return
    host, port = split_address(address)
    REGISTRY.register(figures)
    server, thread = start_http_server(port, addr=host)
    try:
        yield
    finally:
        REGISTRY.unregister(figures)
        server.shutdown()
        server.server_close()
        thread.join()
