"""Search attributes of a run: business words only, never personal data."""

from __future__ import annotations

from temporalio.common import SearchAttributeKey

SOURCE = SearchAttributeKey.for_keyword("Source")
CHANNEL = SearchAttributeKey.for_keyword("Channel")
SERVICE_LEVEL = SearchAttributeKey.for_keyword("ServiceLevel")
PLACED_AT = SearchAttributeKey.for_datetime("PlacedAt")
NEEDS_ATTENTION = SearchAttributeKey.for_bool("NeedsAttention")
ATTENTION_REASON = SearchAttributeKey.for_keyword("AttentionReason")

SEARCH_ATTRIBUTES: dict[str, str] = {
    SOURCE.name: "Keyword",
    CHANNEL.name: "Keyword",
    SERVICE_LEVEL.name: "Keyword",
    PLACED_AT.name: "Datetime",
    NEEDS_ATTENTION.name: "Bool",
    ATTENTION_REASON.name: "Keyword",
}
