"""The first way to a Temporal program that works is taken, and kept."""

import os
import sys
import threading
from pathlib import Path

import pytest

import config.temporal_binary
from config.caches import cache_directory, one_at_a_time
from config.errors import ConfigurationError
from config.temporal_binary import cached_binary, temporal_binary, works

GOOD = "#!/bin/sh\necho 'temporal version 1.8.2 (Server 1.31.2, UI 2.50.1)'\n"
OLD = "#!/bin/sh\necho 'temporal version 0.9.0 (Server 1.22.0, UI 2.16.2)'\n"


def program(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)
    return path


@pytest.fixture
def bin_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with an empty PATH but for `sh`, and an empty cache."""
    directory = tmp_path / "bin"
    directory.mkdir()
    monkeypatch.setenv("PATH", f"{directory}:/bin")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return directory


@pytest.fixture
def no_download(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The SDK's download cannot start: its Python is a program that fails."""
    monkeypatch.setattr(
        sys, "executable", str(program(tmp_path / "python", "#!/bin/sh\nexit 1\n"))
    )


def test_a_program_on_path_is_used_as_it_is(bin_directory: Path) -> None:
    on_path = program(bin_directory / "temporal", GOOD)

    assert temporal_binary() == on_path
    assert not cache_directory().exists()


def test_a_program_too_old_for_us_is_passed_over(bin_directory: Path) -> None:
    program(bin_directory / "temporal", OLD)
    kept = program(cached_binary(), GOOD)

    assert temporal_binary() == kept


def test_a_broken_program_does_not_work(tmp_path: Path) -> None:
    assert not works(tmp_path / "none")
    assert not works(program(tmp_path / "other", "#!/bin/sh\necho hello\n"))
    assert not works(program(tmp_path / "failing", "#!/bin/sh\nexit 3\n"))


@pytest.mark.usefixtures("no_download")
def test_go_builds_it_once_and_the_cache_keeps_it(
    bin_directory: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    calls = tmp_path / "calls"
    program(
        bin_directory / "go",
        f'#!/bin/sh\necho "$@" >> {calls}\n'
        f'printf \'%s\' "{GOOD.replace(chr(10), chr(92) + "n")}" > "$4".raw\n'
        f'printf "%b" "$(cat "$4".raw)" > "$4"\nchmod 755 "$4"\n',
    )

    assert temporal_binary() == cached_binary()
    assert temporal_binary() == cached_binary()

    assert len(calls.read_text().splitlines()) == 1
    progress = capsys.readouterr().err
    assert "SDK's own download" in progress
    assert "Building the Temporal CLI" in progress


@pytest.mark.usefixtures("no_download")
def test_without_any_way_the_error_gives_each_reason_and_what_to_do(
    bin_directory: Path,
) -> None:
    program(bin_directory / "go", "#!/bin/sh\necho no space left >&2\nexit 1\n")

    with pytest.raises(ConfigurationError) as refused:
        temporal_binary()

    assert "Set TEMPORAL_ADDRESS" in str(refused.value)
    assert "SDK download" in str(refused.value)
    assert "no space left" in str(refused.value)


@pytest.mark.usefixtures("no_download", "bin_directory")
def test_without_go_the_error_says_so() -> None:
    with pytest.raises(ConfigurationError, match="`go` is not on PATH"):
        temporal_binary()


def test_the_version_we_name_is_the_one_the_tools_module_builds() -> None:
    module = (config.temporal_binary.TOOLS_DIRECTORY / "go.mod").read_text()

    wanted = f"github.com/temporalio/cli v{config.temporal_binary.CLI_VERSION}"
    assert wanted in module


def test_two_processes_do_not_build_at_the_same_time(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    entered = threading.Event()

    def enter() -> None:
        with one_at_a_time(lock):
            entered.set()

    with one_at_a_time(lock):
        waiting = threading.Thread(target=enter)
        waiting.start()
        assert not entered.wait(0.2)
    assert entered.wait(5)
    waiting.join()


def test_the_cache_is_the_users_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)

    assert cache_directory() == Path(os.path.expanduser("~/.cache/orderwright"))
