"""Our dev server keeps its data, whatever ends it, and says why it cannot start."""

import asyncio
import http.client
import os
import socket
from dataclasses import replace
from pathlib import Path

import pytest
from temporalio.client import Client

from config.dev_server import DevServer, free_port
from config.dev_server_options import DevServerOptions, arguments
from config.errors import ConfigurationError, ServiceUnreachable
from config.search_attributes import (
    ensure_search_attributes,
    missing_search_attributes,
)
from config.temporal import Target, connect, is_loopback
from messages.search_attributes import SEARCH_ATTRIBUTES


async def started_runs(client: Client) -> list[str]:
    return [run.id async for run in client.list_workflows()]


async def start_a_run(client: Client) -> None:
    await client.start_workflow("OrderFulfillment", id="order-shop-1", task_queue="q")
    async with asyncio.timeout(20):
        while True:
            if await started_runs(client):
                return
            await asyncio.sleep(0.1)


async def test_runs_outlive_a_stop_and_a_kill(own_dev_server: DevServer) -> None:
    await start_a_run(await connect(Target(address=own_dev_server.address)))

    own_dev_server.stop()
    await own_dev_server.start()
    own_dev_server.kill()
    await own_dev_server.start()

    client = await connect(Target(address=own_dev_server.address))
    assert await started_runs(client) == ["order-shop-1"]


async def test_it_leaves_no_process_behind(own_dev_server: DevServer) -> None:
    pid = own_dev_server.pid

    own_dev_server.stop()

    assert not own_dev_server.is_running
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    with pytest.raises(RuntimeError, match="does not run"):
        _ = own_dev_server.pid


async def test_a_signal_to_our_terminal_does_not_reach_it(
    own_dev_server: DevServer,
) -> None:
    assert os.getsid(own_dev_server.pid) == own_dev_server.pid


async def test_a_port_in_use_is_refused_with_the_way_to_use_it(
    own_dev_server: DevServer, tmp_path: Path
) -> None:
    other = DevServer(
        replace(own_dev_server.options, database_file=tmp_path / "other.db")
    )

    with pytest.raises(
        ConfigurationError, match=f"TEMPORAL_ADDRESS={own_dev_server.address}"
    ):
        await other.start()


async def test_two_servers_never_share_one_data_file(
    own_dev_server: DevServer,
) -> None:
    other = DevServer(replace(own_dev_server.options, port=free_port()))

    with pytest.raises(ConfigurationError, match=f"process {own_dev_server.pid} at"):
        await other.start()


async def test_a_program_that_ends_at_once_is_reported_with_its_log(
    tmp_path: Path,
) -> None:
    program = tmp_path / "temporal"
    program.write_text("#!/bin/sh\necho no space left\nexit 1\n")
    program.chmod(0o755)
    log = tmp_path / "temporal.log"
    options = DevServerOptions(
        binary=program, database_file=tmp_path / "t.db", log_file=log, port=free_port()
    )

    with pytest.raises(ServiceUnreachable, match=str(log)):
        await DevServer(options).start()
    assert "no space left" in log.read_text()


async def test_a_program_that_never_serves_is_given_up_and_ended(
    tmp_path: Path,
) -> None:
    program = tmp_path / "temporal"
    program.write_text("#!/bin/sh\nexec sleep 60\n")
    program.chmod(0o755)
    server = DevServer(
        DevServerOptions(
            binary=program,
            database_file=tmp_path / "t.db",
            log_file=tmp_path / "t.log",
            port=free_port(),
            startup_seconds=0.5,
        )
    )

    with pytest.raises(ServiceUnreachable, match="did not come up"):
        await server.start()
    assert not server.is_running


def test_its_pages_are_served_only_when_a_port_is_chosen(tmp_path: Path) -> None:
    options = DevServerOptions(
        binary=tmp_path, database_file=tmp_path, log_file=tmp_path, port=7233
    )

    assert "--headless" in arguments(options)
    assert DevServer(options).ui_address is None
    with_pages = replace(options, ui_port=8233)
    assert "--headless" not in arguments(with_pages)
    assert DevServer(with_pages).ui_address == "http://127.0.0.1:8233"


async def test_search_attributes_are_registered_once_and_again_without_harm(
    own_dev_server: DevServer,
) -> None:
    own_dev_server.kill()
    bare = DevServer(replace(own_dev_server.options, search_attributes={}))
    bare.options.database_file.unlink()
    async with bare:
        client = await connect(Target(address=bare.address))
        assert await missing_search_attributes(client, SEARCH_ATTRIBUTES) == tuple(
            sorted(SEARCH_ATTRIBUTES)
        )

        first, second = await asyncio.gather(
            ensure_search_attributes(client, SEARCH_ATTRIBUTES),
            ensure_search_attributes(client, SEARCH_ATTRIBUTES),
        )

        assert first or second
        assert not await missing_search_attributes(client, SEARCH_ATTRIBUTES)
        assert not await ensure_search_attributes(client, SEARCH_ATTRIBUTES)


async def test_a_search_attribute_of_another_type_is_refused_by_name(
    client: Client,
) -> None:
    with pytest.raises(ConfigurationError, match="Source should be of type Bool"):
        await ensure_search_attributes(client, {"Source": "Bool"})


async def test_a_server_that_is_not_there_is_named_with_what_to_do() -> None:
    address = f"127.0.0.1:{free_port()}"

    with pytest.raises(ServiceUnreachable, match=f"{address} does not answer.*up"):
        await connect(Target(address=address), seconds=5)


async def test_a_server_that_accepts_but_never_answers_is_given_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"127.0.0.1:{silent.getsockname()[1]}"

        with pytest.raises(ServiceUnreachable):
            await connect(Target(address=address), seconds=0.5)


async def test_the_address_and_namespace_come_from_the_environment(
    dev_server: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEMPORAL_ADDRESS", dev_server.address)
    monkeypatch.setenv("TEMPORAL_NAMESPACE", "orderwright")

    client = await connect()

    assert client.service_client.config.target_host == dev_server.address
    assert client.namespace == "orderwright"


def test_only_this_machine_counts_as_loopback() -> None:
    assert is_loopback("127.0.0.1:7233")
    assert is_loopback("localhost:7233")
    assert is_loopback("[::1]:7233")
    assert not is_loopback("10.0.0.5:7233")
    assert not is_loopback("temporal.example:7233")


async def test_the_sdks_own_metrics_are_served_where_the_setting_says(
    dev_server: Target,
) -> None:
    port = free_port()

    await connect(dev_server, metrics_address=f"127.0.0.1:{port}")

    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", "/metrics")
    answer = connection.getresponse()
    assert answer.status == 200
    assert b"temporal_request_total" in answer.read()
    connection.close()


async def test_a_metrics_port_in_use_is_refused_by_the_name_of_its_variable(
    dev_server: Target,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as holder:
        taken = f"127.0.0.1:{holder.getsockname()[1]}"

        with pytest.raises(
            ConfigurationError, match="ORDERWRIGHT_TEMPORAL_METRICS_ADDRESS"
        ):
            await connect(dev_server, metrics_address=taken)


async def test_a_broken_temporal_configuration_file_is_named_as_a_setting(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    broken = tmp_path / "temporal.toml"
    broken.write_text("[profile.default\n")
    monkeypatch.setenv("TEMPORAL_CONFIG_FILE", str(broken))

    with pytest.raises(ConfigurationError, match=r"temporal\.toml"):
        await connect()
