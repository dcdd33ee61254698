"""The JSON schema of the order document, as docs/ shows it.

After a change of the document: python -m messages.order_schema
"""

from __future__ import annotations

import json
from pathlib import Path

from messages.order_document import OrderDocument

SCHEMA_ID = "order-document.schema.json"


def order_document_schema() -> str:
    """Return the schema as the text of docs/order-document.schema.json."""
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": SCHEMA_ID,
        **OrderDocument.model_json_schema(),
    }
    return json.dumps(schema, indent=2) + "\n"


if __name__ == "__main__":
    Path("docs", SCHEMA_ID).write_text(order_document_schema(), "utf-8")
