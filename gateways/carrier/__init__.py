"""Carriers: the Protocol, the shipped simulator, and the manual carrier."""
