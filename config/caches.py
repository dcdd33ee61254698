"""Where big downloaded or built programs are kept, and one builder at a time."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def cache_directory() -> Path:
    """Return the user's cache directory of Orderwright; it may not exist yet."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "orderwright"


@contextmanager
def one_at_a_time(lock_file: Path) -> Iterator[None]:
    """Wait until no other process holds this lock file, then hold it."""
    lock_file.parent.mkdir(parents=True, exist_ok=True)
    with lock_file.open("a") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield
