"""docs/kpi.md tells every KPI as its definition does."""

from __future__ import annotations

from domain.kpi.catalogue import DEFINITIONS
from tests.docs.kpi_table import tables, written


def test_the_page_tells_every_kpi_as_it_is_defined() -> None:
    assert written() == tables(), "run `python -m tests.docs.kpi_table`"
    assert all(f"`{name}`" in written() for name in DEFINITIONS)


def test_every_definition_is_a_plain_sentence_of_its_own() -> None:
    says = [one.says for one in DEFINITIONS.values()]

    assert len(set(says)) == len(says)
    assert all(text.endswith(".") and "|" not in text for text in says)
