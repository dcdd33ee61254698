"""The steps of a run that do input and output."""
