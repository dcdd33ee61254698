"""Whether two orders look like one order sent twice, without keeping who ordered."""

import hmac
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from domain.errors import InvalidInput
from domain.policy import DuplicateTerms
from domain.verification.facts import LikelyDuplicate

_DIGITS = "0123456789"
SHORTEST_SALT = 16  # bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderLikeness:
    """What of an order is compared: contact hashes, lines, and when it was placed."""

    order_id: str
    source: str
    placed_at: datetime
    units: Mapping[str, int]  # by normalised SKU
    fingerprints: Mapping[str, str] = field(default_factory=dict)  # by contact field


def units_by_sku(lines: Iterable[tuple[str, int]]) -> Mapping[str, int]:
    """Return units by SKU, so that neither the order of lines nor a split matters."""
    units: Counter[str] = Counter()
    for sku, quantity in lines:
        units[sku.strip().upper()] += quantity
    return {sku: units[sku] for sku in sorted(units)}


def contact_fingerprints(
    contact: Mapping[str, str | None], salt: bytes
) -> Mapping[str, str]:
    """Return a salted hash for each contact detail given, such as email or phone.

    Capitals, spaces and punctuation do not matter; a phone is its digits.
    """
    if len(salt) < SHORTEST_SALT:
        raise InvalidInput(field="salt", wanted=f"at least {SHORTEST_SALT} bytes")
    normalised = {name: _normalised(name, text or "") for name, text in contact.items()}
    return {
        name: hmac.digest(salt, _bytes(f"{name}:{text}"), "sha256").hex()
        for name, text in sorted(normalised.items())
        if text
    }


def _bytes(text: str) -> bytes:
    # Text from a broken decoder may hold halves of characters.
    return text.encode("utf-8", "surrogatepass")


def _normalised(name: str, text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).casefold()
    if name == "phone":
        return "".join(letter for letter in folded if letter in _DIGITS)
    if name == "email":
        return "".join(folded.split())
    return "".join(letter for letter in folded if letter.isalnum())


def likeness(
    one: OrderLikeness, other: OrderLikeness, terms: DuplicateTerms
) -> LikelyDuplicate | None:
    """Return why `other` looks like `one`, or nothing when it does not.

    They must be different orders of one source, placed within the window, share
    a contact fingerprint, and ask for enough of the same units.
    """
    if one.order_id == other.order_id or one.source != other.source:
        return None
    apart = abs(one.placed_at - other.placed_at)
    same_contact = _same_contact(one, other)
    shared = _shared_units_percent(one.units, other.units)
    if apart > terms.window or not same_contact or shared < terms.shared_units_percent:
        return None
    return LikelyDuplicate(
        order_id=other.order_id,
        shared_units_percent=shared,
        same_contact=same_contact,
        minutes_apart=apart // timedelta(minutes=1),
    )


def likely_duplicates(
    one: OrderLikeness, others: Iterable[OrderLikeness], terms: DuplicateTerms
) -> tuple[LikelyDuplicate, ...] | None:
    """Return the orders like this one, nearest first; None without any contact."""
    if not one.fingerprints:
        return None
    found = [likeness(one, other, terms) for other in others]
    return tuple(
        sorted(
            (like for like in found if like is not None),
            key=lambda like: (like.minutes_apart, like.order_id),
        )
    )


def _same_contact(one: OrderLikeness, other: OrderLikeness) -> tuple[str, ...]:
    return tuple(
        name
        for name in sorted(one.fingerprints)
        if one.fingerprints[name] == other.fingerprints.get(name)
    )


def _shared_units_percent(one: Mapping[str, int], other: Mapping[str, int]) -> Decimal:
    """Return the units both ask for, as a share of the units either asks for."""
    skus = sorted({*one, *other})
    shared = sum(min(one.get(sku, 0), other.get(sku, 0)) for sku in skus)
    either = sum(max(one.get(sku, 0), other.get(sku, 0)) for sku in skus)
    if not either:
        return Decimal(0)
    # Rounded down, so that only the very same goods are 100 %.
    return Decimal(shared * 1000 // either) / 10
