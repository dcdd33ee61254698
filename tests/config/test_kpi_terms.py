"""A KPI file changes what it names, and says what is wrong with it by path."""

from __future__ import annotations

import tomllib
from dataclasses import asdict, replace
from decimal import Decimal
from pathlib import Path

import pytest

from config.errors import ConfigurationError
from config.kpi_terms import default_kpi_terms, load_kpi_terms
from domain.kpi.catalogue import DEFINITIONS
from domain.kpi.defaults import DEFAULT_TARGETS
from domain.kpi.definitions import Unit
from domain.kpi.question import CarryingRates, CostRates, KpiTerms
from domain.kpi.targets import LimitLevel, Statistic, Target
from domain.policy import DEFAULT_POLICY

DOCS = Path(__file__).parents[2] / "docs"
EXAMPLE = DOCS / "examples" / "kpi.toml"
BERLIN = replace(
    DEFAULT_POLICY,
    default_calendar=replace(
        DEFAULT_POLICY.default_calendar, time_zone="Europe/Berlin"
    ),
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "kpi.toml"


def load(file: Path, text: str) -> KpiTerms:
    file.write_text(text, "utf-8")
    return load_kpi_terms(file, DEFAULT_POLICY)


def complaint(file: Path, text: str) -> str:
    with pytest.raises(ConfigurationError) as refusal:
        load(file, text)
    return str(refusal.value)


def test_without_a_file_days_are_those_of_the_policys_calendar() -> None:
    terms = load_kpi_terms(None, BERLIN)

    assert terms == KpiTerms(zone="Europe/Berlin", targets=DEFAULT_TARGETS)


def test_an_empty_file_changes_nothing(file: Path) -> None:
    assert load(file, "") == default_kpi_terms(DEFAULT_POLICY)


def test_the_zone_of_the_file_goes_before_that_of_the_policy(file: Path) -> None:
    file.write_text('zone = "America/New_York"')

    assert load_kpi_terms(file, BERLIN).zone == "America/New_York"


def test_every_default_target_is_of_a_kpi_there_is_and_in_its_unit() -> None:
    for name, target in DEFAULT_TARGETS.items():
        assert DEFINITIONS[name].unit is Unit.RATE
        assert DEFINITIONS[name].higher_is_better is target.higher_is_better
        assert target.level_of(target.target) is LimitLevel.WITHIN
        assert target.level_of(target.warning - 0.001) is LimitLevel.WARNING
        assert target.level_of(target.alarm - 0.001) is LimitLevel.ALARM


def test_the_page_tells_every_default_target() -> None:
    page = (DOCS / "kpi-file.md").read_text("utf-8")

    for name, one in DEFAULT_TARGETS.items():
        shares = " | ".join(
            f"{Decimal(str(share)) * 100:f}".rstrip("0").rstrip(".") + " %"
            for share in (one.target, one.warning, one.alarm)
        )
        assert f"| `{name}` | {shares} | `{one.owner_role}` |" in page


def test_the_example_shows_the_defaults_and_three_changes() -> None:
    terms = load_kpi_terms(EXAMPLE, DEFAULT_POLICY)

    expected = dict(DEFAULT_TARGETS)
    del expected["perfect_order_rate"]
    expected["on_time_shipment"] = replace(expected["on_time_shipment"], alarm=0.96)
    expected["order_cycle_time"] = Target(
        statistic=Statistic.P90,
        target=48,
        warning=72,
        alarm=96,
        higher_is_better=False,
    )
    assert terms == KpiTerms(zone="UTC", targets=expected)


def test_the_example_names_every_key_there_is() -> None:
    written = tomllib.loads(EXAMPLE.read_text("utf-8"))

    assert set(written) == set(asdict(KpiTerms()))
    assert set(written["carrying"]) == set(asdict(CarryingRates()))
    assert set(written["cost"]) == set(asdict(CostRates()))
    keys = set(asdict(DEFAULT_TARGETS["on_time_delivery"]))
    assert set(written["targets"]["on_time_delivery"]) == keys


def test_rates_are_read_as_they_are_written(file: Path) -> None:
    terms = load(
        file,
        """
        currency = "USD"
        [carrying]
        capital = 0.12
        [cost]
        labour_per_order = 1.2
        fixed_per_month = 4000
        material_per_shipment = "none"
        """,
    )

    assert terms.currency == "USD"
    assert terms.carrying == CarryingRates(capital=0.12)
    assert terms.cost == CostRates(
        labour_per_order=Decimal("1.2"), fixed_per_month=Decimal(4000)
    )


REFUSALS = [
    ("[x]", "x: no such key; docs/kpi-file.md lists them"),
    ("zone = 'Mars'", "zone: wanted an IANA zone such as Europe/Berlin"),
    ("currency = 'euro'", "currency: wanted"),
    ("claim_maturity_days = 0", "claim_maturity_days: wanted greater than or equal"),
    ("claim_maturity_days = 1.5", "claim_maturity_days: wanted a valid integer"),
    ("carrying = 0.2", "carrying: wanted a table"),
    ("[carrying]\ncapital = 10", "carrying.capital: wanted less than or equal to 1"),
    ("[carrying]\nrent = 0.1", "carrying.rent: no such key"),
    ("[cost]\nlabour_per_order = -1", "cost.labour_per_order: wanted greater than"),
    ("[cost]\nlabour_per_order = 'much'", "cost.labour_per_order: wanted"),
    ("targets = 3", "targets: wanted a table"),
    ("[targets]\notif = 0.9", "targets.otif: wanted a table"),
    ("[targets.on_time]\nalarm = 1", "targets.on_time: wanted the name of a KPI, such"),
    ("[targets.on_time_delivery]\nalarm = 'x'", "targets.on_time_delivery.alarm: want"),
    ("[targets.on_time_delivery]\nlimit = 1", "targets.on_time_delivery.limit: no suc"),
    (
        "[targets.on_time_delivery]\nalarm = 0.98",
        "targets.on_time_delivery.alarm: wanted target, warning, alarm from best to",
    ),
    (
        "[targets.on_time_delivery]\nhigher_is_better = false",
        "targets.on_time_delivery.alarm: wanted target, warning, alarm from best to",
    ),
    (
        "[targets.on_time_delivery]\ntarget = 99",
        "targets.on_time_delivery: wanted shares between 0 and 1",
    ),
    (
        "[targets.on_time_delivery]\nstatistic = 'p90'",
        "targets.on_time_delivery.statistic: wanted rate",
    ),
    (
        "[targets.on_time_delivery]\nowner_role = 'The Boss'",
        "targets.on_time_delivery.owner_role: wanted a role",
    ),
    (
        "[targets.order_cycle_time]\nstatistic='p90'\ntarget=1\nwarning=2",
        "targets.order_cycle_time.alarm: wanted this key: there is no default",
    ),
    (
        "[targets.order_cycle_time]\nstatistic='rate'\ntarget=1\nwarning=1\nalarm=1",
        "targets.order_cycle_time.statistic: wanted a number in hours",
    ),
]


@pytest.mark.parametrize(("text", "wanted"), REFUSALS)
def test_a_mistake_is_named_by_file_and_path_with_what_is_wanted(
    file: Path, text: str, wanted: str
) -> None:
    said = complaint(file, text)

    assert said.startswith(f"{file}: ")
    assert wanted in said
    assert len(said.splitlines()) == 1


def test_every_mistake_is_named_at_once(file: Path) -> None:
    said = complaint(file, "zone = 'Mars'\ncurrency = 1\n[cost]\nx = 1")

    assert len(said.splitlines()) == 3


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"[[", "not TOML"),
        (b"zone = '\xff'", "wanted text in UTF-8"),
    ],
)
def test_a_file_that_cannot_be_read_is_named(
    file: Path, content: bytes, told: str
) -> None:
    file.write_bytes(content)

    with pytest.raises(ConfigurationError, match=told):
        load_kpi_terms(file, DEFAULT_POLICY)


def test_a_file_that_is_not_there_is_named(file: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"kpi\.toml: No such file"):
        load_kpi_terms(file, DEFAULT_POLICY)
