"""What became of orders: right, filled, cancelled, returned, at what cost."""
