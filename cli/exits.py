"""The one table from how a command ended to its exit code; docs/cli.md lists it."""

from __future__ import annotations

from enum import IntEnum

from domain.errors import BusinessError, NotFound, OrderwrightError, TemporaryError
from gateways.runs.protocol import RunNotFound


class ExitCode(IntEnum):
    """What a script may read from a command's exit code."""

    DONE = 0
    FAILURE = 1
    USAGE = 2
    NOT_FOUND = 3
    REFUSED = 4
    UNREACHABLE = 5
    PARTLY_DONE = 6
    INTERRUPTED = 130


# The first class that fits decides, so the narrow ones come first. A wrong option is a
# usage error; a document, file or message with wrong content is refused.
EXIT_CODES: tuple[tuple[type[BaseException], ExitCode], ...] = (
    (NotFound, ExitCode.NOT_FOUND),
    (RunNotFound, ExitCode.NOT_FOUND),
    (BusinessError, ExitCode.REFUSED),
    (TemporaryError, ExitCode.UNREACHABLE),
    (OrderwrightError, ExitCode.FAILURE),
    (KeyboardInterrupt, ExitCode.INTERRUPTED),
    (BaseException, ExitCode.FAILURE),
)


def exit_code_of(error: BaseException) -> ExitCode:
    """Return the exit code of a command that ended with this error."""
    return next(code for kind, code in EXIT_CODES if isinstance(error, kind))
