"""That stock cannot be oversold, whatever happens at once."""
