"""The one way to connect to Temporal: `TEMPORAL_*` variables, our converter."""

import asyncio
import ipaddress
import logging
import os
from dataclasses import dataclass
from functools import cache

from temporalio.client import Client
from temporalio.envconfig import ClientConfig, ClientConnectConfig
from temporalio.runtime import (
    LogForwardingConfig,
    LoggingConfig,
    PrometheusConfig,
    Runtime,
    TelemetryConfig,
    TelemetryFilter,
)
from temporalio.service import GrpcCompression, RPCError

from config.errors import ConfigurationError, ServiceUnreachable
from messages.converter import DATA_CONVERTER

DEFAULT_ADDRESS = "127.0.0.1:7233"
CONNECT_SECONDS = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where the Temporal server is, and as what we use it."""

    address: str = DEFAULT_ADDRESS
    namespace: str = "default"


def address_is_chosen() -> bool:
    """Tell whether the environment names a server, so that we start none."""
    return bool(os.environ.get("TEMPORAL_ADDRESS"))


def configured_target() -> Target:
    """Return what the environment and temporal.toml say, else the defaults."""
    config = _client_config()
    return Target(
        address=config.get("target_host") or DEFAULT_ADDRESS,
        namespace=config.get("namespace") or "default",
    )


async def connect(
    target: Target | None = None,
    *,
    metrics_address: str | None = None,
    seconds: float = CONNECT_SECONDS,
) -> Client:
    """Connect to the target, by default the configured one.

    Raises ServiceUnreachable when nothing answers within the given seconds.
    """
    config = _client_config()
    chosen = target or configured_target()
    config["target_host"] = chosen.address
    config["namespace"] = chosen.namespace
    compression = (
        GrpcCompression.NONE if is_loopback(chosen.address) else GrpcCompression.GZIP
    )
    try:
        async with asyncio.timeout(seconds):
            return await Client.connect(
                **config,
                data_converter=DATA_CONVERTER,
                grpc_compression=compression,
                runtime=_runtime(metrics_address),
            )
    except (TimeoutError, RuntimeError, RPCError) as error:
        raise _unreachable(chosen.address) from error


def is_loopback(address: str) -> bool:
    """Tell whether the address is on this machine, where compression only costs."""
    host = address.rpartition(":")[0].strip("[]")
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _client_config() -> ClientConnectConfig:
    try:
        return ClientConfig.load_client_connect_config()
    except (RuntimeError, ValueError, OSError) as error:
        raise ConfigurationError(
            "TEMPORAL_* variables or temporal.toml should be as the Temporal SDK "
            f"wants them: {error}"
        ) from error


@cache
def _runtime(metrics_address: str | None) -> Runtime:
    """One per process: a second would ask for the same port.

    What the SDK's core says goes to our log: by itself it would write to stdout, which
    is for data.
    """
    metrics = None
    if metrics_address is not None:
        metrics = PrometheusConfig(
            bind_address=metrics_address,
            durations_as_seconds=True,
            counters_total_suffix=True,
        )
    core = LogForwardingConfig(logger=logging.getLogger("temporalio.core"))
    logs = LoggingConfig(
        filter=TelemetryFilter(core_level="WARN", other_level="ERROR"), forwarding=core
    )
    try:
        return Runtime(telemetry=TelemetryConfig(metrics=metrics, logging=logs))
    except (RuntimeError, ValueError) as error:
        raise ConfigurationError(
            "ORDERWRIGHT_TEMPORAL_METRICS_ADDRESS should be a free host:port "
            f"of this machine: {error}"
        ) from error


def _unreachable(address: str) -> ServiceUnreachable:
    return ServiceUnreachable(
        "The Temporal server",
        address,
        "Start one with `orderwright up`, or set TEMPORAL_ADDRESS to one that runs.",
    )
