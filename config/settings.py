"""The one place where `ORDERWRIGHT_*` variables become values."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypeAlias

from pydantic import (
    AfterValidator,
    AliasChoices,
    BeforeValidator,
    Field,
    SecretStr,
    ValidationError,
    model_validator,
)
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from config.durations import WANTED, read_duration
from config.errors import ConfigurationError
from config.secret_files import SecretFileSource

Environment: TypeAlias = Literal["development", "demo", "production"]
LogFormat: TypeAlias = Literal["console", "json"]
LogLevel: TypeAlias = Literal["debug", "info", "warning", "error", "critical"]
CarrierName: TypeAlias = Literal["simulator", "manual"]

PREFIX = "ORDERWRIGHT_"
DEFAULT_WEBHOOK_SECRET = "development-only-webhook-secret"
SHORTEST_SECRET = 16
DATABASES = "sqlite:///path or postgresql://user:password@host/database"

_ADDRESS = re.compile(r"(?P<host>[^\s:/\[\]]+|\[[0-9a-fA-F:]+\]):(?P<port>\d{1,5})")
_LARGEST_PORT = 65535
SHORTEST_AUDIT_INTERVAL = timedelta(minutes=1)


def split_address(address: str) -> tuple[str, int]:
    """Split `host:port`; raises ValueError when it is something else."""
    match = _ADDRESS.fullmatch(address)
    if match is None or not 0 < int(match["port"]) <= _LARGEST_PORT:
        raise ValueError("should be host:port, for example 127.0.0.1:9464")
    return match["host"].strip("[]"), int(match["port"])


def _checked_address(address: str) -> str:
    split_address(address)
    return address


def _with_driver(url: str) -> str:
    """Name the driver we ship with, so that any usual spelling works."""
    scheme, separator, rest = url.partition("://")
    if not separator or not rest:
        raise ValueError(f"should be {DATABASES}")
    if scheme in ("postgres", "postgresql", "postgresql+psycopg"):
        return f"postgresql+psycopg://{rest}"
    if scheme in ("sqlite", "sqlite+pysqlite"):
        return f"sqlite://{rest}"
    raise ValueError(f"should be {DATABASES}")


def _lower(value: object) -> object:
    return value.lower() if isinstance(value, str) else value


def _interval_or_off(value: object) -> object:
    if value is None or (isinstance(value, str) and value.strip().lower() == "off"):
        return None
    try:
        interval = read_duration(value)
    except ValueError:
        interval = timedelta(0)
    if interval < SHORTEST_AUDIT_INTERVAL:
        raise ValueError(f"should be off, or {WANTED}, at least 1m")
    return interval


def _default_database(earlier: dict[str, Any]) -> str:
    directory = earlier.get("var_directory", Path("var"))
    return f"sqlite:///{directory}/orderwright.db"


Address: TypeAlias = Annotated[str, AfterValidator(_checked_address)]
DatabaseUrl: TypeAlias = Annotated[str, AfterValidator(_with_driver)]
IntervalOrOff: TypeAlias = Annotated[
    timedelta | None, BeforeValidator(_interval_or_off)
]


class Settings(BaseSettings):
    """Everything a process can be told from outside, read once in its main."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
        populate_by_name=True,
    )

    environment: Environment = "development"
    var_directory: Path = Path("var")
    database_url: DatabaseUrl = Field(default_factory=_default_database, repr=False)
    log_format: LogFormat = "console"
    log_level: Annotated[LogLevel, BeforeValidator(_lower)] = "info"
    metrics_address: Address | None = None
    temporal_metrics_address: Address | None = None
    policy_file: Path | None = None
    carrier: CarrierName = "simulator"
    carrier_webhook_secret: SecretStr = SecretStr(DEFAULT_WEBHOOK_SECRET)
    ui_address: str | None = None
    worker_threads: int = Field(default=16, ge=1, le=256)
    max_cached_workflows: int = Field(default=10_000, ge=1)
    audit_every: IntervalOrOff = timedelta(minutes=15)
    kpi_file: Path | None = None
    kpi_reports: bool = True
    deployment_name: str | None = Field(
        default=None,
        validation_alias=AliasChoices("TEMPORAL_DEPLOYMENT_NAME"),
    )
    build_id: str | None = Field(
        default=None,
        validation_alias=AliasChoices("TEMPORAL_WORKER_BUILD_ID"),
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Read arguments first, then variables, then the files they name."""
        return init_settings, env_settings, SecretFileSource(settings_cls, PREFIX)

    @model_validator(mode="after")
    def _refuse_default_secret(self) -> Self:
        if self.environment != "production":
            return self
        secret = self.carrier_webhook_secret.get_secret_value()
        if secret == DEFAULT_WEBHOOK_SECRET or len(secret) < SHORTEST_SECRET:
            raise ValueError(
                f"{PREFIX}CARRIER_WEBHOOK_SECRET must be set to a secret of your own, "
                f"at least {SHORTEST_SECRET} characters, when {PREFIX}ENVIRONMENT is "
                "production"
            )
        return self

    @model_validator(mode="after")
    def _two_metrics_need_two_ports(self) -> Self:
        own, temporal = self.metrics_address, self.temporal_metrics_address
        if own is not None and own == temporal:
            raise ValueError(
                f"{PREFIX}METRICS_ADDRESS and {PREFIX}TEMPORAL_METRICS_ADDRESS "
                "should be two addresses"
            )
        return self

    @model_validator(mode="after")
    def _versioning_needs_both_names(self) -> Self:
        if (self.deployment_name is None) != (self.build_id is None):
            raise ValueError(
                "TEMPORAL_DEPLOYMENT_NAME and TEMPORAL_WORKER_BUILD_ID "
                "should be set together or not at all"
            )
        return self


def load_settings() -> Settings:
    """Read the settings; raises ConfigurationError naming each bad variable."""
    try:
        return Settings()
    except ValidationError as error:
        raise ConfigurationError(_explain(error)) from None


def _explain(error: ValidationError) -> str:
    return "; ".join(
        _sentence(tuple(each["loc"]), each["msg"]) for each in error.errors()
    )


def _sentence(location: tuple[int | str, ...], message: str) -> str:
    wanted = message.removeprefix("Value error, ")
    if not location:
        return wanted
    wanted = wanted.removeprefix("Input ")
    return f"{PREFIX}{location[0]}".upper() + f" {wanted}"
