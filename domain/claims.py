"""What customers report after the goods have left."""

from __future__ import annotations

from enum import StrEnum


class ClaimKind(StrEnum):
    """What was wrong with a line, as its customer says."""

    WRONG_ITEM = "wrong_item"  # another article than ordered
    MISSING = "missing"  # fewer units than ordered
    EXTRA = "extra"  # more units than ordered
    DAMAGED = "damaged"  # the goods
    DAMAGED_PACKAGE = "damaged_package"  # the package; the goods may be well
    WRONG_DOCUMENTS = "wrong_documents"  # invoice, slip or customs papers
    WRONG_ADDRESS = "wrong_address"  # it went to somebody else
    LATE = "late"
    NOT_ARRIVED = "not_arrived"
