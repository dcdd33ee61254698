"""What a process can be told from outside, and what it refuses."""

from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError

from config.errors import ConfigurationError
from config.settings import DEFAULT_WEBHOOK_SECRET, load_settings, split_address

QUARTER = timedelta(minutes=15)
OWN_SECRET = "a-secret-of-the-shop-itself"


def test_nothing_has_to_be_set_for_development() -> None:
    settings = load_settings()

    assert settings.environment == "development"
    assert settings.database_url == "sqlite:///var/orderwright.db"
    assert settings.carrier == "simulator"
    assert settings.carrier_webhook_secret.get_secret_value() == DEFAULT_WEBHOOK_SECRET


def test_the_database_file_moves_with_the_var_directory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ORDERWRIGHT_VAR_DIRECTORY", "/srv/shop")

    assert load_settings().database_url == "sqlite:////srv/shop/orderwright.db"


@pytest.mark.parametrize(
    "url",
    [
        "postgres://shop:pw@db/orders",
        "postgresql://shop:pw@db/orders",
        "postgresql+psycopg://shop:pw@db/orders",
    ],
)
def test_every_usual_spelling_of_postgresql_gets_our_driver(
    monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setenv("ORDERWRIGHT_DATABASE_URL", url)

    assert load_settings().database_url == "postgresql+psycopg://shop:pw@db/orders"


@pytest.mark.parametrize("secret", ["", DEFAULT_WEBHOOK_SECRET, "short"])
def test_production_refuses_a_default_or_short_secret(
    monkeypatch: pytest.MonkeyPatch, secret: str
) -> None:
    monkeypatch.setenv("ORDERWRIGHT_ENVIRONMENT", "production")
    monkeypatch.setenv("ORDERWRIGHT_CARRIER_WEBHOOK_SECRET", secret)

    with pytest.raises(
        ConfigurationError,
        match="ORDERWRIGHT_CARRIER_WEBHOOK_SECRET must be set to a secret of your own",
    ):
        load_settings()


def test_production_takes_a_secret_from_a_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    secret_file = tmp_path / "secret"
    secret_file.write_text(f"{OWN_SECRET}\n")
    monkeypatch.setenv("ORDERWRIGHT_ENVIRONMENT", "production")
    monkeypatch.setenv("ORDERWRIGHT_CARRIER_WEBHOOK_SECRET_FILE", str(secret_file))

    settings = load_settings()

    assert settings.carrier_webhook_secret.get_secret_value() == OWN_SECRET


def test_a_secret_given_twice_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("ORDERWRIGHT_CARRIER_WEBHOOK_SECRET", OWN_SECRET)
    monkeypatch.setenv("ORDERWRIGHT_CARRIER_WEBHOOK_SECRET_FILE", str(tmp_path))

    with pytest.raises(ConfigurationError, match="set only one of them"):
        load_settings()


def test_a_secret_file_must_be_readable_and_hold_something(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("ORDERWRIGHT_DATABASE_URL_FILE", str(tmp_path / "none"))
    with pytest.raises(ConfigurationError, match="DATABASE_URL_FILE should name"):
        load_settings()

    (tmp_path / "none").write_text("\n")
    with pytest.raises(ConfigurationError, match="DATABASE_URL_FILE names an empty"):
        load_settings()


@pytest.mark.parametrize(
    ("variable", "value", "wanted"),
    [
        ("ENVIRONMENT", "staging", "should be 'development', 'demo' or 'production'"),
        ("LOG_FORMAT", "xml", "should be 'console' or 'json'"),
        ("LOG_LEVEL", "loud", "should be 'debug', 'info'"),
        ("CARRIER", "pigeon", "should be 'simulator' or 'manual'"),
        ("METRICS_ADDRESS", "9464", "should be host:port"),
        ("TEMPORAL_METRICS_ADDRESS", "host:99999", "should be host:port"),
        ("WORKER_THREADS", "none", "should be a valid integer"),
        ("WORKER_THREADS", "0", "should be greater than or equal to 1"),
        ("DATABASE_URL", "mysql://u:hidden@h/d", "should be sqlite:///path or postg"),
        ("DATABASE_URL", "orders.db", "should be sqlite:///path or postgresql"),
    ],
)
def test_a_bad_value_names_its_variable_and_what_is_wanted(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, wanted: str
) -> None:
    monkeypatch.setenv(f"ORDERWRIGHT_{variable}", value)

    with pytest.raises(ConfigurationError) as refused:
        load_settings()

    assert str(refused.value).startswith(f"ORDERWRIGHT_{variable} {wanted}")
    assert "hidden" not in str(refused.value)


def test_every_bad_value_is_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ORDERWRIGHT_LOG_FORMAT", "xml")
    monkeypatch.setenv("ORDERWRIGHT_CARRIER", "pigeon")

    with pytest.raises(ConfigurationError, match=r"LOG_FORMAT .*; ORDERWRIGHT_CARRIER"):
        load_settings()


def test_two_metrics_cannot_share_one_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ORDERWRIGHT_METRICS_ADDRESS", "127.0.0.1:9464")
    monkeypatch.setenv("ORDERWRIGHT_TEMPORAL_METRICS_ADDRESS", "127.0.0.1:9464")

    with pytest.raises(ConfigurationError, match="should be two addresses"):
        load_settings()


def test_worker_versioning_is_named_as_the_kubernetes_controller_does(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TEMPORAL_DEPLOYMENT_NAME", "fulfillment")
    with pytest.raises(ConfigurationError, match="TEMPORAL_WORKER_BUILD_ID"):
        load_settings()

    monkeypatch.setenv("TEMPORAL_WORKER_BUILD_ID", "42")
    settings = load_settings()

    assert (settings.deployment_name, settings.build_id) == ("fulfillment", "42")


def test_settings_are_fixed_and_do_not_show_secrets(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ORDERWRIGHT_DATABASE_URL", "postgresql://shop:hidden@db/orders")
    monkeypatch.setenv("ORDERWRIGHT_CARRIER_WEBHOOK_SECRET", OWN_SECRET)
    settings = load_settings()

    with pytest.raises(ValidationError):
        settings.worker_threads = 2  # type: ignore[misc]
    assert "hidden" not in repr(settings)
    assert OWN_SECRET not in repr(settings)


def test_an_address_is_split_also_for_ipv6() -> None:
    assert split_address("[::1]:9464") == ("::1", 9464)
    assert split_address("metrics.local:80") == ("metrics.local", 80)


@pytest.mark.parametrize(
    ("told", "meant"),
    [("1h", timedelta(hours=1)), ("off", None), ("OFF", None), ("", QUARTER)],
)
def test_how_often_the_stock_is_audited_is_a_duration_or_off(
    monkeypatch: pytest.MonkeyPatch, told: str, meant: timedelta | None
) -> None:
    monkeypatch.setenv("ORDERWRIGHT_AUDIT_EVERY", told)

    assert load_settings().audit_every == meant


@pytest.mark.parametrize("told", ["often", "10s", "0m", "15"])
def test_an_audit_that_never_rests_is_refused(
    monkeypatch: pytest.MonkeyPatch, told: str
) -> None:
    monkeypatch.setenv("ORDERWRIGHT_AUDIT_EVERY", told)

    with pytest.raises(ConfigurationError, match="ORDERWRIGHT_AUDIT_EVERY should be"):
        load_settings()


@pytest.mark.parametrize(
    ("told", "meant"), [("on", True), ("off", False), ("OFF", False), ("", True)]
)
def test_reports_of_kpis_are_made_by_themselves_or_not(
    monkeypatch: pytest.MonkeyPatch, told: str, meant: bool
) -> None:
    monkeypatch.setenv("ORDERWRIGHT_KPI_REPORTS", told)

    assert load_settings().kpi_reports is meant


def test_reports_that_are_neither_on_nor_off_are_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ORDERWRIGHT_KPI_REPORTS", "weekly")

    with pytest.raises(ConfigurationError, match="ORDERWRIGHT_KPI_REPORTS should be"):
        load_settings()
