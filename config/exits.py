"""Leaving a process that has used the Temporal SDK."""

import logging
import os
import sys
from typing import NoReturn


def leave(status: int) -> NoReturn:
    """End the process with this status, once everything is closed and written.

    An ordinary exit may be aborted (status 134 or 139) while threads of the SDK
    whose server has gone still call into the interpreter. So nothing may be left
    to do: `atexit` functions do not run.
    """
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)
