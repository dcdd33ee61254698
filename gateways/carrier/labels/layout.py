"""Where everything stands on a 4 x 6 inch label at 203 dpi, in printer dots."""

from __future__ import annotations

from dataclasses import dataclass

from gateways.carrier.labels.barcodes import (
    QUIET_MODULES,
    ScanCode,
    ScanCodeKind,
    bars,
    squares,
)
from gateways.carrier.labels.text import (
    cut,
    fit,
    is_transliterated,
    line_pitch,
    printable,
    text_width,
)
from gateways.carrier.protocol import CarrierAddress

DOTS_PER_INCH = 203
LABEL_WIDTH = 4 * DOTS_PER_INCH
LABEL_HEIGHT = 6 * DOTS_PER_INCH
MARGIN = 24
TEXT_WIDTH = LABEL_WIDTH - 2 * MARGIN
# Below two dots a module, a worn print head makes bars that scanners refuse.
SMALLEST_MODULE = 2
LARGEST_MODULE = 4
BAR_HEIGHT = 260
# Modules of the longest line code that still prints at the smallest module.
MODULES_ACROSS = LABEL_WIDTH // SMALLEST_MODULE
TRANSLITERATED = "Letters this printer lacks are transliterated."

_POSTCODE_LAST = frozenset({"AU", "CA", "GB", "IE", "NZ", "US"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A row of printable text; `y` is its top, `height` its letter height."""

    x: int
    y: int
    height: int
    value: str
    bold: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A filled rectangle."""

    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Symbol:
    """A code to scan; `module` is the width of its narrowest bar or square."""

    x: int
    y: int
    module: int
    height: int
    code: ScanCode


Element = Text | Rule | Symbol
Layout = tuple[Element, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelContent:
    """What one package's label says."""

    carrier: str
    service: str
    ship_from: CarrierAddress
    ship_to: CarrierAddress
    order_reference: str
    package_position: int
    package_count: int
    weight_grams: int
    scan_code: ScanCode
    notice: str = ""


def lay_out(content: LabelContent) -> Layout:
    """Place everything of one label."""
    return (
        *_heading(content),
        *_sender(content),
        *_receiver(content),
        *_references(content),
        *_scan_area(content),
        *_footer(content),
    )


def address_lines(address: CarrierAddress) -> tuple[str, ...]:
    """Write an address in the order its country does, without empty lines."""
    if address.country in _POSTCODE_LAST:
        town = f"{address.city} {address.region} {address.postcode}"
        region = ""
    else:
        town = f"{address.postcode} {address.city}"
        region = address.region
    lines = (address.name, address.street, address.street2, town, region)
    written = tuple(printable(line) for line in (*lines, address.country))
    return tuple(line for line in written if line)


def _heading(content: LabelContent) -> tuple[Element, ...]:
    service = cut(printable(content.service.upper()), width=300, height=44)
    service_x = LABEL_WIDTH - MARGIN - round(text_width(service, 44))
    width = service_x - MARGIN - 20
    carrier = cut(printable(content.carrier), width=width, height=44)
    return (
        Text(x=MARGIN, y=28, height=44, value=carrier, bold=True),
        Text(x=service_x, y=28, height=44, value=service, bold=True),
        Rule(x=MARGIN, y=88, width=TEXT_WIDTH, height=4),
    )


def _sender(content: LabelContent) -> tuple[Element, ...]:
    fitted = fit(
        (", ".join(address_lines(content.ship_from)),),
        width=TEXT_WIDTH - 90,
        depth=66,
        heights=(24, 20),
    )
    rows = tuple(
        Text(
            x=MARGIN + 90,
            y=104 + row * line_pitch(fitted.height),
            height=fitted.height,
            value=value,
        )
        for row, value in enumerate(fitted.rows)
    )
    return (
        Text(x=MARGIN, y=104, height=20, value="FROM", bold=True),
        *rows,
        Rule(x=MARGIN, y=176, width=TEXT_WIDTH, height=2),
    )


def _receiver(content: LabelContent) -> tuple[Element, ...]:
    fitted = fit(
        address_lines(content.ship_to),
        width=TEXT_WIDTH - 90,
        depth=400,
        heights=(52, 46, 40, 34, 28),
    )
    rows = tuple(
        Text(
            x=MARGIN + 90,
            y=196 + row * line_pitch(fitted.height),
            height=fitted.height,
            value=value,
            bold=True,
        )
        for row, value in enumerate(fitted.rows)
    )
    return (
        Text(x=MARGIN, y=200, height=20, value="TO", bold=True),
        *rows,
        Rule(x=MARGIN, y=610, width=TEXT_WIDTH, height=4),
    )


def _references(content: LabelContent) -> tuple[Element, ...]:
    count = f"{content.package_position} of {content.package_count}"
    weight = f"{content.weight_grams / 1000:.2f} kg"
    order = cut(printable(content.order_reference), width=440, height=32)
    return (
        Text(x=MARGIN, y=626, height=20, value="ORDER"),
        Text(x=MARGIN, y=650, height=32, value=order, bold=True),
        Text(x=490, y=626, height=20, value="PACKAGE"),
        Text(x=490, y=650, height=32, value=count, bold=True),
        Text(x=640, y=626, height=20, value="WEIGHT"),
        Text(x=640, y=650, height=32, value=weight, bold=True),
        Rule(x=MARGIN, y=700, width=TEXT_WIDTH, height=2),
    )


def _scan_area(content: LabelContent) -> tuple[Element, ...]:
    symbol = place_symbol(content.scan_code)
    caption = fit(
        (printable(content.scan_code.caption),),
        width=TEXT_WIDTH,
        depth=90,
        heights=(38, 32, 26, 20, 16),
    )
    top = symbol.y + symbol.height + 14
    return (
        symbol,
        *(
            Text(
                x=round((LABEL_WIDTH - text_width(value, caption.height)) / 2),
                y=top + row * line_pitch(caption.height),
                height=caption.height,
                value=value,
                bold=True,
            )
            for row, value in enumerate(caption.rows)
        ),
    )


def place_symbol(code: ScanCode) -> Symbol:
    """Centre a code below the references, as wide as it is well read."""
    if code.kind is ScanCodeKind.QR:
        size = len(squares(code))
        module = min(LARGEST_MODULE + 2, 320 // size)
        height = module * size
    else:
        size = len(bars(code))
        module = min(LARGEST_MODULE, LABEL_WIDTH // (size + 2 * QUIET_MODULES))
        height = BAR_HEIGHT
    x = (LABEL_WIDTH - module * size) // 2
    return Symbol(x=x, y=730, module=module, height=height, code=code)


def _footer(content: LabelContent) -> tuple[Element, ...]:
    written = f"{_letters_of(content.ship_to)} {_letters_of(content.ship_from)}"
    remarks = [printable(content.notice)] if content.notice else []
    if is_transliterated(written):
        remarks.append(TRANSLITERATED)
    return tuple(
        Text(
            x=MARGIN,
            y=LABEL_HEIGHT - 36 - 28 * row,
            height=22,
            value=cut(remark, width=TEXT_WIDTH, height=22),
        )
        for row, remark in enumerate(reversed(remarks))
    )


def _letters_of(address: CarrierAddress) -> str:
    place = f"{address.city} {address.region} {address.postcode}"
    return f"{address.name} {address.street} {address.street2} {place}"
