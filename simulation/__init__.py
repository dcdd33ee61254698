"""Robot staff, a robot carrier and sample orders: they use the public messages only."""
