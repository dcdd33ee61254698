"""Runs that began with older code go on: every recorded history still replays."""

import asyncio
import gzip
import os
import sys
from pathlib import Path

import pytest
from temporalio.workflow import NondeterminismError

from tests.builders.documents import personal_data_in
from tests.histories.paths import PATHS
from tests.histories.record import SCRUBBED
from tests.histories.replaying import SUFFIX, history_of, read, recorded, replayer
from tests.workflows.scanning import shown_by

LARGEST_BYTES = 30_000
ROOT = Path(__file__).parents[2]


def name_of(path: Path) -> str:
    return path.name.removesuffix(SUFFIX)


def test_every_path_has_a_recorded_history() -> None:
    assert {path.__name__ for path in PATHS} <= {name_of(path) for path in recorded()}


@pytest.mark.parametrize("path", recorded(), ids=name_of)
async def test_a_recorded_run_takes_the_same_way_again(path: Path) -> None:
    replayed = await replayer().replay_workflow(
        read(path), raise_on_replay_failure=False
    )

    assert replayed.replay_failure is None


@pytest.mark.parametrize("seed", ["1", "4711"])
async def test_no_order_of_sets_decides_what_a_run_does(seed: str) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.histories.replaying",
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": seed},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()

    assert process.returncode == 0, output.decode()


@pytest.mark.parametrize("path", recorded(), ids=name_of)
def test_a_recorded_history_is_small_and_shows_neither_people_nor_machines(
    path: Path,
) -> None:
    text = gzip.decompress(path.read_bytes()).decode()

    assert path.stat().st_size < LARGEST_BYTES
    assert [name for name in SCRUBBED if f'"{name}"' in text] == []
    assert shown_by(read(path)) == []
    if name_of(path) not in {"started_directly", "invalid_document"}:
        assert personal_data_in(text) == []


async def test_a_run_that_took_another_way_is_noticed() -> None:
    [path] = [p for p in recorded() if name_of(p) == "straight_through"]
    text = gzip.decompress(path.read_bytes()).decode()
    other = text.replace('"name": "buy_label"', '"name": "void_label"')
    assert other != text

    with pytest.raises(NondeterminismError):
        await replayer().replay_workflow(history_of(other))
