"""No file knows one machine: no home directory, no registry host."""

import re
from pathlib import Path

import pytest

from tests.architecture.source_files import project_files, relative

LARGEST_TEXT = 600_000
# Written in two parts, so that this file does not find itself.
REGISTRY_HOSTS = [
    f"{host}.{domain}"
    for host, domain in (
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("npmjs", "org"),
        ("proxy.golang", "org"),
        ("sum.golang", "org"),
        ("crates", "io"),
        ("repo.maven.apache", "org"),
        ("repo1.maven", "org"),
        ("deb.debian", "org"),
    )
]
UNWANTED = re.compile(
    r"(?<![\w.$}/-])/(?:home|Users)/\w+/|(?<![\w.$}/-])/ro{2}t/|"
    + "|".join(re.escape(host) for host in REGISTRY_HOSTS)
)


def text_of(path: Path) -> str:
    if path.stat().st_size > LARGEST_TEXT:
        return ""
    try:
        return path.read_text("utf-8")
    except UnicodeDecodeError:
        return ""


def test_no_file_names_a_machines_path_or_a_registry() -> None:
    found = [
        f"{relative(path)}:{text.count(chr(10), 0, match.start()) + 1} {match[0]}"
        for path in project_files()
        for text in [text_of(path)]
        for match in UNWANTED.finditer(text)
    ]

    assert found == []


@pytest.mark.parametrize(
    "text",
    [
        "data = '/" + "home/someone/orders.csv'",
        "path: /" + "root/.cache/tool",
        *(f"https://{host}/simple" for host in REGISTRY_HOSTS),
    ],
)
def test_the_check_sees_what_it_looks_for(text: str) -> None:
    assert UNWANTED.search(text)
