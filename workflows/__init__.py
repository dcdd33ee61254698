"""Deterministic processes: one file each."""
