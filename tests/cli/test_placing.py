"""Placing orders from documents, through `orderwright order place` and `starter.py`."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from types import SimpleNamespace

import pytest
import typer

from cli.main import build_app, starter_app
from tests.builders.documents import a_document
from tests.cli.terminal import Terminal

CHANNELS = [(build_app, ("order", "place")), (starter_app, ("place",))]


def test_the_smallest_document_is_an_order(terminal: Terminal) -> None:
    smallest = {
        "source": "web",
        "number": "7",
        "ship_to": {
            "name": "N",
            "street": "S 1",
            "city": "Berlin",
            "postcode": "10115",
            "country": "DE",
        },
        "lines": [{"sku": "MUG", "quantity": 1}],
    }

    assert terminal.place(smallest) == "web-7"


@pytest.mark.parametrize(("app", "command"), CHANNELS)
def test_both_commands_place_with_one_function(
    terminal: Terminal, app: Callable[[], typer.Typer], command: tuple[str, ...]
) -> None:
    terminal.app = app
    file = terminal.write("order.json", a_document("1"))

    assert terminal.ok(*command, file).out == "web-1 placed\n"
    assert terminal.ok(*command, file).out == "web-1 was placed before\n"


@pytest.mark.parametrize(
    "write",
    [
        pytest.param(json.dumps, id="array"),
        pytest.param(
            lambda documents: "\n".join(map(json.dumps, documents)) + "\n\n", id="lines"
        ),
    ],
)
def test_each_of_several_documents_is_answered(
    terminal: Terminal, write: Callable[[list[object]], str]
) -> None:
    bad = a_document("2") | {"ship_to": {"country": "Germany"}}
    documents: list[object] = [a_document("1"), bad, a_document("3"), "4"]
    file = terminal.write("orders.json", write(documents))

    typed = terminal.type("order", "place", file, "--json")

    answers = typed.json_lines()
    assert typed.exit_code == 6
    assert [one["outcome"] for one in answers] == [
        "accepted",
        "refused",
        "accepted",
        "refused",
    ]
    assert [one["index"] for one in answers] == [1, 2, 3, 4]
    assert answers[1]["reason"].startswith("ship_to.country")
    assert "Germany" not in typed.out + typed.err


def test_a_refused_document_alone_is_a_refusal(terminal: Terminal) -> None:
    file = terminal.write("order.json", {"source": "web"})

    typed = terminal.type("order", "place", file)

    assert (typed.exit_code, typed.out) == (4, "")
    assert "lines: is required" in typed.err


def test_a_repeat_with_other_content_is_refused_naming_the_fields(
    terminal: Terminal,
) -> None:
    terminal.place(a_document("1"))
    file = terminal.write("again.json", a_document("1", [("MUG", 3)]))

    typed = terminal.type("order", "place", file)

    assert typed.exit_code == 4
    assert "already placed, with other content of lines" in typed.err


def test_a_document_comes_by_stdin(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = json.dumps(a_document("1")).encode()
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(text)))

    assert terminal.ok("order", "place", "-").out == "web-1 placed\n"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ('{"source": "web",', "line 1, column 18"),
        ('{"source": "web"}\n{"source":', "line 2, column 11"),
        ('{"source": NaN}', "which has no NaN"),
        ("", "line 1, column 1"),
        ("orders\n1\n", "line 1, column 1"),
    ],
)
def test_what_is_no_json_is_refused_with_its_place(
    terminal: Terminal, text: str, wanted: str
) -> None:
    file = terminal.write("order.json", text)

    typed = terminal.type("order", "place", file)

    assert (typed.exit_code, typed.out) == (4, "")
    assert wanted in typed.err


def test_a_file_that_is_not_utf_8_is_refused(terminal: Terminal) -> None:
    (terminal.directory / "order.json").write_bytes('{"a": "é"}'.encode("latin-1"))

    typed = terminal.type("order", "place", "order.json")

    assert typed.exit_code == 4
    assert "UTF-8" in typed.err


def test_prices_stay_the_digits_that_were_sent(terminal: Terminal) -> None:
    text = json.dumps(a_document("1")).replace('"9.50"', "9.1000000000000001")
    file = terminal.write("order.json", text)

    typed = terminal.type("order", "place", file)

    assert typed.exit_code == 4
    assert "unit_price" in typed.err
    assert "6" in typed.err
