"""Every word for a cancel has one cause, and one of two sides is at fault."""

import pytest

from domain.kpi.orders.causes import CancelCause, cause_of, is_ours
from domain.policy import HoldKind


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("customer", CancelCause.CUSTOMER),
        ("Customer request", CancelCause.CUSTOMER),
        ("BUYER_CANCELED", CancelCause.CUSTOMER),
        ("address_expired", CancelCause.CUSTOMER),
        ("no_stock", CancelCause.NO_STOCK),
        ("Out of stock", CancelCause.NO_STOCK),
        ("out-of-stock", CancelCause.NO_STOCK),
        ("missing", CancelCause.NO_STOCK),
        ("availability", CancelCause.NO_STOCK),
        ("payment_expired", CancelCause.PAYMENT),
        ("customer payment declined", CancelCause.PAYMENT),
        ("fraud", CancelCause.FRAUD),
        ("payment fraud", CancelCause.FRAUD),
        ("duplicate", CancelCause.DUPLICATE),
        ("duplicate of the customer", CancelCause.DUPLICATE),
        ("run_cancelled", CancelCause.OTHER),
        ("price_expired", CancelCause.OTHER),
        ("stocking", CancelCause.OTHER),
        ("", CancelCause.OTHER),
        (None, CancelCause.OTHER),
    ],
)
def test_a_text_names_one_cause(text: str | None, cause: CancelCause) -> None:
    assert cause_of(text) is cause


@pytest.mark.parametrize("cause", CancelCause)
def test_a_cause_is_named_by_its_own_word(cause: CancelCause) -> None:
    assert cause_of(cause.value) is cause


@pytest.mark.parametrize(
    ("text", "ours"),
    [
        ("no_stock", True),
        ("run_cancelled", True),
        ("known_sku", True),
        ("customer", False),
        ("payment", False),
        ("fraud", False),
        ("duplicate", False),
        ("", False),
        (None, False),
    ],
)
def test_what_the_customer_did_not_cause_is_our_fault(
    text: str | None, ours: bool
) -> None:
    assert is_ours(text) is ours


def test_holds_that_end_in_a_cancel_are_told_by_their_kind() -> None:
    causes = {kind: cause_of(f"{kind}_expired") for kind in HoldKind}

    assert causes[HoldKind.EMAIL] is causes[HoldKind.PHONE] is CancelCause.CUSTOMER
    assert causes[HoldKind.AVAILABILITY] is CancelCause.NO_STOCK
    assert causes[HoldKind.MANUAL] is CancelCause.OTHER
