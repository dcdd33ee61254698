"""Promises: kept, in full, perfect."""
