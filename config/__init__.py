"""Settings, logging, and the way to Temporal and the database.

Only the composition roots, benchmarks and tests import this package.
"""
