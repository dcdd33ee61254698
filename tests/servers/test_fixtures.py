"""What tests may rely on: their own migrated database, a clock that jumps."""

from datetime import timedelta
from pathlib import Path

from sqlalchemy import create_engine, inspect, text
from temporalio.testing import WorkflowEnvironment

from persistence.migrations import newest_revision


def test_each_test_has_a_migrated_database_of_its_own(database_url: str) -> None:
    engine = create_engine(database_url)
    try:
        with engine.begin() as connection:
            tables = inspect(connection).get_table_names()
            revision = connection.scalar(
                text("SELECT version_num FROM alembic_version")
            )
            connection.execute(text("CREATE TABLE only_here (quantity int)"))
    finally:
        engine.dispose()

    assert "only_here" not in tables
    assert revision == newest_revision()


def test_what_another_test_wrote_is_not_there(database_url: str) -> None:
    engine = create_engine(database_url)
    try:
        assert "only_here" not in inspect(engine).get_table_names()
    finally:
        engine.dispose()


def test_the_database_files_of_sqlite_are_the_tests_own(
    sqlite_database_url: str, tmp_path: Path
) -> None:
    assert str(tmp_path) in sqlite_database_url


async def test_a_day_passes_at_once(time_skipping: WorkflowEnvironment) -> None:
    before = await time_skipping.get_current_time()

    await time_skipping.sleep(timedelta(days=1))

    assert await time_skipping.get_current_time() - before >= timedelta(days=1)
