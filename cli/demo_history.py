"""The demo's past, imported behind the robots: each KPI then has something to say."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from pathlib import Path

from cli.machinery import program
from domain.errors import TemporaryError
from operations.shop import Shop
from simulation.history_sample import import_sample_history
from simulation.order_stream import OrderStream

LOOK_SECONDS = 0.4


class DemoHistory:
    """Imports the sample's history once the first order is on its way."""

    def __init__(
        self,
        shop: Shop,
        stream: OrderStream,
        directory: Path,
        tell: Callable[[str], None],
    ) -> None:
        """Import into this shop; the directory keeps the files until all is stored."""
        self._shop = shop
        self._stream = stream
        self._directory = directory
        self._tell = tell
        self._is_ending = False

    async def run(self) -> None:
        """Import, again where it broke off; returns at once if it was done before."""
        while not self._is_ending:
            if self._stream.placed or self._stream.is_done:
                with contextlib.suppress(TemporaryError):
                    await self._import()
                    return
            await asyncio.sleep(LOOK_SECONDS)

    def end(self) -> None:
        """Begin nothing any more; what has begun is done within seconds."""
        self._is_ending = True

    async def _import(self) -> None:
        is_new = await asyncio.to_thread(
            import_sample_history, self._shop, self._directory
        )
        if is_new:
            command = f"{program()} kpi report --open"
            self._tell(f"eight weeks of history imported: see `{command}`")
