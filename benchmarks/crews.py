"""A crew: processes that work off tasks and may be killed at any moment.

A killed process is started again and asked the same task again, as a run asks a step
again whose worker died: the task itself must be safe to do twice.
"""

from __future__ import annotations

import multiprocessing
import queue
import signal
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from types import TracebackType
from typing import Generic, Self, TypeVar

Task = TypeVar("Task")
Answer = TypeVar("Answer")
# Given the database's URL, in the new process: what does the tasks there.
Employ = Callable[[str], Callable[[Task], Answer]]

# New processes are forked from one that has imported all this: a kill costs no second.
_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(["benchmarks.buyers", "benchmarks.takers"])


class _Died(Exception):
    """The process ended before it answered."""


class _Member(Generic[Task, Answer]):
    """One process, and the pipe to it."""

    def __init__(self, employ: Employ[Task, Answer], url: str) -> None:
        self._employ = employ
        self._url = url
        self._process: ForkServerProcess | None = None
        self._pipe: Connection | None = None

    def start(self) -> None:
        self._pipe, theirs = _CONTEXT.Pipe()
        self._process = _CONTEXT.Process(
            target=_serve, args=(theirs, self._employ, self._url), daemon=True
        )
        self._process.start()
        theirs.close()

    def ask(self, task: Task, killed_after: float | None = None) -> Answer:
        """Return the answer; killed, it may have answered before or not."""
        assert self._pipe is not None
        try:
            self._pipe.send(task)
            if killed_after is not None:
                time.sleep(killed_after)
                self.kill()
            answer: Answer = self._pipe.recv()
        except (EOFError, OSError):
            raise _Died from None
        return answer

    def kill(self) -> None:
        """End it by SIGKILL; harmless when it has ended."""
        if self._process is not None:
            self._process.kill()
            self._process.join()

    def close(self) -> None:
        self.kill()
        if self._pipe is not None:
            self._pipe.close()


class Crew(Generic[Task, Answer]):
    """So many processes; whatever happens, they end with the block."""

    def __init__(self, size: int, employ: Employ[Task, Answer], url: str) -> None:
        """Start nothing yet."""
        self._members = [_Member(employ, url) for _ in range(size)]
        self._is_closed = False
        # Tasks that were asked again because a kill came before their answer.
        self.repeats = 0

    def __enter__(self) -> Self:
        """Start every process."""
        try:
            for member in self._members:
                member.start()
        except BaseException:
            self._close()
            raise
        return self

    def __exit__(
        self,
        error_type: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """End every process."""
        self._close()

    def work_off(
        self, tasks: Iterable[Task], deaths: Mapping[int, float] | None = None
    ) -> list[Answer]:
        """Let the crew do every task once, each when a process is free.

        `deaths` says of some tasks, by their place, how many seconds after it was given
        out the process that has it is killed.
        """
        waiting: queue.SimpleQueue[tuple[int, Task]] = queue.SimpleQueue()
        for place, task in enumerate(tasks):
            waiting.put((place, task))

        def work(member: _Member[Task, Answer]) -> list[Answer]:
            answers = []
            while not self._is_closed:
                try:
                    place, task = waiting.get_nowait()
                except queue.Empty:
                    break
                answers.append(self._do(member, task, (deaths or {}).get(place)))
            return answers

        return self._at_once(work)

    def all_do(self, task: Task) -> list[Answer]:
        """Let every process do the same task at the same time."""
        return self._at_once(lambda member: [self._do(member, task, None)])

    def _do(
        self, member: _Member[Task, Answer], task: Task, killed_after: float | None
    ) -> Answer:
        try:
            return member.ask(task, killed_after)
        except _Died:
            if killed_after is None or self._is_closed:
                raise RuntimeError("a process ended that nobody killed") from None
            self.repeats += 1
        finally:
            if killed_after is not None and not self._is_closed:
                member.close()
                member.start()
        return member.ask(task)

    def _at_once(
        self, work: Callable[[_Member[Task, Answer]], list[Answer]]
    ) -> list[Answer]:
        with ThreadPoolExecutor(len(self._members)) as threads:
            try:
                parts = list(threads.map(work, self._members))
            except BaseException:
                # Interrupted: no thread may go on asking.
                self._close()
                raise
        return [answer for part in parts for answer in part]

    def _close(self) -> None:
        self._is_closed = True
        for member in self._members:
            member.close()


def _serve(pipe: Connection, employ: Employ[Task, Answer], url: str) -> None:
    # Ctrl-C reaches the whole group; who started us ends us.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    work = employ(url)
    while True:
        try:
            task: Task = pipe.recv()
        except EOFError:
            return
        pipe.send(work(task))
