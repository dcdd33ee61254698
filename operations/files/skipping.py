"""Deciding about rows by what their cells hold."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from operations.files.cells import CellRefused, NumberReader
from operations.files.mapping_parts import Condition, SkipRule

Cells = Sequence[str]
Test = Callable[[Cells], bool]


class SkipRules:
    """The rules of a mapping, ready for one file's columns; counts what it skips."""

    def __init__(
        self,
        rules: Sequence[SkipRule],
        places: Mapping[str, int],
        read_number: NumberReader,
    ) -> None:
        """Compile the rules for columns at these places."""
        self.skipped: Counter[str] = Counter()
        self._rules = [
            (rule.reason, test_of(rule.when, places, read_number)) for rule in rules
        ]

    def skips(self, cells: Cells) -> bool:
        """Say whether a row is left out; counted under the first rule that fits."""
        for reason, fits in self._rules:
            if fits(cells):
                self.skipped[reason] += 1
                return True
        return False


def test_of(
    conditions: Sequence[Condition],
    places: Mapping[str, int],
    read_number: NumberReader,
) -> Test:
    """Return whether all conditions hold for the cells of a row."""
    tests = [_test(each, places[each.column], read_number) for each in conditions]
    return lambda cells: all(test(cells) for test in tests)


def _test(condition: Condition, place: int, read_number: NumberReader) -> Test:
    if condition.equals is not None:
        wanted = frozenset(condition.equals)
        return lambda cells: cells[place].strip() in wanted
    if condition.matches is not None:
        pattern = re.compile(condition.matches)
        return lambda cells: pattern.fullmatch(cells[place].strip()) is not None
    return _number_test(condition, place, read_number)


def _number_test(condition: Condition, place: int, read_number: NumberReader) -> Test:
    def test(cells: Cells) -> bool:
        try:
            number = read_number(cells[place])
        except CellRefused:
            # Not a number: for whoever reads the cell to refuse.
            return False
        if condition.at_most is not None:
            return number <= condition.at_most
        return condition.less_than is not None and number < condition.less_than

    return test
