"""How our Temporal dev server is run, as values and as a command line."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

LOOPBACK = "127.0.0.1"
NAMESPACE = "default"

# One process and one database file: several task queue partitions only add
# latency, and the default request limits are below what one machine can do.
DYNAMIC_CONFIG: Mapping[str, str] = {
    "matching.numTaskqueueReadPartitions": "1",
    "matching.numTaskqueueWritePartitions": "1",
    "system.enableActivityEagerExecution": "true",
    "history.rps": "20000",
    "matching.rps": "20000",
    "frontend.rps": "20000",
    "frontend.namespaceRPS": "20000",
    "frontend.namespaceCount": "5000",
    "frontend.namespaceRPS.visibility": "1000",
}
SQLITE_PRAGMAS = ("journal_mode=WAL", "synchronous=NORMAL")


@dataclass(frozen=True, slots=True, kw_only=True)
class DevServerOptions:
    """How a dev server is to run; without `ui_port` it has no pages."""

    binary: Path
    database_file: Path
    log_file: Path
    port: int
    ui_port: int | None = None
    metrics_port: int | None = None
    search_attributes: Mapping[str, str] = field(default_factory=dict)
    startup_seconds: float = 60.0


def arguments(options: DevServerOptions) -> list[str]:
    """Return the command line of `temporal` for these options."""
    pages = (
        ["--headless"]
        if options.ui_port is None
        else ["--ui-port", str(options.ui_port), "--ui-disable-news-fetch"]
    )
    metrics = (
        []
        if options.metrics_port is None
        else ["--metrics-port", str(options.metrics_port)]
    )
    return [
        "server",
        "start-dev",
        "--ip",
        LOOPBACK,
        "--port",
        str(options.port),
        "--db-filename",
        os.fspath(options.database_file),
        "--log-format",
        "json",
        *pages,
        *metrics,
        *_repeated("--sqlite-pragma", SQLITE_PRAGMAS),
        *_repeated("--search-attribute", _pairs(options.search_attributes)),
        *_repeated("--dynamic-config-value", _pairs(DYNAMIC_CONFIG)),
    ]


def _pairs(values: Mapping[str, str]) -> list[str]:
    return [f"{name}={value}" for name, value in values.items()]


def _repeated(flag: str, values: tuple[str, ...] | list[str]) -> list[str]:
    return [word for value in values for word in (flag, value)]
