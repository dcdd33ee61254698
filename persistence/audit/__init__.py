"""The auditor's checks: each names the rows that do not agree with each other."""

from persistence.audit.findings import AuditCheck, AuditFinding

__all__ = ["AuditCheck", "AuditFinding"]
