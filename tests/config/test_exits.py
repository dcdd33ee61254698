"""A process ends with its status and everything it wrote."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent


def test_the_status_and_the_output_arrive() -> None:
    script = "from config.exits import leave; print('done'); leave(5)"

    ended = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (ended.returncode, ended.stdout) == (5, "done\n")
