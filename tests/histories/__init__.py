"""Recorded histories of every path of `OrderFulfillment`, and how they are made."""
