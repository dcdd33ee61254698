"""Labels drawn as a PDF, one 4 x 6 inch page for each."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from fpdf import FPDF

from gateways.carrier.labels.barcodes import ScanCodeKind, bars, squares
from gateways.carrier.labels.layout import (
    DOTS_PER_INCH,
    LABEL_HEIGHT,
    LABEL_WIDTH,
    Layout,
    Rule,
    Symbol,
    Text,
)

_POINTS_PER_DOT = 72 / DOTS_PER_INCH
# Helvetica's capitals end this share of the letter height above its bottom.
_BASELINE = 0.78


def draw_pdf(layouts: Iterable[Layout], created_at: datetime) -> bytes:
    """Draw labels; the same layouts and instant always give the same bytes."""
    # The text was made Latin-1 by the layout: the PDF's own Helvetica is enough, and a
    # label stays at a few kilobytes and milliseconds without an embedded font.
    pdf = FPDF(unit="pt", format=(_points(LABEL_WIDTH), _points(LABEL_HEIGHT)))
    pdf.set_auto_page_break(False)
    pdf.set_margin(0)
    pdf.set_title("Shipping label")
    pdf.set_creation_date(created_at)
    for layout in layouts:
        pdf.add_page()
        for element in layout:
            _draw(pdf, element)
    return bytes(pdf.output())


def _draw(pdf: FPDF, element: Text | Rule | Symbol) -> None:
    match element:
        case Text():
            size = _points(element.height)
            pdf.set_font("helvetica", style="B" if element.bold else "", size=size)
            baseline = element.y + element.height * _BASELINE
            pdf.text(_points(element.x), _points(baseline), element.value)
        case Rule():
            _fill(pdf, element.x, element.y, element.width, element.height)
        case Symbol() if element.code.kind is ScanCodeKind.QR:
            _draw_squares(pdf, element)
        case Symbol():
            _draw_bars(pdf, element)


def _draw_bars(pdf: FPDF, symbol: Symbol) -> None:
    start = 0
    modules = bars(symbol.code)
    # One rectangle for each bar: neighbours drawn apart show hairlines when rendered.
    for gap in modules.replace("01", "0|1").split("|"):
        width = gap.count("1")
        left = symbol.x + start * symbol.module
        _fill(pdf, left, symbol.y, width * symbol.module, symbol.height)
        start += len(gap)


def _draw_squares(pdf: FPDF, symbol: Symbol) -> None:
    for row, cells in enumerate(squares(symbol.code)):
        for column, dark in enumerate(cells):
            if dark:
                left = symbol.x + column * symbol.module
                top = symbol.y + row * symbol.module
                _fill(pdf, left, top, symbol.module, symbol.module)


def _fill(pdf: FPDF, x: int, y: int, width: int, height: int) -> None:
    pdf.rect(_points(x), _points(y), _points(width), _points(height), style="F")


def _points(dots: float) -> float:
    return dots * _POINTS_PER_DOT
