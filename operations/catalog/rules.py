"""Which lines of a catalogue file may be stored."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from operations.catalog.facts import CatalogFacts
from operations.catalog.lines import CatalogLine
from operations.files.models import Numbered
from operations.files.rows import RefusedCell

NumberedLine = Numbered[CatalogLine]


class CatalogRules:
    """Judges the lines of one file in their order; plain products before bundles."""

    def __init__(self, facts: CatalogFacts) -> None:
        """Judge by what is stored; what is accepted counts for the lines after."""
        self._facts = facts
        self._row_of_sku: dict[str, int] = {}
        self._barcodes = {code: sku for code, (sku, _) in facts.barcodes.items()}
        self._aliases = dict(facts.aliases)
        self._plain: set[str] = set()
        self._bundles_of_file: set[str] = set()
        self._parts: set[str] = set(facts.bundle_of_part)

    def judge(
        self, lines: Sequence[NumberedLine]
    ) -> tuple[list[NumberedLine], list[tuple[NumberedLine, list[RefusedCell]]]]:
        """Part the lines into those to store and those refused, with reasons."""
        self._bundles_of_file = {one.line.sku for one in lines if one.line.bundle}
        accepted: list[NumberedLine] = []
        refused: list[tuple[NumberedLine, list[RefusedCell]]] = []
        # A bundle may name a part that stands below it in the file.
        for one in sorted(lines, key=lambda each: (bool(each.line.bundle), each.row)):
            reasons = list(self._reasons(one))
            if reasons:
                refused.append((one, reasons))
            else:
                self._remember(one.line)
                accepted.append(one)
        return accepted, refused

    def _reasons(self, one: NumberedLine) -> Iterator[RefusedCell]:
        line = one.line
        first = self._row_of_sku.setdefault(line.sku, one.row)
        if first != one.row:
            yield one.refuse("sku", f"each SKU once; it stands in row {first} too")
        if line.name is None and line.sku not in self._facts.products:
            yield one.refuse("name", "is required for a SKU the catalogue has not yet")
        if self._lacks_currency(line):
            yield one.refuse("currency", "is required where there is a price")
        yield from self._codes(one)
        yield from self._bundle(one)

    def _lacks_currency(self, line: CatalogLine) -> bool:
        stored = self._facts.products.get(line.sku)
        known = line.currency or (stored and stored["currency"])
        has_price = line.price is not None or (stored and stored["price"] is not None)
        return bool(has_price and not known)

    def _codes(self, one: NumberedLine) -> Iterator[RefusedCell]:
        line = one.line
        if any(self._barcodes.get(c, line.sku) != line.sku for c, _ in line.barcodes):
            yield one.refuse("barcodes", "barcodes that no other SKU has")
        if len({code for code, _ in line.barcodes}) < len(line.barcodes):
            yield one.refuse("barcodes", "each barcode once")
        if any(self._aliases.get(a, line.sku) != line.sku for a in line.aliases):
            yield one.refuse(
                "aliases",
                "aliases that mean no other SKU; a file of aliases alone moves them",
            )

    def _bundle(self, one: NumberedLine) -> Iterator[RefusedCell]:
        line = one.line
        if not line.bundle:
            return
        parts = [sku for sku, _ in line.bundle]
        if line.sku in parts:
            yield one.refuse("bundle", "parts other than the bundle itself")
        if line.sku in self._parts:
            yield one.refuse("bundle", "none: the SKU is a part of a bundle itself")
        if len(set(parts)) < len(parts):
            yield one.refuse("bundle", "each part once, with its quantity")
        others = [sku for sku in parts if sku != line.sku]
        if not all(self._is_known(sku) for sku in others):
            yield one.refuse(
                "bundle", "parts that the catalogue or another row of the file has"
            )
        if any(self._is_bundle(sku) for sku in others):
            yield one.refuse("bundle", "parts that are no bundles themselves")

    def _is_known(self, sku: str) -> bool:
        return sku in self._facts.products or sku in self._plain or self._is_bundle(sku)

    def _is_bundle(self, sku: str) -> bool:
        stored = self._facts.products.get(sku)
        return bool(stored and stored["is_bundle"]) or sku in self._bundles_of_file

    def _remember(self, line: CatalogLine) -> None:
        self._barcodes.update({code: line.sku for code, _ in line.barcodes})
        self._aliases.update(dict.fromkeys(line.aliases, line.sku))
        if line.bundle:
            self._parts.update(sku for sku, _ in line.bundle)
        else:
            self._plain.add(line.sku)
