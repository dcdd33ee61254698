"""Closing a database while a thread is still at work."""

import threading
from pathlib import Path

from sqlalchemy import text

from persistence.database import Database

LONGEST_SECONDS = 10.0


def test_closing_waits_for_a_thread_that_still_writes(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'shop.db'}")
    writes, may_end, closed = (threading.Event() for _ in range(3))

    def write() -> None:
        with database.write() as connection:
            connection.execute(text("CREATE TABLE told (word TEXT)"))
            writes.set()
            may_end.wait(LONGEST_SECONDS)
            connection.execute(text("INSERT INTO told VALUES ('done')"))

    def close() -> None:
        database.close()
        closed.set()

    threads = [threading.Thread(target=act) for act in (write, close)]
    threads[0].start()
    assert writes.wait(LONGEST_SECONDS)
    threads[1].start()
    is_closed_too_early = closed.wait(0.2)
    may_end.set()
    for thread in threads:
        thread.join(LONGEST_SECONDS)

    assert not is_closed_too_early
    assert closed.is_set()
    with database.read() as connection:
        assert connection.execute(text("SELECT word FROM told")).scalar_one() == "done"
    database.close()
