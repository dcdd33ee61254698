"""Place one order or a file of orders.

`place FILE|-` and `import FILE.csv` are commands of `orderwright order` and need
Orderwright; `place --direct FILE|-` starts the runs itself and needs nothing but
`temporalio`: this file may be copied alone into any system.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from temporalio.client import Client

DIRECT = "--direct"
TASK_QUEUE = "orderwright"
WORKFLOW_TYPE = "OrderFulfillment"
DEFAULT_ADDRESS = "127.0.0.1:7233"
CONNECT_SECONDS = 10
MAX_ESCAPED_NUMBER = 200
_SOURCE = re.compile(r"[a-z0-9]{1,40}")
_KEPT = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.")

DIRECT_HELP = """\
Usage: starter.py place --direct [--json] FILE|-

  Start the runs of orders with nothing but temporalio installed.

  FILE holds one JSON order document, an array of them, or one on each line; - is
  stdin. The server is that of TEMPORAL_ADDRESS and the other TEMPORAL_* variables or
  temporal.toml. Every document needs a number; its run checks the rest.

Options:
  --json  Write a JSON object for each document to stdout.
  --help  Show this message and exit.

Exit codes: 0 done, 1 failure, 2 usage, 4 refused, 5 no server, 6 partly done.
"""


class ExitCode(IntEnum):
    """What a script may read from the exit code: those of `orderwright`."""

    DONE = 0
    FAILURE = 1
    USAGE = 2
    REFUSED = 4
    UNREACHABLE = 5
    PARTLY_DONE = 6
    INTERRUPTED = 130


class RefusedDocument(Exception):
    """A document cannot become an order; the text names the field."""


@dataclass(frozen=True)
class DirectAnswer:
    """What became of one document; `index` counts from 1 in the file."""

    index: int
    outcome: str
    order_id: str | None = None
    workflow_id: str | None = None
    reason: str | None = None


def direct_order_id(source: object, number: object) -> str:
    """Return `<source>-<escaped number>`: the id that Orderwright gives the order."""
    if not isinstance(source, str) or not _SOURCE.fullmatch(source):
        raise RefusedDocument("source: 1 to 40 lower-case letters a-z and digits")
    if isinstance(number, int) and not isinstance(number, bool):
        number = str(number)
    if not isinstance(number, str):
        raise RefusedDocument("number: needed when a run is started directly")
    try:
        raw = number.encode()
    except UnicodeEncodeError:
        raise RefusedDocument("number: text of valid Unicode characters") from None
    escaped = "".join(chr(b) if b in _KEPT else f"_{b:02x}" for b in raw)
    if not escaped:
        raise RefusedDocument("number: at least one character")
    if len(escaped) > MAX_ESCAPED_NUMBER:
        raise RefusedDocument(
            f"number: at most {MAX_ESCAPED_NUMBER} characters once escaped"
        )
    return f"{source}-{escaped}"


def read_documents(text: str) -> list[object]:
    """Read one JSON document, an array of them, or one on each line."""
    try:
        whole = json.loads(text)
    except json.JSONDecodeError as error:
        lines = [line for line in text.splitlines() if line.strip()]
        try:
            found = [json.loads(line) for line in lines]
        except json.JSONDecodeError:
            found = []
        if not found:
            raise RefusedDocument(
                "document: one JSON object, an array of them, or one on each line; "
                f"not JSON at line {error.lineno}, column {error.colno}"
            ) from None
        return found
    return whole if isinstance(whole, list) else [whole]


async def start_directly(documents: Sequence[object]) -> list[DirectAnswer]:
    """Start the run of each document; one that runs already is left as it is."""
    from temporalio.client import Client
    from temporalio.envconfig import ClientConfig

    config = ClientConfig.load_client_connect_config()
    config.setdefault("target_host", DEFAULT_ADDRESS)
    async with asyncio.timeout(CONNECT_SECONDS):
        client = await Client.connect(**config)
    answers = []
    for index, document in enumerate(documents, start=1):
        try:
            if not isinstance(document, Mapping):
                raise RefusedDocument("document: a JSON object")
            order_id = direct_order_id(document.get("source"), document.get("number"))
        except RefusedDocument as refusal:
            answers.append(DirectAnswer(index, "refused", reason=str(refusal)))
            continue
        outcome = await _start_one(client, order_id, document)
        answers.append(DirectAnswer(index, outcome, order_id, f"order-{order_id}"))
    return answers


async def _start_one(
    client: Client, order_id: str, document: Mapping[str, object]
) -> str:
    from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
    from temporalio.exceptions import WorkflowAlreadyStartedError

    try:
        await client.start_workflow(
            WORKFLOW_TYPE,
            {"order_id": order_id, "document": dict(document)},
            id=f"order-{order_id}",
            task_queue=TASK_QUEUE,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
        )
    except WorkflowAlreadyStartedError:
        return "ended_before"
    return "started"


def place_directly(arguments: Sequence[str]) -> int:
    """Run `place --direct` and return its exit code."""
    options = {argument for argument in arguments if argument.startswith("--")}
    files = [argument for argument in arguments if argument not in options]
    if "--help" in options:
        sys.stdout.write(DIRECT_HELP)
        return ExitCode.DONE
    if len(files) != 1 or options - {"--json"}:
        sys.stderr.write(DIRECT_HELP)
        return ExitCode.USAGE
    try:
        documents = read_documents(_text(files[0]))
    except OSError as error:
        return _fail(ExitCode.USAGE, f"{files[0]}: {error.strerror}")
    except UnicodeDecodeError:
        return _fail(ExitCode.REFUSED, "document: text in UTF-8")
    except RefusedDocument as refusal:
        return _fail(ExitCode.REFUSED, str(refusal))
    return _start_and_tell(documents, as_json="--json" in options)


def _start_and_tell(documents: Sequence[object], *, as_json: bool) -> int:
    from temporalio.service import RPCError

    try:
        answers = asyncio.run(start_directly(documents))
    except (TimeoutError, RPCError, RuntimeError) as error:
        return _fail(
            ExitCode.UNREACHABLE, f"the Temporal server does not answer: {error}"
        )
    for answer in answers:
        _tell(answer, as_json=as_json)
    refused = sum(answer.outcome == "refused" for answer in answers)
    if not refused:
        return ExitCode.DONE
    return ExitCode.REFUSED if refused == len(answers) else ExitCode.PARTLY_DONE


def _tell(answer: DirectAnswer, *, as_json: bool) -> None:
    if answer.reason is not None:
        sys.stderr.write(f"document {answer.index} is refused: {answer.reason}\n")
    if as_json:
        sys.stdout.write(f"{json.dumps(vars(answer))}\n")
    elif answer.reason is None:
        sys.stdout.write(f"{answer.order_id} {answer.outcome.replace('_', ' ')}\n")


def _text(name: str) -> str:
    if name == "-":
        return sys.stdin.buffer.read().decode("utf-8-sig")
    with open(name, encoding="utf-8-sig") as file:
        return file.read()


def _fail(code: int, text: str) -> int:
    sys.stderr.write(f"error: {text}\n")
    return code


def run(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code."""
    if arguments[:1] == ["place"] and DIRECT in arguments:
        try:
            return place_directly([a for a in arguments[1:] if a != DIRECT])
        except KeyboardInterrupt:
            return _fail(ExitCode.INTERRUPTED, "interrupted")
    try:
        from cli.main import run as run_command
        from cli.main import starter_app
    except ModuleNotFoundError as error:
        return _fail(
            ExitCode.FAILURE,
            f"{error.name} is not installed: without Orderwright beside it this file "
            f"knows only `place {DIRECT}`",
        )
    return run_command(arguments, app=starter_app)


def main() -> NoReturn:
    """Run the command of this process and leave it."""
    code = run(sys.argv[1:])
    # Threads of the SDK may outlive its server: nothing may be left to do.
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    main()
