"""Loading orders as plain facts."""
