"""Our own figures about steps, for Prometheus."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

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
AUDIT_DIFFERENCES = Counter(
    "orderwright_stock_audit_differences",
    "Differences that the auditor found for the first time, or found gone.",
    ["check", "outcome"],
)
AUDIT_FOUND = Gauge(
    "orderwright_stock_audit_found",
    "Differences that the check's last audit by this worker found.",
    ["check"],
)
AUDIT_SECONDS = Histogram(
    "orderwright_stock_audit_seconds",
    "How long one check of the auditor took.",
    ["check"],
    buckets=(0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60),
)
