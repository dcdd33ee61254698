"""What a check found."""

from __future__ import annotations

from collections.abc import Sequence

from operations.queries.models import View

NAMED_ROWS = 20


class Finding(View):
    """One check's answer; `rows` names what is wrong, `mend` says what to do."""

    check: str
    is_ok: bool
    text: str
    rows: tuple[str, ...] = ()
    mend: str = ""
    # The check could not ask: a service did not answer.
    is_unreachable: bool = False


class Examination(View):
    """Every finding of one visit to the doctor."""

    findings: tuple[Finding, ...]

    @property
    def problems(self) -> tuple[Finding, ...]:
        """Return the findings that need somebody."""
        return tuple(one for one in self.findings if not one.is_ok)

    @property
    def is_unreachable(self) -> bool:
        """Return whether a service did not answer."""
        return any(one.is_unreachable for one in self.findings)


def finding_of(check: str, rows: Sequence[str], *, well: str, mend: str) -> Finding:
    """Return that all is well, or the rows that are not; the first ones by name."""
    if not rows:
        return Finding(check=check, is_ok=True, text=well)
    named = list(rows[:NAMED_ROWS])
    if len(rows) > NAMED_ROWS:
        named.append(f"and {len(rows) - NAMED_ROWS} more")
    told = "1 is wrong" if len(rows) == 1 else f"{len(rows)} are wrong"
    return Finding(check=check, is_ok=False, text=told, rows=tuple(named), mend=mend)


def unreachable(check: str, reason: str, mend: str) -> Finding:
    """Return that a service did not answer."""
    return Finding(
        check=check, is_ok=False, text=reason, mend=mend, is_unreachable=True
    )
