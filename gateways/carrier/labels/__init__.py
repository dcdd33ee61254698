"""Label documents: what a label says, where it stands, and its PDF and ZPL."""
