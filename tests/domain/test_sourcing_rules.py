"""Weighted rules choose among warehouses, and each choice is explained."""

from __future__ import annotations

import json
from datetime import date

import pytest
from hypothesis import given

from domain.policy import SourcingRule
from domain.policy.stock_terms import DEFAULT_RULES
from domain.stock.sourcing import (
    FreeStock,
    LineDemand,
    SourcingPlan,
    WarehouseFacts,
    plan_sourcing,
)
from tests.domain.sourcing_builders import (
    facts_of,
    far,
    level,
    orders,
    sent_by,
    shelves,
    stock_of,
    wanted,
)

FIRST = date(2026, 12, 1)
LATER = date(2026, 12, 4)


def verdict(plan: SourcingPlan, rule: SourcingRule, *warehouses: str) -> object:
    assert plan.explanation is not None
    [judged] = [
        each
        for each in plan.explanation.candidates
        if each.candidate.warehouses == warehouses
    ]
    return (judged.verdicts[rule].score, judged.verdicts[rule].text)


def test_one_warehouse_that_has_all_and_nobody_else_is_no_choice() -> None:
    plan = plan_sourcing(wanted(MUG=2), stock_of(east={"MUG": 2}))

    assert sent_by(plan) == {"east": 2}
    assert plan.explanation is None


def test_by_default_the_order_is_kept_whole_although_nearer_ones_have_parts() -> None:
    stock = stock_of(near={"MUG": 1}, far={"MUG": 1, "POT": 1})
    known = facts_of(far("near", 5), far("far", 500))

    plan = plan_sourcing(wanted(MUG=1, POT=1), stock, facts=known)

    assert sent_by(plan) == {"far": 2}
    assert plan.explanation is not None
    assert plan.explanation.split_reason is None
    assert "the order in one shipment, fewer parcels" in plan.explanation.reason


def test_other_weights_let_the_near_warehouse_send_its_part() -> None:
    stock = stock_of(near={"MUG": 1}, far={"MUG": 1, "POT": 1})
    known = facts_of(far("near", 5), far("far", 500))
    weights = {SourcingRule.NEAREST: 60, SourcingRule.KEEP_WHOLE: 10}

    plan = plan_sourcing(wanted(MUG=1, POT=1), stock, weights=weights, facts=known)

    assert sent_by(plan) == {"far": 1, "near": 1}
    assert plan.explanation is not None
    assert plan.explanation.split_reason == (
        "far alone could send all; split for a shorter way"
    )


def test_of_two_that_could_send_all_the_nearer_one_does() -> None:
    stock = stock_of(aachen={"MUG": 9}, berlin={"MUG": 9})
    known = facts_of(far("aachen", 540), far("berlin", 8))

    plan = plan_sourcing(wanted(MUG=2), stock, facts=known)

    assert sent_by(plan) == {"berlin": 2}
    assert plan.explanation is not None
    assert plan.explanation.reason == (
        "berlin 180 points, aachen 170.166: a shorter way"
    )
    assert verdict(plan, SourcingRule.NEAREST, "aachen") == (
        0.0166,
        "aachen: 540 km",
    )


def test_without_distances_the_customers_own_country_goes_first() -> None:
    stock = stock_of(abroad={"MUG": 9}, home={"MUG": 9})
    known = facts_of(
        WarehouseFacts(warehouse_id="abroad"),
        WarehouseFacts(warehouse_id="home", same_country=True),
    )

    plan = plan_sourcing(wanted(MUG=2), stock, facts=known)

    assert sent_by(plan) == {"home": 2}
    assert verdict(plan, SourcingRule.NEAREST, "home") == (
        0.5,
        "home: same country",
    )


def test_a_date_that_only_the_far_warehouse_keeps_wins_over_the_shorter_way() -> None:
    stock = stock_of(near={"MUG": 2}, far={"MUG": 2})
    known = facts_of(
        far("near", 5, earliest_delivery=LATER),
        far("far", 500, earliest_delivery=FIRST),
        asked_for_on=FIRST,
    )

    plan = plan_sourcing(wanted(MUG=2), stock, facts=known)

    assert sent_by(plan) == {"far": 2}
    assert verdict(plan, SourcingRule.PROMISE_MET, "near") == (
        0,
        "0 of 2 units by 2026-12-01",
    )


@pytest.mark.parametrize(
    ("asked_for_on", "text", "score"),
    [
        (None, "no date was asked for", 1),
        (FIRST, "not known when it would be there", 0),
    ],
)
def test_a_date_that_cannot_be_compared_is_said_to_be_so(
    asked_for_on: date | None, text: str, score: int
) -> None:
    stock = stock_of(east={"MUG": 2}, west={"MUG": 2})

    plan = plan_sourcing(
        wanted(MUG=2), stock, facts=facts_of(asked_for_on=asked_for_on)
    )

    assert verdict(plan, SourcingRule.PROMISE_MET, "east") == (score, text)


