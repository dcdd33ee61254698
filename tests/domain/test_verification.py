"""Each check answers from facts only, and the source decides what a failure means."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from domain.policy import (
    CheckMode,
    CheckName,
    CheckOutcome,
    HoldKind,
    SourcePolicy,
)
from domain.verification import (
    CheckResult,
    ContactFindings,
    FieldProblem,
    Finding,
    ListPrice,
    PaymentFacts,
    VerificationFacts,
    verify,
)
from tests.domain.verification_facts import (
    NET_SHOP,
    NOTHING_GIVEN,
    TWIN,
    WELL,
    answer,
    euros,
    good_facts,
    line,
)


def test_an_order_with_every_fact_good_passes_every_check() -> None:
    results = verify(good_facts(), NET_SHOP)

    assert [result.check for result in results] == list(CheckName)
    assert {result.outcome for result in results} == {CheckOutcome.PASS}


def test_an_order_about_which_nothing_is_known_passes_no_check() -> None:
    bare = VerificationFacts(lines=(line(),))

    results = verify(bare, NET_SHOP)

    assert {result.outcome for result in results} == {CheckOutcome.NOT_CHECKED}
    assert all(result.reason for result in results)


def test_an_order_with_four_faults_shows_four_holds() -> None:
    facts = replace(
        good_facts(),
        lines=(line(price=euros("5.00")),),
        contact=replace(
            WELL,
            address=Finding.problem(
                FieldProblem(field="postcode", wanted="a postcode of DE")
            ),
        ),
        likely_duplicates=(TWIN,),
        payment=PaymentFacts(awaited=True, method="bank_transfer"),
    )

    holds = [result.hold_kind for result in verify(facts, NET_SHOP) if result.hold_kind]

    assert holds == [
        HoldKind.PRICE,
        HoldKind.ADDRESS,
        HoldKind.DUPLICATE,
        HoldKind.PAYMENT,
    ]


@pytest.mark.parametrize(
    ("mode", "outcome"),
    [
        (CheckMode.OFF, CheckOutcome.NOT_CHECKED),
        (CheckMode.WARN, CheckOutcome.WARN),
        (CheckMode.HOLD, CheckOutcome.HOLD),
        (CheckMode.REJECT, CheckOutcome.REJECT),
    ],
)
@pytest.mark.parametrize("check", sorted(set(CheckName) - {CheckName.KNOWN_SKU}))
def test_the_source_decides_what_a_failing_check_becomes(
    check: CheckName, mode: CheckMode, outcome: CheckOutcome
) -> None:
    wrong = Finding.problem(FieldProblem(field="x", wanted="y"))
    all_wrong = VerificationFacts(
        lines=(line(price=euros("1")),),
        list_prices={"MUG": ListPrice(unit_price=euros("9.90"))},
        available={"MUG": 0},
        contact=ContactFindings(email=wrong, phone=wrong, address=wrong),
        likely_duplicates=(TWIN,),
        payment=PaymentFacts(awaited=True),
        unknown_skus=("MUG",),
    )

    result = answer(check, all_wrong, replace(NET_SHOP, checks={check: mode}))

    assert result.outcome is outcome
    assert result.mode is mode
    assert (result.hold_kind is not None) == (mode is CheckMode.HOLD)


@pytest.mark.parametrize("mode", CheckMode)
def test_an_article_nobody_knows_never_goes_on(mode: CheckMode) -> None:
    unknown = VerificationFacts(lines=(line(),), unknown_skus=("MUG",))

    result = answer(
        CheckName.KNOWN_SKU,
        unknown,
        replace(NET_SHOP, checks={CheckName.KNOWN_SKU: mode}),
    )

    rejects = mode is CheckMode.REJECT
    assert result.outcome is (CheckOutcome.REJECT if rejects else CheckOutcome.HOLD)


@given(
    modes=st.dictionaries(st.sampled_from(CheckName), st.sampled_from(CheckMode)),
    contact=st.sampled_from([None, WELL, NOTHING_GIVEN]),
    payment=st.sampled_from([None, PaymentFacts(awaited=True)]),
    unknown=st.sampled_from([None, (), ("MUG",)]),
    stock=st.sampled_from([{}, {"MUG": 1}, {"MUG": 5}]),
)
def test_a_missing_fact_is_never_a_pass_and_a_warning_never_a_hold(
    modes: dict[CheckName, CheckMode],
    contact: ContactFindings | None,
    payment: PaymentFacts | None,
    unknown: tuple[str, ...] | None,
    stock: dict[str, int],
) -> None:
    facts = VerificationFacts(
        lines=(line(),),
        available=stock,
        contact=contact,
        payment=payment,
        unknown_skus=unknown,
    )
    policy = SourcePolicy(checks=modes)
    missing = {CheckName.PRICE, CheckName.DUPLICATE}
    missing |= {CheckName.PAYMENT} if payment is None else set()
    missing |= {CheckName.KNOWN_SKU} if unknown is None else set()
    missing |= {CheckName.AVAILABILITY} if not stock else set()
    if contact is not WELL:
        missing |= {CheckName.EMAIL, CheckName.PHONE, CheckName.ADDRESS}

    for result in verify(facts, policy):
        allowed = {CheckOutcome.NOT_CHECKED}
        if result.check not in missing and result.mode is not CheckMode.OFF:
            allowed = {CheckOutcome.PASS, CheckOutcome(result.mode.value)}
        assert result.outcome in allowed


def test_short_lines_are_named_with_what_is_wanted_and_available() -> None:
    facts = replace(
        good_facts(),
        lines=(line(quantity=3), line(line_no=2, sku="TEA", quantity=1)),
        available={"MUG": 1, "TEA": 1},
    )

    result = answer(CheckName.AVAILABILITY, facts)

    assert result.outcome is CheckOutcome.WARN
    assert result.evidence["lines"] == (
        {"line_no": 1, "sku": "MUG", "wanted": 3, "available": 1},
    )


def test_two_lines_of_one_sku_need_stock_for_both() -> None:
    facts = replace(
        good_facts(),
        lines=(line(quantity=6), line(line_no=2, quantity=6)),
        available={"MUG": 10},
    )

    assert answer(CheckName.AVAILABILITY, facts).outcome is CheckOutcome.WARN


def test_a_sku_without_a_stock_record_is_not_called_available() -> None:
    facts = replace(
        good_facts(), lines=(line(), line(line_no=2, sku="TEA")), available={"MUG": 9}
    )

    result = answer(CheckName.AVAILABILITY, facts)

    assert result.outcome is CheckOutcome.NOT_CHECKED
    assert result.evidence["lines"] == ({"line_no": 2, "sku": "TEA"},)


def test_unknown_skus_are_named_by_line() -> None:
    facts = replace(
        good_facts(),
        lines=(line(), line(line_no=2, sku="MUGG")),
        unknown_skus=("MUGG",),
    )

    result = answer(CheckName.KNOWN_SKU, facts)

    assert result.outcome is CheckOutcome.HOLD
    assert result.evidence["lines"] == ({"line_no": 2, "sku": "MUGG"},)


def test_a_bad_contact_names_its_field_and_what_is_wanted() -> None:
    bad = Finding.problem(FieldProblem(field="email", wanted="name@domain"))
    facts = replace(good_facts(), contact=replace(WELL, email=bad))

    result = answer(CheckName.EMAIL, facts)

    assert result.outcome is CheckOutcome.HOLD
    assert result.reason == "email: name@domain"
    assert result.evidence["fields"] == ({"field": "email", "wanted": "name@domain"},)
    assert answer(CheckName.PHONE, facts).outcome is CheckOutcome.PASS


def test_a_contact_that_was_not_given_is_not_checked() -> None:
    facts = replace(good_facts(), contact=NOTHING_GIVEN)

    for check in (CheckName.EMAIL, CheckName.PHONE, CheckName.ADDRESS):
        assert answer(check, facts).outcome is CheckOutcome.NOT_CHECKED


def test_a_likely_duplicate_is_named_with_what_agrees() -> None:
    facts = replace(good_facts(), likely_duplicates=(TWIN,))

    result = answer(CheckName.DUPLICATE, facts)

    assert result.outcome is CheckOutcome.HOLD
    assert "shop-1001" in result.reason
    assert result.evidence["orders"] == (
        {
            "order_id": "shop-1001",
            "shared_units_percent": "100",
            "same_contact": "email, phone",
            "minutes_apart": 4,
        },
    )


def test_an_order_without_its_own_number_is_checked_for_likeness_even_when_off() -> (
    None
):
    off = replace(NET_SHOP, checks={CheckName.DUPLICATE: CheckMode.OFF})
    numbered = replace(good_facts(), likely_duplicates=(TWIN,))
    unnumbered = replace(numbered, number_is_ours=True)

    assert answer(CheckName.DUPLICATE, numbered, off).outcome is (
        CheckOutcome.NOT_CHECKED
    )
    assert answer(CheckName.DUPLICATE, unnumbered, off).outcome is CheckOutcome.HOLD


def test_an_unnumbered_order_keeps_the_mode_its_source_chose() -> None:
    warned = replace(NET_SHOP, checks={CheckName.DUPLICATE: CheckMode.WARN})
    unnumbered = replace(good_facts(), likely_duplicates=(TWIN,), number_is_ours=True)

    assert answer(CheckName.DUPLICATE, unnumbered, warned).outcome is CheckOutcome.WARN


def test_an_awaited_payment_holds_the_order_and_says_how_it_will_be_paid() -> None:
    facts = replace(
        good_facts(), payment=PaymentFacts(awaited=True, method="bank_transfer")
    )

    result = answer(CheckName.PAYMENT, facts)

    assert result.hold_kind is HoldKind.PAYMENT
    assert result.evidence == {"method": "bank_transfer"}


def test_a_thousand_bad_lines_do_not_make_a_thousand_rows_of_evidence() -> None:
    many = tuple(line(line_no=at, price=euros("1")) for at in range(1, 1001))
    facts = replace(good_facts(), lines=many)

    result = answer(CheckName.PRICE, facts)

    shown = result.evidence["lines"]
    assert isinstance(shown, tuple)
    assert len(shown) == 20
    assert result.reason == "1000 of 1000 lines differ from the price list"


def test_an_order_without_lines_is_not_called_available_or_well_priced() -> None:
    empty = replace(good_facts(), lines=())

    for check in (CheckName.PRICE, CheckName.AVAILABILITY):
        assert answer(check, empty).outcome is CheckOutcome.NOT_CHECKED


def test_results_and_facts_survive_json() -> None:
    facts = replace(good_facts(), likely_duplicates=(TWIN,), available={"MUG": 1})
    results = verify(facts, NET_SHOP)
    of_results = TypeAdapter(tuple[CheckResult, ...])
    of_facts = TypeAdapter(VerificationFacts)

    assert of_results.validate_json(of_results.dump_json(results)) == results
    assert of_facts.validate_json(of_facts.dump_json(facts)) == facts
