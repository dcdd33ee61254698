"""What KPIs are computed from, as plain rows of the domain; read only."""
