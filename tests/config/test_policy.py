"""A policy file changes what it names, and says what is wrong with it by path."""

import tomllib
from dataclasses import replace
from datetime import date, time, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from config.errors import ConfigurationError
from config.policy import load_policy
from domain.policy import (
    DEFAULT_POLICY,
    CheckMode,
    CheckName,
    ExpiryAction,
    FulfillmentPolicy,
    HoldKind,
    OpeningHours,
    Stage,
    Step,
    Weekday,
)

EXAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "policy.toml"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "policy.toml"


def load(file: Path, text: str) -> FulfillmentPolicy:
    file.write_text(text, "utf-8")
    return load_policy(file)


def complaint(file: Path, text: str) -> str:
    with pytest.raises(ConfigurationError) as refusal:
        load(file, text)
    return str(refusal.value)


def test_without_a_file_the_default_policy_counts() -> None:
    assert load_policy(None) is DEFAULT_POLICY


def test_an_empty_file_changes_nothing(file: Path) -> None:
    assert load(file, "") == DEFAULT_POLICY


def test_the_example_shows_the_defaults_and_three_additions() -> None:
    policy = load_policy(EXAMPLE)

    assert set(policy.sources) == {"webshop"}
    assert set(policy.calendars) == {"madrid"}
    assert policy.default_calendar.extra_open == {
        date(2026, 12, 19): (OpeningHours(opens=time(9), closes=time(13)),)
    }
    open_days = {
        day: hours
        for day, hours in policy.default_calendar.opening_hours.items()
        if hours
    }
    assert open_days == DEFAULT_POLICY.default_calendar.opening_hours
    assert (
        replace(
            policy,
            sources={},
            calendars={},
            default_calendar=DEFAULT_POLICY.default_calendar,
        )
        == DEFAULT_POLICY
    )


def test_the_example_names_every_key_there_is() -> None:
    written = tomllib.loads(EXAMPLE.read_text("utf-8"))

    assert set(written["default_source"]["checks"]) == set(CheckName)
    assert set(written["holds"]) == set(HoldKind)
    assert set(written["service_levels"]) == set(DEFAULT_POLICY.service_levels)
    assert set(written["calendar"]["opening_hours"]) == set(Weekday)
    for level in written["service_levels"].values():
        assert set(level) == set(Stage)


def test_a_source_differs_from_the_default_only_in_what_it_names(file: Path) -> None:
    policy = load(
        file,
        """
        [default_source]
        prices_include_tax = false
        [default_source.checks]
        email = "off"
        [sources.shop.checks]
        price = "reject"
        [sources.shop.price_tolerance]
        percent = 0.1
        [sources.shop.duplicates]
        window = "90m"
        """,
    )

    shop = policy.for_source("shop")
    assert shop.mode_of(CheckName.PRICE) is CheckMode.REJECT
    assert shop.mode_of(CheckName.EMAIL) is CheckMode.OFF
    assert shop.mode_of(CheckName.PAYMENT) is CheckMode.HOLD
    assert shop.prices_include_tax is False
    assert shop.price_tolerance.percent == Decimal("0.1")
    assert shop.price_tolerance.absolute == Decimal("0.01")
    assert shop.duplicates.window == timedelta(minutes=90)
    assert policy.default_source.mode_of(CheckName.PRICE) is CheckMode.HOLD


def test_a_new_service_level_starts_from_the_standard_one(file: Path) -> None:
    policy = load(
        file,
        """
        [service_levels.standard.pack]
        within = "30m"
        [service_levels.overnight.pick]
        within = "PT1H30M"
        """,
    )

    overnight = policy.for_service_level("overnight")
    assert overnight[Stage.PICK].within == timedelta(minutes=90)
    assert overnight[Stage.PICK].escalate_after == timedelta(hours=4)
    assert overnight[Stage.PACK].within == timedelta(minutes=30)


