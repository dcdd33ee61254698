"""An order as a file gave it: mapped to a document, or refused with its rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from domain.errors import BusinessError
from messages.order_document import OrderDocument
from operations.files.gathering import RefusedOrder
from operations.files.rows import RefusedCell, Row


@dataclass(frozen=True, slots=True, kw_only=True)
class MappedOrder:
    """An order document and the rows it was made of."""

    document: OrderDocument
    rows: Sequence[Row]

    def refuse(self, error: BusinessError) -> RefusedOrder:
        """Return the order as refused by a rule met later than the file's own."""
        first = self.rows[0].number
        wanted = RefusedCell(row=first, column="order", wanted=str(error))
        return RefusedOrder(
            number=self.document.number or "", refused=(wanted,), rows=self.rows
        )
