"""Stock: movements and what is still missing."""