def test_a_hold_can_block_other_steps_and_never_expire(file: Path) -> None:
    policy = load(
        file,
        """
        [holds.payment]
        blocks = ["hand_over"]
        expires_after = "never"
        [holds.price]
        when_expired = "cancel_order"
        """,
    )

    assert policy.holds[HoldKind.PAYMENT].blocks == (Step.HAND_OVER,)
    assert policy.holds[HoldKind.PAYMENT].expires_after is None
    assert policy.holds[HoldKind.PRICE].when_expired is ExpiryAction.CANCEL_ORDER


def test_a_warehouse_calendar_starts_from_the_common_one(file: Path) -> None:
    policy = load(
        file,
        """
        [calendar]
        holiday_country = "DE"
        holiday_subdivision = "BE"
        [calendars.north]
        holiday_subdivision = "HH"
        extra_closed = [2026-12-24]
        [calendars.north.opening_hours]
        monday = []
        saturday = ["06:00 - 12:00", "14:00-24:00"]
        [calendars.north.extra_open]
        2026-12-20 = ["10:00-12:00"]
        """,
    )

    north = policy.calendar_for("north")
    assert north.holiday_country == "DE"
    assert north.holiday_subdivision == "HH"
    assert north.extra_closed == (date(2026, 12, 24),)
    assert list(north.extra_open) == [date(2026, 12, 20)]
    assert north.opening_hours[Weekday.MONDAY] == ()
    assert north.opening_hours[Weekday.SATURDAY] == (
        OpeningHours(opens=time(6), closes=time(12)),
        OpeningHours(opens=time(14), closes=time(0)),
    )
    assert north.opening_hours[Weekday.TUESDAY] == (
        OpeningHours(opens=time(8), closes=time(18)),
    )
    assert policy.default_calendar.extra_closed == ()


