"""Shipments: their status and their pick tasks."""
