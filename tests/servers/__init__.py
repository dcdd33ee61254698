"""Real servers for the tests, started once and shared."""
