"""What people and pages read: lists and details from the database, never from runs."""
