"""`orderwright up` uses the server that was named, or keeps one of its own."""

from pathlib import Path

import pytest

from config.dev_server import free_port
from config.errors import ServiceUnreachable
from config.search_attributes import missing_search_attributes
from config.settings import Settings
from config.temporal import Target, connect
from config.temporal_server import temporal_server
from messages.search_attributes import SEARCH_ATTRIBUTES


async def test_a_named_server_is_used_and_nothing_is_started(
    dev_server: Target, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("TEMPORAL_ADDRESS", dev_server.address)
    settings = Settings(var_directory=tmp_path / "var", ui_address="http://ui.shop")

    async with temporal_server(settings, SEARCH_ATTRIBUTES) as server:
        assert server.target.address == dev_server.address
        assert server.dev_server is None
        assert server.ui_address == "http://ui.shop"
    assert not (tmp_path / "var").exists()


async def test_a_named_server_that_is_down_is_not_replaced_by_our_own(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("TEMPORAL_ADDRESS", f"127.0.0.1:{free_port()}")

    with pytest.raises(ServiceUnreachable):
        async with temporal_server(Settings(var_directory=tmp_path), {}):
            pass


async def test_the_next_start_goes_on_with_the_data_and_learns_new_attributes(
    tmp_path: Path,
) -> None:
    settings = Settings(var_directory=tmp_path / "var")
    port, ui_port = free_port(), free_port()
    async with temporal_server(settings, {}, port=port, ui_port=ui_port) as first:
        client = await connect(first.target)
        await client.start_workflow("OrderFulfillment", id="order-a-1", task_queue="q")

    async with temporal_server(
        settings, SEARCH_ATTRIBUTES, port=port, ui_port=ui_port
    ) as second:
        client = await connect(second.target)
        run = await client.get_workflow_handle("order-a-1").describe()

        assert run.id == "order-a-1"
        assert not await missing_search_attributes(client, SEARCH_ATTRIBUTES)
        assert second.ui_address == f"http://127.0.0.1:{ui_port}"
    assert (tmp_path / "var" / "temporal.log").stat().st_size > 0
