"""Weeks of a shop's past, drawn by seed: its orders, their errors, and its stock."""
