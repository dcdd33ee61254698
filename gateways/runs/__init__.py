"""Starting the runs of orders and sending them messages."""
