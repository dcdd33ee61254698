"""Settings read from files: `ORDERWRIGHT_X_FILE` names the file that holds X."""

import os
from pathlib import Path
from typing import Any

from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource

from config.errors import ConfigurationError


class SecretFileSource(PydanticBaseSettingsSource):
    """Read each setting from the file its `_FILE` variable names, if any."""

    def __init__(self, settings_class: type[BaseSettings], prefix: str) -> None:
        """Keep the prefix of the variables."""
        super().__init__(settings_class)
        self._prefix = prefix

    def get_field_value(
        self, field: FieldInfo, field_name: str
    ) -> tuple[Any, str, bool]:
        """Return the content of the file for one field, or None without one."""
        if field.validation_alias is not None:
            return None, field_name, False
        variable = f"{self._prefix}{field_name}".upper()
        path = os.environ.get(f"{variable}_FILE")
        if not path:
            return None, field_name, False
        if os.environ.get(variable):
            raise ConfigurationError(
                f"{variable} and {variable}_FILE are both set; set only one of them"
            )
        return _read(f"{variable}_FILE", path), field_name, False

    def __call__(self) -> dict[str, Any]:
        """Return every setting that has a file."""
        values: dict[str, Any] = {}
        for name, field in self.settings_cls.model_fields.items():
            value, _, _ = self.get_field_value(field, name)
            if value is not None:
                values[name] = value
        return values


def _read(variable: str, path: str) -> str:
    try:
        content = Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(
            f"{variable} should name a readable text file: {type(error).__name__}"
        ) from error
    if not content:
        raise ConfigurationError(f"{variable} names an empty file")
    return content
