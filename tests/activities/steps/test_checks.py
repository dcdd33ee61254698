"""Verification through the run's first step: each check in each mode, on real rows."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from domain.identity import order_id_of
from domain.orders.status import OrderStatus
from domain.policy import CheckMode, CheckName
from domain.shipments.status import ShipmentStatus
from messages.order_messages import (
    ChangeLines,
    LineChange,
    ReleaseHold,
    StockArrived,
)
from persistence.tables import check_result, hold, price_list_entry, sku_alias
from tests.activities.steps.builders import (
    NOON,
    SOURCE,
    OrderRun,
    Shop,
    document,
    line,
    policy_with,
    shop_at,
)

MUG = line("MUG", 1)
LISTED = {"source": SOURCE, "sku": "MUG", "price": Decimal(10), "currency": "EUR"}

# For each check: an order that fails it, and one that says nothing it could look at.
FAILING: dict[CheckName, tuple[tuple[dict[str, object], ...], dict[str, object]]] = {
    CheckName.AVAILABILITY: ((line("MUG", 11),), {}),
    CheckName.PRICE: ((line("MUG", 1, unit_price="12"),), {"currency": "EUR"}),
    CheckName.EMAIL: ((MUG,), {"customer": {"email": "nobody at all"}}),
    CheckName.PHONE: ((MUG,), {"customer": {"phone": "12"}}),
    CheckName.ADDRESS: (
        (MUG,),
        {
            "ship_to": {
                "name": "Test Person",
                "street": "Musterweg 1",
                "city": "Berlin",
                "postcode": "1",
                "country": "DE",
            }
        },
    ),
    CheckName.DUPLICATE: ((MUG,), {"customer": {"email": "same@example.com"}}),
    CheckName.PAYMENT: ((MUG,), {"payment": {"status": "awaited"}}),
    CheckName.KNOWN_SKU: ((line("UNHEARD", 1),), {}),
}


def failing_order(shop: Shop, check: CheckName) -> OrderRun:
    if check is CheckName.PRICE:
        shop.add(price_list_entry, {**LISTED, "includes_tax": False})
    lines, more = FAILING[check]
    if check is CheckName.DUPLICATE:
        shop.order("before", *lines, **more)
    return shop.order("1", *lines, **more)


def outcomes(shop: Shop, order_id: str) -> dict[str, str]:
    query = select(check_result).where(check_result.c.order_id == order_id)
    return {row.check_name: row.outcome for row in shop.rows(query)}


@pytest.fixture
def shop_with(
    database_url: str, request: pytest.FixtureRequest
) -> Callable[[CheckName, CheckMode], Shop]:
    def build(check: CheckName, mode: CheckMode) -> Shop:
        policy = policy_with({check: mode}, prices_include_tax=False)
        shops = shop_at(database_url, policy)
        shop = shops.__enter__()
        request.addfinalizer(lambda: shops.__exit__(None, None, None))
        shop.receive("A-1", MUG=10)
        return shop

    return build


ShopWith = Callable[[CheckName, CheckMode], Shop]


@pytest.mark.parametrize("check", list(CheckName))
def test_a_failed_check_that_holds_places_its_hold_and_keeps_the_order_off_the_floor(
    shop_with: ShopWith, check: CheckName
) -> None:
    shop = shop_with(check, CheckMode.HOLD)

    run = failing_order(shop, check)

    assert outcomes(shop, run.order_id)[check] == "hold"
    assert [(h.hold_id, h.kind) for h in run.state.holds] == [("web-1.h1", check)]
    assert all(s.status is ShipmentStatus.ALLOCATED for s in run.state.shipments)
    [row] = shop.rows(select(hold))
    assert (row.kind, row.released_at) == (check, None)


@pytest.mark.parametrize("check", list(CheckName))
def test_a_failed_check_that_rejects_ends_the_order_and_owes_the_money_back(
    shop_with: ShopWith, check: CheckName
) -> None:
    shop = shop_with(check, CheckMode.REJECT)

    run = failing_order(shop, check)

    assert run.state.status is OrderStatus.REJECTED
    assert run.state.ended_at == NOON
    assert len(run.refunds()) == 1
    assert run.data_of("rejected") == {"checks": check}
    assert not run.state.deadlines
    assert not run.state.holds
    assert not run.state.shipments
    assert all(ordered == gone for ordered, gone in run.lines().values())


@pytest.mark.parametrize("check", sorted(set(CheckName) - {CheckName.KNOWN_SKU}))
@pytest.mark.parametrize(
    ("mode", "outcome"), [(CheckMode.WARN, "warn"), (CheckMode.OFF, "not_checked")]
)
def test_a_check_that_only_warns_or_is_off_lets_the_order_go_on(
    shop_with: ShopWith, check: CheckName, mode: CheckMode, outcome: str
) -> None:
    shop = shop_with(check, mode)

    run = failing_order(shop, check)

    assert outcomes(shop, run.order_id)[check] == outcome
    assert run.state.holds == []
    assert run.state.status is OrderStatus.RELEASED


@pytest.mark.parametrize("mode", [CheckMode.WARN, CheckMode.OFF])
def test_an_unknown_article_is_held_whatever_the_source_wants(
    shop_with: ShopWith, mode: CheckMode
) -> None:
    shop = shop_with(CheckName.KNOWN_SKU, mode)

    run = failing_order(shop, CheckName.KNOWN_SKU)

    # Nobody could pick it, so without a hold the order would wait for nothing.
    assert [h.kind for h in run.state.holds] == [CheckName.KNOWN_SKU]


def test_a_rejected_order_leaves_no_hold_behind(database_url: str) -> None:
    modes = {CheckName.PAYMENT: CheckMode.HOLD, CheckName.EMAIL: CheckMode.REJECT}
    with shop_at(database_url, policy_with(modes)) as shop:
        run = shop.order(
            "1", MUG, payment={"status": "awaited"}, customer={"email": "wrong"}
        )

        assert run.state.status is OrderStatus.REJECTED
        assert run.state.holds == []
        assert not shop.rows(select(hold).where(hold.c.released_at.is_(None)))
        # Nothing was paid, so nothing is owed.
        assert run.refunds() == []


def test_what_a_source_does_not_hold_is_not_checked_and_never_passed(
    database_url: str,
) -> None:
    every = policy_with(dict.fromkeys(CheckName, CheckMode.REJECT))
    with shop_at(database_url, every) as shop:
        shop.receive("A-1", MUG=1)
        run = shop.order("1", MUG, ship_to={"country": "DE"})

        found = outcomes(shop, run.order_id)
        silent = {name for name, outcome in found.items() if outcome == "not_checked"}
        assert silent == {"price", "email", "phone", "address", "duplicate", "payment"}
        assert found["availability"] == found["known_sku"] == "pass"
        assert run.state.status is OrderStatus.RELEASED


def test_four_faults_are_four_holds_and_releasing_one_releases_no_order(
    shop: Shop,
) -> None:
    run = shop.order(
        "1",
        line("UNHEARD", 1),
        customer={"email": "wrong", "phone": "1"},
        payment={"status": "awaited"},
    )

    run.done(ReleaseHold(message_id="release", kind="email"))

    assert {h.kind for h in run.state.holds} == {"known_sku", "phone", "payment"}
    assert run.state.shipments == []


@pytest.mark.parametrize(
    ("price", "mine", "listed", "outcome"),
    [
        ("10", None, None, "pass"),
        ("10.009", None, None, "pass"),
        ("12", None, None, "hold"),
        ("10", True, False, "not_checked"),
    ],
)
def test_prices_are_compared_with_the_sources_own_list(
    shop_with: ShopWith,
    price: str,
    mine: bool | None,
    listed: bool | None,
    outcome: str,
) -> None:
    shop = shop_with(CheckName.PRICE, CheckMode.HOLD)
    shop.add(price_list_entry, {**LISTED, "includes_tax": listed})

    run = shop.order(
        "1",
        line("MUG", 1, unit_price=price),
        currency="EUR",
        prices_include_tax=mine,
    )

    assert outcomes(shop, run.order_id)["price"] == outcome


def test_the_list_of_another_source_says_nothing(shop_with: ShopWith) -> None:
    shop = shop_with(CheckName.PRICE, CheckMode.HOLD)
    shop.add(price_list_entry, {**LISTED, "source": "elsewhere"})

    run = shop.order("1", line("MUG", 1, unit_price="99"), currency="EUR")

    assert outcomes(shop, run.order_id)["price"] == "not_checked"


@pytest.mark.parametrize(
    ("apart", "email", "is_held"),
    [
        (timedelta(hours=1), "same@example.com", True),
        (timedelta(hours=1), "SAME@example.com ", True),
        (timedelta(hours=30), "same@example.com", False),
        (timedelta(hours=1), "other@example.com", False),
    ],
)
def test_a_second_order_of_one_customer_within_the_window_is_held(
    shop: Shop, apart: timedelta, email: str, is_held: bool
) -> None:
    shop.order("1", MUG, customer={"email": "same@example.com"})
    placed = (NOON + apart).isoformat()

    run = shop.order("2", MUG, customer={"email": email}, placed_at=placed)

    held = [h.kind for h in run.state.holds if h.kind == "duplicate"]
    assert held == (["duplicate"] if is_held else [])


def test_two_orders_to_one_address_are_two_orders_when_they_have_numbers(
    shop: Shop,
) -> None:
    shop.order("1", MUG)

    assert shop.order("2", MUG).state.holds == []


def test_an_unknown_article_is_mended_by_an_alias_of_its_source(shop: Shop) -> None:
    run = shop.order("1", line("UNHEARD", 2), MUG)
    release = ReleaseHold(message_id="too soon", kind="known_sku")

    too_soon = run.refused(release)
    shop.add(sku_alias, {"source": SOURCE, "alias": "UNHEARD", "sku": "POT"})
    run.done(release.model_copy(update={"message_id": "now"}))

    assert too_soon.startswith("still unknown: line 1; import an alias")
    assert run.state.status is OrderStatus.RELEASED
    assert shop.stock()["B-1", "POT"] == (10, 2)
    assert shop.stock()["A-1", "MUG"] == (10, 1)


def test_an_alias_of_another_source_mends_nothing(shop: Shop) -> None:
    run = shop.order("1", line("UNHEARD", 2))
    shop.add(sku_alias, {"source": "elsewhere", "alias": "UNHEARD", "sku": "POT"})

    refusal = run.refused(ReleaseHold(message_id="release", kind="known_sku"))

    assert refusal.startswith("still unknown: line 1")
    assert [hold.kind for hold in run.state.holds] == ["known_sku"]


def test_a_hold_for_stock_goes_when_the_stock_has_come(shop_with: ShopWith) -> None:
    shop = shop_with(CheckName.AVAILABILITY, CheckMode.HOLD)
    run = shop.order("1", line("MUG", 12))
    shop.receive("B-1", MUG=2)

    run.done(StockArrived(message_id="came", skus=("MUG",)))

    assert run.state.holds == []
    assert run.state.backordered == 0
    assert run.state.status is OrderStatus.RELEASED


def test_a_change_that_a_check_would_reject_is_refused_and_changes_nothing(
    shop_with: ShopWith,
) -> None:
    shop = shop_with(CheckName.PRICE, CheckMode.REJECT)
    shop.add(price_list_entry, {**LISTED, "includes_tax": False})
    run = shop.order("1", line("MUG", 1, unit_price="10"), currency="EUR")
    added = LineChange(sku="MUG", quantity=1, unit_price=Decimal(1))

    text = run.refused(ChangeLines(message_id="change", lines=(added,)))

    assert text.startswith("price: 1 of 2 lines differ")
    assert run.lines() == {1: (1, 0)}
    assert run.state.status is OrderStatus.RELEASED
    assert shop.stock()["A-1", "MUG"] == (10, 1)


def test_an_order_without_a_number_is_compared_by_its_address(
    database_url: str,
) -> None:
    with shop_at(database_url, policy_with({})) as shop:
        shop.receive("A-1", MUG=10)
        first = stored_without_number(shop, "ow.first")
        second = stored_without_number(shop, "ow.second")

        assert first.state.holds == []
        assert [h.kind for h in second.state.holds] == ["duplicate"]


def stored_without_number(shop: Shop, ours: str) -> OrderRun:
    shop.capture(document(None, MUG), ours)
    run = OrderRun(shop, order_id_of(SOURCE, ours))
    run.open()
    return run
