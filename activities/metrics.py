"""Our own figures about steps, for Prometheus."""

from __future__ import annotations

from prometheus_client import Counter, Histogram

STEPS = Counter(
    "orderwright_steps",
    "Steps of runs that were done, by kind; a repeat found its first result.",
    ["step", "outcome"],
)
STEP_SECONDS = Histogram(
    "orderwright_step_seconds",
    "How long the transaction of a step took.",
    ["step"],
    buckets=(0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
LABELS = Counter(
    "orderwright_labels",
    "Answers of carriers about labels.",
    ["carrier", "outcome"],
)
