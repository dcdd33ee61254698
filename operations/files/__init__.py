"""Reading tables that people and other systems send, and handing back what was refused."""