REFUSALS = [
    ("[x]", "x: no such key"),
    ("[default_source]\nprice = 1", "default_source.price: no such key"),
    ("[default_source.checks]\nprice = 'hild'", "default_source.checks.price: wanted"),
    ("[default_source.checks]\nprize = 'off'", "default_source.checks.prize: wanted"),
    ("[default_source]\nprices_include_tax = 'maybe'", "prices_include_tax: wanted"),
    ("[sources.Shop]", "sources.Shop: wanted small letters and digits"),
    ("sources = 3", "sources: wanted a table"),
    ("[sources]\nshop = 3", "sources.shop: wanted"),
    ("calendars = 'x'", "calendars: wanted a table"),
    ("service_levels = 'x'", "service_levels: wanted a table"),
    ("default_service_level = ['x']", "default_service_level: wanted"),
    ("default_service_level = 'x'", "default_service_level: wanted a service level"),
    (
        "[sources.a.price_tolerance]\npercent = -1",
        "sources.a.price_tolerance.percent: wanted between 0 and 100",
    ),
    (
        "[default_source.duplicates]\nwindow = '0s'",
        "default_source.duplicates.window: wanted longer than no time",
    ),
    ("[holds.payment]\nblocks = []", "holds.payment.blocks: wanted at least one step"),
    ("[holds.payment]\nblocks = ['ship']", "holds.payment.blocks.0: wanted"),
    ("[holds.magic]", "holds.magic: wanted"),
    ("[holds.price]\nwhen_expired = 'release'", "holds.price.when_expired: wanted"),
    ("[holds.price]\nowner_role = 'The Boss'", "holds.price.owner_role: wanted a role"),
    (
        "[service_levels.standard.pick]\nwithin = '-4h'",
        "service_levels.standard.pick.within: wanted a duration such as",
    ),
    ("[service_levels.a.sleep]", "service_levels.a.sleep: wanted"),
    ("[calendar]\ntime_zone = 'Mars'", "calendar.time_zone: wanted an IANA zone"),
    (
        "[calendar]\nholiday_country = 'XX'",
        "calendar.holiday_country: wanted a country",
    ),
    (
        "[calendar]\nholiday_country = 'DE'\nholiday_subdivision = 'QQ'",
        "calendar.holiday_subdivision: wanted one of BB",
    ),
    (
        "[calendar]\nholiday_subdivision = 'BE'",
        "calendar.holiday_country: wanted the country of the subdivision",
    ),
    (
        "[calendar.opening_hours]\nmonday = ['8-18']",
        'calendar.opening_hours.monday.0: wanted opening hours such as "08:00-18:00"',
    ),
    (
        "[calendar.opening_hours]\nmonday = ['08:00-25:00']",
        "calendar.opening_hours.monday.0: wanted opening hours",
    ),
    (
        "[calendar.opening_hours]\nmonday = ['18:00-08:00']",
        "calendar.opening_hours.monday.0: wanted later than opens",
    ),
    ("[calendar.opening_hours]\nmoonday = []", "calendar.opening_hours.moonday: want"),
    (
        "[calendar.opening_hours]\n"
        + "".join(f"{day}=[]\n" for day in list(Weekday)[:5]),
        "calendar.opening_hours: wanted one open day or more",
    ),
    (
        "[calendar]\nextra_closed = ['24.12.2026']",
        "calendar.extra_closed.0: wanted a date such as 2026-12-24",
    ),
    (
        "[calendar]\nextra_closed=['2026-12-24']\nextra_open={2026-12-24=['09:00-10:00']}",
        "calendar.extra_open: wanted no date that extra_closed names too",
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
    said = complaint(file, "[x]\n[holds.price]\nblocks = 1\n[calendar]\nzone = 'UTC'")

    assert len(said.splitlines()) == 3


def test_a_mistake_in_a_common_table_is_named_once(file: Path) -> None:
    said = complaint(
        file, "[default_source.checks]\nprice = 'hild'\n[sources.shop]\n[sources.two]"
    )

    assert said.count("checks.price") == 1


@pytest.mark.parametrize(
    "text",
    ["4", "4 hours", "", "h", "-4h", "4h 4h", "P", "PT", "P1DT", "P1M", "1e3s"],
)
def test_what_is_no_duration_is_refused(file: Path, text: str) -> None:
    said = complaint(file, f"[holds.price]\nexpires_after = '{text}'")

    assert "wanted a duration such as" in said


@pytest.mark.parametrize("value", ["4", "true", "['4h']", "'" + "9" * 30 + "d'"])
def test_a_duration_needs_its_unit_and_must_end(file: Path, value: str) -> None:
    said = complaint(file, f"[holds.price]\nexpires_after = {value}")

    assert "wanted a duration such as" in said


@pytest.mark.parametrize(
    ("text", "duration"),
    [
        ("20s", timedelta(seconds=20)),
        ("90m", timedelta(minutes=90)),
        ("4h", timedelta(hours=4)),
        ("2d", timedelta(days=2)),
        ("1w", timedelta(weeks=1)),
        ("1d 12h", timedelta(hours=36)),
        ("1d12h", timedelta(hours=36)),
        ("0.5h", timedelta(minutes=30)),
        (" 4h ", timedelta(hours=4)),
        ("PT4H", timedelta(hours=4)),
        ("P1DT2H3M4S", timedelta(days=1, hours=2, minutes=3, seconds=4)),
        ("P2W", timedelta(weeks=2)),
        ("P3D", timedelta(days=3)),
    ],
)
def test_a_duration_can_be_written_in_several_ways(
    file: Path, text: str, duration: timedelta
) -> None:
    policy = load(file, f"[holds.price]\nexpires_after = '{text}'")

    assert policy.holds[HoldKind.PRICE].expires_after == duration


def test_a_file_that_is_not_toml_is_refused_by_name(file: Path) -> None:
    assert complaint(file, "[[").startswith(f"{file}: not TOML: ")


def test_a_file_in_another_encoding_is_refused_by_name(file: Path) -> None:
    file.write_bytes(b"time_zone = '\xff'")

    with pytest.raises(ConfigurationError, match="UTF-8"):
        load_policy(file)


def test_a_file_with_a_byte_order_mark_is_read(file: Path) -> None:
    file.write_bytes(b"\xef\xbb\xbfdefault_service_level = 'express'")

    assert load_policy(file).default_service_level == "express"


def test_a_file_that_is_not_there_is_refused_by_name(file: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"policy\.toml: No such file"):
        load_policy(file)
