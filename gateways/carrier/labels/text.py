"""Text for a label: made printable, measured, wrapped and cut to its box."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from anyascii import anyascii
from fpdf.fonts import CORE_FONTS_CHARWIDTHS

# Helvetica's widths in thousandths of the height. The printer's own font 0 is
# narrower, so what fits here fits there.
_WIDTHS = CORE_FONTS_CHARWIDTHS["helveticaB"]
_CUT = "..."
_LAST_LATIN_1 = "\xff"


@dataclass(frozen=True, slots=True, kw_only=True)
class FittedText:
    """Rows of text and the letter height (dots) at which they fit their box."""

    rows: tuple[str, ...]
    height: int


def printable(text: str) -> str:
    """Write text with Latin-1 letters; others are transliterated, controls dropped."""
    if text.isascii() and text.isprintable():
        return _spaced(text)
    return _spaced("".join(_letter(character) for character in _composed(text)))


def is_transliterated(text: str) -> bool:
    """Say whether printing the text changes its letters."""
    return printable(text) != _composed(text)


def text_width(text: str, height: int) -> float:
    """Measure printable text in dots at a letter height in dots."""
    return sum(_WIDTHS[letter] for letter in text) * height / 1000


def cut(text: str, *, width: int, height: int) -> str:
    """Shorten text to a width in dots, showing that something is missing."""
    if text_width(text, height) <= width:
        return text
    while text and text_width(text + _CUT, height) > width:
        text = text[:-1]
    return text.rstrip() + _CUT


def wrap(text: str, *, width: int, height: int) -> tuple[str, ...]:
    """Break text into rows of a width in dots, between words where that is possible."""
    rows: list[str] = []
    row = ""
    for word in text.split():
        joined = f"{row} {word}".strip()
        if text_width(joined, height) <= width:
            row = joined
            continue
        if row:
            rows.append(row)
        *whole, row = _broken(word, width=width, height=height)
        rows.extend(whole)
    return (*rows, row) if row else tuple(rows)


def fit(
    lines: tuple[str, ...], *, width: int, depth: int, heights: tuple[int, ...]
) -> FittedText:
    """Find the largest letters at which all lines fit a box; cut at the smallest.

    When even the smallest letters need too many rows, every line keeps its first row
    before any line gets another one, so the city is never lost to a long name.
    """
    wrapped: list[tuple[str, ...]] = []
    for height in heights:
        wrapped = [wrap(line, width=width, height=height) for line in lines]
        rows = tuple(row for line in wrapped for row in line)
        if len(rows) * line_pitch(height) <= depth:
            return FittedText(rows=rows, height=height)
    smallest = heights[-1]
    shares = _share_rows([len(line) for line in wrapped], depth // line_pitch(smallest))
    rows = tuple(
        row
        for line, share in zip(wrapped, shares, strict=True)
        for row in _shortened(line, share, width=width, height=smallest)
    )
    return FittedText(rows=rows, height=smallest)


def line_pitch(height: int) -> int:
    """Give the distance from row to row for a letter height, in dots."""
    return height * 6 // 5


def _composed(text: str) -> str:
    composed = unicodedata.normalize("NFC", _spaced(text))
    # Controls, format marks and halves of pairs have no shape on paper.
    return _spaced("".join(filter(_has_shape, composed)))


def _spaced(text: str) -> str:
    return " ".join(text.split())


def _has_shape(character: str) -> bool:
    return not unicodedata.category(character).startswith("C")


def _letter(character: str) -> str:
    if character <= _LAST_LATIN_1:
        return character
    return anyascii(character) or "?"


def _broken(word: str, *, width: int, height: int) -> list[str]:
    pieces = [""]
    for letter in word:
        if pieces[-1] and text_width(pieces[-1] + letter, height) > width:
            pieces.append("")
        pieces[-1] += letter
    return pieces


def _share_rows(needed: list[int], available: int) -> list[int]:
    shares = [0] * len(needed)
    while available > 0 and shares != needed:
        for line, rows in enumerate(needed):
            if shares[line] < rows and available > 0:
                shares[line] += 1
                available -= 1
    return shares


def _shortened(
    rows: tuple[str, ...], share: int, *, width: int, height: int
) -> tuple[str, ...]:
    if share == 0 or share == len(rows):
        return rows[:share]
    last = cut(rows[share - 1] + _CUT, width=width, height=height)
    return (*rows[: share - 1], last)
