"""The simulated carrier: an outside party with its own file and its own faults."""
