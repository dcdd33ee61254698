"""KPIs: pure functions from the record of orders and stock to figures."""
