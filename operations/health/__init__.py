"""What the doctor looks at: each check returns what it found and how to mend it."""

from operations.health.findings import Examination, Finding

__all__ = ["Examination", "Finding"]
