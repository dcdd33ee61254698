"""A cluster of our own runs, survives a restart, and leaves nothing behind."""

import os
import stat
import tempfile
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import create_engine, text

from config.errors import ConfigurationError
from config.postgresql_binaries import (
    PostgresqlBinaries,
    binaries_below,
    find_binaries,
    server_user,
)
from config.throwaway_postgresql import ThrowawayPostgresql


def directory_of(cluster: ThrowawayPostgresql) -> Path:
    return Path(cluster.url().partition("?host=")[2])


def program(directory: Path, script: str) -> Path:
    """Put stand-ins for both programs into a directory."""
    directory.mkdir(parents=True)
    for name in ("initdb", "postgres"):
        (directory / name).write_text(f"#!/bin/sh\n{script}\n")
        (directory / name).chmod(0o755)
    return directory


def answer(cluster: ThrowawayPostgresql, question: str) -> str:
    engine = create_engine(cluster.url())
    try:
        with engine.begin() as connection:
            return str(connection.execute(text(question)).scalar())
    finally:
        engine.dispose()


def test_it_runs_as_a_user_who_is_not_root_and_is_removed_afterwards() -> None:
    with ThrowawayPostgresql() as cluster:
        directory = directory_of(cluster)
        owner = (directory / "data" / "postmaster.pid").stat().st_uid

        assert owner != 0
        assert answer(cluster, "SHOW fsync") == "off"
        assert str(find_binaries().directory) in cluster.description
    assert not directory.exists()


def test_a_durable_cluster_writes_through_as_in_production() -> None:
    with ThrowawayPostgresql(durable=True) as cluster:
        assert answer(cluster, "SHOW fsync") == "on"
        assert answer(cluster, "SHOW synchronous_commit") == "on"


def test_data_outlives_a_stop_and_start() -> None:
    with ThrowawayPostgresql() as cluster:
        engine = create_engine(cluster.url())
        with engine.begin() as connection:
            connection.execute(text("CREATE TABLE kept (quantity int)"))
        engine.dispose()

        cluster.stop()
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(host=str(directory_of(cluster)), user="orderwright")
        cluster.start()

        assert answer(cluster, "SELECT count(*) FROM kept") == "0"


def test_programs_its_user_cannot_read_are_copied_to_where_it_can(
    tmp_path: Path,
) -> None:
    """As with a wheel below /root: the server's user may not enter there."""
    hidden = program(tmp_path / "hidden" / "bin", "exit 0")
    (tmp_path / "hidden").chmod(stat.S_IRWXU)
    binaries = PostgresqlBinaries(
        directory=hidden, origin="a wheel", root=hidden.parent
    )

    with tempfile.TemporaryDirectory() as open_to_all:
        Path(open_to_all).chmod(0o755)
        copied = binaries.copied_to(Path(open_to_all) / "postgresql")

        assert copied.can_be_run_by(server_user())
        assert copied.origin == "a wheel"
    assert binaries.can_be_run_by(server_user()) == (server_user() is None)


def test_a_wheels_programs_are_copied_with_the_libraries_beside_them(
    tmp_path: Path,
) -> None:
    package = tmp_path / "site" / "postgresql_wheel"
    program(package / "pginstall" / "bin", "exit 0")
    program(package / "pginstall18" / "bin", "exit 0")
    libraries = tmp_path / "site" / "postgresql_wheel.libs"
    libraries.mkdir()
    (libraries / "libpq.so").touch()

    found = binaries_below(package)

    assert found is not None
    copied = found.copied_to(tmp_path / "copy")
    place = tmp_path / "copy" / "postgresql_wheel"
    assert copied.directory == place / "pginstall18" / "bin"
    assert copied.program("postgres").is_file()
    assert (tmp_path / "copy" / "postgresql_wheel.libs" / "libpq.so").is_file()
    assert not (place / "pginstall").exists()


def test_a_directory_without_programs_is_refused(tmp_path: Path) -> None:
    empty = PostgresqlBinaries(directory=tmp_path, origin="nowhere", root=tmp_path)

    assert not empty.can_be_run_by(server_user())


def test_a_cluster_that_cannot_be_made_says_why(tmp_path: Path) -> None:
    directory = program(
        tmp_path / "bin", '[ "$1" = --version ] && exit 0; echo disk is full; exit 1'
    )
    broken = PostgresqlBinaries(
        directory=directory, origin="broken", root=directory.parent
    )

    with pytest.raises(ConfigurationError, match="disk is full"):
        ThrowawayPostgresql(broken)


def test_only_root_becomes_somebody_else() -> None:
    user = server_user()

    assert (user is None) == (os.geteuid() != 0)
    assert user is None or user.uid != 0
