"""Finding or making the Temporal command line program, which has a dev server in it.

Order: `temporal` on PATH, the user's cache, the SDK's download, a Go build.
"""

import re
import shutil
import subprocess
from pathlib import Path

from config.caches import cache_directory, one_at_a_time
from config.errors import ConfigurationError
from config.long_commands import CommandFailed, LongCommand, run, tell
from config.sdk_downloads import download

CLI_VERSION = "1.8.2"
OLDEST_SERVER = (1, 29)
TOOLS_DIRECTORY = Path(__file__).resolve().parent.parent / "tools" / "temporal"
_CLI_PACKAGE = "github.com/temporalio/cli/cmd/temporal"
_BUILD_SECONDS = 3600.0
_ANSWER_SECONDS = 30.0
_SERVER_VERSION = re.compile(r"Server (\d+)\.(\d+)")


def cached_binary() -> Path:
    """Return where the program of our version is kept, built or not."""
    return cache_directory() / f"temporal-cli-{CLI_VERSION}" / "temporal"


def temporal_binary() -> Path:
    """Return a Temporal program that works, making it if need be.

    Raises ConfigurationError when every way fails, with the reason of each.
    """
    on_path = shutil.which("temporal")
    if on_path is not None and works(Path(on_path)):
        return Path(on_path)
    cached = cached_binary()
    if works(cached):
        return cached
    with one_at_a_time(cached.parent / "lock"):
        # Another process may have made it while this one waited.
        if not works(cached):
            _make(cached)
    return cached


def works(binary: Path) -> bool:
    """Tell whether the program runs and brings a server we can use."""
    try:
        answer = subprocess.run(
            [binary, "--version"],
            capture_output=True,
            text=True,
            timeout=_ANSWER_SECONDS,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return False
    match = _SERVER_VERSION.search(answer.stdout)
    return match is not None and (int(match[1]), int(match[2])) >= OLDEST_SERVER


def _make(destination: Path) -> None:
    reasons = []
    for title, way in (("SDK download", _download), ("Go build", _build)):
        try:
            way(destination)
        except CommandFailed as error:
            reasons.append(f"{title}: {error}")
            tell(f"{title} of the Temporal program did not work.")
            continue
        if works(destination):
            return
        reasons.append(f"{title}: the program does not run")
    raise ConfigurationError(
        "No Temporal server to be had. Set TEMPORAL_ADDRESS to a server that runs, "
        "or install the Temporal CLI (`temporal` on PATH), or install Go.\n"
        + "\n".join(reasons)
    )


def _download(destination: Path) -> None:
    download("start_local", destination)


def _build(destination: Path) -> None:
    if not (TOOLS_DIRECTORY / "go.mod").is_file():
        raise CommandFailed("tools/temporal is only in a checkout of the source")
    go = shutil.which("go")
    if go is None:
        raise CommandFailed("`go` is not on PATH")
    part = destination.with_suffix(".part")
    tell(f"Building the Temporal CLI {CLI_VERSION} with Go, once: 4 to 8 minutes ...")
    run(
        LongCommand(
            title="Building the Temporal CLI",
            arguments=[go, "build", "-mod=readonly", "-o", part, _CLI_PACKAGE],
            directory=TOOLS_DIRECTORY,
            log_file=destination.parent / "build.log",
            limit=_BUILD_SECONDS,
        )
    )
    part.replace(destination)
    tell(f"The Temporal CLI is kept in {destination}")
