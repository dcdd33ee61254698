"""Loading the stock record."""
