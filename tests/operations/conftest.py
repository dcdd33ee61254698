"""An empty, migrated database of each kind, and an importer into it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from persistence.database import Database
from tests.operations.file_builders import Importer


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    opened = Database(database_url)
    yield opened
    opened.close()


@pytest.fixture
def importer(database: Database, tmp_path: Path) -> Importer:
    return Importer(database, tmp_path)
