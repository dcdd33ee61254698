"""KPIs: what the record says, put together for questions and reports."""
