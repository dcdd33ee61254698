"""Every line, whoever writes it, has one shape and says which order it is about."""

import io
import json
import logging
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import structlog
from temporalio import activity
from temporalio.client import Client
from temporalio.testing import ActivityEnvironment
from temporalio.worker import Worker

from config.logging import configure_logging
from config.settings import LogFormat
from tests.config.greeting import Greeting


@activity.defn
def write_lines() -> None:
    """Write one line by each kind of logger."""
    structlog.get_logger("ours").info("label_bought", packages=1)
    activity.logger.info("label_stored", extra={"packages": 2})


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    stream = io.StringIO()
    yield stream
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.captureWarnings(False)
    structlog.reset_defaults()


def parsed(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_both_kinds_of_logger_give_the_same_json(lines: io.StringIO) -> None:
    configure_logging("json", stream=lines)

    structlog.get_logger("ours").info("stock_received", quantity=5)
    logging.getLogger("library").warning("slow_query", extra={"seconds": 2})

    ours, library = parsed(lines)
    assert (ours["event"], ours["quantity"], ours["level"]) == (
        "stock_received",
        5,
        "info",
    )
    assert (library["event"], library["seconds"]) == ("slow_query", 2)
    assert library["logger"] == "library"
    assert ours["timestamp"].endswith("Z")
    assert library["timestamp"].endswith("Z")


def test_ids_bound_by_the_caller_are_on_every_line(lines: io.StringIO) -> None:
    configure_logging("json", stream=lines)

    with structlog.contextvars.bound_contextvars(order_id="shop-1001"):
        structlog.get_logger().info("order_placed")
        logging.getLogger("library").info("request_sent")

    assert [line["order_id"] for line in parsed(lines)] == ["shop-1001", "shop-1001"]


def test_a_step_names_its_run_its_order_and_itself(lines: io.StringIO) -> None:
    configure_logging("json", stream=lines)
    environment = ActivityEnvironment()
    environment.info = replace(
        environment.info,
        workflow_id="order-shop-1001",
        workflow_run_id="run-1",
        activity_type="write_lines",
        attempt=2,
    )

    environment.run(write_lines)

    ours, sdk = parsed(lines)
    assert (ours["event"], sdk["event"]) == ("label_bought", "label_stored")
    assert (ours["packages"], sdk["packages"]) == (1, 2)
    for line in (ours, sdk):
        assert line["workflow_id"] == "order-shop-1001"
        assert line["order_id"] == "shop-1001"
        assert line["run_id"] == "run-1"
        assert line["activity_type"] == "write_lines"
        assert line["attempt"] == 2


async def test_a_run_names_itself_and_its_order(
    lines: io.StringIO, client: Client, task_queue: str
) -> None:
    configure_logging("json", stream=lines)

    async with Worker(client, task_queue=task_queue, workflows=[Greeting]):
        await client.execute_workflow(
            Greeting.run, id=f"order-{task_queue}", task_queue=task_queue
        )

    (line,) = [each for each in parsed(lines) if each["event"] == "order_allocated"]
    assert line["workflow_id"] == f"order-{task_queue}"
    assert line["order_id"] == task_queue
    assert line["workflow_type"] == "Greeting"
    assert line["lines"] == 3
    assert "temporal_workflow" not in line


def test_a_run_that_is_no_order_has_no_order_id(lines: io.StringIO) -> None:
    configure_logging("json", stream=lines)
    environment = ActivityEnvironment()
    environment.info = replace(environment.info, workflow_id="reservation-7")

    environment.run(write_lines)

    assert all("order_id" not in line for line in parsed(lines))


def test_lines_below_the_level_are_not_written(lines: io.StringIO) -> None:
    configure_logging("json", "warning", stream=lines)

    structlog.get_logger().info("order_placed")
    logging.getLogger("library").info("request_sent")
    structlog.get_logger().warning("carrier_down")

    assert [line["event"] for line in parsed(lines)] == ["carrier_down"]


@pytest.mark.parametrize("log_format", ["json", "console"])
def test_a_traceback_does_not_show_the_values_of_variables(
    lines: io.StringIO, log_format: LogFormat
) -> None:
    configure_logging(log_format, stream=lines)
    street = "12 " + "Harbour Lane"

    try:
        int(bool(street)) / 0
    except ZeroDivisionError:
        structlog.get_logger().exception("address_check_failed")

    assert "ZeroDivisionError" in lines.getvalue()
    assert "Harbour Lane" not in lines.getvalue()


def test_setting_up_twice_does_not_write_lines_twice(lines: io.StringIO) -> None:
    configure_logging("json", stream=lines)
    configure_logging("json", stream=lines)

    structlog.get_logger().info("order_placed")

    assert len(parsed(lines)) == 1
