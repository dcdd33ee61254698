"""Asking for KPIs: what a person chose becomes a question, answered from the events."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from activities.kpi.answering import (
    Answer,
    Asking,
    answer,
    behind,
    complete_question,
)
from domain.errors import InvalidInput
from domain.kpi.catalogue import (
    DEFINITIONS,
    ORDER_FIGURES,
    STOCK_FIGURES,
    check_names,
)
from domain.kpi.drilling import Behind
from domain.kpi.figures import Figure, GroupKey
from domain.kpi.measuring import ORDER_DIMENSIONS, window_of
from domain.kpi.question import Dimension, KpiTerms, Question
from domain.kpi.stock.measuring import STOCK_DIMENSIONS
from domain.policy import FulfillmentPolicy
from operations.kpi.choice import KpiChoice, question_of
from persistence.audit.reading import one_moment
from persistence.database import Database

_FLOOR_DIMENSIONS = frozenset({Dimension.WAREHOUSE, Dimension.STATION})


# Name, group and currency: money of two currencies is not added up.
FigureKey = tuple[str, GroupKey, str | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class KpiAnswers:
    """Figures in the order of the catalogue or of their names.

    `earlier` holds those of the period of as many days before, if they were asked for;
    `not_grouped` names figures that cannot be grouped so.
    """

    question: Question
    answers: tuple[Answer, ...]
    earlier: Mapping[FigureKey, Figure]
    not_grouped: tuple[str, ...]

    def before(self, figure: Figure) -> Figure | None:
        """Return the same figure of the earlier period, if there was one."""
        return self.earlier.get(_key(figure))


@dataclass(frozen=True, slots=True, kw_only=True)
class KpiReader:
    """Computes KPIs from the events of one database."""

    database: Database
    policy: FulfillmentPolicy
    terms: KpiTerms
    clock: Callable[[], datetime]

    def figures(
        self, choice: KpiChoice, *, with_trend: bool = False, with_earlier: bool = False
    ) -> KpiAnswers:
        """Compute the chosen figures; raises `InvalidInput` for a wrong choice."""
        question = question_of(choice, self.terms, self.clock())
        names, not_grouped = _names(choice)
        with one_moment(self.database) as connection:
            question = complete_question(connection, self.policy, question)
            answers: dict[str, list[Answer]] = {}
            earlier: list[Answer] = []
            for asking in _askings(question, names, choice, with_trend=with_trend):
                for one in answer(connection, asking):
                    answers.setdefault(one.figure.definition.name, []).append(one)
                if with_earlier:
                    earlier += answer(connection, _earlier(asking))
        return KpiAnswers(
            question=question,
            answers=tuple(one for name in names for one in answers.get(name, ())),
            earlier={_key(one.figure): one.figure for one in earlier},
            not_grouped=not_grouped,
        )

    def orders_behind(self, choice: KpiChoice) -> tuple[Question, list[Behind]]:
        """Return the orders behind the one chosen figure, and what was asked."""
        question = question_of(choice, self.terms, self.clock())
        names, _ = _names(choice)
        with one_moment(self.database) as connection:
            question = complete_question(connection, self.policy, question)
            [asking] = _askings(question, names, choice, with_trend=False)
            return question, behind(connection, asking)


def dimensions_of(name: str) -> frozenset[Dimension]:
    """Return by what a figure can be grouped."""
    if name in ORDER_FIGURES:
        return ORDER_DIMENSIONS
    return STOCK_DIMENSIONS if name in STOCK_FIGURES else _FLOOR_DIMENSIONS


def _names(choice: KpiChoice) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the names of the chosen figures, and of those that cannot be grouped so.

    A figure that was named must have what was asked of it; of many, those that lack it
    are left out or take their own.
    """
    if choice.figures:
        check_names(choice.figures)
        for name in choice.figures:
            _refuse_groups(name, choice.group_by)
        return tuple(dict.fromkeys(choice.figures)), ()
    names = [
        name
        for name, definition in DEFINITIONS.items()
        if choice.takes_all or definition.is_headline
    ]
    fitting = {name for name in names if set(choice.group_by) <= dimensions_of(name)}
    return (
        tuple(name for name in names if name in fitting),
        tuple(name for name in names if name not in fitting),
    )


def _refuse_groups(name: str, group_by: Iterable[Dimension]) -> None:
    usable = dimensions_of(name)
    if not set(group_by) <= usable:
        known = ", ".join(sorted(usable)) or "nothing"
        raise InvalidInput("group_by", f"{known}, for {name}")


def _askings(
    question: Question, names: Iterable[str], choice: KpiChoice, *, with_trend: bool
) -> list[Asking]:
    """Ask figures without the wished window for their own, apart from the others."""
    own: list[str] = []
    wished: list[str] = []
    for name in names:
        definition = DEFINITIONS[name]
        if choice.figures and question.by is not None:
            if not definition.windows:
                raise InvalidInput("by", f"left out: {name} is of calendar days")
            window_of(definition, question)
        is_own = question.by is not None and question.by not in definition.windows
        (own if is_own else wished).append(name)
    asking = Asking(
        question=question,
        figures=tuple(wished),
        sources=choice.sources,
        with_trend=with_trend,
    )
    askings = [asking] if wished else []
    if own:
        own_window = replace(question, by=None)
        askings.append(replace(asking, question=own_window, figures=tuple(own)))
    return askings


def _earlier(asking: Asking) -> Asking:
    question = asking.question
    before = replace(question, period=question.period.before())
    return replace(asking, question=before, with_trend=False)


def _key(figure: Figure) -> FigureKey:
    return figure.definition.name, figure.group, figure.currency
