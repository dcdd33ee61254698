"""Reading tables that others send, and handing back what was refused."""
