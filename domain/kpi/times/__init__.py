"""How long orders take, stage by stage."""
