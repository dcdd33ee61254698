"""Ports to outside systems, each beside its real client and simulator."""
