"""The base of what queries return."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class View(BaseModel):
    """One thing as it is shown: frozen, and as stable as the documents name it."""

    model_config = ConfigDict(frozen=True)
