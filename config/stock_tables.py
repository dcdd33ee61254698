"""The tables of a policy file that are about stock: sourcing, shortage, counts."""

from decimal import Decimal

from config.policy_table import Table
from config.policy_words import Duration
from domain.policy import (
    CountTerms,
    MissingAct,
    MissingTerms,
    ReleaseMode,
    ShortAct,
    SourcingRule,
    StockPolicy,
    SubstituteMode,
    SubstitutePrice,
)


class MissingTable(Table[MissingTerms]):
    """`stock.missing`."""

    act: MissingAct
    ask_within: Duration
    default_act: MissingAct

    def terms(self) -> MissingTerms:
        """Return what is done when something is missing."""
        return MissingTerms(**self._fields())


class StockTable(Table[StockPolicy]):
    """`stock`: how orders get their goods."""

    rules: dict[SourcingRule, int]
    missing: MissingTable
    short_acts: tuple[ShortAct, ...]
    substitutes: SubstituteMode
    substitute_price: SubstitutePrice
    release: ReleaseMode
    transit_days: dict[str, int]

    def terms(self) -> StockPolicy:
        """Return the terms of stock."""
        return StockPolicy(**{**self._fields(), "missing": self.missing.terms()})


class CountTable(Table[CountTerms]):
    """`counts`: when a counted difference needs approval."""

    approval_above: Decimal

    def terms(self) -> CountTerms:
        """Return the terms of counts."""
        return CountTerms(**self._fields())
