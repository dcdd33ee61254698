"""Order documents of a test customer whose details are easy to find anywhere."""

from __future__ import annotations

from collections.abc import Iterable

from messages.order_document import ShipTo

CUSTOMER_NAME = "Example Receiver"
STREET = "Beispielallee 4711"
NEW_STREET = "Ausweichgasse 815"
EMAIL = "example.receiver@orderwright-customer.com"
PHONE = "+49 30 90182020"
# What no log line, history or search attribute may show.
PERSONAL = (
    CUSTOMER_NAME,
    STREET,
    "Beispielallee",
    NEW_STREET,
    "Ausweichgasse",
    EMAIL,
    PHONE,
    PHONE.replace(" ", ""),
    "90182020",
)


def a_document(
    number: str | None,
    lines: Iterable[tuple[str, int]] = (("MUG", 2),),
    **fields: object,
) -> dict[str, object]:
    """Return a document without faults; `fields` replace or add top-level ones."""
    return {
        "source": "web",
        "number": number,
        "currency": "EUR",
        "ship_to": a_ship_to(),
        "customer": {"name": CUSTOMER_NAME, "email": EMAIL, "phone": PHONE},
        "lines": [a_line(sku, quantity) for sku, quantity in lines],
        **fields,
    }


def a_line(sku: str, quantity: int, **fields: object) -> dict[str, object]:
    """Return a document line at the catalogue's price of every article, 9.50."""
    return {"sku": sku, "quantity": quantity, "unit_price": "9.50", **fields}


def a_ship_to(**fields: str | None) -> dict[str, object]:
    """Return an address that every check and carrier takes."""
    return {
        "name": CUSTOMER_NAME,
        "street": STREET,
        "city": "Berlin",
        "postcode": "10115",
        "country": "DE",
        **fields,
    }


def another_address(**fields: str | None) -> ShipTo:
    """Return a second good address of the same customer."""
    return ShipTo.model_validate(
        a_ship_to(**{"street": NEW_STREET, "postcode": "10117", **fields})
    )


def personal_data_in(text: str) -> list[str]:
    """Return what of the test customer a text shows."""
    return [detail for detail in PERSONAL if detail.lower() in text.lower()]
