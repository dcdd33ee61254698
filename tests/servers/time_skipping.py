"""The SDK's time-skipping server: its own download, else from Maven with a JDK."""

import shutil
from datetime import timedelta
from pathlib import Path

from temporalio.testing import WorkflowEnvironment

from config.caches import cache_directory, one_at_a_time
from config.errors import ConfigurationError
from config.long_commands import CommandFailed, LongCommand, run, tell
from config.sdk_downloads import download
from config.search_attributes import add_search_attributes
from messages.converter import DATA_CONVERTER
from messages.search_attributes import SEARCH_ATTRIBUTES

SERVER_VERSION = "1.35.0"
_MAVEN_SECONDS = 600.0
_STARTUP = timedelta(seconds=60)

_PROJECT = f"""<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>orderwright</groupId>
  <artifactId>time-skipping-server</artifactId>
  <version>1</version>
  <packaging>pom</packaging>
  <dependencies>
    <dependency>
      <groupId>io.temporal</groupId>
      <artifactId>temporal-test-server</artifactId>
      <version>{SERVER_VERSION}</version>
    </dependency>
    <dependency>
      <groupId>org.slf4j</groupId>
      <artifactId>slf4j-simple</artifactId>
      <version>2.0.16</version>
    </dependency>
  </dependencies>
</project>
"""

# Small and quick to start rather than quick in the long run: each test has its own.
_SCRIPT = """#!/bin/sh
exec java -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Xss512k \
-Dorg.slf4j.simpleLogger.defaultLogLevel=error \
-cp "$(dirname "$0")/jars/*" io.temporal.testserver.TestServer "$@"
"""


def server_directory() -> Path:
    """Return where the time-skipping server is kept."""
    return cache_directory() / f"temporal-test-server-{SERVER_VERSION}"


def time_skipping_server() -> Path:
    """Return the program of the server, fetching it once.

    Raises ConfigurationError when every way fails, with the reason of each.
    """
    program = server_directory() / "temporal-test-server"
    if not program.is_file():
        with one_at_a_time(server_directory() / "lock"):
            # Another process may have fetched it while this one waited.
            if not program.is_file():
                _fetch(program)
    return program


async def start_time_skipping() -> WorkflowEnvironment:
    """Start a fresh server whose clock jumps to the next thing due."""
    environment = await WorkflowEnvironment.start_time_skipping(
        data_converter=DATA_CONVERTER,
        test_server_existing_path=str(time_skipping_server()),
        test_server_startup_timeout=_STARTUP,
    )
    await add_search_attributes(environment.client, SEARCH_ATTRIBUTES)
    return environment


def _fetch(program: Path) -> None:
    try:
        download("start_time_skipping", program)
    except CommandFailed as download_failed:
        tell("It cannot be reached; fetching the server with Maven ...")
        try:
            _fetch_with_maven(program)
        except CommandFailed as error:
            raise ConfigurationError(
                "No time-skipping server to be had: it needs a way to the Temporal "
                "SDK's download, or `mvn` and `java` with a Maven repository.\n"
                f"SDK download: {download_failed}\nMaven: {error}"
            ) from error


def _fetch_with_maven(program: Path) -> None:
    for tool in ("mvn", "java"):
        if shutil.which(tool) is None:
            raise CommandFailed(f"`{tool}` is not on PATH")
    directory = program.parent
    (directory / "pom.xml").write_text(_PROJECT, encoding="utf-8")
    run(
        LongCommand(
            title="Fetching the time-skipping server",
            arguments=[
                "mvn",
                "--batch-mode",
                "--file",
                directory / "pom.xml",
                "dependency:copy-dependencies",
                f"-DoutputDirectory={directory / 'jars'}",
                "-DincludeScope=runtime",
            ],
            log_file=directory / "maven.log",
            limit=_MAVEN_SECONDS,
        )
    )
    part = program.with_suffix(".part")
    part.write_text(_SCRIPT, encoding="utf-8")
    part.chmod(0o755)
    part.replace(program)
