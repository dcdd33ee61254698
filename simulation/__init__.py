"""Robot staff and carriers that use public messages only."""
