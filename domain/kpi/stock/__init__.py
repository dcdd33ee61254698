"""Stock at its value: turnover, cover, days without."""
