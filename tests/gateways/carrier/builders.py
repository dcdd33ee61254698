"""Requests and readers for carrier tests."""

import io
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pypdfium2
import zxingcpp
from barcode.charsets import code128
from barcode.codex import Code128
from PIL import Image, ImageDraw

from gateways.carrier.labels.layout import DOTS_PER_INCH, LABEL_HEIGHT, LABEL_WIDTH
from gateways.carrier.protocol import CarrierAddress, LabelRequest, Parcel

MONDAY = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
_GS1_START = ">;>8"


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = MONDAY

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **by: float) -> datetime:
        self.now += timedelta(**by)
        return self.now


def an_address(**changes: str) -> CarrierAddress:
    fields = {
        "name": "Example Receiver",
        "street": "12 Harbour Road",
        "city": "Berlin",
        "postcode": "10115",
        "country": "DE",
        **changes,
    }
    return CarrierAddress(**fields)


def a_parcel(number: int = 1, weight_grams: int = 1_240) -> Parcel:
    return Parcel(package_id=f"shop-1001-1-p{number}", weight_grams=weight_grams)


def a_request(
    *,
    shipment_id: str = "shop-1001-1",
    order_reference: str = "#1001",
    service: str = "standard",
    ship_to: CarrierAddress | None = None,
    parcels: tuple[Parcel, ...] = (a_parcel(),),
    currency: str = "EUR",
) -> LabelRequest:
    return LabelRequest(
        shipment_id=shipment_id,
        order_reference=order_reference,
        service=service,
        ship_from=an_address(name="Warehouse Berlin", street="Dock 4"),
        ship_to=ship_to or an_address(),
        parcels=parcels,
        currency=currency,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """What a scanner reads: the text and the symbology identifier before it."""

    text: str
    symbology: str


def scan(picture: Image.Image) -> Scan:
    found = zxingcpp.read_barcodes(picture)
    assert len(found) == 1, f"a label has one code, {len(found)} were read"
    text = found[0].text.replace("(00)", "00")
    return Scan(text=text, symbology=found[0].symbology_identifier)


def pages(pdf: bytes) -> list[Image.Image]:
    """Render a PDF as the thermal printer would."""
    document = pypdfium2.PdfDocument(io.BytesIO(pdf))
    try:
        return [page.render(scale=DOTS_PER_INCH / 72).to_pil() for page in document]
    finally:
        document.close()


def text_of(pdf: bytes) -> str:
    document = pypdfium2.PdfDocument(io.BytesIO(pdf))
    try:
        return "\n".join(page.get_textpage().get_text_bounded() for page in document)
    finally:
        document.close()


def zpl_formats(zpl: str) -> list[str]:
    return re.findall(r"\^XA.*?\^XZ", zpl, re.DOTALL)


def print_zpl(zpl: str) -> Image.Image:
    """Print the codes of one ZPL format as the printer's manual describes them."""
    picture = Image.new("L", (LABEL_WIDTH, LABEL_HEIGHT), "white")
    commands = re.findall(
        r"\^FO(\d+),(\d+)\^BY(\d+)\^BCN,(\d+),N,N,N,([NA])(?:\^FH)?\^FD(.*?)\^FS", zpl
    )
    for x, y, module, height, mode, data in commands:
        modules = _explicit(data) if mode == "N" else Code128(_plain(data)).build()[0]
        draw = ImageDraw.Draw(picture)
        for place, bar in enumerate(modules):
            if bar == "1":
                left = int(x) + place * int(module)
                right = left + int(module) - 1
                draw.rectangle((left, int(y), right, int(y) + int(height)), "black")
    return picture


def zpl_texts(zpl: str) -> list[str]:
    return [_plain(text) for text in re.findall(r"\^A0N.*?\^FH\^FD(.*?)\^FS", zpl)]


def _plain(data: str) -> str:
    letters = re.sub(r"_([0-9A-F]{2})", lambda code: chr(int(code[1], 16)), data)
    return letters.replace("><", ">")


def _explicit(data: str) -> str:
    assert data.startswith(_GS1_START), "a GS1-128 begins with start C and FNC1"
    digits = data.removeprefix(_GS1_START)
    pairs = [int(digits[at : at + 2]) for at in range(0, len(digits), 2)]
    start, function_one = 105, 102
    values = [start, function_one, *pairs]
    check = sum(value * max(1, place) for place, value in enumerate(values)) % 103
    symbols = "".join(code128.CODES[value] for value in (*values, check))
    return f"{symbols}{code128.STOP}11"
