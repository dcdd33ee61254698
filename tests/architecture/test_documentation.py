"""The documentation names what the code has, and nothing it has not."""

import re

from pydantic import AliasChoices

from config.settings import PREFIX, Settings
from tests.architecture.source_files import ROOT

CONFIGURATION = ROOT / "docs" / "configuration.md"
# Read by the tests, not by the settings.
READ_BY_TESTS = {"ORDERWRIGHT_TEST_DATABASE_URL"}


def setting_variables() -> set[str]:
    names: set[str] = set()
    for name, field in Settings.model_fields.items():
        alias = field.validation_alias
        if isinstance(alias, AliasChoices):
            names |= {str(choice) for choice in alias.choices}
        else:
            names.add(str(alias or f"{PREFIX}{name}".upper()))
    return names


def test_every_setting_is_documented() -> None:
    text = CONFIGURATION.read_text("utf-8")

    assert {name for name in setting_variables() if f"`{name}`" not in text} == set()


def test_every_documented_variable_of_ours_exists() -> None:
    text = CONFIGURATION.read_text("utf-8")

    documented = set(re.findall(rf"`({PREFIX}[A-Z_]+[A-Z])`", text))
    of_files = {f"{name}_FILE" for name in setting_variables()}

    assert documented - setting_variables() - of_files - READ_BY_TESTS == set()