def test_an_order_that_nobody_has_whole_is_split_and_it_is_said_why() -> None:
    stock = stock_of(east={"MUG": 6}, west={"POT": 4})

    plan = plan_sourcing(wanted(MUG=6, POT=5), stock)

    assert sent_by(plan) == {"east": 6, "west": 4}
    assert plan.explanation is not None
    assert plan.explanation.missing == 1
    assert plan.explanation.split_reason == (
        "no warehouse alone has all 11 units: east 6, west 4"
    )
    assert plan.explanation.reason.endswith("1 of 11 units are missing")
    assert verdict(plan, SourcingRule.FEWEST_PARCELS, "east") == (
        0,
        "leaves 4 units that could be sent",
    )


def test_a_warehouse_that_does_not_serve_is_named_with_its_reason() -> None:
    refused = WarehouseFacts(
        warehouse_id="west", serves=False, reason="sends nothing to this address"
    )
    stock = stock_of(east={"MUG": 1}, west={"MUG": 9})

    plan = plan_sourcing(wanted(MUG=2), stock, facts=facts_of(refused))

    assert sent_by(plan) == {"east": 1}
    assert plan.explanation is not None
    assert plan.explanation.reason == (
        "only east has any of it free; 1 of 2 units are missing; "
        "west sends nothing to this address"
    )


def test_what_nobody_has_is_explained_without_a_winner() -> None:
    plan = plan_sourcing(wanted(MUG=2), [])

    assert plan.explanation is not None
    told = plan.explanation.as_json()
    assert (told["winner"], told["candidates"], told["missing"]) == ([], [], 2)
    assert told["reason"] == "no warehouse that serves has any of it free"


def test_a_rule_of_weight_0_says_nothing() -> None:
    stock = stock_of(near={"MUG": 9}, afar={"MUG": 9})
    known = facts_of(far("near", 5), far("afar", 500))
    weights = {**DEFAULT_RULES, SourcingRule.NEAREST: 0}

    plan = plan_sourcing(wanted(MUG=2), stock, weights=weights, facts=known)

    assert sent_by(plan) == {"afar": 2}
    assert plan.explanation is not None
    for judged in plan.explanation.candidates:
        assert SourcingRule.NEAREST not in judged.verdicts
    assert plan.explanation.reason.endswith("equal by the rules")


@given(orders(), shelves())
def test_with_every_rule_off_the_most_units_are_sent_nonetheless(
    lines: list[LineDemand], stock: list[FreeStock]
) -> None:
    off = plan_sourcing(lines, stock, weights=dict.fromkeys(SourcingRule, 0))

    assert off.explanation is None or all(
        judged.candidate.units <= off.explanation.wanted - off.explanation.missing
        for judged in off.explanation.candidates
    )


@given(orders(), shelves())
def test_the_total_is_the_sum_of_what_is_shown_and_the_winner_has_the_most(
    lines: list[LineDemand], stock: list[FreeStock]
) -> None:
    explanation = plan_sourcing(lines, stock).explanation

    if explanation is None:
        return
    totals = [judged.total for judged in explanation.candidates]
    assert totals == sorted(totals, reverse=True)
    for judged in explanation.candidates:
        shown = sum(each.score * each.weight for each in judged.verdicts.values())
        assert judged.total == pytest.approx(shown, abs=1e-3)
        assert all(0 <= each.score <= 1 for each in judged.verdicts.values())


def test_the_explanation_is_plain_json() -> None:
    stock = stock_of(east={"MUG": 6}, west={"POT": 4})

    explanation = plan_sourcing(wanted(MUG=6, POT=4), stock).explanation

    assert explanation is not None
    told = explanation.as_json()
    assert json.loads(json.dumps(told)) == told
    assert told["winner"] == ["east", "west"]


def test_of_many_warehouses_the_last_one_is_still_asked_for_what_it_alone_has() -> None:
    full = {f"w{number}": {"MUG": 9} for number in range(1, 8)}
    stock = stock_of(**full, w8={"POT": 1})

    plan = plan_sourcing(wanted(MUG=2, POT=1), stock)

    assert plan.missing == ()
    assert sent_by(plan)["w8"] == 1


def test_a_wholesale_order_over_four_warehouses_is_judged_in_few_ways() -> None:
    lines = [
        LineDemand(line_no=number, units=2, parts=((f"S{number}", 1),))
        for number in range(1, 501)
    ]
    stock = [
        level(number * 4 + place, f"w{place}", f"S{number}", free=1)
        for number in range(1, 501)
        for place in range(4)
        if (number + place) % 3
    ]

    plan = plan_sourcing(lines, stock)

    assert plan.missing == ()
    assert plan.explanation is not None
    assert plan.explanation.considered <= 64
    assert len(plan.explanation.candidates) <= 12
