"""The simulator's own check of an address; it judges what is given, not what is not."""

from __future__ import annotations

import re

from gateways.carrier.protocol import AddressResult, AddressVerdict, CarrierAddress

_COUNTRY = re.compile(r"[A-Z]{2}")
_REQUIRED = ("name", "street", "city")
_FOUR, _FIVE, _SIX = r"\d{4}", r"\d{5}", r"\d{6}"
_POSTCODES: dict[str, re.Pattern[str]] = {
    country: re.compile(pattern, re.IGNORECASE)
    for country, pattern in {
        **dict.fromkeys(("AT", "AU", "BE", "CH", "DK", "HU", "LU", "NO"), _FOUR),
        **dict.fromkeys(("DE", "ES", "FI", "FR", "IT"), _FIVE),
        **dict.fromkeys(("CN", "SG"), _SIX),
        **dict.fromkeys(("CZ", "GR", "SE", "SK"), r"\d{3} ?\d{2}"),
        "CA": r"[A-Z]\d[A-Z] ?\d[A-Z]\d",
        "GB": r"[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}",
        "IE": r"[A-Z]\d[\dW] ?[A-Z\d]{4}",
        "JP": r"\d{3}-?\d{4}",
        "NL": r"\d{4} ?[A-Z]{2}",
        "PL": r"\d{2}-\d{3}",
        "PT": r"\d{4}-\d{3}",
        "US": r"\d{5}(-\d{4})?",
    }.items()
}


def judge_address(address: CarrierAddress, *, complete: bool) -> AddressVerdict:
    """Judge an address; with `complete`, a missing field is refused as well.

    Without it, missing fields give `not_checked`: an imported history has none.
    """
    if not _COUNTRY.fullmatch(address.country):
        return _refused("country", "is not a two-letter ISO 3166 code")
    pattern = _POSTCODES.get(address.country)
    postcode = address.postcode.strip()
    if postcode and pattern and not pattern.fullmatch(postcode):
        return _refused("postcode", f"is not valid for {address.country}")
    missing = _first_missing(address, needs_postcode=pattern is not None)
    if missing is None:
        return AddressVerdict(result=AddressResult.ACCEPTED)
    if complete:
        return _refused(missing, "is missing")
    return AddressVerdict(
        result=AddressResult.NOT_CHECKED, field=missing, reason="is missing"
    )


def _first_missing(address: CarrierAddress, *, needs_postcode: bool) -> str | None:
    for field in _REQUIRED:
        if not getattr(address, field).strip():
            return field
    return "postcode" if needs_postcode and not address.postcode.strip() else None


def _refused(field: str, reason: str) -> AddressVerdict:
    return AddressVerdict(result=AddressResult.REFUSED, field=field, reason=reason)
