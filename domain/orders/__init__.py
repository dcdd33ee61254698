"""Orders: lines, status, holds and what is owed."""
