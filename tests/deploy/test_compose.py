"""docker-compose.yml agrees with the code, with itself and with the specification."""

import json
import re
import subprocess
import tomllib
from collections.abc import Mapping

import jsonschema
import pytest

from config.settings import PREFIX, Settings
from messages.search_attributes import SEARCH_ATTRIBUTES
from tests.deploy.compose_file import (
    ROOT,
    compose_document,
    env_file,
    environment,
    interpolate,
    interpolations,
    mapping,
    parse_env,
    services,
)

VERSIONS = env_file(ROOT / "deploy" / "versions.env")
IMAGES = {
    "postgresql": f"postgres:{VERSIONS['POSTGRES_VERSION']}",
    "databases": f"postgres:{VERSIONS['POSTGRES_VERSION']}",
    "temporal": f"temporalio/server:{VERSIONS['TEMPORAL_SERVER_VERSION']}",
    "temporal-schema": f"temporalio/admin-tools:{VERSIONS['TEMPORAL_SERVER_VERSION']}",
    "temporal-init": f"temporalio/admin-tools:{VERSIONS['TEMPORAL_SERVER_VERSION']}",
    "temporal-ui": f"temporalio/ui:{VERSIONS['TEMPORAL_UI_VERSION']}",
}
OWN_SERVICES = ("migrate", "worker")
JOBS = ("databases", "temporal-schema", "temporal-init", "migrate")

# What the images' own configuration templates and PostgreSQL's tools read.
KNOWN_VARIABLES = {
    "postgresql": {"POSTGRES_PASSWORD"},
    "databases": {
        "PGHOST",
        "PGUSER",
        "PGPASSWORD",
        "TEMPORAL_DB_PASSWORD",
        "ORDERWRIGHT_DB_PASSWORD",
    },
    "temporal-schema": {"SQL_HOST", "SQL_PORT", "SQL_USER", "SQL_PASSWORD"},
    "temporal": {
        "BIND_ON_IP",
        "DB",
        "DBNAME",
        "DB_PORT",
        "DYNAMIC_CONFIG_FILE_PATH",
        "LOG_LEVEL",
        "NUM_HISTORY_SHARDS",
        "POSTGRES_PWD",
        "POSTGRES_SEEDS",
        "POSTGRES_USER",
        "PROMETHEUS_ENDPOINT",
        "TEMPORAL_ALLOW_NO_AUTH",
        "VISIBILITY_DBNAME",
    },
    "temporal-init": {"TEMPORAL_ADDRESS", "TEMPORAL_NAMESPACE", "NAMESPACE_RETENTION"},
    "temporal-ui": {
        "TEMPORAL_ADDRESS",
        "TEMPORAL_CORS_ORIGINS",
        "TEMPORAL_DEFAULT_NAMESPACE",
        "TEMPORAL_DISABLE_NEWS_FETCH",
    },
}
TEMPORAL_CLIENT_VARIABLES = {"TEMPORAL_ADDRESS", "TEMPORAL_NAMESPACE"}
SCRIPTED = ("databases", "temporal-schema", "temporal-init")


def setting_variables() -> set[str]:
    return {
        f"{PREFIX}{name}".upper()
        for name, field in Settings.model_fields.items()
        if field.validation_alias is None
    }


def fresh_env() -> Mapping[str, str]:
    script = ROOT / "deploy" / "new-env.sh"
    answer = subprocess.run(
        ["sh", str(script)], check=True, capture_output=True, text=True
    )
    return parse_env(answer.stdout)


def test_the_compose_file_follows_the_specification() -> None:
    schema = json.loads((ROOT / "tests/deploy/compose-spec.json").read_text("utf-8"))

    validator = jsonschema.validators.validator_for(schema)(schema)

    assert [str(error) for error in validator.iter_errors(compose_document())] == []


def test_a_compose_file_with_a_misspelt_key_is_refused() -> None:
    schema = json.loads((ROOT / "tests/deploy/compose-spec.json").read_text("utf-8"))
    misspelt = {"services": {"worker": {"image": "orderwright:0", "helthcheck": {}}}}

    with pytest.raises(jsonschema.ValidationError, match="helthcheck"):
        jsonschema.validate(misspelt, schema)


def test_every_image_has_the_version_named_in_versions_env() -> None:
    images = {name: service["image"] for name, service in services().items()}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]

    assert images == IMAGES | dict.fromkeys(
        OWN_SERVICES, f"orderwright:{project['version']}"
    )


def test_the_server_without_containers_is_the_server_of_the_containers() -> None:
    requirements = (ROOT / "tools/temporal/go.mod").read_text("utf-8")

    assert re.findall(r"go\.temporal\.io/server v(\S+)", requirements) == [
        VERSIONS["TEMPORAL_SERVER_VERSION"]
    ]


def test_both_stages_of_the_image_use_the_python_of_versions_env() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text("utf-8")

    bases = re.findall(r"^FROM python:([\d.]+)-slim", dockerfile, re.MULTILINE)

    assert bases == [VERSIONS["PYTHON_VERSION"]] * 2


def test_the_image_does_not_run_as_root() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text("utf-8")

    users = re.findall(r"^USER (\d+)$", dockerfile, re.MULTILINE)

    assert users
    assert "0" not in users


