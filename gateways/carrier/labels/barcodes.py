"""What is printed to be scanned: SSCC numbers, Code 128, GS1-128 and QR symbols."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import segno
from barcode.codex import Code128, Gs1_128

SSCC_DIGITS = 18
# GS1 keeps the prefix 952 for examples, so no real company owns these numbers.
EXAMPLE_COMPANY_PREFIX = "9520000"
QUIET_MODULES = 10
_PRINTABLE = frozenset(map(chr, range(0x20, 0x7F)))


class ScanCodeKind(StrEnum):
    """The symbology of a printed code."""

    GS1_128 = "gs1_128"  # an SSCC under application identifier 00
    CODE_128 = "code_128"  # plain text, one line of bars
    QR = "qr"  # text too long for one line of bars


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanCode:
    """One code to print: what a scanner reads, and the caption for people."""

    kind: ScanCodeKind
    content: str
    caption: str


def check_digit(digits: str) -> str:
    """Compute the GS1 check digit: weights 3, 1, 3, … from the right."""
    total = sum(
        int(digit) * (3 if position % 2 == 0 else 1)
        for position, digit in enumerate(reversed(digits))
    )
    return str(-total % 10)


def sscc(serial: int) -> str:
    """Build the 18-digit SSCC of a package from its serial number.

    Raises:
        ValueError: the serial number does not fit.
    """
    body = f"0{EXAMPLE_COMPANY_PREFIX}{serial:09d}"
    if serial < 0 or len(body) != SSCC_DIGITS - 1:
        raise ValueError("an SSCC serial number has at most nine digits")
    return body + check_digit(body)


def is_sscc(text: str) -> bool:
    """Say whether the text is 18 digits with a right check digit."""
    return (
        len(text) == SSCC_DIGITS
        and text.isascii()
        and text.isdigit()
        and check_digit(text[:-1]) == text[-1]
    )


def sscc_code(number: str) -> ScanCode:
    """Make the GS1-128 code of an SSCC."""
    if not is_sscc(number):
        raise ValueError("an SSCC has 18 digits, the last one its check digit")
    caption = f"(00) {number[0]} {number[1:8]} {number[8:17]} {number[17]}"
    return ScanCode(kind=ScanCodeKind.GS1_128, content=f"00{number}", caption=caption)


def reference_code(text: str, *, modules: int) -> ScanCode:
    """Make the code of one of our references: bars if they fit, else a QR symbol."""
    if not text or not set(text) <= _PRINTABLE:
        raise ValueError("a printed reference is made of printable ASCII characters")
    bars_code = ScanCode(kind=ScanCodeKind.CODE_128, content=text, caption=text)
    if len(bars(bars_code)) + 2 * QUIET_MODULES <= modules:
        return bars_code
    return ScanCode(kind=ScanCodeKind.QR, content=text, caption=text)


def bars(code: ScanCode) -> str:
    """Give the modules of a line code, `1` for a bar and `0` for a gap."""
    maker = Gs1_128 if code.kind is ScanCodeKind.GS1_128 else Code128
    modules: str = maker(code.content).build()[0]
    return modules


def squares(code: ScanCode) -> tuple[tuple[bool, ...], ...]:
    """Give the rows of a QR symbol, without its quiet zone."""
    symbol = segno.make_qr(code.content, error="m", boost_error=False)
    return tuple(
        tuple(bool(module) for module in row) for row in symbol.matrix_iter(border=0)
    )
