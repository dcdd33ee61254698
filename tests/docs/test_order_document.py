"""The order document's schema and examples are what the code takes."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from messages.order_document import OrderDocument, parse_order_document, unknown_fields
from messages.order_schema import order_document_schema
from tests.architecture.source_files import ROOT

DOCS = ROOT / "docs"
SCHEMA = DOCS / "order-document.schema.json"
EXAMPLES = sorted((DOCS / "examples").glob("order*.json"))


def test_the_schema_is_that_of_the_code() -> None:
    assert SCHEMA.read_text("utf-8") == order_document_schema()


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.name)
def test_every_example_is_taken(example: Path) -> None:
    document = json.loads(example.read_text("utf-8"))

    jsonschema.validate(document, json.loads(SCHEMA.read_text("utf-8")))

    assert parse_order_document(document).source == "web"
    assert unknown_fields(document) == []


def test_the_full_example_has_every_field() -> None:
    document = json.loads((DOCS / "examples" / "order-full.json").read_text("utf-8"))

    assert set(document) == set(OrderDocument.model_fields)


def test_the_page_shows_the_smallest_example_and_names_every_field() -> None:
    page = (DOCS / "order-document.md").read_text("utf-8")

    assert (DOCS / "examples" / "order.json").read_text("utf-8") in page
    assert [
        name for name in OrderDocument.model_fields if f"`{name}`" not in page
    ] == []