def test_everything_the_image_copies_passes_the_dockerignore() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text("utf-8")
    ignore = (ROOT / ".dockerignore").read_text("utf-8")
    allowed = set(re.findall(r"^!(\S+)$", ignore, re.MULTILINE))

    copied = {
        source
        for line in re.findall(r"^COPY (?!--from)(.+)$", dockerfile, re.MULTILINE)
        for source in line.split()[:-1]
    }

    assert copied == allowed


def test_the_image_holds_every_package_of_the_project() -> None:
    setuptools = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"][
        "setuptools"
    ]
    packages = {name.rstrip("*") for name in setuptools["packages"]["find"]["include"]}
    modules = {f"{name}.py" for name in setuptools["py-modules"]}
    dockerfile = (ROOT / "Dockerfile").read_text("utf-8")

    copied = set(re.findall(r"^COPY (\w+) \w+/$", dockerfile, re.MULTILINE))

    assert copied == packages
    assert all(f" {module}" in dockerfile for module in modules)


def test_ports_are_published_on_this_machine_only_and_temporal_not_at_all() -> None:
    published = {
        name: service["ports"]
        for name, service in services().items()
        if "ports" in service
    }

    ports = published["temporal-ui"]
    assert list(published) == ["temporal-ui"]
    assert isinstance(ports, list)
    assert all(str(port).startswith("127.0.0.1:") for port in ports)


@pytest.mark.parametrize("name", sorted(set(services()) - set(JOBS)))
def test_a_service_that_stays_up_has_a_health_check_and_comes_back(name: str) -> None:
    service = services()[name]

    assert "healthcheck" in service
    assert service["restart"] == "unless-stopped"


@pytest.mark.parametrize("name", JOBS)
def test_a_job_that_fails_is_tried_again_a_few_times(name: str) -> None:
    assert services()[name]["restart"] == "on-failure:5"


def test_the_worker_waits_for_its_database_and_its_namespace() -> None:
    waits = mapping(services()["worker"]["depends_on"])

    assert {name: mapping(wait)["condition"] for name, wait in waits.items()} == {
        "migrate": "service_completed_successfully",
        "temporal-init": "service_completed_successfully",
    }


def test_no_secret_has_a_default() -> None:
    secrets = [
        match
        for match in interpolations(compose_document())
        if re.search("PASSWORD|SECRET", match["name"])
    ]

    assert secrets
    assert all(match["operator"] == ":?" for match in secrets)


def test_the_example_env_names_every_variable_of_the_compose_file() -> None:
    used = {match["name"] for match in interpolations(compose_document())}

    assert set(env_file(ROOT / ".env.example")) == used


def test_a_new_env_has_a_different_secret_for_everything() -> None:
    example, made = env_file(ROOT / ".env.example"), fresh_env()

    secrets = [made[name] for name, value in example.items() if value == "change-me"]

    assert set(made) == set(example)
    assert "change-me" not in made.values()
    assert len(set(secrets)) == len(secrets)
    assert all(re.fullmatch("[0-9a-f]{48}", secret) for secret in secrets)


@pytest.mark.parametrize("name", OWN_SERVICES)
def test_our_services_are_given_only_settings_that_exist(name: str) -> None:
    variables = set(environment(services()[name]))

    assert variables <= setting_variables() | TEMPORAL_CLIENT_VARIABLES


@pytest.mark.parametrize("name", OWN_SERVICES)
def test_our_services_accept_their_settings(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = fresh_env()
    for variable, value in environment(services()[name]).items():
        monkeypatch.setenv(variable, interpolate(value, made))

    settings = Settings()

    assert settings.environment == "production"
    assert made["ORDERWRIGHT_DB_PASSWORD"] in settings.database_url


@pytest.mark.parametrize("name", sorted(KNOWN_VARIABLES))
def test_other_images_are_given_only_variables_they_read(name: str) -> None:
    assert set(environment(services()[name])) <= KNOWN_VARIABLES[name]


@pytest.mark.parametrize("name", SCRIPTED)
def test_a_job_runs_a_script_that_is_there_and_may_be_run(name: str) -> None:
    service = services()[name]
    assert isinstance(service["volumes"], list)
    assert isinstance(service["command"], list)
    source, target, _ = str(service["volumes"][0]).split(":")

    script = ROOT / str(service["command"][0]).replace(target, source, 1)

    assert script.stat().st_mode & 0o111


def test_the_servers_dynamic_configuration_is_where_it_looks() -> None:
    service = services()["temporal"]
    assert isinstance(service["volumes"], list)
    source, target, _ = str(service["volumes"][0]).split(":")
    wanted = environment(service)["DYNAMIC_CONFIG_FILE_PATH"]

    assert (ROOT / wanted.replace(target, source, 1)).is_file()


def test_the_namespace_gets_the_search_attributes_of_the_code() -> None:
    script = (ROOT / "deploy/temporal/init.sh").read_text("utf-8")

    made = dict(re.findall(r"^search_attribute (\w+) (\w+)$", script, re.MULTILINE))

    assert made == SEARCH_ATTRIBUTES
