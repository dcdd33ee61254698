"""`stock import --movements`: what came in and went out in the past."""
