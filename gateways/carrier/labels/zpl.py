"""Labels written in ZPL II, one format for each, for a 203 dpi thermal printer."""

from __future__ import annotations

from collections.abc import Iterable

from gateways.carrier.labels.barcodes import ScanCodeKind
from gateways.carrier.labels.layout import (
    LABEL_HEIGHT,
    LABEL_WIDTH,
    Layout,
    Rule,
    Symbol,
    Text,
)

# Start subset C, then FNC1: what makes a Code 128 a GS1-128.
_GS1_START = ">;>8"
# `^FH` turns `_5E` back into `^` after the printer has found its commands.
_ESCAPED = "_^~\\"


def draw_zpl(layouts: Iterable[Layout]) -> str:
    """Write labels; text is UTF-8."""
    return "".join(_format(layout) for layout in layouts)


def _format(layout: Layout) -> str:
    commands = "\n".join(_command(element) for element in layout)
    head = f"^XA\n^CI28\n^PW{LABEL_WIDTH}\n^LL{LABEL_HEIGHT}\n^LH0,0"
    return f"{head}\n{commands}\n^XZ\n"


def _command(element: Text | Rule | Symbol) -> str:
    at = f"^FO{element.x},{element.y}"
    match element:
        case Text():
            size = f"^A0N,{element.height},{element.height}"
            return f"{at}{size}^FH^FD{_escaped(element.value)}^FS"
        case Rule():
            thickness = min(element.width, element.height)
            return f"{at}^GB{element.width},{element.height},{thickness}^FS"
        case Symbol():
            return f"{at}{_symbol(element)}^FS"


def _symbol(symbol: Symbol) -> str:
    content = symbol.code.content
    bar = f"^BY{symbol.module}^BCN,{symbol.height},N,N,N"
    match symbol.code.kind:
        case ScanCodeKind.GS1_128:
            return f"{bar},N^FD{_GS1_START}{content}"
        case ScanCodeKind.CODE_128:
            # In mode A the printer chooses the subsets; `>` opens its own codes.
            return f"{bar},A^FH^FD{_escaped(content.replace('>', '><'))}"
        case ScanCodeKind.QR:
            return f"^BQN,2,{symbol.module}^FH^FDMA,{_escaped(content)}"


def _escaped(text: str) -> str:
    return "".join(
        f"_{ord(letter):02X}" if letter in _ESCAPED else letter for letter in text
    )
