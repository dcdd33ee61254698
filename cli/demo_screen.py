"""What the demo shows: a log of what happens above a panel, or plain lines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.markup import escape
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from domain.orders.status import OrderStatus
from operations.open_work import OpenWork
from operations.sourcing import SourcingDecision
from simulation.said import Mood, Said

_STYLES = {Mood.USUAL: "", Mood.NOTABLE: "yellow", Mood.WAITING: "red"}
_ORDER_WIDTH, _WHO_WIDTH = 11, 18
# Statuses as a newcomer reads them, in the order of an order's life.
_STAGES: tuple[tuple[str, frozenset[str]], ...] = (
    ("checking", frozenset({OrderStatus.RECEIVED})),
    ("held", frozenset({OrderStatus.VERIFIED, OrderStatus.ALLOCATED})),
    ("no stock", frozenset({OrderStatus.BACKORDERED})),
    ("to pick", frozenset({OrderStatus.RELEASED, OrderStatus.PICKING})),
    ("to pack", frozenset({OrderStatus.PICKED})),
    ("to hand over", frozenset({OrderStatus.PACKED})),
    ("on the road", frozenset({OrderStatus.SHIPPED})),
)


@dataclass(slots=True, kw_only=True)
class Board:
    """What the panel shows now."""

    ui_address: str = ""
    commands: tuple[tuple[str, str], ...] = ()
    keys: str = ""
    stages: tuple[tuple[str, int], ...] = ()
    task: tuple[str, str] | None = None
    troubles: dict[str, str] = field(default_factory=dict)


def stages_of(
    work: OpenWork, outcomes: Iterable[str], held: Iterable[str]
) -> tuple[tuple[str, int], ...]:
    """Count orders by where they stand; `held` waits for the office."""
    waiting = set(held)
    counts: Counter[str] = Counter()
    for one in work.orders.values():
        for stage, statuses in _STAGES:
            if one.status in statuses:
                counts["held" if one.order_id in waiting else stage] += 1
    counts.update(outcomes)
    names = [stage for stage, _ in _STAGES]
    ends = [name for name in counts if name not in names]
    return tuple((name, counts[name]) for name in [*names, *sorted(ends)])


def split_in_words(decision: SourcingDecision, command: str) -> str:
    """Say from where an order is sent, why so, and which command says it all."""
    judged = decision.explanation
    shares = " and ".join(
        f"{units} from {warehouse_id}"
        for warehouse_id, units in judged.candidates[0].units_by_warehouse.items()
    )
    told = [
        f"SPLIT: {decision.order_id} needs {judged.wanted} units and gets {shares}, "
        "a shipment each.",
        f"  why: {judged.reason}",
    ]
    if judged.split_reason is not None:
        told.append(f"  why split: {judged.split_reason}")
    return "\n".join([*told, f"  every way and every rule: {command}"])


class DemoScreen:
    """Lines as they happen; on a terminal with a panel that stays below them."""

    def __init__(self, console: Console, clock_text: ClockText) -> None:
        """Write to this console."""
        self.board = Board()
        self._console = console
        self._clock_text = clock_text
        self._live: Live | None = None

    @property
    def is_live(self) -> bool:
        """Say whether there is a terminal to draw on."""
        return self._console.is_terminal

    def open(self) -> None:
        """Begin to draw the panel."""
        if self.is_live:
            self._live = Live(
                get_renderable=self._panel, console=self._console, refresh_per_second=4
            )
            self._live.start()

    def close(self) -> None:
        """Take the panel away."""
        if self._live is not None:
            self._live.stop()
            self._live = None

    def said(self, one: Said) -> None:
        """Show one line of what happens."""
        text = Text(overflow="ellipsis", no_wrap=self.is_live)
        text.append(f"{self._clock_text()}  ", "dim")
        text.append(f"{one.order_id or '':<{_ORDER_WIDTH}} ", "cyan")
        text.append(f"{one.who:<{_WHO_WIDTH}} ", "dim")
        text.append(one.text, _STYLES[one.mood])
        self._console.print(text, soft_wrap=not self.is_live)

    def tell(self, text: str, style: str = "bold magenta") -> None:
        """Show something that the demo itself says."""
        for line in text.splitlines():
            self._console.print(
                f"[{style}]{escape(line)}[/]", soft_wrap=not self.is_live
            )

    def _panel(self) -> RenderableType:
        board = self.board
        parts: list[RenderableType] = [_stage_line(board.stages)]
        parts += [Text(told, "bold magenta") for told in board.troubles.values()]
        rows = Table.grid(padding=(0, 2))
        if board.task is not None:
            what, command = board.task
            rows.add_row(Text("Your turn", "bold green"), Text(what))
            rows.add_row("", Text(command, "bold"))
        rows.add_row("Look", Text(board.ui_address, "underline"))
        for label, command in board.commands:
            rows.add_row(label, Text(command))
        parts.append(rows)
        if board.keys:
            parts.append(Text.from_markup(board.keys))
        return Panel(Group(*parts), title="Orderwright", title_align="left")


class ClockText:
    """The time of day as the log shows it."""

    def __call__(self) -> str:
        """Return it."""
        return f"{datetime.now().astimezone():%H:%M:%S}"


def _stage_line(stages: Iterable[tuple[str, int]]) -> Text:
    line = Text("Orders  ")
    for name, count in stages:
        line.append(f" {name} ", "" if count else "dim")
        line.append(f"{count} ", "bold" if count else "dim")
    return line
