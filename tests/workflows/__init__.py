"""The order process on real Temporal servers."""
