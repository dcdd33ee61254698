"""The carrier page names everything that can happen, and its example is true."""

import re
from pathlib import Path

import pytest

from domain.tracking import Milestone
from gateways.carrier import errors
from gateways.carrier.factory import CARRIER_NAMES
from gateways.carrier.simulator.faults import FaultKind
from gateways.carrier.webhook import parse_webhook

PAGE = (Path(__file__).parents[3] / "docs" / "carrier-simulator.md").read_text("utf-8")
ERRORS = ("AddressRefused", "CarrierRefused", "CarrierUnavailable")


@pytest.mark.parametrize("name", [*Milestone, *FaultKind, *CARRIER_NAMES, *ERRORS])
def test_the_page_explains_it(name: str) -> None:
    assert re.search(rf"^\| `{name}` \| [\w`]", PAGE, re.MULTILINE)


def test_the_page_names_errors_that_exist() -> None:
    assert all(hasattr(errors, name) for name in ERRORS)


def test_the_example_on_the_page_is_read() -> None:
    example = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)[0]

    assert parse_webhook(example).milestone is Milestone.IN_TRANSIT
